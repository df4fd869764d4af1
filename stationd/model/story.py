"""What the book says of one job, as it happened: who did it, what it meant, what became of the blank.

Pure: from entries to what is to be said. A sentence is named by its key in the catalogue and carries codes; whoever
shows it puts words in their place. Nothing of a citizen is in the book, so nothing is in a story.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from stationd.model import events, field_events, queue_events, shelf_events, stock_events
from stationd.model.attempt import Step
from stationd.model.blank import Place
from stationd.model.entry import AnyEvent, Envelope
from stationd.model.recovery import INTERRUPTED

Field = str | int | tuple[str, ...]

OUT: Final = frozenset(
    {Place.OUTPUT, Place.REJECT, Place.UNFIT, Place.SHELF, Place.WITHDRAWN, Place.MISSING, Place.TRANSFERRED}
)
"""Where a card is out of its machine, as far as the book knows."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sentence of a story.

    Attributes:
        seq: the entry of the book that says it; the last, where several are told together.
        time, trust: of that entry: seconds since the epoch, and how far they are to be relied on.
        by: the officer or component that caused it.
        what: the sentence's key, below `story.`.
        attempt: the number of the job's attempt that it is about, from 1; 0 for the job itself.
        fields: what the sentence names, as codes; `steps` is a tuple of them.
    """

    seq: int
    time: float
    trust: str
    by: str
    what: str
    attempt: int = 0
    fields: dict[str, Field] = {}


class AttemptTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt of a story: which blank, which machine, and where the blank went by the book (a `Place`)."""

    number: int
    attempt_id: str
    line: str = ""
    printer: str = ""
    stock: str = ""
    batch: str = ""
    place: str = ""


class Story(msgspec.Struct, frozen=True, omit_defaults=True):
    """A job's story. `state`, `cause` and `detail` are the job's as it is now; empty for one that was never taken."""

    job_id: str
    told: tuple[Told, ...] = ()
    attempts: tuple[AttemptTold, ...] = ()
    state: str = ""
    cause: str = ""
    detail: str = ""


def story(job_id: str, entries: Iterable[tuple[Envelope, AnyEvent]]) -> Story:
    """Tell a job from the book.

    Args:
        job_id: which job.
        entries: of one book, in its order. What is not about the job is passed over, except starts of the station and
            stops of a line while one of the job's cards is in it.
    """
    teller = _Teller(job_id)
    about = [(envelope, event) for envelope, event in entries if teller.is_about(event)]
    looks = _looks(about)
    found = {index for indices in looks.values() for index in indices}
    for index, (envelope, event) in enumerate(about):
        if index not in found:
            teller.tell(envelope, event, [about[at][1] for at in looks.get(index, ())])
        teller.move(event)
    attempts = [attempt.told for attempt in teller.attempts.values()]
    return Story(job_id, tuple(teller.told), tuple(attempts))


def _looks(about: Sequence[tuple[Envelope, AnyEvent]]) -> dict[int, list[int]]:
    """Return for each resumption the entries, one commit with it, that say what was found of the steps under way."""
    looks = {}
    for index, (_, event) in enumerate(about):
        if isinstance(event, events.AttemptResumed):
            first = index
            while first and _belongs(about[first - 1], about[first][0].seq, event.attempt_id):
                first -= 1
            looks[index] = list(range(first, index))
    return looks


def _belongs(before: tuple[Envelope, AnyEvent], seq: int, attempt_id: str) -> bool:
    envelope, event = before
    match event:
        case events.StepObserved() | events.ChipIdentified():
            fits = True
        case events.StepDeclined(cause=cause) | events.StepFailed(cause=cause):
            fits = cause == INTERRUPTED
        case _:
            return False
    return fits and event.attempt_id == attempt_id and envelope.seq == seq - 1


@dataclass
class _Attempt:
    """What a teller remembers of an attempt.

    Attributes:
        open: steps under way.
        intended: every step that was ever begun.
        boot: of the computer when it last went on.
        cut: it is known, and told, that something cut it off.
    """

    told: AttemptTold
    open: list[str] = field(default_factory=list)
    intended: set[str] = field(default_factory=set)
    boot: str = ""
    cut: bool = False
    ended: bool = False

    @property
    def inside(self) -> bool:
        return not self.ended and self.told.place not in OUT


_OF_THE_JOB: Final[Mapping[type[events.Event], tuple[str, tuple[str, ...]]]] = {
    events.JobArrived: ("arrived", ("reason", "urgent", "issue_no")),
    events.LeaseInherited: ("inherited", ("reason", "urgent", "issue_no", "was")),
    events.JobRefused: ("refused", ("cause", "detail")),
    events.JobHeld: ("held", ("cause", "detail")),
    events.JobReleased: ("released", ("cause", "consent")),
    events.JobReturned: ("returned", ("cause",)),
    events.ReturnConfirmed: ("return-confirmed", ()),
    events.JobRevoked: ("revoked", ()),
    events.PrintOrdered: ("ordered", ()),
    queue_events.JobFronted: ("fronted", ("cause",)),
    queue_events.JobUnfronted: ("unfronted", ()),
    events.OrderWithdrawn: ("order-withdrawn", ("cause",)),
    events.PayloadErased: ("erased", ()),
    field_events.ReportAnswered: ("report-answered", ()),
    stock_events.CardWithdrawn: ("withdrawn", ("cause",)),
    stock_events.CardTransferred: ("transferred", ("cause", "office")),
    shelf_events.CardPlaced: ("placed", ("place",)),
    shelf_events.CardHandedOver: ("handed-over", ("to", "shown")),
    shelf_events.CardLost: ("card-lost", ()),
    shelf_events.CardFound: ("card-back", ("place",)),
    shelf_events.CardArrived: ("card-arrived", ("list_id",)),
    shelf_events.ShelfInherited: ("shelf-inherited", ()),
    shelf_events.NoticeAsked: ("notice-asked", ("number", "channel")),
    shelf_events.NoticeBegun: ("notice-begun", ("number", "channel")),
    shelf_events.NoticeSent: ("notice-sent", ("number", "channel")),
    shelf_events.NoticeDelivered: ("notice-delivered", ("number", "channel")),
    shelf_events.NoticeFailed: ("notice-failed", ("number", "channel", "cause")),
    shelf_events.NoticeDoubtful: ("notice-doubtful", ("number", "channel", "cause")),
    shelf_events.ShelfRecordErased: ("record-erased", ()),
    stock_events.PrintedCardFound: ("card-found", ("where", "identity")),
    stock_events.NotPrintedSaid: ("not-printed", ()),
}
"""What is said of the job itself: the key, and the event's members that the sentence names."""


class _Teller:
    """Goes through the book and says what matters."""

    def __init__(self, job_id: str) -> None:
        self._job_id = job_id
        self.told: list[Told] = []
        self.attempts: dict[str, _Attempt] = {}
        self._known: set[str] = set()

    def is_about(self, event: AnyEvent) -> bool:
        """Say whether an event may belong to the story. To be asked in the book's order."""
        if isinstance(event, events.AttemptReserved) and event.job_id == self._job_id:
            self._known.add(event.attempt_id)
        if isinstance(event, events.StationStarted | events.LineStopped | events.LineReady):
            return bool(self._known)
        mine = getattr(event, "job_id", None) == self._job_id
        return mine or getattr(event, "attempt_id", None) in self._known

    def move(self, event: AnyEvent) -> None:
        """Follow the blank."""
        attempt = self._attempt(event)
        if attempt is not None and event.moves:
            attempt.told = msgspec.structs.replace(attempt.told, place=event.moves[-1].target.place)

    def tell(self, envelope: Envelope, event: AnyEvent, found: Sequence[AnyEvent]) -> None:
        """Say what an event means; `found` is what a resumption had found before."""
        attempt = self._attempt(event)
        match event:
            case events.AttemptReserved():
                self._begin(envelope, event)
            case events.StationStarted() | events.LineStopped() | events.LineReady():
                self._from_outside(envelope, event)
            case events.AttemptResumed() if attempt is not None:
                self._cut(envelope, attempt)
                self._resumed(envelope, attempt, event, found)
            case _ if attempt is not None:
                self._go_on(envelope, attempt, event)
            case _:
                pass
        if type(event) in _OF_THE_JOB:
            key, names = _OF_THE_JOB[type(event)]
            number = attempt.told.number if attempt else 0
            self._say(envelope, key, number, **{name: getattr(event, name) or "" for name in names})

    def _attempt(self, event: AnyEvent) -> _Attempt | None:
        return self.attempts.get(getattr(event, "attempt_id", ""))

    def _say(self, envelope: Envelope, what: str, attempt: int = 0, **fields: Field) -> None:
        self.told.append(
            Told(envelope.seq, envelope.time, envelope.trust, envelope.actor, what, attempt=attempt, fields=fields)
        )

    def _begin(self, envelope: Envelope, event: events.AttemptReserved) -> None:
        number = len(self.attempts) + 1
        told = AttemptTold(
            number, event.attempt_id, event.line, event.printer, event.stock, event.batch, place=Place.HOPPER
        )
        self.attempts[event.attempt_id] = _Attempt(told, boot=envelope.boot)
        self._say(envelope, "reserved", number, line=event.line, printer=event.printer, batch=event.batch)

    # --- steps --------------------------------------------------------------------------------------------------------

    def _go_on(self, envelope: Envelope, attempt: _Attempt, event: AnyEvent) -> None:
        number = attempt.told.number
        attempt.boot = envelope.boot
        match event:
            case events.StepIntended(step=step):
                attempt.open.append(step)
                attempt.intended.add(step)
                attempt.cut = False
            case events.StepObserved(step=step):
                self._close(attempt, step)
                self._done(envelope, attempt, step)
            case events.StepDeclined(step=step, cause=cause):
                self._close(attempt, step)
                self._say(envelope, "declined", number, steps=(step,), cause=cause)
            case events.StepFailed(step=step, cause=cause):
                self._close(attempt, step)
                self._say(envelope, "failed", number, steps=(step,), cause=cause)
            case _:
                self._end(envelope, attempt, event)

    def _end(self, envelope: Envelope, attempt: _Attempt, event: AnyEvent) -> None:
        number = attempt.told.number
        match event:
            case events.AttemptSpoiled(cause=cause):
                by_hand = attempt.told.place == Place.OUTPUT
                self._say(envelope, "spoiled-by-hand" if by_hand else "spoiled", number, cause=cause)
            case events.AttemptReleased(cause=cause):
                self._say(envelope, "unused", number, cause=cause)
            case events.AttemptGivenUp(cause=cause):
                self._cut(envelope, attempt)
                touched = Step.IDENTIFY in attempt.intended
                self._say(envelope, "given-up-card" if touched else "given-up-blank", number, cause=cause)
            case events.AttemptUnknown(step=step, cause=cause):
                self._cut(envelope, attempt)
                live = Step.ACTIVATE in attempt.intended
                self._say(envelope, "asked-live" if live else "asked", number, steps=(step,), cause=cause)
            case events.QuestionAnswered(answer=answer, tapped=tapped):
                key, seen = ("answered-tapped", {"tapped": tapped}) if tapped else ("answered", {})
                self._say(envelope, key, number, answer=answer, **seen)
            case events.AttemptRecalled():
                self._say(envelope, "recalled", number)
                return
            case events.BlankUnfit(cause=cause):
                self._close(attempt, Step.IDENTIFY)
                self._say(envelope, "unfit", number, cause=cause)
                return
            case events.CardAccepted(issue_no=issue_no):
                self._say(envelope, "accepted", number, issue_no=issue_no)
            case _:
                return
        attempt.ended = True

    @staticmethod
    def _close(attempt: _Attempt, step: str) -> None:
        attempt.open = [one for one in attempt.open if one != step]

    def _done(self, envelope: Envelope, attempt: _Attempt, step: str) -> None:
        """Say that a step was done, in one sentence with those that went before it without anything between."""
        number = attempt.told.number
        if step in {Step.DELIVER, Step.REJECT}:
            self._say(envelope, "delivered" if step == Step.DELIVER else "rejected", number)
            return
        last = self.told[-1]
        if (last.what, last.attempt) == ("done", number):
            steps = last.fields["steps"]
            before = steps if isinstance(steps, tuple) else ()
            self.told.pop()
            self._say(envelope, "done", number, steps=(*before, step))
        else:
            self._say(envelope, "done", number, steps=(step,))

    # --- interruptions ------------------------------------------------------------------------------------------------

    def _from_outside(
        self, envelope: Envelope, event: events.StationStarted | events.LineStopped | events.LineReady
    ) -> None:
        """Say what happened to the station or the line while a card of the job was inside."""
        for attempt in self.attempts.values():
            if not attempt.inside:
                continue
            number, steps = attempt.told.number, tuple(attempt.open)
            match event:
                case events.StationStarted():
                    key = "restarted" if attempt.boot == envelope.boot else "rebooted"
                    self._say(envelope, key, number, steps=steps)
                    attempt.cut, attempt.boot = True, envelope.boot
                case events.LineStopped(line=line, cause=cause) if line == attempt.told.line:
                    self._say(envelope, "stopped", number, line=line, cause=cause, steps=steps)
                    attempt.cut = True
                case events.LineReady(line=line) if line == attempt.told.line:
                    self._say(envelope, "ready", number, line=line)
                case _:
                    pass

    def _cut(self, envelope: Envelope, attempt: _Attempt) -> None:
        """Say that something cut the attempt off, where the book does not say what."""
        if not attempt.cut:
            self._say(envelope, "cut-off", attempt.told.number, steps=tuple(attempt.open))
        attempt.cut = True

    def _resumed(
        self, envelope: Envelope, attempt: _Attempt, event: events.AttemptResumed, found: Sequence[AnyEvent]
    ) -> None:
        done = tuple(one.step for one in found if isinstance(one, events.StepObserved))
        undone = tuple(one.step for one in found if isinstance(one, events.StepDeclined))
        torn = tuple(one.step for one in found if isinstance(one, events.StepFailed))
        for step in (*done, *undone, *torn):
            self._close(attempt, step)
        number = attempt.told.number
        self._say(envelope, "looked", number)
        for key, steps in (("found-done", done), ("found-undone", undone), ("found-torn", torn)):
            if steps:
                self._say(envelope, key, number, steps=steps)
        self._say(envelope, "condemned" if event.condemned else "resumed", number)
        attempt.boot = envelope.boot
