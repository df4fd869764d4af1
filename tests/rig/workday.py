"""The same day of work in any office: jobs, blanks, faults on a script, and an account at its end."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig import day, evidence, worlds
from tests.rig.officer import Officer
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.truth import Findings

CARDS = 20
FACTOR = 50.0
SPARE = 6
"""Blanks beyond the day's cards: some are spoiled."""

PATIENCE = 25.0
"""Seconds that a card may take at the day's pace, with what its fault costs: a lost answer is waited for as in life."""


@dataclass(frozen=True)
class Mishap:
    """Something that goes wrong once a day.

    Attributes:
        kind, command, more: of the simulator's fault; `command` comes once for each card.
        at: after which part of the day.
    """

    kind: str
    command: str
    at: float
    more: Mapping[str, object] = field(default_factory=dict)

    def fault(self, cards: int) -> dict[str, object]:
        """Return the fault for a printer that makes so many cards that day."""
        return {"kind": self.kind, "command": self.command, "nth": max(1, math.ceil(self.at * cards)), **self.more}


MISHAPS: Mapping[str, Sequence[Mishap]] = {
    "matica_xid": (
        Mishap("jam", "transfer", 0.2),
        Mishap("door-open", "load", 0.4),
        Mishap("ribbon-out", "print", 0.6),
        Mishap("half-reply", "load", 0.8),
    ),
    "evolis": (
        Mishap("jam", "print", 0.2),
        Mishap("door-open", "load", 0.4),
        Mishap("ribbon-out", "print", 0.6),
        Mishap("mute", "load", 0.8),
    ),
    "magicard": (
        Mishap("jam", "print", 0.2),
        Mishap("door-open", "feed", 0.4),
        Mishap("ribbon-out", "feed", 0.6),
        Mishap("feed-jam", "feed", 0.8),
    ),
    "ipp": (
        Mishap("jam", "print", 0.2),
        Mishap("door-open", "print", 0.4),
        Mishap("ribbon-out", "print", 0.6),
        Mishap("half-reply", "print", 0.8),
    ),
}
"""By family. Beside these every line runs out of blanks in the middle of the day."""


OFFICES = (*worlds.KINDS, "matica+evolis", "matica+magicard", "evolis+evolis")
"""Whose day is worked: one printer of each kind, and mixes."""


@dataclass
class Day:
    """How a day went.

    Attributes:
        asked: by line, what it said, in order.
        helped: what the officer did about what was in the way.
        seconds: how long it took.
    """

    findings: Findings
    asked: Mapping[str, Sequence[str]]
    helped: Sequence[tuple[str, str]]
    seconds: float


def work(
    simulation: Simulation,
    station: StationProcess,
    folder: Path,
    cards: int = CARDS,
    mishaps: Mapping[str, Sequence[Mishap]] = MISHAPS,
) -> Day:
    """Make that many cards on all the station's lines together, and compare all there is to compare.

    Args:
        simulation: with the machines.
        station: running, without jobs or blanks.
        folder: where the cards' pictures are put.
        cards: how many.
        mishaps: what goes wrong, by family.
    """
    began = time.monotonic()
    with Officer(simulation, station) as officer:
        share = math.ceil(cards / len(station.lines))
        for line in station.lines:
            for mishap in mishaps.get(line.driver, ()):
                officer.hand(line.name, "fault", fault=mishap.fault(share))
        day.receive_blanks(simulation, station, cards + SPARE * len(station.lines))
        for line in station.lines:
            officer.load(line.name, math.ceil(share / 2))
        day.queue(simulation, station, cards)
        officer.client.order_next(cards)
        officer.work_until(lambda s: s.jobs.get("accepted", 0) >= cards, PATIENCE * cards + 60)
        for line in station.lines:
            officer.hand(line.name, "clear", condition="script")
        officer.count()
        asked, helped = officer.asked, officer.helped
    day.await_acknowledged(station, 60)
    findings = evidence.gather(simulation, station, folder / "cards", cards)
    return Day(findings, asked, helped, time.monotonic() - began)


def office_day(folder: Path, kinds: Sequence[str], cards: int = CARDS, factor: float = FACTOR, **more: Any) -> Day:
    """Bring up an office with those printers, and work a day in it."""
    with worlds.world(folder, kinds, factor) as simulation:
        station = worlds.station(folder / "station", simulation, kinds, f"kec-{'-'.join(kinds)}", jobs=cards)
        with station:
            return work(simulation, station, folder, cards, **more)
