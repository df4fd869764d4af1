"""The same day of work in any office: jobs, blanks, faults on a script, and an account at its end."""

from __future__ import annotations

import math
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig import day, evidence, mishaps, truth, worlds
from tests.rig.chips import CHIPS, WITHOUT_KEYS
from tests.rig.officer import Officer
from tests.rig.settings import PCSC, PN532
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.truth import Findings

CARDS = 20
FACTOR = 50.0
SPARE = 10
"""Blanks beyond the day's cards, for each line: some are spoiled."""

PATIENCE = 25.0
"""Seconds that a card may take at the day's pace, with what its fault costs: a lost answer is waited for as in life."""

AWAKENING = 60.0
"""Seconds that a day may take beside its cards."""

CHIP_MISHAPS = 2
OTHER_KEYS = "gp-scp03-wrong-key"
"""What the simulators call a chip like the lab's, whose keys nobody has."""

CARD = "card-{:06d}"
"""How the world names the nth card of a delivery."""

KEYED_CARDS = 5
"""Cards of the days with keys, of which there are several for one kind of printer."""


@dataclass(frozen=True)
class Office:
    """Whose day is worked.

    Attributes:
        kinds: its printers, names of `worlds.KINDS`.
        profile: by which its cards are written, and then something befalls two of their chips, too, and two blanks
            have other keys; empty for the profile without keys.
        reader: the driver of its readers.
    """

    kinds: Sequence[str]
    profile: str = ""
    reader: str = PCSC

    @property
    def name(self) -> str:
        """As folders are called."""
        return "-".join([*self.kinds, *filter(None, [self.profile]), *([self.reader] if self.reader != PCSC else [])])

    def cards(self, most: int) -> int:
        """How many cards of a day with at most so many are this office's."""
        return min(most, KEYED_CARDS) if self.profile else most


_MIXES = (("matica", "evolis"), ("matica", "magicard"), ("evolis", "evolis"))
_KEYED = ("matica", "evolis", "evolis-desk", "ipp")

OFFICES = (
    *(Office((kind,)) for kind in worlds.KINDS),
    *(Office(kinds) for kinds in _MIXES),
    *(Office((kind,), profile) for profile in ("lab-gp-scp03", "lab-sam") for kind in _KEYED),
    *(Office((kind,), "lab-gp-scp03", PN532) for kind in _KEYED),
)
"""One printer of each kind; mixes; cards with keys, in each kind of line and by each kind of reader.

A PN532 has no slot for a SAM.
"""


@dataclass
class Day:
    """How a day went.

    Attributes:
        kinds: its printers.
        chips: by which profile its cards were written, if not without keys.
        reader: the driver of its readers.
        findings: what was compared, and what did not agree.
        asked: by line, what it said, in order.
        helped: what the officer did about what was in the way: line and cause.
        faults: how many of each kind came about.
        delivered, spoiled: cards accepted, and cards ruined.
        questions: how often a person was asked what became of a card.
        counted: blanks that were where the book had none of them, when they were counted at the end of the day.
        accounts: place, line, and blanks there by the book and in the world, after that count.
        seconds: how long it took.
    """

    kinds: Sequence[str]
    chips: str = ""
    reader: str = PCSC
    findings: Findings = field(default_factory=Findings)
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    helped: Sequence[tuple[str, str]] = ()
    faults: dict[str, int] = field(default_factory=dict)
    delivered: int = 0
    spoiled: int = 0
    questions: int = 0
    counted: int = 0
    accounts: Sequence[tuple[str, str, int, int]] = ()
    seconds: float = 0.0


def work(
    simulation: Simulation,
    station: StationProcess,
    folder: Path,
    done: Day,
    cards: int = CARDS,
    seed: str = "1",
) -> None:
    """Make that many cards on all the station's lines together, and compare all there is to compare.

    Args:
        simulation: with the machines.
        station: running, without jobs or blanks.
        folder: where the cards' pictures are put.
        done: takes what is found, as far as the day comes.
        cards: how many.
        seed: draws what goes wrong.

    Raises:
        TimeoutError: if it did not come to its end in time.
    """
    share = math.ceil(cards / len(station.lines))
    data = station.folder / "data"
    faults: Counter[str] = Counter()
    with Officer(simulation, station) as officer:
        done.asked, done.helped = officer.asked, officer.helped
        for line in station.lines:
            for fault in mishaps.draw(seed, line.name, line.driver, share):
                officer.hand(line.name, "fault", fault=fault)
                faults[str(fault["kind"])] += 1
        day.receive_blanks(simulation, station, cards + SPARE * len(station.lines))
        for line in station.lines:
            officer.load(line.name, math.ceil(share / 2))
        day.queue(simulation, station, cards)
        officer.client.order_next(cards)
        officer.work_until(lambda s: s.jobs.get("accepted", 0) >= cards, PATIENCE * cards + AWAKENING)
        for line in station.lines:
            for left in officer.hand(line.name, "clear", condition="script"):
                faults[str(left["kind"])] -= 1
        done.faults = dict(+faults)
        officer.tidy()
        _compare_before_count(truth.book(data), officer.piles(), done)
        officer.count()
        day.await_acknowledged(station, AWAKENING)
        entries = truth.book(data)
        _compare_accounts(entries, officer.piles(), done)
    done.delivered = _number(entries, "card-accepted")
    done.spoiled = truth.balances(entries)["reject"]
    done.questions = _number(entries, "attempt-unknown")
    done.faults |= {"chip: other keys": unfit} if (unfit := _number(entries, "blank-unfit")) else {}
    counters = [e for e in entries if e["type"] == "discrepancy-found" and e["origin"].startswith("counters")]
    done.findings.check("no printer's counter differs from the book", not counters, str(counters))
    found = evidence.gather(simulation, station, folder / "cards", cards)
    done.findings.compared += found.compared
    done.findings.wrong += found.wrong


def _give_other_keys(simulation: Simulation, numbers: Sequence[int]) -> None:
    """Let some blanks of the next delivery have keys that the station has not."""
    with simulation.world() as world:
        (like,) = world.mint(1, chips=OTHER_KEYS)
        state = world.chip_state(like)
        world.move(like, "floor")
        for number in numbers if state is not None else ():
            world.set_chip_state(CARD.format(number), state)


def _came_about(simulation: Simulation, befall: worlds.ChipFaults) -> Counter[str]:
    """Count what befell chips: what did not is still on their scripts."""
    with simulation.world() as world:
        left = {number: world.chip_state(CARD.format(number)) for number in befall}
    return Counter(f"chip: {befall[number]['kind']}" for number, state in left.items() if not (state or {})["faults"])


def _number(entries: Sequence[Mapping[str, object]], kind: str) -> int:
    return sum(entry["type"] == kind for entry in entries)


def _compare_before_count(entries: list[evidence.Entry], world: Mapping[tuple[str, str], int], done: Day) -> None:
    """What lies anywhere beyond the book, before anybody has counted, must be what the book has in question."""
    said = truth.accounts(entries)
    short = [f"{place} {line}" for (place, line), count in world.items() if count < said[place, line]]
    done.findings.check("before the count no pile held less than the book said", not short, ", ".join(short))
    done.counted = sum(count - said[where] for where, count in world.items())
    question = sum(count for (place, _), count in said.items() if place == "in-question")
    done.findings.check(
        "before the count the book had in question what it did not know of",
        done.counted == question,
        f"{done.counted} found, {question} in question",
    )


def _compare_accounts(entries: list[evidence.Entry], world: Mapping[tuple[str, str], int], done: Day) -> None:
    said = truth.accounts(entries)
    done.accounts = [(*where, said[where], count) for where, count in world.items()]
    for place, line, book, counted in done.accounts:
        done.findings.check(f"{place} {line}: {book} by the book, {counted} in the world", book == counted)


def office_day(
    folder: Path,
    office: Office,
    cards: int = CARDS,
    factor: float | None = None,
    seed: str = "1",
) -> Day:
    """Bring up an office, and work a day in it. What fails is among the findings.

    Args:
        folder: where everything is kept.
        office: whose day it is.
        cards: how many jobs there are.
        factor: how much quicker than in life devices are; left out: as the kinds have it.
        seed: draws what goes wrong.
    """
    kinds, profile = office.kinds, office.profile
    if (folder / "scenario.toml").exists():  # an earlier day's
        shutil.rmtree(folder)
    pace = factor or max((worlds.KINDS[kind].factor or FACTOR for kind in kinds), default=FACTOR)
    done = Day(kinds, profile, office.reader)
    chips = CHIPS.get(profile, WITHOUT_KEYS)
    befall = mishaps.draw_chips(seed, cards, CHIP_MISHAPS) if profile else {}
    began = time.monotonic()
    try:
        with worlds.world(folder, kinds, pace, chips, befall, office.reader) as simulation:
            name = f"kec-{'-'.join(kinds)}"
            station = worlds.station(folder / "station", simulation, kinds, name, jobs=cards, chips=chips)
            with station:
                began = time.monotonic()
                if profile:
                    _give_other_keys(simulation, mishaps.draw_unfit(cards, befall))
                work(simulation, station, folder, done, cards, seed)
                done.faults.update(_came_about(simulation, befall))
    except Exception as failure:  # another office's day is worked all the same
        done.findings.check("the day came to its end", False, f"{type(failure).__name__}: {failure}")
    done.seconds = time.monotonic() - began
    return done
