"""Which jobs waited at the end of a day that is over, and which were held and why. Pure.

What is asked about now, tables answer; this is for a report that is written the morning after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from stationd.model import events, stock_events
from stationd.model.attempt import Step
from stationd.model.day import OUT
from stationd.model.entry import AnyEvent
from stationd.model.job import HoldCause

QUEUED: Final = "queued"
ORDERED: Final = "ordered"
PRINTING: Final = "printing"
"""A card of the job is being made, or has come out and waits to be looked at."""

_OVER: Final = (
    events.JobReturned,
    events.CardAccepted,
    stock_events.PrintedCardFound,
    stock_events.CardWithdrawn,
    stock_events.CardTransferred,
)


class Standing:
    """How jobs stand after the events that were followed, in the order of the book."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._causes: dict[str, str] = {}
        self._revoked: set[str] = set()
        self._jobs: dict[str, str] = {}
        self._touched: set[str] = set()

    @property
    def waiting(self) -> dict[str, int]:
        """How many jobs wait or are under way, by state."""
        return dict(sorted(Counter(state for job, state in self._states.items() if job not in self._causes).items()))

    @property
    def held(self) -> dict[str, int]:
        """How many jobs are held, by cause."""
        return dict(sorted(Counter(self._causes.values()).items()))

    def follow(self, happened: Iterable[AnyEvent]) -> Standing:
        """Take what happened into account."""
        for event in happened:
            if isinstance(event, _OVER):
                self._end(event.job_id)
            elif isinstance(event, events.JobRevoked):
                self._revoke(event.job_id)
            else:
                self._job(event)
                self._attempt(event)
        return self

    def _job(self, event: AnyEvent) -> None:
        match event:
            case events.JobArrived() | events.LeaseInherited():
                self._revoked.discard(event.job_id)
                self._stand(event.job_id, QUEUED)
            case events.PrintOrdered():
                self._stand(event.job_id, ORDERED)
            case events.JobReleased() | events.OrderWithdrawn():
                self._stand(event.job_id, QUEUED)
            case events.JobHeld():
                self._stand(event.job_id, QUEUED, event.cause)
            case stock_events.NotPrintedSaid():
                self._stand(event.job_id, QUEUED, HoldCause.POSSIBLY_PRINTED)
            case _:
                pass

    def _attempt(self, event: AnyEvent) -> None:
        match event:
            case events.AttemptReserved():
                self._jobs[event.attempt_id] = event.job_id
                self._stand(event.job_id, PRINTING)
            case events.StepIntended(step=Step.IDENTIFY):
                self._touched.add(event.attempt_id)
            case events.AttemptReleased():
                self._back(event.job_id, ORDERED)
            case events.AttemptSpoiled():
                self._back(event.job_id, QUEUED, "spoiled")
            case events.AttemptGivenUp():
                touched = event.attempt_id in self._touched
                self._back(event.job_id, QUEUED if touched else ORDERED, "spoiled" if touched else "")
            case events.AttemptUnknown():
                self._stand(event.job_id, PRINTING, "unknown")
            case events.QuestionAnswered():
                self._answered(self._jobs.get(event.attempt_id, ""), event.answer)
            case _:
                pass

    def _answered(self, job_id: str, answer: str) -> None:
        if answer == OUT:
            self._stand(job_id, PRINTING)
        else:
            self._back(job_id, QUEUED, "spoiled")

    def _stand(self, job_id: str, state: str, cause: str = "") -> None:
        self._states[job_id] = state
        self._causes.pop(job_id, None)
        if cause:
            self._causes[job_id] = cause

    def _back(self, job_id: str, state: str, cause: str = "") -> None:
        """A job waits for another card, if the registry has not taken it back meanwhile."""
        if job_id in self._revoked:
            self._end(job_id)
        else:
            self._stand(job_id, state, cause)

    def _revoke(self, job_id: str) -> None:
        """A job whose card is under way, or is asked about, is over when that is."""
        self._revoked.add(job_id)
        if self._states.get(job_id) != PRINTING:
            self._end(job_id)

    def _end(self, job_id: str) -> None:
        self._states.pop(job_id, None)
        self._causes.pop(job_id, None)
