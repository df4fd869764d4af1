"""What the replies of an Evolis machine mean when they are not `OK`.

The words are those that three clients of Evolis machines compare replies with (one of them for the Primacy); the
letters after `NACK` stand in the Guide. Clients spell the beginning `ERR` or `ERROR`, or leave it out: all are read.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.printer import Condition, Reason

_DONE: Final = frozenset({"OK", "ACK"})
_PREFIX: Final = re.compile(r"ERR(?:OR)? +")
_NACK: Final = re.compile(r"NACK[ ;:]*([0-9A-Z])")

_UNKNOWN_COMMAND: Final = (Reason.BAD_COMMAND, "the machine does not know the command")
_BAD_PARAMETER: Final = (Reason.BAD_COMMAND, "the machine refuses the command's parameter")
_NO_OPTION: Final = (Reason.BAD_COMMAND, "the machine does not have this option")
_MECHANICAL: Final = (Reason.MECHANICAL, "a movement did not end in time")
_COVER: Final = (Reason.COVER_OPEN, "the cover is open")
_FEEDER: Final = (Reason.MEDIA_JAM, "no card could be taken from the feeder: jammed or empty")
_RIBBON: Final = (Reason.MARKER_SUPPLY_EMPTY, "the ribbon is missing, used up, torn or of the wrong kind")
_MAGNETIC: Final = (Reason.MECHANICAL, "the magnetic encoder failed")
_REJECT: Final = (Reason.REJECT_FULL, "the reject box is full")
_HEAD_HOT: Final = (Reason.OVERHEATED, "the print head is too hot")

_WORDS: Final[dict[str, tuple[Reason, str]]] = {
    "CDE": _UNKNOWN_COMMAND,
    "PARAMETRES": _BAD_PARAMETER,
    "PARAMETERS": _BAD_PARAMETER,
    "OPT NOT AVAILABLE": _NO_OPTION,
    "NEED CLEANING": (Reason.CLEANING_DUE, "the machine asks to be cleaned"),
    "TIME OUT": _MECHANICAL,
    "TIME": _MECHANICAL,
    "MECHANICAL": (Reason.MECHANICAL, "the mechanism failed"),
    "HOPPER": (Reason.MECHANICAL, "the output hopper's mechanism failed"),
    "HOPPER FULL": (Reason.OUTPUT_AREA_FULL, "the output hopper is full"),
    "HOPPER DOOR": (Reason.COVER_OPEN, "the output hopper's door is open"),
    "HEAD": _HEAD_HOT,  # the vendor's status words know nothing else of the head (`evo-printers.h`)
    "HEAD TEMP": _HEAD_HOT,
    "COOLING": _HEAD_HOT,
    "COVER": _COVER,
    "COVER OPEN": _COVER,
    "FEEDER": _FEEDER,
    "FEEDER EMPTY": (Reason.MEDIA_EMPTY, "the feeder has no cards"),
    "CARD": (Reason.MEDIA_JAM, "a card is where none should be"),
    "CARD JAM": (Reason.MEDIA_JAM, "a card is jammed"),
    "RIBBON": _RIBBON,
    "RIBBON TYPE": _RIBBON,
    "RIBBON ENDED": _RIBBON,
    "RIB DETECTION": _RIBBON,
    "REJECT FULL": _REJECT,
    "REJECT BOX FULL": _REJECT,
    "MAG": _MAGNETIC,
    "MAG DATA": _MAGNETIC,
    "MAG CHECKSUM": _MAGNETIC,
}
_NACKS: Final = {
    "1": _UNKNOWN_COMMAND,
    "2": _BAD_PARAMETER,
    "T": _MECHANICAL,
    "C": _COVER,
    "F": _FEEDER,
    "R": _RIBBON,
    "K": _MAGNETIC,
    "D": _MAGNETIC,
    "W": _MAGNETIC,
}
_UNMAPPED: Final = (Reason.UNMAPPED, "an answer this driver has no name for")


def done(reply: str) -> bool:
    """True if the machine says that it did what it was told."""
    return reply in _DONE


def condition(reply: str) -> Condition:
    """Return what a reply reports, with the reply as its code; one that nobody named is `UNMAPPED`."""
    if match := _NACK.fullmatch(reply):
        reason, text = _NACKS.get(match[1], _UNMAPPED)
    else:
        reason, text = _WORDS.get(_PREFIX.sub("", reply, count=1), _UNMAPPED)
    return Condition(reason, reply, text)


def of_cleaning(told: Condition) -> Condition:
    """Return what an answer to `Scp` reports: there, a word about the ribbon is that one is in."""
    if told.reason is not Reason.MARKER_SUPPLY_EMPTY:
        return told
    return Condition(Reason.BAD_COMMAND, told.code, "the machine cleans only without its ribbon: take it out")


def names(reply: str) -> bool:
    """True if the reply is an answer about the machine's state, and so not a model, a version or a serial number."""
    return done(reply) or condition(reply).reason is not Reason.UNMAPPED or reply.startswith(("ERR", "NACK"))
