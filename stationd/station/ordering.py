"""Print orders: which jobs are to be made, and in which order their turn comes.

An act may bear a key of its client's. Asked again under the same key, it is not done again, also after a restart: it is
answered as it was the first time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from stationd.model import events, queue_events, ruling
from stationd.model.job import Hold
from stationd.model.reasons import FrontReason
from stationd.model.ruling import REMEDIES, Yes
from stationd.rules import hold_of
from stationd.station.floor import Floor, find_job, require_sound
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.rows import JobRow, JobState
from stationd.store.store import Transaction

MOST: Final = 1000
"""Jobs that may be ordered at once."""

WAITING: Final = (JobState.QUEUED, JobState.ORDERED, JobState.HELD)
"""In which a job may be moved to the front."""

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_T = TypeVar("_T")


class NotOrdered(msgspec.Struct, frozen=True):
    """A job that was not ordered: why, in a word of the catalogue, and what takes that away, as far as is known."""

    job_id: str
    cause: str
    detail: str = ""
    remedy: str = ""


class Ordered(msgspec.Struct, frozen=True):
    """What came of pressing print for several jobs."""

    ordered: tuple[str, ...] = ()
    refused: tuple[NotOrdered, ...] = ()


class Ordering(Floor):
    """What may be asked about orders and the queue's order."""

    def order(self, job_id: str, officer: str, key: str = "") -> None:
        """Press print for one job.

        Raises:
            Refused: if the officer may not print here now, there is no such job, it is not waiting to be printed, or a
                rule defers it: then it is held from now on, and comes back by itself.
        """
        self._allow_printing(officer)
        act = f"{officer} order {job_id}"
        with self.store.write(officer) as transaction:
            if _answered(transaction, key, act, bool):
                return
            job = find_job(transaction, job_id)
            deferred = self._order(transaction, job, officer)
            if deferred is None:
                _keep(transaction, key, act, True)
        if deferred is not None:
            raise Refused(Kind.NOT_NOW, deferred.cause, job_id, deferred.detail)
        self._wake()

    def order_next(self, count: int, officer: str, key: str = "") -> list[str]:
        """Press print for the next jobs in the queue, by their turn; returns the ids of those that were ordered.

        A job that a rule keeps back does not take another's place; where the day is full there is none.
        """
        self._allow_printing(officer)
        if count < 1:
            raise Refused(Kind.NOT_VALID, "count-too-small", str(count))
        act = f"{officer} order next {count}"
        ordered: list[str] = []
        with self.store.write(officer) as transaction:
            before = _answered(transaction, key, act, list[str])
            if before is not None:
                return before
            situation = self.rules.situation(transaction)
            if (bar := situation.kit_bar()) is not None:
                raise Refused(Kind.NOT_NOW, bar, self._office.station)
            for job in self.rules.in_turn(transaction, transaction.jobs(JobState.QUEUED)):
                if len(ordered) == count:
                    break
                wanted = self.rules.wanted(transaction, job)
                if isinstance(situation.verdict(wanted, officer), Yes):
                    self._order(transaction, job, officer)
                    situation = situation.after(wanted)
                    ordered.append(job.job_id)
            _keep(transaction, key, act, ordered)
        self._wake()
        return ordered

    def order_many(self, job_ids: Sequence[str], officer: str, key: str = "") -> Ordered:
        """Press print for these jobs, in this order. One that cannot be ordered keeps none of the others back."""
        self._allow_printing(officer)
        wanted = list(dict.fromkeys(job_ids))
        if not wanted or len(wanted) > MOST:
            raise Refused(Kind.NOT_VALID, "count-too-small" if not wanted else "too-many-jobs", str(len(wanted)))
        act = f"{officer} order {' '.join(wanted)}"
        with self.store.write(officer) as transaction:
            before = _answered(transaction, key, act, Ordered)
            if before is not None:
                return before
            tried = {job_id: self._press(transaction, job_id, officer) for job_id in wanted}
            refused = tuple(not_ordered for not_ordered in tried.values() if not_ordered is not None)
            done = Ordered(tuple(job_id for job_id, kept_back in tried.items() if kept_back is None), refused)
            _keep(transaction, key, act, done)
        self._wake()
        return done

    def _press(self, transaction: Transaction, job_id: str, officer: str) -> NotOrdered | None:
        try:
            deferred = self._order(transaction, find_job(transaction, job_id), officer)
        except Refused as refused:
            return NotOrdered(job_id, refused.cause, refused.detail)
        if deferred is None:
            return None
        return NotOrdered(job_id, deferred.cause, deferred.detail, REMEDIES[deferred.cause])

    def _order(self, transaction: Transaction, job: JobRow, officer: str) -> Hold | None:
        """Enter an order; or the hold, if a rule keeps the job back, which is returned then."""
        require_sound(transaction, job.job_id)
        if job.state is not JobState.QUEUED:
            raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job.job_id, job.cause)
        verdict = self.rules.on_order(transaction, job, officer)
        if isinstance(verdict, ruling.Refused):
            raise self._not_ordered(verdict, job, officer)
        hold = hold_of(verdict)
        if hold is not None:
            transaction.record(events.JobHeld(job_id=job.job_id, cause=hold.cause, detail=hold.detail))
        else:
            transaction.record(events.PrintOrdered(job_id=job.job_id))
        return hold

    def _not_ordered(self, verdict: ruling.Refused, job: JobRow, officer: str) -> Refused:
        if verdict.cause == ruling.NotThis.SUPERVISOR_ORDERS:
            return self._needs_supervisor(officer)
        kind = Kind.NOT_ALLOWED if verdict.remedy in {ruling.Remedy.POLICY, ruling.Remedy.OFFICER} else Kind.NOT_NOW
        return Refused(kind, verdict.cause, job.job_id, verdict.detail)

    def cancel(self, job_id: str, officer: str) -> None:
        """Take a print order back before a blank has moved. Returns at once."""
        self._allow_setting_aside(officer)
        with self.store.write(officer) as transaction:
            job = find_job(transaction, job_id)
            if job.state is not JobState.ORDERED:
                raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
            transaction.record(events.OrderWithdrawn(job_id=job_id, cause="officer"))

    # --- the front ----------------------------------------------------------------------------------------------------

    def to_front(self, job_id: str, reason: str, officer: str) -> None:
        """Move one person's job before all others, for a `FrontReason`: the person stands at the counter."""
        self._allow_printing(officer)
        known_reason(reason, FrontReason)
        with self.store.write(officer) as transaction:
            job = _waiting(transaction, job_id)
            if not job.front:
                transaction.record(queue_events.JobFronted(job_id=job_id, cause=reason))

    def from_front(self, job_id: str, officer: str) -> None:
        """Let a job that was moved to the front wait where it stood before."""
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            job = _waiting(transaction, job_id)
            if job.front:
                transaction.record(queue_events.JobUnfronted(job_id=job_id))


def _waiting(transaction: Transaction, job_id: str) -> JobRow:
    job = find_job(transaction, job_id)
    if job.state not in WAITING:
        raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
    return job


def _answered(transaction: Transaction, key: str, act: str, kind: type[_T]) -> _T | None:
    """Return what was answered to an act under this key; None if it was not asked for yet, or has no key."""
    if not key:
        return None
    if _KEY.fullmatch(key) is None:
        raise Refused(Kind.NOT_VALID, "key-not-valid", "")
    before = transaction.answered(key)
    if before is None:
        return None
    if before[0] != act:
        raise Refused(Kind.NOT_VALID, "key-used-before", key)
    return msgspec.json.decode(before[1], type=kind)


def _keep(transaction: Transaction, key: str, act: str, answer: object) -> None:
    if key:
        transaction.keep_answer(key, act, msgspec.json.encode(answer).decode())
