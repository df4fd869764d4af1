"""One attempt: one blank used for one job, as a pure state machine.

State and event give state (`apply`); state and route give the steps that may begin now (`ready`). Three regions advance
side by side: the card, the chip and the film. They meet at the steps that need more than one of them: a transfer needs
a verified chip and a film that holds this very attempt, and activation, which makes the card live, comes after the
transfer and before delivery. Nothing here touches a device: the press carries out what is ready and reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from typing_extensions import override

from stationd.model import events
from stationd.model.blank import Account, Place


class Step(StrEnum):
    """What can be done to a card on a line. Each is declared before it begins and observed after."""

    FEED = "feed"
    FILM = "film"
    IDENTIFY = "identify"
    WRITE = "write"
    SEAL = "seal"
    TRANSFER = "transfer"
    ACTIVATE = "activate"
    DELIVER = "deliver"
    REJECT = "reject"


class CardRegion(StrEnum):
    """Where the blank of this attempt is."""

    RESERVED = "reserved"
    FED = "fed"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    IN_QUESTION = "in-question"


class ChipRegion(StrEnum):
    """How far the chip has come, as observed."""

    BLANK = "blank"
    IDENTIFIED = "identified"
    WRITTEN = "written"
    VERIFIED = "verified"
    ACTIVE = "active"


class FilmRegion(StrEnum):
    """What the film holds. Anything that might have moved it unseen makes it unknown."""

    CLEAN = "clean"
    HOLDS = "holds"
    UNKNOWN = "unknown"


FOUND_OUTSIDE = "out"
"""What a person answers who has the finished card in hand."""


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    SPOILED = "spoiled"
    RELEASED = "released"
    UNKNOWN = "unknown"


class Route(msgspec.Struct, frozen=True):
    """A line's graph of steps: which steps must have been observed before each may begin.

    The order of the mapping is the order in which ready steps are begun.
    """

    name: str
    after: Mapping[Step, frozenset[Step]]


def _route(name: str, **after: tuple[Step, ...]) -> Route:
    return Route(name, {Step(step): frozenset(needs) for step, needs in after.items()})


INLINE_BESIDE = _route(
    "inline-beside",
    feed=(),
    identify=(Step.FEED,),
    film=(Step.IDENTIFY,),
    write=(Step.IDENTIFY,),
    seal=(Step.WRITE,),
    transfer=(Step.SEAL, Step.FILM),
    activate=(Step.TRANSFER,),
    deliver=(Step.ACTIVATE,),
)
"""A retransfer printer with a reader inside, whose film is printed while the chip is written.

The film waits for the chip's identity: reader and card are brought together while the machine is still idle, and no
film is spent on a card whose chip is foreign or dead.
"""

INLINE_IN_TURN = _route(
    "inline-in-turn",
    feed=(),
    identify=(Step.FEED,),
    write=(Step.IDENTIFY,),
    seal=(Step.WRITE,),
    film=(Step.SEAL,),
    transfer=(Step.FILM,),
    activate=(Step.TRANSFER,),
    deliver=(Step.ACTIVATE,),
)
"""The same machine where film and chip have not been proven side by side."""

ROUTES: Mapping[str, Route] = {route.name: route for route in (INLINE_BESIDE, INLINE_IN_TURN)}


class Attempt(msgspec.Struct, frozen=True):
    """The state of one attempt.

    Attributes:
        open: steps declared and not yet observed: what they did is not known.
        done: steps observed.
        condemned: the card came out bad or is not worth finishing: it can only be rejected.
        resumes: how many times the attempt was taken up again after an interruption.
        tag: what the chip's identity is to be, from before it was first written.
        identity: the chip's identity, once seen.
        written: names of the data objects that the chip acknowledged.
        outcome: how it ended; None while it goes on.
    """

    attempt_id: str
    job_id: str
    line: str
    route: str
    stock: str
    batch: str
    session: str
    card: CardRegion = CardRegion.RESERVED
    chip: ChipRegion = ChipRegion.BLANK
    film: FilmRegion = FilmRegion.CLEAN
    tag: str = ""
    identity: str = ""
    written: tuple[str, ...] = ()
    open: frozenset[Step] = frozenset()
    done: frozenset[Step] = frozenset()
    condemned: bool = False
    resumes: int = 0
    outcome: Outcome | None = None

    @property
    def touched(self) -> bool:
        """True once the chip may have been altered: from then on the blank is this job's or spoiled."""
        return Step.IDENTIFY in self.open | self.done

    @property
    def may_be_live(self) -> bool:
        """True once the chip can have been made live: from the moment that its activation was declared."""
        return Step.ACTIVATE in self.open | self.done

    def account(self, place: Place) -> Account:
        """Return this attempt's account at a place."""
        line = self.line if place in _LINE_PLACES else ""
        return Account(place, line, self.stock, self.batch)


LEAVING: Mapping[Step, Place] = {Step.DELIVER: Place.OUTPUT, Step.REJECT: Place.REJECT}
"""The steps by which a card leaves the machine, and where it goes."""

_LINE_PLACES = frozenset({Place.HOPPER, Place.MACHINE, Place.OUTPUT, Place.REJECT, Place.IN_QUESTION})


@dataclass(eq=False)
class OutOfOrder(Exception):
    """An event that cannot follow from the attempt's state."""

    attempt_id: str
    event: str
    why: str

    @override
    def __str__(self) -> str:
        return f"attempt {self.attempt_id}: {self.event} cannot be: {self.why}"


def ready(attempt: Attempt) -> tuple[Step, ...]:
    """Return the steps that may begin now, in the route's order. None once the attempt has ended or is leaving."""
    if attempt.outcome is not None or attempt.card in {CardRegion.DELIVERED, CardRegion.REJECTED}:
        return ()
    if attempt.condemned or Step.REJECT in attempt.open:
        return ()
    after = ROUTES[attempt.route].after
    return tuple(
        step for step, needs in after.items() if step not in attempt.open | attempt.done and needs <= attempt.done
    )


def rejectable(attempt: Attempt) -> bool:
    """Say whether the card may be sent to the reject bin: it is inside, and nothing else is under way."""
    return attempt.outcome is None and attempt.card is CardRegion.FED and not attempt.open


def start(event: events.AttemptReserved) -> Attempt:
    """Return the attempt that a reservation begins."""
    if event.route not in ROUTES:
        raise OutOfOrder(event.attempt_id, "reservation", f"no route is called {event.route!r}")
    return Attempt(
        attempt_id=event.attempt_id,
        job_id=event.job_id,
        line=event.line,
        route=event.route,
        stock=event.stock,
        batch=event.batch,
        session=event.session,
    )


AttemptEvent = (
    events.StepIntended
    | events.StepObserved
    | events.StepDeclined
    | events.StepFailed
    | events.ChipIdentified
    | events.ChipObjectWritten
    | events.AttemptSpoiled
    | events.AttemptReleased
    | events.AttemptResumed
    | events.AttemptGivenUp
    | events.AttemptUnknown
    | events.QuestionAnswered
    | events.CardAccepted
)


def apply(attempt: Attempt, event: AttemptEvent) -> Attempt:
    """Return the attempt after an event.

    Raises:
        OutOfOrder: if the event cannot follow from the state: a step that is not ready, an observation of a step that
            was not declared, an acceptance of a card that was not delivered and activated.
    """

    def refuse(why: str) -> OutOfOrder:
        return OutOfOrder(attempt.attempt_id, type(event).__name__, why)

    if attempt.outcome is not None and not isinstance(event, events.QuestionAnswered):
        raise refuse(f"it ended as {attempt.outcome}")
    match event:
        case events.StepIntended(step=name, evidence=evidence):
            return _intend(attempt, Step(name), str(evidence.get("tag", "")), refuse)
        case events.StepObserved(step=name) | events.StepDeclined(step=name) | events.StepFailed(step=name):
            step = Step(name)
            if step not in attempt.open:
                raise refuse(f"{step} was not declared")
            return _close(msgspec.structs.replace(attempt, open=attempt.open - {step}), step, event, refuse)
        case events.ChipIdentified() | events.ChipObjectWritten():
            return _note(attempt, event, refuse)
        case events.AttemptResumed():
            return _resume(attempt, event)
        case events.QuestionAnswered(answer=answer) if answer == FOUND_OUTSIDE:
            return _found_outside(attempt, refuse)
        case _:
            return _end(attempt, event, refuse)


_Refuse = Callable[[str], OutOfOrder]


def _intend(attempt: Attempt, step: Step, tag: str, refuse: _Refuse) -> Attempt:
    if step is Step.REJECT:
        if not rejectable(attempt):
            raise refuse("the card is not inside and at rest")
    elif step not in ready(attempt):
        raise refuse(f"{step} is not ready")
    if step is Step.TRANSFER and (attempt.film is not FilmRegion.HOLDS or attempt.chip is not ChipRegion.VERIFIED):
        raise refuse(f"the film is {attempt.film} and the chip {attempt.chip}")
    changes: dict[str, object] = {"open": attempt.open | {step}}
    if step in LEAVING or step is Step.FEED:
        changes["card"] = CardRegion.IN_QUESTION
    if step in {Step.FILM, Step.TRANSFER}:
        changes["film"] = FilmRegion.UNKNOWN
    if step is Step.IDENTIFY:
        changes["tag"] = tag
    return msgspec.structs.replace(attempt, **changes)


def _close(attempt: Attempt, step: Step, event: AttemptEvent, refuse: _Refuse) -> Attempt:
    match event:
        case events.StepObserved():
            return _observe(attempt, step, refuse)
        case events.StepDeclined():
            return _decline(attempt, step)
        case _:
            if attempt.card is not CardRegion.FED:
                raise refuse(f"the card is {attempt.card}, so what came of it is not known")
            return msgspec.structs.replace(attempt, condemned=True)


_OBSERVED: Mapping[Step, tuple[str, object]] = {
    Step.FEED: ("card", CardRegion.FED),
    Step.FILM: ("film", FilmRegion.HOLDS),
    Step.IDENTIFY: ("chip", ChipRegion.IDENTIFIED),
    Step.WRITE: ("chip", ChipRegion.WRITTEN),
    Step.SEAL: ("chip", ChipRegion.VERIFIED),
    Step.TRANSFER: ("film", FilmRegion.CLEAN),
    Step.ACTIVATE: ("chip", ChipRegion.ACTIVE),
    Step.DELIVER: ("card", CardRegion.DELIVERED),
    Step.REJECT: ("card", CardRegion.REJECTED),
}
"""The region that each step, once observed, brings to a new state."""


def _observe(attempt: Attempt, step: Step, refuse: _Refuse) -> Attempt:
    if step is Step.IDENTIFY and not attempt.identity:
        raise refuse("no identity was recorded")
    region, state = _OBSERVED[step]
    return msgspec.structs.replace(attempt, done=attempt.done | {step}, **{region: state})


def _decline(attempt: Attempt, step: Step) -> Attempt:
    """Undo what the intent put in doubt: the device said that it did nothing."""
    if step is Step.FEED:
        return msgspec.structs.replace(attempt, card=CardRegion.RESERVED)
    if step in LEAVING:
        return msgspec.structs.replace(attempt, card=CardRegion.FED)
    if step is Step.FILM:
        return msgspec.structs.replace(attempt, film=FilmRegion.CLEAN)
    if step is Step.TRANSFER:
        return msgspec.structs.replace(attempt, film=FilmRegion.HOLDS)
    return attempt


def _note(attempt: Attempt, event: events.ChipIdentified | events.ChipObjectWritten, refuse: _Refuse) -> Attempt:
    """Note what the chip said in the middle of a step."""
    match event:
        case events.ChipIdentified():
            if Step.IDENTIFY not in attempt.open:
                raise refuse("no identification is under way")
            return msgspec.structs.replace(attempt, identity=event.identity)
        case events.ChipObjectWritten():
            if Step.WRITE not in attempt.open:
                raise refuse("no writing is under way")
            return msgspec.structs.replace(attempt, written=(*attempt.written, event.name))


def _resume(attempt: Attempt, event: events.AttemptResumed) -> Attempt:
    """Take an attempt up in a new session: what its film holds is not known any more, so it is printed again."""
    printed = Step.TRANSFER in attempt.done
    return msgspec.structs.replace(
        attempt,
        session=event.session,
        resumes=attempt.resumes + 1,
        condemned=attempt.condemned or event.condemned,
        done=attempt.done if printed else attempt.done - {Step.FILM},
        film=FilmRegion.CLEAN if printed else FilmRegion.UNKNOWN,
    )


def _found_outside(attempt: Attempt, refuse: _Refuse) -> Attempt:
    """Take it from a person that the card came out: it waits to be accepted as any delivered card does.

    Only a card that was seen to be live can come out well; what else came out is not good, whatever it looks like.
    """
    if attempt.outcome is not Outcome.UNKNOWN or attempt.chip is not ChipRegion.ACTIVE:
        raise refuse(f"its chip is {attempt.chip}")
    return msgspec.structs.replace(
        attempt,
        outcome=None,
        card=CardRegion.DELIVERED,
        open=attempt.open - {Step.DELIVER},
        done=attempt.done | {Step.DELIVER},
    )


def _end(attempt: Attempt, event: AttemptEvent, refuse: _Refuse) -> Attempt:
    allowed, outcome = _ending(attempt, event)
    if not allowed:
        raise refuse(f"the card is {attempt.card}, its chip {attempt.chip}")
    return msgspec.structs.replace(attempt, outcome=outcome)


def _ending(attempt: Attempt, event: AttemptEvent) -> tuple[bool, Outcome]:
    """Return how an event ends an attempt, and whether it may."""
    match event:
        case events.CardAccepted():
            good = attempt.card is CardRegion.DELIVERED and attempt.chip is ChipRegion.ACTIVE
            return good, Outcome.ACCEPTED
        case events.AttemptSpoiled():
            return attempt.card in {CardRegion.REJECTED, CardRegion.DELIVERED}, Outcome.SPOILED
        case events.AttemptReleased():
            return attempt.card is CardRegion.RESERVED and not attempt.touched, Outcome.RELEASED
        case events.AttemptGivenUp():
            return not attempt.may_be_live, Outcome.SPOILED if attempt.touched else Outcome.RELEASED
        case events.QuestionAnswered():
            return attempt.outcome is Outcome.UNKNOWN, Outcome.SPOILED
        case _:
            return True, Outcome.UNKNOWN


class Failing(StrEnum):
    """What is known of a step that failed."""

    DID_NOT_ACT = "did-not-act"
    BROKE_THE_CARD = "broke-the-card"
    MAY_HAVE_ACTED = "may-have-acted"


class Course(StrEnum):
    """What to do after a failure."""

    RELEASE = "release"
    WAIT = "wait"
    REJECT = "reject"
    LOOK = "look"


def course(attempt: Attempt, step: Step, failing: Failing) -> Course:
    """Decide what follows a failed step.

    A device that surely did nothing may be asked again once its cause is gone; before a blank has moved the job goes
    back to the queue instead, so that nothing is bound while the line waits. A card that is surely inside and surely
    bad goes to the reject bin. Anything else is not known, so the devices are looked at again in a new session.
    """
    match failing:
        case Failing.DID_NOT_ACT:
            return Course.RELEASE if step is Step.FEED else Course.WAIT
        case Failing.BROKE_THE_CARD if attempt.card is CardRegion.FED:
            return Course.REJECT
        case _:
            return Course.LOOK
