"""How well a line keeps its machine busy: the time that the devices need for a card, and the time that it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.bench.attendant import Attendant
from tests.bench.cycles import Cycle, Logs, Route, ahead, cycle, windows
from tests.bench.figures import Aim, Figure, Series
from tests.bench.intervals import Interval
from tests.bench.office import busy_times, office
from tests.rig import day, truth, worlds
from tests.rig.officer import Officer
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

AIM = Aim("≥", 0.97, of_ratio=True)
WORTH_NAMING = 0.02
"""Seconds: a gap shorter than this is told only in the sum."""

RETRANSFER = Route(
    {"feed": 1, "move": 3, "engage": 2, "release": 2, "transfer": 1, "eject": 1}, turn="transfer", film="print"
)
EVOLIS = Route(
    {"feed": 1, "move": 2, "ribbon": 1, **dict.fromkeys((f"print-{panel}" for panel in "ymcko"), 1), "eject": 1},
    turn="print-y",
)
MAGICARD = Route(
    {"feed": 1, **{f"print-{ink}": 1 for ink in ("yellow", "magenta", "cyan", "black", "overcoat")}, "eject": 1},
    turn="feed",
)
QUEUE = Route({"feed": 1, "print": 1, "eject": 1}, turn="feed")


@dataclass(frozen=True)
class Make:
    """A kind of line.

    Attributes:
        title: for people.
        kind: of `tests.rig.worlds`; empty for the Matica at 600 dpi of the ordinary scenario.
        by_hand: cards are written on the desk and fed by a person.
        queued: a program that is not ours stands between station and machine, and its time cannot be told from theirs.
    """

    title: str
    route: Route
    kind: str = ""
    by_hand: bool = False
    queued: bool = False


MAKES = {
    "matica": Make("Matica XID8600, USB, reader inside", RETRANSFER),
    "evolis": Make("Evolis Primacy, USB, reader inside", EVOLIS, "evolis"),
    "magicard": Make("Magicard Enduro, USB, cards written on the desk", MAGICARD, "magicard", by_hand=True),
    "ipp": Make("print queue (IPP), cards written on the desk", QUEUE, "ipp", by_hand=True, queued=True),
}


def measure(folder: Path, name: str, factor: float, cards: int) -> Figure:
    """Make cards on a simulated line and compare with what its devices need."""
    make = MAKES[name]
    if make.by_hand:
        spans, logs = _by_hand(folder, make, factor, cards)
    elif make.kind:
        spans, logs = _inside(folder, make, factor, cards)
    else:
        spans, logs = _matica(folder, factor, cards)
    if len(spans) != cards:
        raise RuntimeError(f"{cards} cards were ordered, {len(spans)} were made; see {folder}")
    cycles = [cycle(make.route, within, logs, factor) for within in spans]
    return _figure(make, cycles, ahead(logs, factor), factor)


def _matica(folder: Path, factor: float, cards: int) -> tuple[list[Interval], Logs]:
    with office(folder, "ordinary", factor, cards) as (simulation, station):
        day.print_next(station, cards)
        logs = _logs(simulation, station, "matica-1", "matica-1")
    return windows(logs.machine), logs


def _inside(folder: Path, make: Make, factor: float, cards: int) -> tuple[list[Interval], Logs]:
    with worlds.world(folder, [make.kind], factor) as simulation:
        station = worlds.station(folder / "station", simulation, [make.kind], f"bench-{make.kind}", jobs=cards)
        with station:
            _provide(simulation, station, cards)
            day.print_next(station, cards)
            machine = station.lines[0].machine
            logs = _logs(simulation, station, machine, worlds.inside(machine))
    return windows(logs.machine), logs


def _by_hand(folder: Path, make: Make, factor: float, cards: int) -> tuple[list[Interval], Logs]:
    with worlds.world(folder, [make.kind], factor) as simulation:
        station = worlds.station(folder / "station", simulation, [make.kind], f"bench-{make.kind}", jobs=cards)
        with station, simulation.world() as world, station.client() as client:
            _provide(simulation, station, cards)
            attendant = Attendant(world, client, station.lines[0])
            client.order_next(cards)
            attendant.make(cards)
            logs = _logs(simulation, station, station.lines[0].machine, worlds.DESK, attendant.acts)
    return list(zip(attendant.laid, [*attendant.laid[1:], attendant.accepted[-1]], strict=True)), logs


def _provide(simulation: Simulation, station: StationProcess, cards: int) -> None:
    """See that there are jobs, and blanks where the line takes them from."""
    with Officer(simulation, station) as officer:
        day.receive_blanks(simulation, station, cards + 1)
        officer.load(station.lines[0].name, cards + 1)  # an empty hopper keeps a line from being ready
    day.queue(simulation, station, cards)


def _logs(
    simulation: Simulation, station: StationProcess, machine: str, reader: str, people: Sequence[Interval] = ()
) -> Logs:
    facts = simulation.facts
    return Logs(
        machine=busy_times(simulation, facts["machines"][machine]["busy_log"]),
        chip=busy_times(simulation, facts["readers"][reader]["busy_log"]),
        book=truth.book(station.folder / "data"),
        people=people,
        ready=_ready(station),
    )


def _ready(station: StationProcess) -> list[float]:
    """Read from the daemon's log when it had the next card ready, in this computer's monotonic seconds."""
    since_boot = time.monotonic() - time.time()
    told = (json.loads(line) for line in (station.folder / "stationd.log").read_text().splitlines())
    moments = [entry["timestamp"] for entry in told if entry["event"] == "next card ready"]
    return [datetime.fromisoformat(moment).timestamp() + since_boot for moment in moments]


def _figure(make: Make, cycles: Sequence[Cycle], ahead: Sequence[float], factor: float) -> Figure:
    def series(what: str, unit: str, values: Sequence[float]) -> Series:
        return Series(what, unit, tuple(values))

    names = {name for cycle in cycles for name in cycle.gaps}
    gaps = [series(f"  waiting, {name}", "s", [cycle.gaps.get(name, 0.0) for cycle in cycles]) for name in names]
    worth = sorted((gap for gap in gaps if gap.median >= WORTH_NAMING), key=lambda gap: -gap.median)
    speed = "at life's own speed" if factor == 1 else f"{factor:g} times as fast as in life"
    waited = "everybody waiting for the station" if make.by_hand else "every device waiting for the station"
    parts = [
        series("devices busy", "s", [cycle.busy for cycle in cycles]),
        series(waited, "s", [sum(cycle.gaps.values()) for cycle in cycles]),
        *worth,
        series("the chip's own time", "s", [cycle.chip for cycle in cycles]),
        series("next card ready before this one was out", "s", ahead),
    ]
    if make.route.film:
        parts.append(
            series("share of write and seal (by the book) beside film", "", [cycle.hidden for cycle in cycles])
        )
    return Figure(
        name=f"Line efficiency: {make.title}; devices {speed}",
        measured=series("achieved, a card", "s", [cycle.achieved for cycle in cycles]),
        reference=series("ideal: the devices alone, in the order of the route", "s", [c.ideal for c in cycles]),
        ratio="ideal ÷ achieved",
        inverse=True,
        aim=None if make.queued else AIM,
        parts=tuple(parts),
    )
