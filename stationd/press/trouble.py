"""What a failed step means: from an exception to the words of the model."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.encoder import CardMute, NoCard, NoChipCard
from drivers.errors import DeviceError
from drivers.printer import PrinterFault, Reason
from stationd.chip.channel_errors import WrongKeys
from stationd.chip.errors import ChipError, ChipTooSmall, ForeignChip, LostReply, NotBlank, WrongCardType
from stationd.model.issuance import Failing, Step

NOT_WRITABLE = WrongCardType | ForeignChip | NotBlank | WrongKeys | ChipTooSmall
"""What a chip can turn out to be before anything is written to it: then the blank is as good as it was."""

_WRITTEN_BEFORE = {"locked": "chip-locked", "active": "chip-live"}

Trouble = DeviceError | ChipError
"""Everything that a step can fail with."""


@dataclass(frozen=True)
class Cause:
    """Why a step failed, in words for the book: a reason, and a detail that names no citizen."""

    word: str
    detail: str


def cause_of(trouble: Trouble) -> Cause:
    """Name the cause of a failure: the printer's state reason where it gave one, else the kind of error."""
    if isinstance(trouble, PrinterFault):
        return Cause(trouble.condition.reason, str(trouble))
    if isinstance(trouble, NotBlank):
        return Cause(_WRITTEN_BEFORE.get(trouble.life_cycle, "not-blank"), str(trouble))
    return Cause(_kebab(type(trouble).__name__), str(trouble))


def for_a_person(cause: Cause) -> bool:
    """Say whether somebody may have to see to a cause although its attempt is looked at again.

    A machine may have forgotten by then that a card was stuck; what it did not say in words passes by itself.
    """
    return cause.word in frozenset(Reason) - {Reason.BAD_COMMAND, Reason.BUSY, Reason.UNMAPPED}


def failing(trouble: Trouble, step: Step, *, untouched: bool) -> Failing:
    """Say what is known of the card after a failure.

    Args:
        trouble: what was raised.
        step: what was being done.
        untouched: nothing that could move or alter the card had been sent when it was raised.
    """
    if step is Step.IDENTIFY and isinstance(trouble, NOT_WRITABLE):
        return Failing.FOUND_UNFIT
    if untouched:
        # A chip that never answers, or that is none, in a card that the printer holds at the reader, is a bad blank.
        return Failing.BROKE_THE_CARD if isinstance(trouble, NoCard | NoChipCard | CardMute) else Failing.DID_NOT_ACT
    if step is not Step.FEED and isinstance(trouble, PrinterFault) and trouble.condition.reason is Reason.BAD_COMMAND:
        return Failing.MAY_HAVE_ACTED  # the card is not where the book has it: asking again would not bring it back
    if step is Step.ACTIVATE:
        return Failing.MAY_HAVE_ACTED  # whatever the chip answered, it may be live: only a look at it settles that
    if isinstance(trouble, DeviceError):
        return Failing.MAY_HAVE_ACTED if trouble.may_have_acted else Failing.DID_NOT_ACT
    return Failing.MAY_HAVE_ACTED if isinstance(trouble, LostReply) else Failing.BROKE_THE_CARD


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
