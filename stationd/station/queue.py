"""The queue as an officer sees it: whose card it is, why it waits, and when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from typing_extensions import override

from stationd.model.job import Label, Reason
from stationd.model.policy import may_see_citizens
from stationd.model.ruling import Verdict, Wanted, Yes, deciding
from stationd.rules import plain
from stationd.station.floor import Floor
from stationd.station.supplies import UTC_HOURS
from stationd.station.why import WAITING, remedy_of
from stationd.store.rows import JobRow, JobState
from stationd.store.store import CommitFailed

DAY: Final = 86_400.0

SHOWN: Final = (
    JobState.QUEUED,
    JobState.ORDERED,
    JobState.PRINTING,
    JobState.DELIVERED,
    JobState.HELD,
    JobState.RETURNING,
)
"""The states of the jobs in it: all that are not over."""


class Queued(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One job of the queue.

    Attributes:
        name, nik, kelurahan: whose it is; empty for who may not see citizens' data, and until the label was opened.
        state: a `JobState`.
        since: when it came, seconds since the epoch.
        place: where it stands among those that wait, 1 is next; 0 if it does not wait.
        ready: print may be pressed for it now, by this officer.
        cause, remedy, detail: what is in the way, and what takes it away; empty if nothing is.
        front: why it was moved to the front, a `stationd.model.reasons.FrontReason`.
        revoked: the registry took it back; it is over when its card is.
    """

    job_id: str
    name: str = ""
    nik: str = ""
    kelurahan: str = ""
    reason: str
    urgent: str | None = None
    state: str
    since: float
    start_before: int
    place: int = 0
    ready: bool = False
    cause: str = ""
    remedy: str = ""
    detail: str = ""
    front: str = ""
    revoked: bool = False

    @override
    def __repr__(self) -> str:
        return f"Queued(job_id={self.job_id!r})"


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """All jobs that are not over: those that wait in the order of their turn, then the others as they came.

    Attributes:
        named: whether this officer may see whose they are.
        opening: labels that are being opened still: it is to be asked again soon.
        book: the number of the last entry of the book when it was looked at.
    """

    jobs: tuple[Queued, ...]
    named: bool
    opening: int
    book: int


class Queueing(Floor):
    """What may be looked at of the queue.

    Attributes:
        names: returns the labels that are open, by job; None for one that cannot be opened.
    """

    names: Callable[[], Mapping[str, Label | None]] = staticmethod(dict)
    _names_shown: frozenset[tuple[str, str]] = frozenset()
    _day_shown: int = 0

    def queue(self, officer: str) -> Queue:
        """Return all jobs that are not over, as this officer may see them."""
        named = may_see_citizens(self.policy, officer, self._office, self._clock.now())
        labels = self.names() if named else {}
        if labels and not self._noted(officer, labels):
            labels = {}
        with self.store.read() as view:
            rows = view.jobs(*SHOWN)
            situation = self.rules.situation(view)
            turn = self.rules.turn(view)
            lying = view.shelved()
            book = view.head().seq
        waiting = {row.job_id: plain(row, _lies_here(row, lying)) for row in rows if row.state in WAITING}
        decide = deciding(officer, situation.station, situation.stock, situation.day)
        in_turn = sorted(waiting, key=lambda job_id: turn(waiting[job_id]))
        places = {job_id: place for place, job_id in enumerate(in_turn, 1)}
        last = len(rows) + 1
        rows.sort(key=lambda row: (places.get(row.job_id, last), row.arrived))
        jobs = tuple(_queued(row, places, decide, waiting, labels.get(row.job_id)) for row in rows)
        opening = sum(row.payload and row.job_id not in labels for row in rows) if named else 0
        return Queue(jobs=jobs, named=named, opening=opening, book=book)

    def _office_day(self, now: float) -> int:
        hours = self.policy.utc_hours if self.policy is not None else UTC_HOURS
        return int((now + hours * 3600) // DAY)

    def _noted(self, officer: str, labels: Mapping[str, Label | None]) -> bool:
        """Put down whose names an officer sees, each once a day; says False if the disk does not take it."""
        now = self._clock.now()
        day = 0 if now is None else self._office_day(now)
        if day != self._day_shown:
            self._names_shown, self._day_shown = frozenset(), day
        seen = {(officer, job_id) for job_id, label in labels.items() if label is not None} - self._names_shown
        if not seen:
            return True
        try:
            self.store.note_processing(officer, "name", "queue", *sorted(job_id for _, job_id in seen))
        except CommitFailed:
            return False
        self._names_shown |= seen
        return True


def _lies_here(row: JobRow, lying: Mapping[str, str]) -> str:
    return lying.get(row.citizen_ref, "") if row.reason == Reason.LOST else ""


def _queued(
    row: JobRow,
    places: Mapping[str, int],
    decide: Callable[[Wanted], Verdict],
    waiting: Mapping[str, Wanted],
    label: Label | None,
) -> Queued:
    ready, cause, remedy, detail = False, "", "", ""
    if row.state is JobState.HELD:
        cause, remedy, detail = row.cause, remedy_of(row.cause), row.detail
    elif row.state is JobState.QUEUED:
        verdict = decide(waiting[row.job_id])
        if isinstance(verdict, Yes):
            ready = True
        else:
            cause, remedy, detail = verdict.cause, verdict.remedy, verdict.detail
    return Queued(
        job_id=row.job_id,
        name="" if label is None else label.name,
        nik="" if label is None else label.nik.digits,
        kelurahan="" if label is None else label.kelurahan,
        reason=row.reason,
        urgent=row.urgent,
        state=row.state,
        since=row.since,
        start_before=row.start_before,
        place=places.get(row.job_id, 0),
        ready=ready,
        cause=cause,
        remedy=remedy,
        detail=detail,
        front=row.front_reason,
        revoked=row.revoked,
    )
