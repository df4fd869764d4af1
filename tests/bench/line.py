"""How well a line keeps its machine busy: the time that the devices need for a card, and the time that it takes.

Device time passes `factor` times as fast as in life, the station's own as it does. So a run is taken apart: what any
device was busy with is scaled back, and the gaps, in which every device waited for the station, are added as they were.
Work of the station that is hidden behind a device in life may stick out of the shortened device's time, so a run at a
high factor says rather too little of a line than too much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.devices.matica_xid_data import Durations, ideal_card_seconds
from tests.bench import intervals
from tests.bench.figures import Aim, Figure, Series
from tests.bench.intervals import Interval
from tests.bench.office import busy_times, office
from tests.rig import day, truth

AIM = Aim("≥", 0.95, of_ratio=True)
WORTH_NAMING = 0.02
"""Seconds: a gap shorter than this is told only in the sum."""

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Cycle:
    """One card: from its feed until the next one's, or until it was out.

    Attributes:
        busy: seconds in which a device worked, as they would pass in life.
        gaps: real seconds in which every device waited, by the works before and after.
        ideal: seconds that the devices alone need for such a card.
        least: the same, if the card went back to the printing station while the film is printed.
        chip: seconds that the chip itself worked, in life.
        hidden: share of the steps write and seal during which film was printed.
    """

    busy: float
    gaps: Mapping[str, float]
    ideal: float
    least: float
    chip: float
    hidden: float

    @property
    def achieved(self) -> float:
        """Seconds that the card would have taken in life."""
        return self.busy + sum(self.gaps.values())


def measure(folder: Path, factor: float, cards: int) -> Figure:
    """Make cards on the simulated Matica and compare with what its works alone take."""
    with office(folder, "ordinary", factor, cards) as (simulation, station):
        day.print_next(station, cards)
        machine = busy_times(simulation, simulation.facts["machines"]["matica-1"]["busy_log"])
        chip = busy_times(simulation, simulation.facts["readers"]["matica-1"]["busy_log"])
        book = truth.book(station.folder / "data")
    cycles = [cycle(within, machine, chip, book, factor) for within in windows(machine)]
    if len(cycles) != cards:
        raise RuntimeError(f"{cards} cards were ordered, {len(cycles)} were fed; see {folder}")
    return _figure(cycles, factor)


def windows(machine: Sequence[Entry]) -> list[Interval]:
    """Return when each card was made: from feed to feed, the last one until it was out."""
    feeds = [entry["start"] for entry in machine if entry["what"] == "feed"]
    ejects = [entry["end"] for entry in machine if entry["what"] == "eject"]
    return list(zip(feeds, [*feeds[1:], ejects[-1]], strict=True))


def cycle(
    within: Interval, machine: Sequence[Entry], chip: Sequence[Entry], book: Sequence[Entry], factor: float
) -> Cycle:
    """Take one card's time apart."""
    works = [(entry["what"], span) for entry in machine for span in intervals.clipped([_span(entry)], within)]
    exchanges = intervals.clipped([_span(entry) for entry in chip], within)
    everything = [span for _, span in works] + exchanges
    transfer = next(span for what, span in works if what == "transfer")
    before = intervals.length(span for span in exchanges if span[0] < transfer[0]) * factor
    after = intervals.length(span for span in exchanges if span[0] > transfer[0]) * factor
    film = [span for what, span in works if what == "print"]
    steps = [*_steps(book, "write", within), *_steps(book, "seal", within)]
    durations = Durations()
    return Cycle(
        busy=intervals.length(everything) * factor,
        gaps=_gaps(within, [*works, *(("chip", span) for span in exchanges)]),
        ideal=ideal_card_seconds(durations, before, back_beside_film=False, activation_seconds=after),
        least=ideal_card_seconds(durations, before, activation_seconds=after),
        chip=before + after,
        hidden=intervals.overlap(steps, film) / intervals.length(steps),
    )


def _span(entry: Entry) -> Interval:
    return entry["start"], entry["end"]


def _gaps(within: Interval, works: Sequence[tuple[str, Interval]]) -> dict[str, float]:
    """Add up the times in which nothing worked, by what ended before and what began after."""
    sums: dict[str, float] = defaultdict(float)
    for start, end in intervals.gaps([span for _, span in works], within):
        ended = next(what for what, span in works if span[1] == start)
        began = next((what for what, span in works if span[0] == end), "feed")
        sums[f"{ended} → {began}"] += end - start
    return dict(sums)


def _steps(book: Sequence[Entry], step: str, within: Interval) -> list[Interval]:
    """Return from when to when a step lasted, by the book: from its intent to its observation."""
    edges = {
        entry["type"]: float(entry["mono"])
        for entry in book
        if entry.get("step") == step and within[0] <= entry["mono"] < within[1]
    }
    return [(edges["step-intended"], edges["step-observed"])]


def _figure(cycles: Sequence[Cycle], factor: float) -> Figure:
    def series(what: str, unit: str, values: Sequence[float]) -> Series:
        return Series(what, unit, tuple(values))

    names = {name for cycle in cycles for name in cycle.gaps}
    gaps = [series(f"  waiting, {name}", "s", [cycle.gaps.get(name, 0.0) for cycle in cycles]) for name in names]
    worth = sorted((gap for gap in gaps if gap.median >= WORTH_NAMING), key=lambda gap: -gap.median)
    speed = "at life's own speed" if factor == 1 else f"{factor:g} times as fast as in life"
    return Figure(
        name=f"Line efficiency, devices {speed}",
        measured=series("achieved, a card", "s", [cycle.achieved for cycle in cycles]),
        reference=series("ideal: the devices alone, in the order of the route", "s", [c.ideal for c in cycles]),
        ratio="ideal ÷ achieved",
        inverse=True,
        aim=AIM,
        parts=(
            series("devices busy", "s", [cycle.busy for cycle in cycles]),
            series("every device waiting for the station", "s", [sum(cycle.gaps.values()) for cycle in cycles]),
            *worth,
            series("least: the card goes back while film is printed", "s", [cycle.least for cycle in cycles]),
            series("least ÷ achieved", "", [cycle.least / cycle.achieved for cycle in cycles]),
            series("the chip's own time", "s", [cycle.chip for cycle in cycles]),
            series("share of write and seal (by the book) beside film", "", [cycle.hidden for cycle in cycles]),
        ),
    )
