"""Taking an interrupted attempt up again: look at the devices, conclude, and write the conclusion down.

What the evidence means is decided by `stationd.model.recovery`; here it is gathered and carried out.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from drivers.deadline import Deadline
from drivers.encoder import CardMute, NoCard
from stationd.chip.channel_errors import WrongKeys
from stationd.chip.errors import ChipError, LostReply
from stationd.chip.personalise import Personaliser
from stationd.chip.state import ChipState, IdentityFound
from stationd.model import events, moves
from stationd.model import recovery as model
from stationd.model.issuance import Attempt, AttemptEvent, CardRegion, Step
from stationd.model.recovery import ChipSeen, Conclusion, Evidence, Verdict
from stationd.press.bench import Bench
from stationd.press.prepare import Prepared
from stationd.press.trouble import Cause

LOOKING = 90.0
"""Seconds that looking may take: the card is moved to the reader and all of its chip is read."""

NOT_FOUND = "card-not-found"
INTERRUPTED = model.INTERRUPTED


@dataclass(frozen=True)
class Look:
    """What looking found: the evidence, and the chip, still engaged, if it is this attempt's.

    Attributes:
        wanted: what a person has to do first, if nothing can be told yet.
    """

    evidence: Evidence
    chip: Personaliser | None = None
    state: ChipState | None = None
    wanted: Cause | None = None


def look(bench: Bench, attempt: Attempt, prepared: Prepared) -> Look:
    """Look whether the attempt's card is on its line, and what its chip says. Alters nothing on the card.

    Whatever the film may hold is cleared on the way, unless this card has its print already: nobody can say what it
    holds, and nothing may be printed over it.

    A blank that was found unfit is not read again: a chip may count those who come with wrong keys.

    Raises:
        drivers.errors.DeviceError: if the devices cannot be asked.
    """
    deadline = Deadline.after(LOOKING)
    sight = bench.look_for_card(deadline, printed=Step.TRANSFER in attempt.done)
    if not sight.inside:
        return Look(Evidence(inside=sight.inside), wanted=sight.cause)
    if attempt.unfit:
        return Look(Evidence(inside=True))
    bench.clear_reader(deadline)
    bench.approach(deadline)
    try:
        chip = prepared.channels.engine(bench.engage(deadline), prepared.profile)
    except (NoCard, CardMute):
        return _silent(bench, attempt)
    return _read(bench, chip, attempt, prepared, deadline)


def _silent(bench: Bench, attempt: Attempt) -> Look:
    """A chip says nothing: what that means is concluded when there is nothing more that a person could try."""
    wanted = None if attempt.condemned else bench.revive()
    return Look(Evidence(inside=True, chip=ChipSeen.SILENT) if wanted is None else Evidence(inside=None), wanted=wanted)


def _read(bench: Bench, chip: Personaliser, attempt: Attempt, prepared: Prepared, deadline: Deadline) -> Look:
    """Read an engaged chip. Raises as `look`."""
    tag = bytes.fromhex(attempt.tag) or bytes([1]) * prepared.profile.identity.size
    try:
        state = chip.inspect(prepared.objects, tag, deadline)
    except LostReply as lost:
        if isinstance(lost.failure, NoCard | CardMute):
            return _silent(bench, attempt)
        raise lost.failure from None
    except WrongKeys:
        return Look(Evidence(inside=True, chip=ChipSeen.WRONG_KEYS))
    except ChipError:
        return Look(Evidence(inside=True, chip=ChipSeen.SILENT))
    seen = _seen(state)
    evidence = Evidence(inside=True, chip=seen, locked=_finished(state), active=state.active)
    if seen is ChipSeen.OURS:
        return Look(evidence, chip, state)
    chip.close()
    return Look(evidence)


def _seen(state: ChipState) -> ChipSeen:
    if state.identity is IdentityFound.OURS:
        return ChipSeen.OURS
    if state.life_cycle is None:
        return ChipSeen.FOREIGN
    return ChipSeen.BLANK if state.blank else ChipSeen.OTHER


def _finished(state: ChipState) -> bool:
    return state.complete and (state.locked or state.active)


def settle(attempt: Attempt, conclusion: Conclusion, session: str, evidence: Evidence) -> list[AttemptEvent]:
    """Return the events that put a conclusion into the book. None for one that has to wait.

    Args:
        attempt: as it was interrupted.
        conclusion: what became of it.
        session: of the bench on which it goes on.
        evidence: what was found, for the book.
    """
    match conclusion.verdict:
        case Verdict.GO_ON | Verdict.REJECT:
            return _taken_up(attempt, conclusion, session, evidence)
        case Verdict.RETURN:
            happened = _taken_up(attempt, conclusion, session, evidence)
            if not attempt.unfit:
                cause = model.UNFIT[evidence.chip]
                happened.append(events.BlankUnfit(attempt_id=attempt.attempt_id, job_id=attempt.job_id, cause=cause))
            return happened
        case Verdict.GIVE_UP_BLANK | Verdict.GIVE_UP_CARD:
            given_up = events.AttemptGivenUp(
                attempt_id=attempt.attempt_id,
                job_id=attempt.job_id,
                cause=NOT_FOUND,
                identity=attempt.identity,
                moves=moves.lost_from_sight(attempt),
            )
            return [given_up]
        case _:
            return []


def _taken_up(attempt: Attempt, conclusion: Conclusion, session: str, evidence: Evidence) -> list[AttemptEvent]:
    """Close every open step, as done, as not done, or as failed with the card, and go on in the new session."""
    attempt_id = attempt.attempt_id
    happened: list[AttemptEvent] = []
    if Step.IDENTIFY in conclusion.done and not attempt.identity:
        happened.append(events.ChipIdentified(attempt_id=attempt_id, identity=attempt.tag))
    happened += [
        events.StepObserved(attempt_id=attempt_id, step=step, moves=moves.observed(attempt, step))
        for step in conclusion.done
    ]
    happened += [
        events.StepDeclined(attempt_id=attempt_id, step=step, cause=INTERRUPTED, moves=moves.declined(attempt, step))
        for step in conclusion.undone
    ]
    left = attempt.open - set(conclusion.done) - set(conclusion.undone)
    happened += [events.StepFailed(attempt_id=attempt_id, step=step, cause=INTERRUPTED) for step in sorted(left)]
    condemned = conclusion.verdict is Verdict.REJECT
    seen: dict[str, str | int] = {"locked": int(evidence.locked), "active": int(evidence.active)}
    if evidence.chip is not None:
        seen["chip"] = evidence.chip
    happened.append(events.AttemptResumed(attempt_id=attempt_id, session=session, condemned=condemned, evidence=seen))
    return happened


def unknown(attempt: Attempt, cause: Cause) -> events.AttemptUnknown:
    """Return the event that gives an attempt up as unknown and asks a person."""
    return events.AttemptUnknown(
        attempt_id=attempt.attempt_id,
        job_id=attempt.job_id,
        line=attempt.line,
        step=_step_in_doubt(attempt),
        cause=cause.word,
        question_id=uuid.uuid4().hex,
        moves=moves.lost_from_sight(attempt),
    )


def _step_in_doubt(attempt: Attempt) -> Step:
    """Return the step to ask about: the one that was under way, else the last that was done."""
    order = list(Step)
    return max(attempt.open or attempt.done or {Step.FEED}, key=order.index)


def never_fed(attempt: Attempt) -> bool:
    """Say whether an interrupted attempt had only reserved its blank."""
    return attempt.card is CardRegion.RESERVED and not attempt.open
