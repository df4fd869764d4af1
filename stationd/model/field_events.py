"""What officers hear and show in the field: more words of the book."""

from __future__ import annotations

from enum import StrEnum

from stationd.model.event import Event


class ReportKind(StrEnum):
    """What an officer has heard of a citizen. A closed list: free words would bring the citizen into the book."""

    DIED = "died"
    MOVED = "moved"
    NO_KK = "no-kk"
    WRONG_DATA = "wrong-data"


class CitizenReported(Event, frozen=True):
    """An officer, who is the entry's actor, has heard something of a citizen that the registry may not know.

    It edits nothing: it goes to the registry, and holds what is waiting here for this citizen. A job's newer claims
    answer it, once the registry has the report.

    Attributes:
        citizen_ref: the registry's reference.
        kind: a `ReportKind`.
        job_id: the job by which the officer named the citizen; empty if by the reference.
    """

    citizen_ref: str
    kind: str
    job_id: str = ""


class ReportAnswered(Event, frozen=True):
    """The registry sent newer claims for a job that is under way or finished here, and they are in order.

    A job that waits arrives anew instead. `epoch` is the lease's that brought the answer.
    """

    job_id: str
    epoch: int


class ReadinessRecorded(Event, frozen=True):
    """The station is ready to print, as an officer, who is the entry's actor, let it say.

    Attributes:
        digest: SHA-256 of the record, lower-case hex: by it a policy cites it.
        record: canonical JSON of a `stationd.model.readiness.Readiness`.
    """

    digest: str
    record: str


AnyFieldEvent = CitizenReported | ReportAnswered | ReadinessRecorded
"""All of them, for the union by which the book is read."""
