"""Which ordered card a line begins next, and what keeps it from beginning one: the rules are asked for each blank."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stationd.model import events
from stationd.model.job import Hold
from stationd.store.rows import JobRow

MayStart = Callable[[JobRow], str | Hold | None]
"""Says why no attempt may begin for a job now: in a word (lease over, time unknown, printing not granted), and the
order is taken back; or by what it is held from now on. None if one may."""

Choose = Callable[[Sequence[JobRow]], JobRow | None]
"""Says which of the ordered jobs, first pressed first, is made next."""


def first_pressed(jobs: Sequence[JobRow]) -> JobRow | None:
    """Return the first one; None if there is none."""
    return next(iter(jobs), None)


def kept_back(job: JobRow, cause: str | Hold) -> events.OrderWithdrawn | events.JobHeld:
    """Return what is written of an order whose blank may not be fed."""
    if isinstance(cause, Hold):
        return events.JobHeld(job_id=job.job_id, cause=cause.cause, detail=cause.detail)
    return events.OrderWithdrawn(job_id=job.job_id, cause=cause)
