"""A PN532 as a reader of contactless cards: its commands (NXP UM0701-02, chapter 7), without line and clock.

What the manual leaves open, and this one decides, is in `docs/simulators.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, Protocol

from simulators.devices.chip import Air, Reply
from simulators.devices.pn532_frames import Command
from simulators.devices.pn532_picc import Picc

FIRMWARE = bytes.fromhex("32010607")  # PN532, version 1.6, types A and B and peers
MOST_DATA = 262
"""Bytes of a card's data in one frame (UM0701-02, 7.3.8)."""
RESPONSE_SECONDS = 0.04
"""A card that says nothing is given up after this: its frame waiting time, as its ATS says, and one repetition."""
COMMAND_SECONDS = 0.001
LIST_SECONDS = 0.02
_ENDLESS = 0xFF
_MOST_TARGETS = 2
_MORE, _TARGET = 0x40, 0x3F
_AUTOMATIC_RATS = 0x10
_REQUEST_TYPE = {0x00: "A", 0x03: "B"}
_DOUBLE_UID = 7


class Ins(IntEnum):
    """Commands that it knows."""

    DIAGNOSE = 0x00
    FIRMWARE = 0x02
    STATUS = 0x04
    READ_REGISTER = 0x06
    WRITE_REGISTER = 0x08
    SET_BAUD = 0x10
    PARAMETERS = 0x12
    SAM = 0x14
    POWER_DOWN = 0x16
    RF = 0x32
    EXCHANGE = 0x40
    THRU = 0x42
    DESELECT = 0x44
    LIST = 0x4A
    RELEASE = 0x52
    SELECT = 0x54


class Status(IntEnum):
    """What its answers say of an exchange (7.1)."""

    OK = 0x00
    TIMEOUT = 0x01
    INVALID_PARAMETER = 0x10
    WRONG_CONTEXT = 0x27


class Field(Protocol):
    """The cards near its antenna."""

    def cards(self) -> list[str]:
        """Return their ids."""

    def air(self, card: str) -> Air | None:
        """Return what a card with power says of itself; None if it is gone, has no power or no such chip."""

    def power(self, card: str, action: Literal["on", "off", "reselect"]) -> None:
        """Give a card power or take it, or end its session and begin another in the same field."""

    def exchange(self, card: str, apdu: bytes) -> Reply | None:
        """Let a card answer; None if it is gone or without power."""


class Syntax(Exception):
    """The command is not understood: it is answered with the error frame."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What it answers, and how long it took."""

    data: bytes = field(repr=False)
    seconds: float = COMMAND_SECONDS


@dataclass(slots=True)
class _Target:
    """A card that was listed."""

    card: str
    air: Air
    picc: Picc
    sending: bytes = b""
    receiving: bytes = b""


class Pn532:
    """One chip, powered and awake.

    Attributes:
        targets: the cards that were listed, by target number.
        halted: cards that were deselected: they answer a request only if no other does.
        rf: its own field is on.
    """

    def __init__(self, cards: Field) -> None:
        self._field = cards
        self.targets: dict[int, _Target] = {}
        self.halted: set[str] = set()
        self.rf = False
        self.retries = _ENDLESS
        self._seconds = 0.0
        self._parameters = _AUTOMATIC_RATS | 0x04
        self._registers: dict[int, int] = {}
        self._commands: Mapping[int, Callable[[bytes], bytes | None]] = {
            Ins.DIAGNOSE: self._diagnose,
            Ins.FIRMWARE: lambda _: FIRMWARE,
            Ins.STATUS: self._general_status,
            Ins.READ_REGISTER: self._read_register,
            Ins.WRITE_REGISTER: self._write_register,
            Ins.SET_BAUD: self._set_baud,
            Ins.PARAMETERS: self._set_parameters,
            Ins.SAM: self._configure_sam,
            Ins.POWER_DOWN: self._power_down,
            Ins.RF: self._configure_rf,
            Ins.EXCHANGE: self._exchange,
            Ins.THRU: self._communicate,
            Ins.DESELECT: lambda data: self._let_go(data, forget=False),
            Ins.LIST: self._list,
            Ins.RELEASE: lambda data: self._let_go(data, forget=True),
            Ins.SELECT: self._select,
        }

    def do(self, command: Command) -> Answer | None:
        """Carry out a command.

        Returns:
            its answer; None while no card has come that InListPassiveTarget waits for: do it again, later.

        Raises:
            Syntax: it is not understood.
        """
        handler = self._commands.get(command.code)
        if handler is None:
            raise Syntax(f"{command.code:02X}")
        self._seconds = COMMAND_SECONDS
        data = handler(command.data)
        return None if data is None else Answer(data, self._seconds)

    def left_meanwhile(self, command: Command) -> bytes | None:
        """Return the answer to an exchange whose card went away before it was over; None if it is there."""
        if command.code not in {Ins.EXCHANGE, Ins.THRU}:
            return None
        target = self.targets.get(command.data[0] & _TARGET if command.code == Ins.EXCHANGE else 1)
        return bytes([Status.TIMEOUT]) if target is not None and target.card not in self._field.cards() else None

    def switch_off(self) -> None:
        """Lose power: the field goes, and with it every card's session."""
        for card in self._field.cards():
            self._field.power(card, "off")
        self.rf = False
        self.targets.clear()
        self.halted.clear()

    # The chip itself

    def _diagnose(self, data: bytes) -> bytes:
        match data[:1]:
            case b"\x00":  # communication test: the same comes back
                return data
            case b"\x01" | b"\x02":  # ROM, RAM
                return bytes([Status.OK])
            case b"\x06":  # is the card still there?
                target = self.targets.get(1)
                there = target is not None and target.card in self._field.cards()
                return bytes([Status.OK if there else Status.TIMEOUT])
            case _:
                raise Syntax("test")

    def _general_status(self, _: bytes) -> bytes:
        targets = b"".join(
            bytes([number, 0, 0, 0x10 if target.air.card_type == "A" else 0x23])
            for number, target in self.targets.items()
        )
        return bytes([0, self.rf, len(self.targets)]) + targets + b"\x80"

    def _read_register(self, data: bytes) -> bytes:
        if not data or len(data) % 2:
            raise Syntax("addresses")
        addresses = (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
        return bytes(self._registers.get(address, 0) for address in addresses)

    def _write_register(self, data: bytes) -> bytes:
        if not data or len(data) % 3:
            raise Syntax("addresses and values")
        for at in range(0, len(data), 3):
            self._registers[int.from_bytes(data[at : at + 2], "big")] = data[at + 2]
        return b""

    def _set_baud(self, data: bytes) -> bytes:
        if data != b"\x04":  # 115 200: its line knows no other
            raise Syntax("baud rate")
        return b""

    def _set_parameters(self, data: bytes) -> bytes:
        if len(data) != 1:
            raise Syntax("one byte of flags")
        self._parameters = data[0]
        return b""

    def _configure_sam(self, data: bytes) -> bytes:
        if not data or not 1 <= data[0] <= 4:  # noqa: PLR2004 - normal, virtual, wired, dual
            raise Syntax("mode")
        return b""

    def _power_down(self, data: bytes) -> bytes:
        if not data:
            raise Syntax("what wakes it")
        self.switch_off()
        return bytes([Status.OK])

    def _configure_rf(self, data: bytes) -> bytes:
        sizes = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}
        if not data or len(data) != 1 + sizes.get(data[0], -2):
            raise Syntax("item")
        if data[0] == 0x01:
            if not data[1] & 1:
                self.switch_off()
            self.rf = bool(data[1] & 1)
        elif data[0] == 0x05:  # noqa: PLR2004 - retries: of ATR, of PSL, of passive activation
            self.retries = data[3]
        return b""

    # Cards

    def _list(self, data: bytes) -> bytes | None:
        if len(data) < 2 or not 1 <= data[0] <= _MOST_TARGETS:  # noqa: PLR2004 - how many, of which type
            raise Syntax("targets")
        self.rf = True
        self.targets.clear()
        found = self._find(_REQUEST_TYPE.get(data[1], ""), data[0], data[2:])
        if not found and self.retries == _ENDLESS:
            return None
        self._seconds = LIST_SECONDS * (1 if found else 1 + min(self.retries, 10))
        described = b""
        for number, (card, air) in enumerate(found, start=1):
            self._activate(number, card, air)
            described += bytes([number]) + self._described(air)
        return bytes([len(found)]) + described

    def _find(self, wanted: str, most: int, request: bytes) -> list[tuple[str, Air]]:
        """Ask the cards that are not halted, and if none answers, those."""
        near = []
        for card in self._field.cards():
            if self._field.air(card) is None:  # it has just come
                self._field.power(card, "on")
                self.halted.discard(card)
            air = self._field.air(card)
            if air is not None and air.card_type == wanted and _answers(air, request):
                near.append((card, air))
        awake = [(card, air) for card, air in near if card not in self.halted]
        return (awake or near)[:most]

    def _activate(self, number: int, card: str, air: Air) -> None:
        self._field.power(card, "reselect")
        self.halted.discard(card)
        self.targets[number] = _Target(card, air, Picc(self._answerer(card), _ats(air)))

    def _described(self, air: Air) -> bytes:
        if air.card_type == "B":
            return b"\x50" + air.uid + air.atqb + b"\x01\x00"  # ATQB; one byte of answer to ATTRIB
        request = b"\x00\x44" if len(air.uid) == _DOUBLE_UID else b"\x00\x04"
        ats = _ats(air) if self._parameters & _AUTOMATIC_RATS else b""
        return request + b"\x20" + bytes([len(air.uid)]) + air.uid + ats

    def _answerer(self, card: str) -> Callable[[bytes], bytes]:
        def answer(apdu: bytes) -> bytes:
            reply = self._field.exchange(card, apdu)
            if reply is None or reply.mishap is not None or not reply.answer:
                self._seconds += RESPONSE_SECONDS + (0.0 if reply is None else reply.seconds)
                return b""
            self._seconds += reply.seconds
            return reply.answer

        return answer

    def _exchange(self, data: bytes) -> bytes:
        if not data or len(data) - 1 > MOST_DATA:
            raise Syntax("data")
        target = self.targets.get(data[0] & _TARGET)
        if target is None or target.picc.halted:
            return bytes([Status.WRONG_CONTEXT])
        if data[0] & _MORE:
            target.sending += data[1:]
            return bytes([Status.OK])
        if not target.receiving:
            command, target.sending = target.sending + data[1:], b""
            target.receiving = self._answerer(target.card)(command)
            if not target.receiving:
                return bytes([Status.TIMEOUT])
        elif len(data) > 1:  # a new command, while there was still something to fetch
            target.receiving = b""
            return self._exchange(data)
        answer, target.receiving = target.receiving[:MOST_DATA], target.receiving[MOST_DATA:]
        return bytes([Status.OK | (_MORE if target.receiving else 0)]) + answer

    def _communicate(self, data: bytes) -> bytes:
        if not data:
            raise Syntax("data")
        target = self.targets.get(1)
        answer = b"" if target is None else target.picc.answer(data)
        if not answer:
            self._seconds = max(self._seconds, RESPONSE_SECONDS)
        return bytes([Status.OK if answer else Status.TIMEOUT]) + answer

    def _let_go(self, data: bytes, *, forget: bool) -> bytes:
        if len(data) != 1:
            raise Syntax("target")
        numbers = list(self.targets) if data[0] == 0 else [data[0]]
        if any(number not in self.targets for number in numbers):
            return bytes([Status.WRONG_CONTEXT])
        for number in numbers:
            target = self.targets[number]
            target.picc.halted = True
            self.halted.add(target.card)
            if forget:
                del self.targets[number]
        return bytes([Status.OK])

    def _select(self, data: bytes) -> bytes:
        target = self.targets.get(data[0] if data else 0)
        if target is None:
            return bytes([Status.WRONG_CONTEXT])
        if target.picc.halted:
            air = self._field.air(target.card)
            if air is None:
                return bytes([Status.TIMEOUT])
            self._activate(data[0], target.card, air)
        return bytes([Status.OK])


def _ats(air: Air) -> bytes:
    """The answer to select of type A: frames of 256 bytes, 106 kbit/s, FWI 7, no options; empty for type B."""
    if air.card_type == "B":
        return b""
    return bytes([5 + len(air.historical), 0x78, 0x00, 0x70, 0x00]) + air.historical


def _answers(air: Air, request: bytes) -> bool:
    """Tell whether a card answers a request: type B by its application family, type A if its UID is asked for."""
    if air.card_type == "B":
        return request[:1] in {b"", b"\x00"}
    wanted = {air.uid, b"\x88" + air.uid} if len(air.uid) == _DOUBLE_UID else {air.uid}
    return not request or request in wanted
