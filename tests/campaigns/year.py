"""A year of an office at the model's level: people come, blanks run low, deliveries are late or short, rules decide.

Policy, forecast, order of the queue and decision are the station's own. Printing, book and post are counted only; in
`book_year` the same office works at a real station.
"""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import msgspec

from simulators.registry.field import place
from stationd.model.forecast import Ask, Asked, Close, forecast, is_working_day, next_step
from stationd.model.job import Reason
from stationd.model.policy import Office, Policy
from stationd.model.queue_order import in_order, turns
from stationd.model.ruling import Day, Station, Stock, Wanted, Yes, deciding

BEGIN = datetime.date(2024, 1, 1)
OFFICE = Office("kec-1", "73.73.01")
ON_TIME = (3, 5)
"""Working days from a request to its delivery, least and most, when nothing goes wrong."""

LATE, SHORT = 0.15, 0.2
"""How many deliveries in one come late, and short."""

REASONS = (Reason.FIRST,) * 5 + (Reason.LOST, Reason.DAMAGED, Reason.CHANGED, Reason.RENEWAL, Reason.TRANSFER)


@dataclass
class Delivery:
    """Blanks on their way: on which working day they come, and how many."""

    day: int
    blanks: int


@dataclass
class Year:
    """What came of a year.

    Attributes:
        made: cards.
        without: working days on which somebody waited and no blank was left.
        avoidable: of these, days on which everything asked for had come in full and within the policy's days ahead.
        requests: how often blanks were asked for.
        by_reason: cards by their reason.
        waiting: jobs that were left at the end.
    """

    made: int = 0
    without: int = 0
    avoidable: int = 0
    requests: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    waiting: int = 0


class Bureau:
    """An office over a year.

    Args:
        policy: its own.
        blanks: how many it begins with.
        a_day: how many people come on a working day, in the mean.
        seed: of everything that is chance.
        post: whether deliveries may come late or short.
    """

    def __init__(self, policy: Policy, blanks: int, a_day: float, seed: int, *, post: bool = True) -> None:
        self._policy = policy
        self._blanks = blanks
        self._a_day = a_day
        self._chance = random.Random(f"year/{seed}")  # noqa: S311 - a repeatable year, no secret
        self._post = post
        self._queue: list[Wanted] = []
        self._arrivals = count(1)
        self._used: dict[datetime.date, int] = {}
        self._asked: Asked | None = None
        self._disturbed = False
        self._coming: list[Delivery] = []
        self.year = Year()

    def run(self, working_days: int) -> Year:
        """Live through so many working days."""
        for number, today in zip(range(working_days), self._days(), strict=False):
            self._deliver(number)
            self._people_come()
            self._print(today)
            self._look_ahead(number, today + datetime.timedelta(days=1))
        self.year.waiting = len(self._queue)
        return self.year

    def _days(self) -> Iterator[datetime.date]:
        for number in count():
            day = BEGIN + datetime.timedelta(days=number)
            if is_working_day(self._policy, day):
                yield day

    def _people_come(self) -> None:
        for _ in range(max(0, round(self._chance.gauss(self._a_day, self._a_day / 6)))):
            urgent = "medical" if self._chance.random() < 0.01 else None
            self._queue.append(Wanted(self._chance.choice(REASONS), urgent, 2**40, next(self._arrivals)))

    def _deliver(self, number: int) -> None:
        arrived = [delivery for delivery in self._coming if delivery.day <= number]
        self._coming = [delivery for delivery in self._coming if delivery.day > number]
        came = sum(delivery.blanks for delivery in arrived)
        self._blanks += came
        if self._asked is not None:
            self._asked = replace(self._asked, arrived=self._asked.arrived + came)

    def _print(self, today: datetime.date) -> None:
        stock = Stock(self._blanks)
        now = datetime.datetime.combine(today, datetime.time(9), self._policy.zone).timestamp()
        decide = deciding(None, Station(OFFICE, self._policy), stock, Day(now))
        ordered = in_order(self._queue, lambda job: job, turns(self._policy, stock))
        may = [job for job in ordered if decide(job) == Yes()]
        made = may[: self._blanks]
        if len(may) > self._blanks:
            self.year.without += 1
            self.year.avoidable += not self._disturbed
        done = {job.arrived for job in made}
        self._queue = [job for job in self._queue if job.arrived not in done]
        self._blanks -= len(made)
        self._used[today] = len(made)
        self.year.made += len(made)
        self.year.by_reason.update(job.reason.value for job in made)

    def _look_ahead(self, number: int, tomorrow: datetime.date) -> None:
        seen = forecast(self._blanks, self._used, tomorrow, self._policy)
        if isinstance(next_step(seen, self._asked), Close):
            self._asked = None
            self._disturbed = self._disturbed and seen.short
        if isinstance(next_step(seen, self._asked), Ask):
            self._asked = Asked(seen.left, seen.wanted)
            self.year.requests += 1
            self._ask_for(number, seen.wanted)

    def _ask_for(self, number: int, wanted: int) -> None:
        days = self._chance.randint(*ON_TIME)
        first = wanted
        if self._post and self._chance.random() < LATE:
            days += self._chance.randint(3, 12)
        if self._post and self._chance.random() < SHORT:
            first = wanted // 3
            self._coming.append(Delivery(number + days + self._chance.randint(3, 10), wanted - first))
        self._disturbed |= days > self._policy.reorder.ahead or first < wanted
        self._coming.append(Delivery(number + days, first))


def bureau(name: str, seed: int, policy: Policy | None = None, *, post: bool = True) -> Bureau:
    """Return an office of a place that the simulated registry knows, at the beginning of its year."""
    known = place(name)
    cards, days, stock = (int(known.figures[figure]) for figure in ("cards", "working_days", "stock"))
    return Bureau(policy or policy_of(name), stock, cards / days, seed, post=post)


def policy_of(name: str, **changes: object) -> Policy:
    """Return the policy of a place's first office, with members changed."""
    known = place(name)
    services = next(iter(known.offices.values()))
    members = {"version": 1, "valid_from": 0, "station": OFFICE.station, "services": services, **known.policy}
    return msgspec.convert(members | changes, Policy, strict=False)
