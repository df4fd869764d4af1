"""What can go wrong between a reader and a chip, on a script: after so many commands, this.

A script is part of a chip's state, so it survives power-off, and each fault in it happens once.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from simulators.devices.chip import ChipState
from simulators.devices.chip_command import Refusal, parse

_HEADER, _EXTENDED_LC, _STATUS = 4, 3, 2


class _Fault(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    """The common part: when.

    Attributes:
        at: which command it hits, counted from 1 from when the script was given.
        ins: count only commands with this instruction byte.
    """

    at: int
    ins: int | None = None


class Yank(_Fault, tag="yank", kw_only=True):
    """The card leaves the field: before the command reaches it, or (`acted`) before its answer is heard."""

    acted: bool = False


class Mute(_Fault, tag="mute", kw_only=True):
    """The chip falls silent until it loses power; with `acted` it carried the command out first."""

    acted: bool = False


class Reset(_Fault, tag="reset", kw_only=True):
    """The field breaks down for a moment and the session is lost; with `acted` the command was carried out."""

    acted: bool = False


class Tear(_Fault, tag="tear", kw_only=True):
    """The card leaves the field in mid-write: only the first `kept` bytes that the command writes are in memory."""

    kept: int


class MemoryFull(_Fault, tag="memory-full", kw_only=True):
    """From this command on nothing more can be allocated."""


class Slow(_Fault, tag="slow", kw_only=True):
    """The answer takes that many seconds longer."""

    seconds: float


class WrongSw(_Fault, tag="wrong-sw", kw_only=True):
    """The chip answers this status word and no data; with `acted` it carried the command out all the same."""

    sw: int
    acted: bool = False


class WrongKey(_Fault, tag="wrong-key", kw_only=True):
    """From this command on, until it loses power, the chip's keys are not the ones they were."""


class BadMac(_Fault, tag="bad-mac", kw_only=True):
    """One bit of the last byte of data is turned on its way: a secure channel's MAC is there, a plain one's content."""

    of: Literal["command", "answer"] = "answer"


class Garbage(_Fault, tag="garbage", kw_only=True):
    """The command is carried out, and these bytes (hex digits) are the answer."""

    answer: str = "DEAD"


Fault = Yank | Mute | Reset | Tear | MemoryFull | Slow | WrongSw | WrongKey | BadMac | Garbage


def due(script: list[Fault], ins: int | None) -> Fault | None:
    """Count one command against the script; take out and return the fault that hits it, if one does.

    If several fall due at once the first in the script happens now and the others with the next command.
    """
    hit: Fault | None = None
    for fault in list(script):
        if fault.ins is not None and fault.ins != ins:
            continue
        fault.at -= 1
        if fault.at <= 0 and hit is None:
            hit = fault
            script.remove(fault)
    return hit


def with_faults(state: ChipState, *faults: Fault) -> ChipState:
    """Return a chip's state with those faults as its script."""
    script: list[Any] = msgspec.to_builtins(list(faults))
    return {**state, "faults": script}


def flipped_command(apdu: bytes) -> bytes:
    """Return a command with the lowest bit of its last byte of data turned; one without data stays as it is."""
    try:
        data = parse(apdu).data
    except Refusal:
        return apdu
    last = _HEADER + (_EXTENDED_LC if apdu[_HEADER : _HEADER + 1] == b"\x00" else 1) + len(data) - 1
    return _flipped(apdu, last) if data else apdu


def flipped_answer(answer: bytes) -> bytes:
    """Return an answer with the lowest bit of its last byte of data turned; one without data stays as it is."""
    return _flipped(answer, len(answer) - _STATUS - 1) if len(answer) > _STATUS else answer


def _flipped(message: bytes, at: int) -> bytes:
    return message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]
