"""The same year through a real station: its book, accounts, policy, steward and shelf; only the devices are a model.

What the office does is asked of the station as its officers do; what the press does is written as the press writes it.
"""

from __future__ import annotations

import datetime
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
import structlog

from drivers.catalog import Catalog
from simulators.registry.field import place
from stationd.clock import Clock
from stationd.model import events, issuance, moves
from stationd.model.blank import CITIZENS, Place
from stationd.model.job import HoldCause
from stationd.model.officer import Officer
from stationd.model.policy import Policy
from stationd.model.policy_history import PolicyHistory
from stationd.press.desk_reader import DeskReader
from stationd.press.notice import LineState, LineStatus
from stationd.press.tap import Tap
from stationd.station import LinkStatus, Station
from stationd.steward import Steward
from stationd.store.keys import FileKeys
from stationd.store.rows import JobState
from stationd.store.store import Store, Transaction
from stationd.store.verify import book_key, verify
from tests.campaigns.year import BEGIN, OFFICE, Bureau, Year, bureau, policy_of

OFFICER = "op-1"
LINE = "line-1"
ROUTE = "inline-beside"

NEVER_COLLECTED = 0.1
"""How many cards in one nobody fetches."""

LONGEST_WAIT = 20
"""Working days after which whoever comes for a card has come."""


class ModelLine:
    """A line as the station sees it: it works, and what it does is written by the office."""

    name = LINE
    status = LineStatus(LINE, LineState.READY, printer="MODEL:1")
    ident = None

    def wake(self) -> None:
        """Be told that there is something to do."""


def with_officer(policy: Policy) -> Policy:
    """Return a policy by which the year's officer may print."""
    officer = Officer(
        id=OFFICER,
        name="Petugas",
        sk="SK/1",
        roles=frozenset({"operator"}),
        kecamatan=OFFICE.kecamatan,
        valid_from=0,
        valid_until=2**35,
        trained=True,
    )
    return Policy(**{name: getattr(policy, name) for name in policy.__struct_fields__} | {"officers": (officer,)})


class BookBureau(Bureau):
    """An office over a year at a real station.

    Args:
        folder: for its book and keys; empty.
        policy, blanks, a_day, seed, post: as for `Bureau`.
    """

    def __init__(
        self, folder: Path, policy: Policy, blanks: int, a_day: float, seed: int, *, post: bool = True
    ) -> None:
        super().__init__(policy, 0, a_day, seed, post=post)
        self._wall = datetime.datetime.combine(BEGIN, datetime.time(7), policy.zone).timestamp()
        keys = FileKeys(folder / "keys")
        keys.create_station_keys()
        self._clock = Clock(wall=lambda: self._wall)
        self._at(BEGIN, datetime.time(7))
        self.store = Store(folder / "book.db", keys, OFFICE.station, "year", self._clock.stamp)
        self.station = Station(
            self.store,
            self._clock,
            OFFICE,
            [ModelLine()],  # type: ignore[list-item]
            lambda: LinkStatus(True, None, "", 0),
            PolicyHistory.of(with_officer(policy)),
            Tap(self.store, DeskReader(None, Catalog({}, {}, {})), lambda _: None),
        )
        self._steward = Steward(self.store, self.station.rules, lambda: None)
        self._collecting: dict[int, list[str]] = {}
        self._walk_in = random.Random(f"shelf/{seed}")  # noqa: S311 - a repeatable year, no secret
        self._batch = 0
        self._open_request: int | None = None
        self._number = 0
        self._jobs = 0
        self._receive(blanks)

    def _at(self, day: datetime.date, hour: datetime.time) -> None:
        self._wall = datetime.datetime.combine(day, hour, self._policy.zone).timestamp()
        self._clock.set_trusted(self._wall, self._clock.uptime())

    def _receive(self, count: int) -> None:
        self._batch += 1
        self.station.receive_blanks(f"B-{self._batch}", count, OFFICER)

    # --- a day ------------------------------------------------------------------------------------------------------

    def _deliver(self, number: int) -> None:
        self._number = number
        for delivery in [delivery for delivery in self._coming if delivery.day <= number]:
            self._receive(delivery.blanks)
        self._coming = [delivery for delivery in self._coming if delivery.day > number]

    def _people_come(self) -> None:
        super()._people_come()
        with self.store.write("registry") as transaction:
            for wanted in self._queue:
                self._jobs += 1
                arrived = events.JobArrived(
                    job_id=f"job-{self._jobs:06d}",
                    citizen_ref=f"citizen-{self._jobs:06d}",
                    issue_no=1,
                    epoch=1,
                    start_before=2**35,
                    reason=wanted.reason,
                    urgent=wanted.urgent,
                    layout="ktp-el",
                    profile="lab-iso7816",
                    policy_version=1,
                    sealed_digest="00",
                )
                transaction.record(arrived)
        self._queue.clear()

    def _print(self, today: datetime.date) -> None:
        self._at(today, datetime.time(8))
        self._steward.tend()
        with self.store.read() as view:
            in_store = sum(n for account, n in view.balances().items() if account.place is Place.STORE)
            blanks = view.blanks_ready()
        if in_store:
            self.station.load_blanks(LINE, in_store, OFFICER)
        made = self.station.order_next(blanks, OFFICER) if blanks else []
        for job_id in made:
            with self.store.write("press") as transaction:
                reason = self._make(transaction, job_id)
            self.station.accept(job_id, OFFICER)
            self.year.by_reason[reason] += 1
            if self._walk_in.random() >= NEVER_COLLECTED:
                day = self._number + self._walk_in.randint(1, LONGEST_WAIT)
                self._collecting.setdefault(day, []).append(job_id)
        self.year.made += len(made)
        self._steward.tend()
        with self.store.read() as view:
            left = view.blanks_ready()
            kept_waiting = bool(view.jobs(JobState.QUEUED))
        if kept_waiting and not left:
            self.year.without += 1
            self.year.avoidable += not self._disturbed
        for job_id in self._collecting.pop(self._number, ()):
            self.station.hand_over(job_id, "owner", "family-card", OFFICER)

    def _make(self, transaction: Transaction, job_id: str) -> str:
        """Write what a press writes of one good card; returns why it was made."""
        job = transaction.job(job_id)
        assert job is not None
        hopper = (a for a, n in transaction.balances().items() if n > 0 and (a.place, a.line) == (Place.HOPPER, LINE))
        reserved = events.AttemptReserved(
            attempt_id=f"at-{job_id}",
            job_id=job_id,
            line=LINE,
            route=ROUTE,
            stock=CITIZENS,
            batch=next(hopper).batch,
            printer="MODEL:1",
            session="year",
        )
        transaction.record(reserved)
        attempt = issuance.start(reserved)
        while ready := issuance.ready(attempt):
            step, at = ready[0], attempt.attempt_id
            written: list[issuance.AttemptEvent] = [
                events.StepIntended(attempt_id=at, step=step, moves=moves.intended(attempt, step))
            ]
            if step is issuance.Step.IDENTIFY:
                written.append(events.ChipIdentified(attempt_id=at, identity=f"c0{job_id.encode().hex()}"))
            for event in written:
                transaction.record(event)
                attempt = issuance.apply(attempt, event)
            seen = events.StepObserved(attempt_id=at, step=step, moves=moves.observed(attempt, step))
            transaction.record(seen)
            attempt = issuance.apply(attempt, seen)
        return job.reason

    def _look_ahead(self, number: int, tomorrow: datetime.date) -> None:
        self._at(tomorrow, datetime.time(0, 10))
        self._steward.tend()
        with self.store.read() as view:
            open_now = next((row for row in view.requests() if row.supply == "blanks"), None)
        (seen,) = (one for one in self.station.forecast() if one.supply == "blanks")
        if self._open_request is not None and (open_now is None or open_now.seq != self._open_request):
            self._open_request = None
            self._disturbed = self._disturbed and open_now is not None
        if open_now is not None and self._open_request is None:
            self._open_request = open_now.seq
            self.year.requests += 1
            self._ask_for(number, open_now.wanted)
        assert (seen.request is None) == (open_now is None)

    def end(self) -> Year:
        """Close the book and say what came of the year."""
        with self.store.read() as view:
            held = [job for job in view.jobs(JobState.HELD) if job.cause == HoldCause.BLANKS_SCARCE]
            self.year.waiting = len(view.jobs(JobState.QUEUED)) + len(held)
        self.store.close()
        return self.year


@contextmanager
def book_bureau(
    policy: Policy, blanks: int, a_day: float, seed: int, *, post: bool = True, check: bool = False
) -> Iterator[BookBureau]:
    """Give an office at a real station, in a folder that is gone after; with `check` its book is replayed first."""
    with TemporaryDirectory(prefix="stationd-year-") as folder:
        office = BookBureau(Path(folder), policy, blanks, a_day, seed, post=post)
        try:
            yield office
        finally:
            office.end()
        if check:
            report = verify(office.store.path, book_key(office.store.keys.book_public()))
            assert report.passed, report.findings


class Took(NamedTuple):
    """Seconds that a year took: of one core, and by the clock, which waits for the disk at each commit, too."""

    core: float
    clock: float


def timed(office: BookBureau, working_days: int) -> Took:
    """Live through so many working days and say what that took."""
    core, clock = time.process_time(), time.perf_counter()
    office.run(working_days)
    return Took(time.process_time() - core, time.perf_counter() - clock)


@click.command()
@click.option("--place", "name", default="palopo", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--days", type=int, help="working days; those of the place if not given")
@click.option("--check", is_flag=True, help="replay the book at the end")
@click.option("--model", "models", default=0, help="instead: so many years without a book, each by another seed")
def year(name: str, seed: int, days: int | None, *, check: bool, models: int) -> None:
    """Live through a year of an office at a real station and tell what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    cards, usual, stock = (int(place(name).figures[figure]) for figure in ("cards", "working_days", "stock"))
    for model in range(models):
        _tell(model, bureau(name, model).run(days or usual))
    if models:
        return
    with book_bureau(policy_of(name), stock, cards / usual, seed, check=check) as office:
        took = timed(office, days or usual)
        with office.store.read() as view:
            entries, shelf = view.head().seq, len(view.shelf())
    _tell(seed, office.year)
    click.echo(
        f"{entries} entries of the book, {shelf} cards on the shelf; {took.core:.0f} s of one core, {took.clock:.0f} s"
    )


def _tell(seed: int, came: Year) -> None:
    click.echo(
        f"seed {seed}: {came.made} cards, {came.without} days without blanks ({came.avoidable} avoidable),"
        f" {came.requests} requests, {came.waiting} left waiting"
    )
