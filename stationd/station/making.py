"""The cards that are being made: how far each is, how long it will take, and what its line waits for."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from stationd.model import events, issuance, pace
from stationd.model.attempt import Attempt, CardRegion, Step
from stationd.model.blank import Place
from stationd.model.entry import Entry, Envelope
from stationd.model.issuance import live_by_tap
from stationd.model.pace import StepTold, Timing
from stationd.press.notice import LineState
from stationd.station.floor import Floor
from stationd.store import chronicle

REMEMBERED: Final = 9
"""So many of a line's last times for a step are remembered; the middle one is its usual time."""

LOOKED_BACK: Final = 2000
"""Entries of the book that are read when the pace of lines is asked for first after a start: some 60 cards."""


class CardTold(msgspec.Struct, frozen=True, kw_only=True):
    """A card that is being made, or that has come out and waits to be looked at.

    Attributes:
        steps: what the line does, in order.
        progress: which part of that is done, 0 to 1.
        left: in how many seconds it is expected to come out; None if nothing tells.
        state: of the line, a `stationd.press.notice.LineState`.
        cause, detail: what the line waits for; empty for nothing.
        delivered: it came out, and waits to be found good or bad.
        by_tap: it is made live by its tap on the desk reader when it is found good.
        ending: `reject` or `return` if it is not finished, and goes to the reject bin or comes out as it is.
        place: where it is, a `stationd.model.blank.Place`.
    """

    job_id: str
    attempt_id: str
    line: str
    route: str
    steps: tuple[StepTold, ...]
    progress: float
    left: float | None
    state: str = ""
    cause: str = ""
    detail: str = ""
    delivered: bool = False
    by_tap: bool = False
    ending: str = ""
    place: str = ""


class Pacing:
    """How long steps take on each line, by the book. It is told of commits and asked while the store is locked."""

    def __init__(self) -> None:
        self.begun = False
        self._times: dict[tuple[str, str, Step], deque[float]] = {}
        self._lines: dict[str, tuple[str, str]] = {}
        self._began: dict[str, dict[Step, float]] = {}
        self._took: dict[str, dict[Step, float]] = {}
        self._boot = ""

    def read(self, entries: Iterable[Entry]) -> None:
        """Take in what was written before."""
        self.begun = True
        self.hear(tuple(entries))

    def hear(self, entries: Sequence[Entry]) -> None:
        """Take in what was written, in the order of the book."""
        for entry in entries if self.begun else ():
            self._take(entry.envelope, entry.event)

    def timing(self, attempt_id: str) -> Timing:
        """Return when the steps of an attempt that is not over began, and how long they took."""
        return Timing(dict(self._began.get(attempt_id, {})), dict(self._took.get(attempt_id, {})))

    def usual(self, line: str, route: str, step: Step) -> float | None:
        """Return the usual seconds of a step on a line; None until it was done there."""
        times = self._times.get((line, route, step))
        return statistics.median(times) if times else None

    def _take(self, envelope: Envelope, event: object) -> None:
        if envelope.boot != self._boot:  # what began before is not to be measured by this clock
            self._began.clear()
            self._boot = envelope.boot
        match event:
            case events.AttemptReserved():
                self._lines[event.attempt_id] = (event.line, event.route)
            case events.StepIntended(attempt_id=attempt_id, step=step):
                self._began.setdefault(attempt_id, {})[Step(step)] = envelope.mono
            case events.StepDeclined(attempt_id=attempt_id, step=step):
                self._began.get(attempt_id, {}).pop(Step(step), None)
            case events.StepObserved(attempt_id=attempt_id, step=step):
                self._done(attempt_id, Step(step), envelope.mono)
            case events.AttemptResumed(attempt_id=attempt_id):
                self._began.pop(attempt_id, None)
            case (
                events.AttemptSpoiled(attempt_id=attempt_id)
                | events.AttemptReleased(attempt_id=attempt_id)
                | events.AttemptGivenUp(attempt_id=attempt_id)
                | events.CardAccepted(attempt_id=attempt_id)
                | events.QuestionAnswered(attempt_id=attempt_id)
            ):
                for kept in (self._lines, self._began, self._took):
                    kept.pop(attempt_id, None)
            case _:
                pass

    def _done(self, attempt_id: str, step: Step, now: float) -> None:
        began = self._began.get(attempt_id, {}).pop(step, None)
        if began is None or attempt_id not in self._lines:
            return
        line, route = self._lines[attempt_id]
        self._took.setdefault(attempt_id, {})[step] = now - began
        self._times.setdefault((line, route, step), deque(maxlen=REMEMBERED)).append(now - began)


class Making(Floor):
    """What may be looked at of the cards that are being made."""

    pacing: Pacing

    def cards(self) -> list[CardTold]:
        """Return the cards inside the lines, then those that came out and wait to be looked at."""
        with self.store.read() as view:
            if not self.pacing.begun:
                texts = view.texts(max(0, view.head().seq - LOOKED_BACK), LOOKED_BACK)
                self.pacing.read(chronicle.parse(text) for text in texts)
            attempts = {attempt.attempt_id: attempt for attempt in view.attempts_inside() + view.attempts_delivered()}
            return [self._card(attempt) for attempt in attempts.values()]

    def _card(self, attempt: Attempt) -> CardTold:
        def usual(step: Step) -> float | None:
            return self.pacing.usual(attempt.line, attempt.route, step)

        steps = pace.told(attempt, self.pacing.timing(attempt.attempt_id), usual, self._clock.uptime())
        delivered = attempt.card is CardRegion.DELIVERED
        line = self._lines.get(attempt.line)
        status = None if line is None or delivered else line.status
        waits = status is not None and status.state is not LineState.WORKING
        return CardTold(
            job_id=attempt.job_id,
            attempt_id=attempt.attempt_id,
            line=attempt.line,
            route=attempt.route,
            steps=steps,
            progress=1.0 if delivered else round(pace.progress(steps), 4),
            left=0.0 if delivered else pace.left(attempt, steps),
            state="" if status is None else status.state,
            cause=status.cause if status is not None and waits else "",
            detail=status.detail if status is not None and waits else "",
            delivered=delivered,
            by_tap=live_by_tap(attempt),
            ending=_ending(attempt),
            place=_place(attempt),
        )


def _ending(attempt: Attempt) -> str:
    if attempt.condemned or Step.REJECT in attempt.open:
        return Step.REJECT
    if attempt.recalled or attempt.unfit:
        return Step.REJECT if attempt.touched else Step.RETURN
    return ""


def _place(attempt: Attempt) -> str:
    match attempt.card:
        case CardRegion.RESERVED:
            return Place.HOPPER
        case CardRegion.FED:
            return issuance.ROUTES[attempt.route].inside
        case CardRegion.DELIVERED:
            return Place.OUTPUT
        case _:
            return Place.IN_QUESTION
