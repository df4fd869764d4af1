"""What officers do with the queue: more words of the book."""

from __future__ import annotations

from stationd.model.event import Event


class JobFronted(Event, frozen=True):
    """An officer moved one person's job to the front of the queue, for a `stationd.model.reasons.FrontReason`."""

    job_id: str
    cause: str


class JobUnfronted(Event, frozen=True):
    """A job that had been moved to the front stands where it stood before."""

    job_id: str


AnyQueueEvent = JobFronted | JobUnfronted
"""All of them, for the union by which the book is read."""
