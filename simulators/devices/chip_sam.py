"""The lab SAM of `docs/profiles.md`: a contact card that holds key sets and computes one SCP03 session for its host.

No command gives a key out. What a host may learn is challenges, cryptograms and wrapped data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import msgspec
from typing_extensions import override

from simulators.devices import chip_tlv as tlv
from simulators.devices.chip_body import Body, Life
from simulators.devices.chip_command import Command, Refusal, Sw, parse
from simulators.devices.chip_scp03 import I_S16, LEVELS, R_MAC, S8, S16, BadMessage, KeySet, Session, protected
from simulators.devices.chip_timing import CONTACT

SAM_AID = bytes.fromhex("F04C414253414D01")
# Compact-TLV: card issuer's data "LABSAM"; selection by full name; short lengths only.
HISTORICAL = bytes.fromhex("80 56 4C414253414D 73 80 01 00")
LONGEST_REFERENCE = 32
_CLA = 0x80
_SELECT, _BY_NAME = 0xA4, 0x0400
_LONGEST = 255
_HEADER = 4
_INFORMATION = 13  # diversification data, key version, protocol, i
_SEQUENCE = 3
_SCP03 = 0x03


class SamState(Life, kw_only=True):
    """What is left of a SAM without power.

    Attributes:
        keys: by reference.
        drawn: how many challenges it has drawn.
    """

    keys: dict[str, KeySet]
    drawn: int = 0
    kind: Literal["sam"] = "sam"


class _Ins(IntEnum):
    OPEN = 0x10
    AUTHENTICATE = 0x12
    WRAP = 0x14
    UNWRAP = 0x16
    CLOSE = 0x18


@dataclass(frozen=True, slots=True)
class _Opened:
    """A session for which the chip's answer is awaited."""

    level: int
    keys: KeySet
    challenge: bytes


class SamChip(Body[SamState]):
    """One SAM. Meets `simulators.devices.chip.TimedChip`."""

    historical = HISTORICAL

    def __init__(self, state: SamState) -> None:
        super().__init__(state)
        self._begin()
        self._commands: dict[int, Callable[[Command], bytes]] = {
            _Ins.OPEN: self._open,
            _Ins.AUTHENTICATE: self._authenticate,
            _Ins.WRAP: self._wrap,
            _Ins.UNWRAP: self._unwrap,
            _Ins.CLOSE: self._close,
        }

    @override
    def _begin(self) -> None:
        self._selected = self._estranged = False
        self._forget()

    @override
    def _estrange(self) -> None:
        self._estranged = True

    @override
    def _obey(self, apdu: bytes) -> bytes:
        command = parse(apdu)
        if command.extended:
            raise Refusal(Sw.WRONG_LENGTH)
        if (command.cla, command.ins) == (0x00, _SELECT):
            answer = self._select(command)
        elif not self._selected or command.cla != _CLA:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED if command.cla == _CLA else Sw.UNKNOWN_CLA)
        else:
            handler = self._commands.get(command.ins)
            if handler is None:
                raise Refusal(Sw.UNKNOWN_INS)
            if command.ins not in {_Ins.OPEN, _Ins.UNWRAP} and command.p1p2:
                raise Refusal(Sw.WRONG_P1P2)
            answer = handler(command)
        return answer + Sw.OK.to_bytes(2, "big")

    def _select(self, command: Command) -> bytes:
        if command.p1p2 != _BY_NAME:
            raise Refusal(Sw.WRONG_P1P2)
        if command.data != SAM_AID:
            raise Refusal(Sw.FILE_NOT_FOUND)
        self._selected = True
        self._forget()
        return tlv.encode(0x6F, tlv.encode(0x84, SAM_AID))

    def _forget(self) -> None:
        self._opened: _Opened | None = None
        self._session: Session | None = None
        self._wrapped = False

    def _open(self, command: Command) -> bytes:
        self._forget()
        if command.p1 not in LEVELS or command.p2 not in {S8, S16}:
            raise Refusal(Sw.WRONG_P1P2)
        if not 1 <= len(command.data) <= LONGEST_REFERENCE or not command.data.isascii():
            raise Refusal(Sw.WRONG_DATA)
        keys = self._state.keys.get(command.data.decode("ascii"))
        if keys is None:
            raise Refusal(Sw.REFERENCE_NOT_FOUND)
        self._opened = _Opened(command.p1, keys.others() if self._estranged else keys, self._draw(command.p2))
        return self._opened.challenge

    def _draw(self, size: int) -> bytes:
        """Return fresh bytes; the same day played twice draws the same ones."""
        self._state.drawn += 1
        return hashlib.sha256(f"{self._state.serial}/{self._state.drawn}".encode()).digest()[:size]

    def _authenticate(self, command: Command) -> bytes:
        opened, self._opened = self._opened, None
        if opened is None:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        size = len(opened.challenge)
        answer = command.data
        whole = _INFORMATION + 2 * size
        if len(answer) not in {whole, whole + _SEQUENCE}:
            raise Refusal(Sw.WRONG_DATA)
        protocol, i = answer[_INFORMATION - 2 : _INFORMATION]
        if protocol != _SCP03 or bool(i & I_S16) is not (size == S16):
            raise Refusal(Sw.WRONG_DATA)
        session = Session.begin(opened.keys, opened.challenge, answer[_INFORMATION : _INFORMATION + size])
        self._work.sessions = 1
        if answer[_INFORMATION + size : whole] != session.card_cryptogram:
            raise Refusal(Sw.NOT_AUTHENTICATED)
        self._session = session
        return session.seal_authenticate(opened.level)

    def _wrap(self, command: Command) -> bytes:
        session = self._in_session()
        if len(command.data) < _HEADER:
            raise Refusal(Sw.WRONG_DATA)
        header, data = command.data[:_HEADER], command.data[_HEADER:]
        if session.sealed_size(len(data)) > _LONGEST:
            raise Refusal(Sw.WRONG_LENGTH)
        self._wrapped = True
        return session.seal(header, data)

    def _unwrap(self, command: Command) -> bytes:
        session = self._in_session()
        if not self._wrapped:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        if session.level & R_MAC and not protected(command.p1p2):
            raise Refusal(Sw.WRONG_P1P2)
        self._wrapped = False
        try:
            return session.unprotect(command.data, command.p1p2)
        except BadMessage:
            self._forget()
            raise Refusal(Sw.SECURITY_NOT_SATISFIED) from None

    def _in_session(self) -> Session:
        if self._session is None:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        return self._session

    def _close(self, command: Command) -> bytes:
        if command.data:
            raise Refusal(Sw.WRONG_DATA)
        self._forget()
        return b""


@dataclass(frozen=True, slots=True)
class Sams:
    """Makes SAMs with those key sets, by reference. Meets `simulators.devices.chip.ChipFactory`."""

    keys: Mapping[str, KeySet]

    def blank(self, serial: str, stock_type: str) -> SamChip:  # noqa: ARG002 - a SAM is of no stock
        """Return a new SAM."""
        return SamChip(SamState(serial=serial, keys=dict(self.keys), card_type="contact", timing=CONTACT))

    def restore(self, state: dict[str, Any]) -> SamChip:
        """Return the SAM whose persistent memory is that. Raises `msgspec.ValidationError`."""
        return SamChip(msgspec.convert(state, SamState, str_keys=True))
