"""One campaign in one office: order a card, pull, let it settle, count; and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec

from simulators.registry.desk import Desk
from stationd.client.problems import StationProblem
from tests.campaigns.checker import Checker
from tests.campaigns.office import HOPPER, JOBS, MACHINE, TIME, Office
from tests.campaigns.people import DidNotSettle, People
from tests.campaigns.plan import Plan, Pull
from tests.campaigns.pulling import Puller
from tests.rig.simulation import DidNotStart

LOW = 4
"""Blanks, and jobs, at which it is time to bring more."""

QUEUE = 6
POINT = 10.0
"""Seconds to wait for a named point that may never come, because this attempt took another way."""

PARTS = ("to the point", "pulling", "settling", "counting")

REGISTRY_EVERY = 20
"""After so many pulls the registry's books are compared, too."""


class Outcome(msgspec.Struct):
    """What became of one pull.

    Attributes:
        met: the named point was reached.
        asked, needed: questions that people were asked, and those of them that only a person could answer.
        tapped: those that were answered with the card on the desk reader.
        unasked: attempts about which somebody should have been asked and was not.
        helped: what else the station asked people to do.
        ended: how attempts ended meanwhile.
        causes: why the line said that it waited.
        spent: seconds of its parts: until the point, pulling and putting back, until all was at rest, counting.
    """

    number: int
    kind: str
    point: str
    met: bool
    asked: int
    needed: int
    tapped: int
    unasked: int
    helped: tuple[str, ...]
    ended: tuple[str, ...]
    causes: tuple[str, ...]
    spent: dict[str, float]
    seconds: float


class Report(msgspec.Struct):
    """One office's campaign. `seconds` is the time for all pulls, starting and ending apart."""

    seed: str
    runs: int
    factor: float
    outcomes: list[Outcome]
    violations: list[str]
    failed_at: int
    seconds: float
    restarts: list[float]


Tell = Callable[[Outcome], None]


class Campaign:
    """One office and one plan."""

    def __init__(self, office: Office, plan: Plan) -> None:
        facts = office.simulation.facts
        self._office = office
        self._plan = plan
        self.checker = Checker(
            data=office.data,
            world=office.world,
            desk=self._desk,
            station=office.station.name,
            busy_log=Path(facts["machines"][MACHINE]["busy_log"]),
            factor=facts["factor"],
            began=facts["began"],
        )
        rng = random.Random(f"{plan.seed}/people")  # noqa: S311 - has to be repeatable
        self._people = People(office, self.checker, rng)
        self._puller = Puller(office, self.checker, rng)

    def run(self, tell: Tell) -> Report:
        """Carry the plan out, to the end or to the first violation."""
        outcomes: list[Outcome] = []
        began, failed_at = time.monotonic(), 0
        for pull in self._plan.pulls:
            try:
                outcomes.append(self._one(pull))
            except (DidNotSettle, DidNotStart, StationProblem) as failure:
                self.checker.wrong.append(f"{type(failure).__name__}: {failure}")
            else:
                tell(outcomes[-1])
            if self.checker.wrong:
                failed_at = pull.number
                break
        seconds = time.monotonic() - began
        if not failed_at:
            self._finish()
        return Report(
            seed=self._plan.seed,
            runs=len(self._plan.pulls),
            factor=self._office.simulation.factor,
            outcomes=outcomes,
            violations=self.checker.wrong,
            failed_at=failed_at,
            seconds=seconds,
            restarts=self._office.starts[1:],
        )

    def _one(self, pull: Pull) -> Outcome:
        self._supply()
        heard = self._office.watcher.heard
        mark, entries, unasked = len(heard), len(self.checker.ledger.entries), len(self.checker.unasked)
        began = time.monotonic()
        self._order(pull.cards)
        met = not pull.edge or self._office.watcher.wait_for(
            lambda entry: (entry["type"], entry.get("step")) == (pull.edge, pull.step), mark, POINT
        )
        time.sleep(pull.delay)
        clocked = [began, time.monotonic()]
        self._puller.pull(pull)
        clocked.append(time.monotonic())
        settled = self._people.settle(pull)
        clocked.append(time.monotonic())
        self.checker.come_to_rest()
        self._people.accept(pull)
        self.checker.check()
        self.checker.heard(heard[mark:])
        if pull.number % REGISTRY_EVERY == 0:
            self.checker.check_registry()
        written = self.checker.ledger.entries[entries:]
        ended = tuple(e["type"] for e in written if e["type"].startswith("attempt-"))
        clocked.append(time.monotonic())
        return Outcome(
            number=pull.number,
            kind=pull.kind,
            point=pull.point,
            met=met,
            asked=settled.asked,
            needed=settled.needed,
            tapped=settled.tapped,
            unasked=len(self.checker.unasked) - unasked,
            helped=settled.helped,
            ended=tuple(name for name in ended if name != "attempt-reserved"),
            causes=tuple(e["cause"] for e in written if e["type"] == "line-stopped"),
            spent={part: end - start for part, (start, end) in zip(PARTS, pairwise(clocked), strict=True)},
            seconds=clocked[-1] - began,
        )

    def _supply(self) -> None:
        """See that there are blanks in the hopper and jobs in the queue."""
        if self.checker.ledger.balances["hopper"] < LOW:
            self._office.fill_hopper(HOPPER)
            self.checker.ledger.read()
        if self._office.status().jobs.get("queued", 0) < LOW:
            self._office.queue_jobs(QUEUE)
            self._await_jobs()

    def _desk(self) -> Desk:
        self._office.await_registry()
        return self._office.simulation.desk

    def _await_jobs(self) -> None:
        """Wait until the station holds as many jobs as it may, and ask what each should become."""
        until = time.monotonic() + 60
        while self._office.status().jobs.get("queued", 0) < JOBS:
            if time.monotonic() > until:
                raise DidNotSettle(f"no job was leased: {self._office.status()}")
            time.sleep(0.1)
        self.checker.ledger.read()
        for job in self.checker.ledger.jobs:
            self.checker.claims(job)

    def _order(self, cards: int) -> None:
        """Press print, again while there is nothing that may be printed."""
        until = time.monotonic() + TIME
        while not self._office.ask(lambda client: client.order_next(cards)):
            if time.monotonic() > until:
                raise DidNotSettle(f"nothing could be ordered: {self._office.status()}")
            time.sleep(0.1)

    def _finish(self) -> None:
        """At the end of the day the registry has all of the book, and no citizen is in it or in the log."""
        self._office.await_registry()
        until = time.monotonic() + 60
        while (status := self._office.status()).link.acknowledged != status.book:
            if time.monotonic() > until:
                self.checker.wrong.append(f"the registry never got all of the book: {status.link}")
                break
            time.sleep(0.1)
        self.checker.check_registry()
        self.checker.check_secrets([self._office.log])
