"""What became of an interrupted attempt, concluded from evidence. Pure.

Absence proves nothing: that something did *not* happen is concluded only from the same card, identified inside the
machine. Where the evidence leaves worlds that need different next acts a person is asked; where every world needs the
same next act nobody is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from stationd.model.issuance import Attempt, Step

INTERRUPTED = "interrupted"
"""The cause under which a look at an interrupted card closes the steps that had not been done, or not surely."""


class ChipSeen(StrEnum):
    """What the reader inside the machine found."""

    OURS = "ours"
    """It carries the tag of this attempt."""
    BLANK = "blank"
    """It carries no tag and no data."""
    OTHER = "other"
    """It carries something else: another attempt's tag, or a torn one."""
    FOREIGN = "foreign"
    """It does not carry the application that this station writes."""
    WRONG_KEYS = "wrong-keys"
    """It has other keys than those that the profile names."""
    SILENT = "silent"
    """It does not answer, or what it answers cannot be understood."""


UNFIT: Mapping[ChipSeen | None, str] = {ChipSeen.FOREIGN: "foreign-chip", ChipSeen.WRONG_KEYS: "wrong-keys"}
"""Chips that nothing of this station's can be on, and the cause for which such a blank comes out as it is."""


class Evidence(msgspec.Struct, frozen=True):
    """What was found when the devices were looked at again.

    Attributes:
        inside: whether the machine holds a card; None if it cannot tell (a jam, an open lid).
        chip: what the reader found; None if no card was there to be read.
        locked: the chip is complete, read back equal, and locked or live.
        active: the chip is live.
    """

    inside: bool | None
    chip: ChipSeen | None = None
    locked: bool = False
    active: bool = False


class Verdict(StrEnum):
    """What to do with an interrupted attempt."""

    GO_ON = "go-on"
    """The card is there and can be finished."""
    RETURN = "return"
    """The blank is there, unharmed, and no chip for this station: it comes out as it is."""
    REJECT = "reject"
    """The card is there, is not live, and is not worth finishing."""
    GIVE_UP_BLANK = "give-up-blank"
    """The blank is not found and its chip was never written to: it is in question, and the job goes on with another."""
    GIVE_UP_CARD = "give-up-card"
    """The card is not found and was never made live: it is spoiled wherever it is, and its place is in question."""
    WAIT = "wait"
    """The machine cannot tell yet: somebody has to open, clear or switch it on first."""
    ASK = "ask"
    """There may be a live card somewhere, or the card inside is not the one it should be."""


class Conclusion(msgspec.Struct, frozen=True):
    """A verdict, and what it says of the steps that were open: seen to be done, or seen not to have been done."""

    verdict: Verdict
    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()


MOST_RESUMES = 3
"""An attempt that was interrupted so often is not carried on any more, unless it only has to let a live card out."""


def conclude(attempt: Attempt, evidence: Evidence) -> Conclusion:
    """Conclude what became of an attempt whose carrying out was cut off.

    The film is not asked about: whatever interrupted the attempt, nobody can say what the film holds, so a film that
    was printed or being printed is given up unless it had been transferred.
    """
    if evidence.inside is None:
        return Conclusion(Verdict.WAIT)
    if not evidence.inside:
        return Conclusion(_not_found(attempt))
    if evidence.chip is ChipSeen.OURS:
        return _found(attempt, evidence)
    if attempt.identity:
        # The machine holds a card that should be ours and does not say so.
        silent = evidence.chip in {ChipSeen.SILENT, ChipSeen.WRONG_KEYS} and not attempt.may_be_live
        verdict = Verdict.REJECT if silent else Verdict.ASK
        return Conclusion(verdict, undone=_open(attempt, Step.PRINT, Step.REJECT) if silent else ())
    return _unidentified(attempt, evidence)


def _unidentified(attempt: Attempt, evidence: Evidence) -> Conclusion:
    """A card is inside whose tag was never read back."""
    unharmed = attempt.unfit or evidence.chip is ChipSeen.BLANK or evidence.chip in UNFIT
    if unharmed and not attempt.condemned and attempt.resumes < MOST_RESUMES:
        done, undone = _open(attempt, Step.FEED), _open(attempt, Step.IDENTIFY, Step.REJECT, Step.RETURN)
        verdict = Verdict.RETURN if attempt.unfit or evidence.chip in UNFIT else Verdict.GO_ON
        return Conclusion(verdict, done=done, undone=undone)
    # Before its tag was first read back a dead, foreign or torn chip may be ours, and is not live: a bad blank.
    undone = _open(attempt, Step.REJECT, Step.RETURN)
    return Conclusion(Verdict.REJECT, done=_open(attempt, Step.FEED), undone=undone)


def _not_found(attempt: Attempt) -> Verdict:
    if attempt.may_be_live:
        return Verdict.ASK
    return Verdict.GIVE_UP_CARD if attempt.touched else Verdict.GIVE_UP_BLANK


def _found(attempt: Attempt, evidence: Evidence) -> Conclusion:
    """The very card is inside. What its chip says settles the chip's steps; that it is inside settles the others."""
    done, undone = [Step.FEED, Step.IDENTIFY], [Step.FILM, Step.PRINT, Step.DELIVER, Step.REJECT]
    cut_off = attempt.open & {Step.TRANSFER, Step.PRINT}
    (done if evidence.active else undone).append(Step.ACTIVATE)
    if evidence.active and (attempt.condemned or Step.TRANSFER not in attempt.done):
        return Conclusion(Verdict.ASK)
    worn_out = attempt.resumes >= MOST_RESUMES and not evidence.active
    if worn_out or attempt.condemned or cut_off:
        # A print that was cut off may be whole, half or none; the chip is not live: one act serves all three.
        undone = [Step.ACTIVATE, Step.PRINT, Step.DELIVER, Step.REJECT]
        return Conclusion(Verdict.REJECT, done=_open(attempt, *done), undone=_open(attempt, *undone))
    (done if evidence.locked else undone).extend((Step.WRITE, Step.SEAL))
    return Conclusion(Verdict.GO_ON, done=_open(attempt, *done), undone=_open(attempt, *undone))


def _open(attempt: Attempt, *steps: Step) -> tuple[Step, ...]:
    return tuple(step for step in steps if step in attempt.open)
