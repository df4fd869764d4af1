"""An ISO/IEC 7816-4 file system chip: the lab card of `docs/profiles.md`.

It knows no key. What it holds is in `Iso7816State`, as JSON can hold it; which file is current, an answer that waits
for GET RESPONSE and a chip fallen silent are the session's and go with the power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import msgspec
from typing_extensions import override

from simulators.devices import chip_files as files
from simulators.devices import chip_tlv as tlv
from simulators.devices.chip_body import TIMINGS, Body, CardType, Life
from simulators.devices.chip_command import SHORT_MAX, Command, Refusal, Sw, parse
from simulators.devices.chip_files import LifeCycle, Memory

LAB_AID = bytes.fromhex("F04C41424341524401")
SIZE = 16384
# Compact-TLV: card issuer's data "LAB"; selection by full name, by file and short identifier; bytes; extended length.
HISTORICAL = bytes.fromhex("80 53 4C4142 73 94 21 40")
_PRE_ISSUING_DATA = 0x0046
_FREE_MEMORY = 0x0101
"""Bytes that are left, as a number of four: a data object of the application's own (7816-4, 7.4.1: 0100 to 01FF)."""
_CLA_CHAINING, _CLA_SECURE, _CLA_CHANNEL, _CLA_FURTHER = 0x10, 0x0C, 0x03, 0xE0
_SHORT_ID, _SHORT_ID_RESERVED = 0x80, 0x60
_TEMPLATES = {0x00: files.FCI, 0x04: files.FCP, 0x0C: None}


class Iso7816State(Life, kw_only=True):
    """What is left of a chip without power.

    Attributes:
        get_response: answers with data wait behind 61xx for GET RESPONSE, as over T=0.
    """

    memory: Memory
    get_response: bool = False
    kind: Literal["iso7816"] = "iso7816"


class _Ins(IntEnum):
    DEACTIVATE_FILE = 0x04
    ACTIVATE_FILE = 0x44
    SELECT = 0xA4
    READ_BINARY = 0xB0
    GET_RESPONSE = 0xC0
    GET_DATA = 0xCA
    UPDATE_BINARY = 0xD6
    CREATE_FILE = 0xE0


@dataclass(slots=True)
class _Session:
    """What goes with the power.

    Attributes:
        in_application: the application is the current DF, not the master file.
        file: the current EF.
        waiting: an answer that GET RESPONSE will fetch.
    """

    in_application: bool = False
    file: int | None = None
    waiting: bytes = b""


class Iso7816Chip(Body[Iso7816State]):
    """One chip. Meets `simulators.devices.chip.TimedChip`."""

    historical = HISTORICAL

    def __init__(self, state: Iso7816State) -> None:
        super().__init__(state)
        self._memory = state.memory
        self._session = _Session()
        self._commands: dict[int, Callable[[Command], tuple[bytes, int]]] = {
            _Ins.DEACTIVATE_FILE: lambda command: self._step(command, LifeCycle.OPEN, LifeCycle.LOCKED),
            _Ins.ACTIVATE_FILE: lambda command: self._step(command, LifeCycle.LOCKED, LifeCycle.ACTIVE),
            _Ins.SELECT: self._select,
            _Ins.READ_BINARY: self._read_binary,
            _Ins.GET_RESPONSE: self._get_response,
            _Ins.GET_DATA: self._get_data,
            _Ins.UPDATE_BINARY: self._update_binary,
            _Ins.CREATE_FILE: self._create_file,
        }

    @override
    def _begin(self) -> None:
        self._session = _Session()

    @override
    def _fill_memory(self) -> None:
        self._memory.exhausted = True

    @override
    def _obey(self, apdu: bytes) -> bytes:
        command = parse(apdu)
        return self._deliver(command, self._carry_out(command))

    def _carry_out(self, command: Command) -> tuple[bytes, int]:
        _check_class(command.cla)
        handler = self._commands.get(command.ins)
        if handler is None:
            raise Refusal(Sw.UNKNOWN_INS)
        if command.ins != _Ins.GET_RESPONSE:
            self._session.waiting = b""
        return handler(command)

    def _deliver(self, command: Command, result: tuple[bytes, int]) -> bytes:
        data, sw = result
        if self._state.get_response and data and command.ins != _Ins.GET_RESPONSE:
            self._session.waiting = data
            return (Sw.MORE_DATA | _low_byte(len(data))).to_bytes(2, "big")
        return data + sw.to_bytes(2, "big")

    def _select(self, command: Command) -> tuple[bytes, int]:
        if command.p2 not in _TEMPLATES:
            raise Refusal(Sw.WRONG_P1P2)
        match command.p1:
            case 0x04:
                self._select_by_name(command.data)
            case 0x00 | 0x02:
                self._select_by_id(command.data, anywhere=command.p1 == 0x00)
            case _:
                raise Refusal(Sw.WRONG_P1P2)
        if self._session.file is not None:
            described, sw = self._memory.describe_file(self._session.file), Sw.OK
        elif self._session.in_application:
            deactivated = self._memory.life_cycle is LifeCycle.LOCKED
            described, sw = self._memory.describe_application(), Sw.DEACTIVATED if deactivated else Sw.OK
        else:
            described, sw = files.describe_master_file(), Sw.OK
        template = _TEMPLATES[command.p2]
        if template is None:
            return b"", sw
        return self._as_asked(command, tlv.encode(template, described)), sw

    def _select_by_name(self, name: bytes) -> None:
        if name != self._memory.aid:
            raise Refusal(Sw.FILE_NOT_FOUND)
        self._session.in_application, self._session.file = True, None

    def _select_by_id(self, data: bytes, *, anywhere: bool) -> None:
        if anywhere and not data:
            data = files.MASTER_FILE.to_bytes(2, "big")
        if len(data) != files.ID_BYTES:
            raise Refusal(Sw.WRONG_LENGTH)
        fid = int.from_bytes(data, "big")
        if self._session.in_application and fid in self._memory.files:
            self._session.file = fid
        elif anywhere and fid in {files.MASTER_FILE, self._memory.df}:
            self._session.in_application, self._session.file = fid == self._memory.df, None
        else:
            raise Refusal(Sw.FILE_NOT_FOUND)

    def _create_file(self, command: Command) -> tuple[bytes, int]:
        if command.p1p2:
            raise Refusal(Sw.WRONG_P1P2)
        if not command.data:
            raise Refusal(Sw.WRONG_LENGTH)
        if not self._session.in_application:
            raise Refusal(Sw.SECURITY_NOT_SATISFIED)
        before = self._memory.free
        self._session.file = self._memory.create(command.data)
        self._work.written = before - self._memory.free
        return b"", Sw.OK

    def _read_binary(self, command: Command) -> tuple[bytes, int]:
        if command.data or command.ne is None:
            raise Refusal(Sw.WRONG_LENGTH)
        fid, offset = self._addressed(command)
        data = self._memory.read(fid, offset, command.ne)
        short = len(data) < command.ne and not command.le_all
        return data, Sw.END_OF_FILE if short else Sw.OK

    def _update_binary(self, command: Command) -> tuple[bytes, int]:
        if not command.data:
            raise Refusal(Sw.WRONG_LENGTH)
        fid, offset = self._addressed(command)
        work = self._work
        work.written, work.offset = self._memory.update(fid, offset, command.data, work.torn_at), offset
        return b"", Sw.OK

    def _addressed(self, command: Command) -> tuple[int, int]:
        if not command.p1 & _SHORT_ID:
            if self._session.file is None:
                raise Refusal(Sw.NO_CURRENT_FILE)
            return self._session.file, command.p1p2
        if command.p1 & _SHORT_ID_RESERVED or not command.p1 & 0x1F:
            raise Refusal(Sw.WRONG_P1P2)
        if not self._session.in_application:
            raise Refusal(Sw.FILE_NOT_FOUND)
        self._session.file = self._memory.by_short_id(command.p1 & 0x1F)
        return self._session.file, command.p2

    def _step(self, command: Command, before: LifeCycle, after: LifeCycle) -> tuple[bytes, int]:
        if command.p1p2:
            raise Refusal(Sw.WRONG_P1P2)
        if command.data:
            raise Refusal(Sw.WRONG_LENGTH)
        if not self._session.in_application:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        self._memory.change_life_cycle(before, after)
        self._work.written = 1
        return b"", Sw.OK

    def _get_data(self, command: Command) -> tuple[bytes, int]:
        if command.p1p2 == _PRE_ISSUING_DATA:
            return self._as_asked(command, bytes.fromhex(self._state.serial)), Sw.OK
        if command.p1p2 == _FREE_MEMORY and self._session.in_application:
            return self._as_asked(command, self._memory.free.to_bytes(4, "big")), Sw.OK
        raise Refusal(Sw.REFERENCE_NOT_FOUND)

    def _get_response(self, command: Command) -> tuple[bytes, int]:
        if command.p1p2:
            raise Refusal(Sw.WRONG_P1P2)
        if command.data or command.ne is None:
            raise Refusal(Sw.WRONG_LENGTH)
        if not self._session.waiting:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        if not command.le_all and command.ne > len(self._session.waiting):
            raise Refusal(Sw.WRONG_LE | _low_byte(len(self._session.waiting)))
        data, self._session.waiting = self._session.waiting[: command.ne], self._session.waiting[command.ne :]
        return data, Sw.MORE_DATA | _low_byte(len(self._session.waiting)) if self._session.waiting else Sw.OK

    def _as_asked(self, command: Command, data: bytes) -> bytes:
        """Return what of a whole data object may be answered: all, or none without Le. Too small an Le is 6Cxx."""
        if self._state.get_response:
            return data
        if command.ne is None:
            return b""
        if command.ne < len(data):
            raise Refusal(Sw.WRONG_LE | _low_byte(len(data)))
        return data


def _check_class(cla: int) -> None:
    if cla & _CLA_FURTHER:
        raise Refusal(Sw.UNKNOWN_CLA)
    if cla & _CLA_CHAINING:
        raise Refusal(Sw.NO_CHAINING)
    if cla & _CLA_SECURE:
        raise Refusal(Sw.NO_SECURE_MESSAGING)
    if cla & _CLA_CHANNEL:
        raise Refusal(Sw.NO_CHANNELS)


def _low_byte(size: int) -> int:
    return 0 if size >= SHORT_MAX else size


@dataclass(frozen=True, slots=True)
class Iso7816Chips:
    """Makes lab cards' chips. Meets `simulators.devices.chip.ChipFactory`."""

    size: int = SIZE
    card_type: CardType = "A"
    random_uid: bool = False
    get_response: bool = False
    aid: bytes = LAB_AID
    life_cycle: LifeCycle = LifeCycle.OPEN

    def blank(self, serial: str, stock_type: str) -> Iso7816Chip:  # noqa: ARG002 - every stock has this chip
        """Return the chip of a new blank card."""
        return Iso7816Chip(
            Iso7816State(
                serial=serial,
                memory=Memory(size=self.size, aid=self.aid, life_cycle=self.life_cycle),
                card_type=self.card_type,
                random_uid=self.random_uid,
                get_response=self.get_response,
                timing=TIMINGS[self.card_type],
            )
        )

    def restore(self, state: dict[str, Any]) -> Iso7816Chip:
        """Return the chip whose persistent memory is that. Raises `msgspec.ValidationError`."""
        return Iso7816Chip(msgspec.convert(state, Iso7816State, str_keys=True))


CHIPS = Iso7816Chips()
CHIPS_8K = Iso7816Chips(size=8192)
CHIPS_TYPE_B = Iso7816Chips(card_type="B", random_uid=True)
