"""What the projections hold, as typed rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class JobState(StrEnum):
    """Where a job is in its life at this station."""

    QUEUED = "queued"
    ORDERED = "ordered"
    PRINTING = "printing"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    HELD = "held"
    RETURNING = "returning"
    RETURNED = "returned"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    FOUND = "found"
    HANDED_OVER = "handed-over"


OVER: Final = (
    JobState.ACCEPTED,
    JobState.RETURNED,
    JobState.REVOKED,
    JobState.WITHDRAWN,
    JobState.TRANSFERRED,
    JobState.FOUND,
    JobState.HANDED_OVER,
)
"""In which a job is over at this station."""


class JobRow(msgspec.Struct, frozen=True):
    """A job as the book knows it: no name, no NIK.

    Attributes:
        arrived, ordered: the numbers of the book's entries for its arrival and the officer's order.
        ordered_by: the officer who pressed print last; empty if nobody has.
        reported: what an officer has reported of the citizen and this job's claims do not answer yet; empty if nothing.
        cause, detail: why it is held.
        payload: False once its sealed payload was erased.
        revoked: the registry took it back when its card was under way; it is over once that card is.
        since: when it came, seconds since the epoch as far as the station knew.
        front, front_reason: the number of the entry by which an officer moved it to the front of the queue, and why; 0
            if none did.
    """

    job_id: str
    citizen_ref: str
    issue_no: int
    epoch: int
    start_before: int
    reason: str
    urgent: str | None
    layout: str
    profile: str
    sealed_digest: str
    arrived: int
    state: JobState
    cause: str
    detail: str
    ordered: int | None
    attempt_id: str | None
    payload: bool
    revoked: bool
    ordered_by: str = ""
    since: float = 0.0
    front: int = 0
    front_reason: str = ""
    reported: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """Something that came as a job and was not taken."""

    sealed_digest: str
    job_id: str
    cause: str
    detail: str
    seq: int


class Question(msgspec.Struct, frozen=True):
    """Something that only a person can tell."""

    question_id: str
    attempt_id: str
    job_id: str
    line: str
    step: str
    cause: str
    answer: str | None
