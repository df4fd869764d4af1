"""An office's days at high speed: people come, and what its station asks for is delivered, late or short by chance.

Who comes and what is sent follow from the scenario's seed; what is made of both is the station's. Each morning the
registry's clock is put forward to the next working day. A station takes its time from there, so that what a policy
counts by the day it counts by these days; its devices' clocks go on as fast as the scenario says.
"""

from __future__ import annotations

import datetime
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from simulators.registry.desk import Desk, Refused
from simulators.registry.field import place
from simulators.world import WorldError
from simulators.world_client import WorldClient

KEPT = "days.json"
"""The file in a scenario's folder that says how far its days have come."""

PRINTING = "CETAK"

OFFICE_TIME = datetime.timezone(datetime.timedelta(hours=7))
DAY = datetime.timedelta(days=1)
FRIDAY = 5

USUAL = {"first": 5, "lost": 1, "damaged": 1, "changed": 1, "renewal": 1, "transfer": 1}
"""For how many of ten people which card is made."""


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every day brings.

    Attributes:
        people: how many come to each office that prints on a working day, in the mean.
        working_days: how many days there are.
        reasons: how many of so many come for which reason.
        seconds: how long a working day is, simulated.
        within: working days from a request to its delivery, least and most.
        late, short: how many deliveries in one come late, and short: a third first, the rest later.
    """

    people: float
    working_days: int = 250
    reasons: dict[str, int] = msgspec.field(default_factory=lambda: dict(USUAL))
    seconds: float = 28_800.0
    within: tuple[int, int] = (3, 5)
    late: float = 0.15
    short: float = 0.2


class Delivery(msgspec.Struct, frozen=True):
    """Blanks on their way to a station, and the day on which they come."""

    day: int
    station: str
    blanks: int


class Passed(msgspec.Struct, frozen=True):
    """How far days have come.

    Attributes:
        days: how many are over.
        read: by station, the last entry of its book that was looked at for requests.
        coming: what was sent and has not come.
    """

    days: int = 0
    read: dict[str, int] = {}
    coming: tuple[Delivery, ...] = ()


def people_of(days: Days, chance: random.Random) -> Counter[str]:
    """Return how many people come on one day, by their reasons."""
    many = max(0, round(chance.gauss(days.people, days.people / 6)))
    return Counter(chance.choices(list(days.reasons), list(days.reasons.values()), k=many))


def sent(days: Days, today: int, station: str, wanted: int, chance: random.Random) -> list[Delivery]:
    """Return the deliveries that a request made today leads to; together they are all of it."""
    day, first = today + chance.randint(*days.within), wanted
    if chance.random() < days.late:
        day += chance.randint(3, 12)
    if chance.random() < days.short:
        first = wanted // 3
    rest = [Delivery(day + chance.randint(3, 10), station, wanted - first)] if first < wanted else []
    return [Delivery(day, station, first), *rest]


def overnight(now: float) -> int:
    """Return how many seconds it is from a time, in seconds since 1970, to the same hour of the next working day."""
    today = datetime.datetime.fromtimestamp(now, OFFICE_TIME)
    nights = next(n for n in range(1, 4) if (today + n * DAY).isoweekday() <= FRIDAY)
    return nights * int(DAY.total_seconds())


class Calendar:
    """Lets a scenario's days pass at its registry and in its world.

    Args:
        days: what they bring.
        seed: everything that is chance follows from it.
        printing: the stations to which people come.
        folder: the scenario's; days go on where they stopped there.
    """

    def __init__(self, days: Days, seed: str, printing: Sequence[str], folder: Path) -> None:
        self._days, self._seed, self._printing, self._folder = days, seed, printing, folder
        kept = folder / KEPT
        self.passed = msgspec.json.decode(kept.read_bytes(), type=Passed) if kept.exists() else Passed()

    def run(self, desk: Desk, world: Path, factor: float, stop: threading.Event) -> None:
        """Let day after day pass until there are no more, or until told to stop."""
        began, first = time.monotonic(), self.passed.days
        length = self._days.seconds / factor
        try:
            while self.passed.days < self._days.working_days and not stop.is_set():
                with WorldClient(world) as cards:
                    self.dawn(desk, cards)
                stop.wait(max(0.0, began + (self.passed.days - first) * length - time.monotonic()))
        except (Refused, WorldError, OSError) as error:
            if not stop.is_set():
                sys.stderr.write(f"days stopped after {self.passed.days}: {error}\n")
                sys.stderr.flush()

    def dawn(self, desk: Desk, world: WorldClient) -> None:
        """Let the next day begin: what is due comes to the supply, people come, new requests are answered."""
        today, read = self.passed.days, dict(self.passed.read)
        if today:
            desk.ask("forward", seconds=overnight(float(desk.ask("forward", seconds=0))))
        coming = [delivery for delivery in self.passed.coming if delivery.day > today]
        for delivery in self.passed.coming:
            if delivery.day <= today:
                world.mint(delivery.blanks, batch=f"B-{delivery.station}-{today}")
        for station in self._printing:
            chance = random.Random(f"{self._seed}/{station}/{today}")
            for reason, count in people_of(self._days, chance).items():
                desk.add_jobs(station, count, claims={"reason": reason})
            for event in desk.events(station, after=read.get(station, 0)):
                read[station] = event["seq"]
                if event["type"] == "stock-requested" and event["supply"] == "blanks":
                    coming += sent(self._days, today, station, event["wanted"], chance)
        self.passed = Passed(today + 1, read, tuple(coming))
        fresh = self._folder / f"{KEPT}.new"
        fresh.write_bytes(msgspec.json.encode(self.passed))
        fresh.replace(self._folder / KEPT)


def printing(named: str, offices: dict[str, str]) -> list[str]:
    """Return which stations print for citizens.

    Args:
        named: the place; empty for none, where all do.
        offices: for each station the kecamatan where it stands.
    """
    if not named:
        return list(offices)
    services = place(named).offices
    return [station for station, kecamatan in offices.items() if PRINTING in services[kecamatan]]
