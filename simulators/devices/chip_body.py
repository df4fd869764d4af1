"""What all simulated chips have in common: power, the air or the contacts, the time they take, and what can go wrong.

A program (a subclass of `Body`) knows commands. It is told of two faults only: that memory is full, and that its keys
are not the ones they were.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Generic, Literal, TypeVar, cast

import msgspec

from simulators.devices.chip import Air, ChipState, Mishap, Reply
from simulators.devices.chip_command import Refusal, Sw, parse
from simulators.devices.chip_faults import (
    BadMac,
    Fault,
    Garbage,
    MemoryFull,
    Mute,
    Reset,
    Slow,
    Tear,
    WrongKey,
    WrongSw,
    Yank,
    due,
    flipped_answer,
    flipped_command,
)
from simulators.devices.chip_t0 import Characters
from simulators.devices.chip_timing import CONTACT, TYPE_A, TYPE_B, Timing

CardType = Literal["A", "B", "contact", "contact-t0"]
TIMINGS: dict[CardType, Timing] = {"A": TYPE_A, "B": TYPE_B, "contact": CONTACT, "contact-t0": CONTACT}
_READER_CLA, _READER_GET_DATA = 0xFF, 0xCA
_READER_UID, _READER_HISTORICAL = 0x0000, 0x0100


class Life(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is left of any chip without power; programs add their own.

    Attributes:
        serial: fixed, seven bytes in hex; its UID too, unless `random_uid`.
        card_type: how it speaks: ISO/IEC 14443 type A or B, or by contacts (T=1, or T=0 alone).
        random_uid: a new UID at each power-on, as privacy-minded chips have it (type A: beginning 08).
        power_ons: how often it had power.
    """

    serial: str
    card_type: CardType = "A"
    random_uid: bool = False
    power_ons: int = 0
    timing: Timing = TYPE_A
    faults: list[Fault] = []


@dataclass(slots=True)
class Work:
    """How far the command under way has got.

    Attributes:
        written, offset: bytes that went to memory, and where in a file, for their time.
        torn_at: of the next bytes to be written only so many reach memory.
        sessions: keys derived, for their time.
    """

    written: int = 0
    offset: int = 0
    torn_at: int | None = None
    sessions: int = 0


def answer_to_reset(historical: bytes) -> bytes:
    """Return the ATR that a reader makes up for a contactless card (PC/SC part 3, 3.1.3.2.3)."""
    return _checked(bytes([0x80 | len(historical), 0x80, 0x01]) + historical)


def contact_answer_to_reset(historical: bytes) -> bytes:
    """Return the ATR of a card with contacts that speaks T=1 in blocks of 254 bytes (ISO/IEC 7816-3, 8.2)."""
    return _checked(bytes([0x80 | len(historical), 0x81, 0x31, 0xFE, 0x45]) + historical)


def answer_to_reset_by_characters(historical: bytes) -> bytes:
    """Return the ATR of a card with contacts that speaks T=0 alone: it names no protocol and ends without a check."""
    return bytes([0x3B, len(historical)]) + historical


def _checked(body: bytes) -> bytes:
    return b"\x3b" + body + bytes([reduce(xor, body)])


L = TypeVar("L", bound=Life)


class Body(ABC, Generic[L]):
    """One chip around its program. Meets `simulators.devices.chip.TimedChip`."""

    historical: bytes
    """Of its ATR, and of its ATS on type A."""

    def __init__(self, state: L) -> None:
        self._state = state
        self._work = Work()
        self._characters = Characters()
        self._mute = False

    # The program

    @abstractmethod
    def _begin(self) -> None:
        """Forget what goes with the power."""

    @abstractmethod
    def _obey(self, apdu: bytes) -> bytes:
        """Answer one command with data and status word, telling `_work` what it wrote. Raises `Refusal`."""

    def _fill_memory(self) -> None:
        """Let there be no memory left to allocate. A chip that allocates none does not care."""

    def _estrange(self) -> None:
        """Let the chip's keys be others until it loses power. A chip without keys does not care."""

    # Power

    def power_on(self) -> bytes:
        """Begin a session and return the ATR."""
        self.power_off()
        self._state.power_ons += 1
        air = self.air()
        if self._state.card_type == "contact-t0":
            return answer_to_reset_by_characters(self.historical)
        if air is None:
            return contact_answer_to_reset(self.historical)
        return answer_to_reset(air.historical if air.card_type == "A" else air.atqb + b"\x00")

    def power_off(self) -> None:
        """End the session."""
        self._mute, self._work, self._characters = False, Work(), Characters()
        self._begin()

    def reselect(self) -> None:
        """Be deselected and selected again in the same field: the session ends, the UID stays, and so does silence."""
        self._begin()

    def state(self) -> ChipState:
        """Return the persistent memory."""
        return cast("ChipState", msgspec.to_builtins(self._state, str_keys=True))

    def script(self, *faults: Fault) -> None:
        """Add faults to its script; they count from the next command."""
        self._state.faults = [*self._state.faults, *faults]

    # Commands

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU; `b""` is silence."""
        return self.exchange(apdu).answer

    def exchange(self, apdu: bytes) -> Reply:
        """Answer one command APDU, with the time it takes and what befell the card meanwhile."""
        if apdu[:2] == bytes([_READER_CLA, _READER_GET_DATA]):
            return Reply(self._reader_get_data(apdu))
        if self._mute:
            return Reply(b"")
        fault = due(self._state.faults, apdu[1] if len(apdu) > 1 else None)
        return self._answer(apdu) if fault is None else self._fail(fault, apdu)

    def _answer(self, apdu: bytes) -> Reply:
        self._work = work = Work(torn_at=self._work.torn_at)
        try:
            by_characters = self._state.card_type == "contact-t0"
            answer = self._characters.carry(apdu, self._obey) if by_characters else self._obey(apdu)
        except Refusal as refusal:
            answer = refusal.sw.to_bytes(2, "big")
        timing = self._state.timing
        seconds = timing.seconds(len(apdu), len(answer), work.written, work.offset)
        return Reply(answer, seconds + work.sessions * timing.session_seconds)

    # Faults

    def _fail(self, fault: Fault, apdu: bytes) -> Reply:
        match fault:
            case Yank(acted=acted):
                reply = self._unheard(apdu, acted=acted, mishap=Mishap.GONE)
            case Reset(acted=acted):
                reply = self._unheard(apdu, acted=acted, mishap=Mishap.RESET)
            case Tear(kept=kept):
                self._work.torn_at = kept
                reply = self._unheard(apdu, acted=True, mishap=Mishap.GONE)
            case Mute(acted=acted):
                reply = self._unheard(apdu, acted=acted)
                self._mute = True
            case WrongSw(sw=sw, acted=acted):
                reply = Reply(sw.to_bytes(2, "big"), self._unheard(apdu, acted=acted).seconds)
            case _:
                reply = self._trouble(fault, apdu)
        return reply

    def _trouble(self, fault: Fault, apdu: bytes) -> Reply:
        if isinstance(fault, BadMac) and fault.of == "command":
            apdu = flipped_command(apdu)
        elif isinstance(fault, MemoryFull):
            self._fill_memory()
        elif isinstance(fault, WrongKey):
            self._estrange()
        reply = self._answer(apdu)
        match fault:
            case Slow(seconds=seconds):
                return Reply(reply.answer, reply.seconds + seconds)
            case Garbage(answer=answer):
                return Reply(bytes.fromhex(answer), reply.seconds)
            case BadMac(of="answer"):
                return Reply(flipped_answer(reply.answer), reply.seconds)
            case _:
                return reply

    def _unheard(self, apdu: bytes, *, acted: bool, mishap: Mishap | None = None) -> Reply:
        seconds = self._answer(apdu).seconds if acted else self._state.timing.seconds(len(apdu), 0, 0)
        if mishap is not None:
            self.power_off()
        return Reply(b"", seconds, mishap)

    # What a reader tells of the card

    def air(self) -> Air | None:
        """Return what a contactless reader learns of it in this session; None for a card with contacts."""
        if self._state.card_type not in {"A", "B"}:
            return None
        protocol = bytes.fromhex("00 81 71")  # 106 kbit/s; frames of 256 bytes, 14443-4; FWI 7, no options
        return Air(self._state.card_type, self._uid(), self.historical, b"LAB\x00" + protocol)

    def _uid(self) -> bytes:
        serial = bytes.fromhex(self._state.serial)
        if not self._state.random_uid:
            return serial if self._state.card_type == "A" else serial[-4:]
        drawn = hashlib.sha256(serial + self._state.power_ons.to_bytes(8, "big")).digest()
        return b"\x08" + drawn[:3] if self._state.card_type == "A" else drawn[:4]

    def _reader_get_data(self, apdu: bytes) -> bytes:
        try:
            command = parse(apdu)
            air = self.air()
            if air is None or command.p1p2 not in {_READER_UID, _READER_HISTORICAL}:
                raise Refusal(Sw.REFERENCE_NOT_FOUND)
            value = air.uid
            if command.p1p2 == _READER_HISTORICAL:
                value = air.historical if air.card_type == "A" else air.atqb + b"\x00"
            if command.ne is None:
                raise Refusal(Sw.WRONG_LENGTH)
            if command.ne < len(value):
                raise Refusal(Sw.WRONG_LE | len(value))
        except Refusal as refusal:
            return refusal.sw.to_bytes(2, "big")
        return value + Sw.OK.to_bytes(2, "big")
