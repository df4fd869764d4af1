"""The rules of the field at work: the pure decisions of the model, asked with what book, clock and policy say now."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stationd.clock import Clock
from stationd.model.blank import CITIZENS
from stationd.model.forecast import BLANKS, Forecast, forecast
from stationd.model.job import Hold, HoldCause, Job, Reason
from stationd.model.mobile import Away, NotAway, barred
from stationd.model.policy import Office, Policy
from stationd.model.policy_history import PolicyHistory
from stationd.model.queue_order import Turn, in_order, turns
from stationd.model.ruling import (
    COMES_BACK,
    Day,
    Held,
    Refused,
    Station,
    Stock,
    Verdict,
    Wanted,
    deciding,
    is_urgent,
    may_print,
)
from stationd.store.rows import JobRow, JobState
from stationd.store.stock_view import SupplyRow
from stationd.store.store import Store
from stationd.store.view import View


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision rests on beside the job and the officer."""

    station: Station
    stock: Stock
    day: Day

    def verdict(self, job: Wanted, officer: str | None = None) -> Verdict:
        """Decide about one job; see `stationd.model.ruling.may_print`."""
        return may_print(job, officer, self.station, self.stock, self.day)

    def kit_bar(self) -> NotAway | None:
        """Return why this station, being a mobile kit, makes no card now; None if it may, or is an office."""
        away = self.station.away
        return None if away is None else barred(away, self.day.now)

    def after(self, job: Wanted) -> Situation:
        """Return the situation once one more card is ordered: it counts for the day's shares."""
        begun = dict(self.day.begun)
        begun[job.reason] = begun.get(job.reason, 0) + 1
        return replace(self, day=replace(self.day, begun=begun))


class Rules:
    """The rules of one station. Calls may come from any thread.

    Args:
        store: its book.
        clock: its time.
        office: where it stands.
        policies: all that it was given.

    Attributes:
        clock: its time.
        online: says whether the registry answers.
    """

    def __init__(self, store: Store, clock: Clock, office: Office, policies: PolicyHistory) -> None:
        self._store = store
        self.clock = clock
        self._office = office
        self.online: Callable[[], bool] = lambda: True
        self._lock = threading.Lock()
        self._policies = policies

    @property
    def policies(self) -> PolicyHistory:
        """All policies that the station was given."""
        return self._policies

    def adopt(self, policy: Policy) -> None:
        """Go by a newer policy, at once or from its day on."""
        with self._lock:
            self._policies = self._policies.adopting(policy)

    def go_by(self, policy: Policy | None) -> None:
        """Go by this policy alone, whatever there was before."""
        with self._lock:
            self._policies = PolicyHistory.of(policy)

    @property
    def policy(self) -> Policy | None:
        """The policy in force; see `PolicyHistory.at`."""
        now = self.clock.now()
        return self._policies.at(self.clock.floor if now is None else now)

    def situation(self, view: View, *, ordered: bool = True) -> Situation:
        """Return what decisions rest on now.

        Args:
            view: the book.
            ordered: whether cards that are ordered and not begun count for the day: they do where another is to be
                ordered, and not where one of them is to be begun.
        """
        now, policy = self.clock.now(), self.policy
        begun: dict[str, int] = {}
        if now is not None and policy is not None and policy.daily_most is not None:
            begun = view.begun_since(policy.midnight(now))
            for reason, count in view.ordered_reasons().items() if ordered else ():
                begun[reason] = begun.get(reason, 0) + count
        return Situation(Station(self._office, policy, self.away(view)), Stock(view.blanks_ready()), Day(now, begun))

    def away(self, view: View) -> Away | None:
        """Return how this station stands as a mobile kit; None if it is none."""
        trip = view.trip()
        if trip is not None:
            return Away(trip.state, trip.begins, trip.until, trip.offline, self.online())
        return Away(online=self.online()) if self.is_kit else None

    @property
    def is_kit(self) -> bool:
        """Whether this station is a mobile kit: its own policy has a grant for it."""
        policy = self.policy
        return policy is not None and any(grant.kit == self._office.station for grant in policy.mobile)

    def wanted(self, view: View, job: JobRow) -> Wanted:
        """Return what the book knows of a job, for a decision."""
        return plain(job, _lies_here(view, job.reason, job.citizen_ref))

    # --- at the three places ----------------------------------------------------------------------------------------

    def on_arrival(self, view: View, job: Job) -> Hold | None:
        """Say why a job that is good in itself is held when it arrives; None if it may be printed."""
        lies_here = _lies_here(view, job.reason, job.citizen_ref)
        wanted = Wanted(job.reason, job.urgent, job.start_before, lies_here=lies_here)
        return hold_of(self.situation(view).verdict(wanted))

    def on_order(self, view: View, job: JobRow, officer: str) -> Verdict:
        """Decide whether this officer may press print for a job."""
        return self.situation(view).verdict(self.wanted(view, job), officer)

    def on_feed(self, job: JobRow) -> str | Hold | None:
        """Say why the blank of an ordered job may not be fed now: a word, or a hold; None if it may be.

        The officer who pressed print must still be one who may: a decree may have ended since.
        """
        with self._store.read() as view:
            verdict = self.situation(view, ordered=False).verdict(self.wanted(view, job), job.ordered_by or None)
        return verdict.cause if isinstance(verdict, Refused) else hold_of(verdict)

    # --- the queue --------------------------------------------------------------------------------------------------

    def in_turn(self, view: View, jobs: Sequence[JobRow]) -> list[JobRow]:
        """Return waiting jobs in the order in which they have their turn."""
        return in_order(jobs, plain, self.turn(view))

    def next_to_make(self, jobs: Sequence[JobRow]) -> JobRow | None:
        """Return which of the ordered jobs, first pressed first, is made next.

        One that was moved to the front goes before the others, then an urgent one.
        """
        policy = self.policy
        fronted = min((job for job in jobs if job.front), key=lambda job: job.front, default=None)
        return fronted or next((job for job in jobs if is_urgent(plain(job), policy)), next(iter(jobs), None))

    def turn(self, view: View) -> Callable[[Wanted], Turn]:
        """Return what gives each job its turn now."""
        return turns(self.policy, Stock(view.blanks_ready()))

    # --- what comes back by itself ----------------------------------------------------------------------------------

    def to_hold_and_release(self, view: View) -> list[tuple[JobRow, Hold | None]]:
        """Return the waiting jobs whose deferral has changed: with what holds them now, or None where nothing does.

        Jobs are looked at in the order of their turn. Where the station itself may not print nothing is changed.
        """
        situation = self.situation(view)
        decide = deciding(None, situation.station, situation.stock, situation.day)
        held = [job for job in view.jobs(JobState.HELD) if job.cause in COMES_BACK]
        changed: list[tuple[JobRow, Hold | None]] = []
        for job in self.in_turn(view, [*view.jobs(JobState.QUEUED), *held]):
            verdict = decide(replace(self.wanted(view, job), start_before=LATEST))
            if isinstance(verdict, Refused):
                continue
            hold = hold_of(verdict)
            before = Hold(HoldCause(job.cause), job.detail) if job.state is JobState.HELD else None
            if hold != before:
                changed.append((job, hold))
        return changed


LATEST: Final = 2**40
"""Beyond every lease: that one has run out is said when print is pressed, and no reason to hold or keep a job."""


def _lies_here(view: View, reason: str, citizen_ref: str) -> str:
    """Return the job of an earlier card that lies on the shelf here, for a citizen who says that it is lost."""
    return (view.shelved_of(citizen_ref) or "") if reason == Reason.LOST else ""


def plain(job: JobRow, lies_here: str = "") -> Wanted:
    """Return what a job's row alone says, for its place in the queue, and where an earlier card lies."""
    return Wanted(
        Reason(job.reason),
        job.urgent,
        job.start_before,
        job.arrived,
        lies_here=lies_here,
        revoked=job.revoked,
        front=job.front,
        reported=job.reported,
    )


def hold_of(verdict: Verdict) -> Hold | None:
    """Return a verdict as the hold that goes into the book; None if it holds nothing."""
    return Hold(HoldCause(verdict.cause), verdict.detail) if isinstance(verdict, Held) else None


# --- what is to be expected of supplies ------------------------------------------------------------------------------

HISTORY: Final = 120 * 86_400.0
"""Seconds back within which the last days with cards are looked for."""


def forecasts(view: View, policy: Policy, now: float) -> dict[tuple[str, str, str], Forecast]:
    """Return what is to be expected of blanks and of each line's ribbon and film, by (supply, line, stock)."""
    today, since = policy.day(now), now - HISTORY
    used = view.used_by_day(since, policy.utc_hours)
    found = {(BLANKS, "", CITIZENS): forecast(view.blanks_ready(), used, today, policy)}
    supplies = [supply for supply in view.supplies() if supply.remaining is not None]
    lines = max(1, len({supply.line for supply in supplies}))
    for supply in supplies:
        through = view.used_by_day(since, policy.utc_hours, supply.line)
        found[supply.name, supply.line, ""] = _of_supply(supply, through, today, policy, lines)
    return found


def _of_supply(
    supply: SupplyRow, used: dict[datetime.date, int], today: datetime.date, policy: Policy, lines: int
) -> Forecast:
    return forecast(supply.remaining or 0, used, today, policy, lines=lines, floor=False)
