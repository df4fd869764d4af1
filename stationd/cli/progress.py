"""How far the cards are that are being made, followed from the book's entries. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from stationd.client.status import JobView, StatusView
from stationd.model import events, issuance
from stationd.model.entry import AnyEvent, Envelope
from stationd.model.issuance import Step


class End(Enum):
    """How the making of a card ended."""

    DELIVERED = auto()
    TROUBLE = auto()
    WITHDRAWN = auto()


_END_OF_STATE = {
    "delivered": End.DELIVERED,
    "accepted": End.DELIVERED,
    "held": End.TROUBLE,
    "revoked": End.TROUBLE,
}
"""What has become of an order, by the state in which its job is found afterwards."""


@dataclass
class Card:
    """One card under way.

    Attributes:
        steps: how many the line's route has; 0 if it is not known.
        done: how many of them were seen done.
        open: those under way.
        began: the station's monotonic clock, which is this computer's, at its beginning; None if that was not seen.
    """

    job_id: str
    line: str
    steps: int = 0
    done: int = 0
    open: list[str] = field(default_factory=list)
    began: float | None = None


class Progress:
    """The orders and the cards of a station.

    Attributes:
        running: cards under way by attempt, in the order in which they began.
        ordered: jobs that wait for a line.
        ended: jobs whose order has ended, first to last, and how.
        seq: number of the last entry of the book that this takes in.
        standing: lines that wait for something.
        going_on: lines that were seen to begin a step again, before the book says that they work.
    """

    def __init__(self) -> None:
        self.running: dict[str, Card] = {}
        self.ordered: set[str] = set()
        self.ended: list[tuple[str, End]] = []
        self.seq = 0
        self.standing: set[str] = set()
        self.going_on: set[str] = set()

    @property
    def idle(self) -> bool:
        """True if nothing is ordered or being made."""
        return not self.ordered and not self.running

    def pending(self) -> set[str]:
        """Return the jobs that are ordered or being made."""
        return self.ordered | {card.job_id for card in self.running.values()}

    def count(self, *ends: End) -> int:
        """Return how many orders have ended so."""
        return sum(end in ends for _, end in self.ended)

    def fetch(
        self, status: StatusView, jobs: Sequence[JobView], wanted: frozenset[str] = frozenset()
    ) -> list[tuple[str, End]]:
        """Take in the station's state; what ended while nobody listened is counted now.

        Args:
            status: tells which entries this takes in.
            jobs: all of them, as of the same entry.
            wanted: jobs that were ordered by the caller, and may have ended before anything was fetched.

        Returns:
            What ended unseen.
        """
        self.seq = status.book
        lines = {line.job_id: line.name for line in status.lines if line.job_id}
        settled = {job_id for job_id, _ in self.ended}
        before = self.pending() | (wanted - settled)
        running = {}
        unseen = []
        for job in jobs:
            if job.state == "printing" and job.attempt_id:
                known = self.running.get(job.attempt_id)
                running[job.attempt_id] = known or Card(job.job_id, lines.get(job.job_id, ""))
            elif job.job_id in before and job.state != "ordered":
                unseen.append((job.job_id, _END_OF_STATE.get(job.state, End.WITHDRAWN)))
        self.running = running
        self.standing = {line.name for line in status.lines if line.cause}
        self.going_on = set()
        self.ordered = {job.job_id for job in jobs if job.state == "ordered"}
        self.ended += unseen
        return unseen

    def resumes(self, event: AnyEvent) -> Card | None:
        """Return the card with which a line that stood goes on by this event; None if it is no such event.

        The book calls a line ready only after its next step was done, which may take as long as a film.
        """
        card = self.running.get(event.attempt_id) if isinstance(event, events.StepIntended) else None
        return card if card is not None and card.line in self.standing else None

    def _follow_line(self, event: AnyEvent) -> None:
        match event:
            case events.LineStopped(line=line):
                self.standing.add(line)
                self.going_on.discard(line)
            case events.LineReady(line=line):
                self.standing.discard(line)
                self.going_on.discard(line)
            case events.StepIntended() if card := self.resumes(event):
                self.standing.discard(card.line)
                self.going_on.add(card.line)
            case events.StepDeclined(attempt_id=attempt_id):
                card = self.running.get(attempt_id)
                if card is not None and card.line in self.going_on:  # it stands for the same cause as before
                    self.going_on.discard(card.line)
                    self.standing.add(card.line)
            case _:
                pass

    def see(self, envelope: Envelope, event: AnyEvent) -> None:
        """Take in one entry of the book. What follows from an attempt that was given up is to be fetched."""
        self.seq = envelope.seq
        self._follow_line(event)
        match event:
            case events.PrintOrdered(job_id=job_id):
                self.ordered.add(job_id)
            case events.OrderWithdrawn(job_id=job_id):
                self._end(job_id, End.WITHDRAWN)
            case events.JobHeld(job_id=job_id) | events.JobRevoked(job_id=job_id):
                self._end(job_id, End.TROUBLE)
            case events.AttemptReserved():
                self._begin(envelope, event)
            case (
                events.StepIntended()
                | events.StepObserved()
                | events.StepDeclined()
                | events.StepFailed()
                | events.AttemptResumed()
                | events.AttemptReleased()
                | events.BlankUnfit()
                | events.AttemptSpoiled()
                | events.AttemptUnknown()
            ):
                self._go_on(event)
            case _:
                pass

    def _begin(self, envelope: Envelope, event: events.AttemptReserved) -> None:
        route = issuance.ROUTES.get(event.route)
        steps = len(route.after) if route else 0
        self.running[event.attempt_id] = Card(event.job_id, event.line, steps, began=envelope.mono)
        self.ordered.discard(event.job_id)

    def _go_on(self, event: issuance.AttemptEvent) -> None:
        card = self.running.get(event.attempt_id)
        if card is None:
            return
        match event:
            case events.StepIntended(step=step):
                card.open.append(step)
            case events.StepObserved(step=step):
                card.open = [one for one in card.open if one != step]
                card.done += 1
                if step == Step.DELIVER:
                    self._finish(event.attempt_id, card, End.DELIVERED)
            case events.StepDeclined(step=step) | events.StepFailed(step=step):
                card.open = [one for one in card.open if one != step]
            case events.AttemptResumed() | events.BlankUnfit():
                card.open = []
            case events.AttemptReleased():
                del self.running[event.attempt_id]
                self.ordered.add(card.job_id)
            case _:
                self._finish(event.attempt_id, card, End.TROUBLE)

    def _finish(self, attempt_id: str, card: Card, end: End) -> None:
        del self.running[attempt_id]
        self.ended.append((card.job_id, end))

    def _end(self, job_id: str, end: End) -> None:
        if job_id in self.ordered:
            self.ordered.remove(job_id)
            self.ended.append((job_id, end))
