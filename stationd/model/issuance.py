"""One attempt: one blank used for one job, as a pure state machine.

State and event give state (`apply`); state and route give the steps that may begin now (`ready`). Three regions advance
side by side: the card, the chip and the film. They meet at the steps that need more than one of them: a transfer needs
a verified chip and a film that holds this very attempt, and activation, which makes the card live, comes after the
transfer and before delivery. Nothing here touches a device: the press carries out what is ready and reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from stationd.model import events
from stationd.model.attempt import (
    DESK_THEN_PRINT,
    FOUND_OUTSIDE,
    INLINE_BESIDE,
    INLINE_DIRECT,
    INLINE_IN_TURN,
    LEAVING,
    ROUTES,
    Attempt,
    CardRegion,
    ChipRegion,
    FilmRegion,
    Outcome,
    OutOfOrder,
    Route,
    Step,
    Tapped,
)

__all__ = [
    "DESK_THEN_PRINT",
    "FOUND_OUTSIDE",
    "GONE",
    "INLINE_BESIDE",
    "INLINE_DIRECT",
    "INLINE_IN_TURN",
    "LEAVING",
    "ROUTES",
    "Attempt",
    "AttemptEvent",
    "CardRegion",
    "ChipRegion",
    "Course",
    "Failing",
    "FilmRegion",
    "OutOfOrder",
    "Outcome",
    "Route",
    "Step",
    "Tapped",
    "activatable",
    "apply",
    "course",
    "live_by_tap",
    "may_be_out",
    "ready",
    "rejectable",
    "returnable",
    "start",
]


GONE = frozenset({CardRegion.DELIVERED, CardRegion.REJECTED, CardRegion.RETURNED})
"""Where no device of the line has the card any more."""


def ready(attempt: Attempt) -> tuple[Step, ...]:
    """Return the steps that may begin now, in the route's order. None once the attempt has ended or is leaving."""
    if attempt.outcome is not None or attempt.card in GONE:
        return ()
    if attempt.condemned or attempt.recalled or attempt.unfit or attempt.open & {Step.REJECT, Step.RETURN}:
        return ()
    after = ROUTES[attempt.route].after
    return tuple(
        step for step, needs in after.items() if step not in attempt.open | attempt.done and needs <= attempt.done
    )


def rejectable(attempt: Attempt) -> bool:
    """Say whether the card may be sent to the reject bin: it is inside, and nothing else is under way."""
    return attempt.outcome is None and attempt.card is CardRegion.FED and not attempt.open


def returnable(attempt: Attempt) -> bool:
    """Say whether the card is put out as the blank that it is.

    Its chip is untouched, and its job was revoked or its chip is not one for this station.
    """
    wanted_out = attempt.recalled or bool(attempt.unfit)
    return rejectable(attempt) and wanted_out and not attempt.touched and not attempt.condemned


def activatable(attempt: Attempt) -> bool:
    """Say whether the card has come out finished but for its activation, which is then made at its acceptance."""
    delivered = attempt.outcome is None and attempt.card is CardRegion.DELIVERED
    return delivered and attempt.chip is ChipRegion.VERIFIED and Step.ACTIVATE not in attempt.open


def live_by_tap(attempt: Attempt) -> bool:
    """Say whether the card is made live in an officer's hand, who has to see by its picture whose it is."""
    after_leaving = bool(ROUTES[attempt.route].after[Step.ACTIVATE] & LEAVING.keys())
    return after_leaving or attempt.chip is ChipRegion.VERIFIED


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
        profile_digest=event.profile_digest,
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
    | events.AttemptRecalled
    | events.BlankUnfit
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
        case (
            events.ChipIdentified()
            | events.ChipObjectWritten()
            | events.AttemptResumed()
            | events.AttemptRecalled()
            | events.BlankUnfit()
        ):
            return _note(attempt, event, refuse)
        case events.QuestionAnswered(answer=answer, tapped=tapped) if answer == FOUND_OUTSIDE:
            return _found_outside(attempt, tapped, refuse)
        case _:
            return _end(attempt, event, refuse)


_Refuse = Callable[[str], OutOfOrder]


def _intend(attempt: Attempt, step: Step, tag: str, refuse: _Refuse) -> Attempt:
    if why := _why_not(attempt, step):
        raise refuse(why)
    changes: dict[str, object] = {"open": attempt.open | {step}}
    if step in LEAVING or step is Step.FEED:
        changes["card"] = CardRegion.IN_QUESTION
    if step in {Step.FILM, Step.TRANSFER}:
        changes["film"] = FilmRegion.UNKNOWN
    if step is Step.IDENTIFY:
        changes["tag"] = tag
    return msgspec.structs.replace(attempt, **changes)


def _why_not(attempt: Attempt, step: Step) -> str:
    """Return why a step may not be declared now; empty if it may."""
    if step is Step.RETURN:
        return "" if returnable(attempt) else "the card is not a blank that is to come out"
    if step is Step.REJECT:
        return "" if rejectable(attempt) else "the card is not inside and at rest"
    if step not in ready(attempt) and not (step is Step.ACTIVATE and activatable(attempt)):
        return f"{step} is not ready"
    wrong_film = step is Step.TRANSFER and attempt.film is not FilmRegion.HOLDS
    wrong_chip = step in {Step.TRANSFER, Step.PRINT} and attempt.chip is not ChipRegion.VERIFIED
    return f"the film is {attempt.film} and the chip {attempt.chip}" if wrong_film or wrong_chip else ""


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
    Step.PRINT: ("card", CardRegion.DELIVERED),
    Step.REJECT: ("card", CardRegion.REJECTED),
    Step.RETURN: ("card", CardRegion.RETURNED),
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


_Note = (
    events.ChipIdentified
    | events.ChipObjectWritten
    | events.AttemptResumed
    | events.AttemptRecalled
    | events.BlankUnfit
)


def _note(attempt: Attempt, event: _Note, refuse: _Refuse) -> Attempt:
    """Note what the chip said in the middle of a step, and what came from outside."""
    match event:
        case events.AttemptResumed():
            return _resume(attempt, event)
        case events.AttemptRecalled():
            return msgspec.structs.replace(attempt, recalled=True)
        case events.BlankUnfit():
            return _unfit(attempt, event, refuse)
        case events.ChipIdentified():
            if Step.IDENTIFY not in attempt.open:
                raise refuse("no identification is under way")
            return msgspec.structs.replace(attempt, identity=event.identity)
        case events.ChipObjectWritten():
            if Step.WRITE not in attempt.open:
                raise refuse("no writing is under way")
            return msgspec.structs.replace(attempt, written=(*attempt.written, event.name))


def _unfit(attempt: Attempt, event: events.BlankUnfit, refuse: _Refuse) -> Attempt:
    """Take it that the chip was looked at and not written: its identification is not under way any more."""
    if attempt.card is not CardRegion.FED or Step.IDENTIFY in attempt.done or attempt.open - {Step.IDENTIFY}:
        raise refuse(f"the card is {attempt.card}, its chip {attempt.chip}")
    return msgspec.structs.replace(attempt, unfit=event.cause, open=frozenset())


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


def may_be_out(attempt: Attempt, tapped: str) -> bool:
    """Say whether the card of a question can have come out well.

    Its chip must be known to be whole, from before or from a tap; how its print looks, the person says who has it.
    """
    return attempt.chip is ChipRegion.ACTIVE or tapped in {Tapped.LIVE, Tapped.LOCKED}


def _found_outside(attempt: Attempt, tapped: str, refuse: _Refuse) -> Attempt:
    """Take it from a person that the card came out: it waits to be accepted as any delivered card does."""
    if attempt.outcome is not Outcome.UNKNOWN or not may_be_out(attempt, tapped):
        raise refuse(f"its chip is {attempt.chip}")
    live = attempt.chip is ChipRegion.ACTIVE or tapped == Tapped.LIVE
    steps = frozenset(ROUTES[attempt.route].after) - (frozenset() if live else {Step.ACTIVATE})
    return msgspec.structs.replace(
        attempt,
        outcome=None,
        card=CardRegion.DELIVERED,
        chip=ChipRegion.ACTIVE if live else ChipRegion.VERIFIED,
        open=frozenset(),
        done=attempt.done | steps,
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
            out = attempt.card in {CardRegion.REJECTED, CardRegion.DELIVERED}
            return out, Outcome.WITHDRAWN if attempt.recalled else Outcome.SPOILED
        case events.AttemptReleased():
            unharmed = attempt.card in {CardRegion.RESERVED, CardRegion.RETURNED} and not attempt.touched
            return unharmed, Outcome.RELEASED
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
    FOUND_UNFIT = "found-unfit"
    """The chip is not one that can be written here, and nothing was written to it."""
    MAY_HAVE_ACTED = "may-have-acted"


class Course(StrEnum):
    """What to do after a failure."""

    RELEASE = "release"
    WAIT = "wait"
    REJECT = "reject"
    RETURN = "return"
    LOOK = "look"
    AGAIN = "again"
    """It was not done, and is looked into in a new session all the same."""


def course(attempt: Attempt, step: Step, failing: Failing) -> Course:
    """Decide what follows a failed step.

    A device that surely did nothing may be asked again once its cause is gone; before a blank has moved the job goes
    back to the queue instead, so that nothing is bound while the line waits. A card that is surely inside and surely
    bad goes to the reject bin; one that is surely unharmed comes out as it is. Anything else is not known, so the
    devices are looked at again in a new session.
    """
    match failing:
        case Failing.DID_NOT_ACT:
            return Course.RELEASE if step is Step.FEED else Course.WAIT
        case Failing.BROKE_THE_CARD if step is Step.ACTIVATE:
            return Course.AGAIN  # the reader did not reach a card that has its print: it is worth a second look
        case Failing.BROKE_THE_CARD if attempt.card is CardRegion.FED:
            return Course.REJECT
        case Failing.FOUND_UNFIT if attempt.card is CardRegion.FED:
            return Course.RETURN
        case _:
            return Course.LOOK
