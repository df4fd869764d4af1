"""A GlobalPlatform chip with SCP03: the lab card of `docs/profiles.md`, and an issuer's domain around it.

At power-on the issuer security domain is selected. It and the lab application have the same key set. The issuer's
domain tells what the card is (GET DATA without a session) and leads its life cycle; the application holds the files.
What the page leaves open, and this chip decides, is in `docs/simulators.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Literal

import msgspec
from typing_extensions import override

from simulators.devices import chip_gp_data as data_objects
from simulators.devices import chip_tlv as tlv
from simulators.devices.chip_body import TIMINGS, Body, CardType, Life
from simulators.devices.chip_command import Command, Refusal, Sw, parse
from simulators.devices.chip_files import FCP, ID_BYTES, LifeCycle, Memory
from simulators.devices.chip_gp_run import Run
from simulators.devices.chip_scp03 import (
    I_PSEUDO_RANDOM,
    I_RESPONSES,
    I_S16,
    LEVELS,
    S8,
    S16,
    SECURE,
    BadMessage,
    KeySet,
    Session,
    card_challenge,
)

ISSUER_AID = bytes.fromhex("A000000151000000")
LAB_AID = bytes.fromhex("F04C41424341524402")
SIZE = 16384
TRIES = 10
# Compact-TLV: card issuer's data "LABGP"; selection by full name and file identifier; bytes; short lengths only.
HISTORICAL = bytes.fromhex("80 55 4C41424750 73 92 21 00")
STATES = {0x07: LifeCycle.OPEN, 0x0F: LifeCycle.LOCKED, 0x1F: LifeCycle.ACTIVE}
_STATE_OF = {life_cycle: byte for byte, life_cycle in STATES.items()}
_NEXT = {LifeCycle.OPEN: LifeCycle.LOCKED, LifeCycle.LOCKED: LifeCycle.ACTIVE}
_APPLICATION, _ISSUER = 0x40, 0x80  # P1 of SET STATUS and GET STATUS
_TLV, _AID = 0x02, 0x4F  # P2 of GET STATUS, and what it looks for
_CLASSES = frozenset({0x00, 0x80})
_MAX_SEQUENCE = 0xFFFFFF


class CardState(IntEnum):
    """The card's own life cycle (Card Specification, table 11-6)."""

    OP_READY = 0x01
    INITIALIZED = 0x07
    SECURED = 0x0F
    CARD_LOCKED = 0x7F
    TERMINATED = 0xFF


_CARD_STEPS = {
    CardState.OP_READY: {CardState.INITIALIZED, CardState.SECURED},
    CardState.INITIALIZED: {CardState.SECURED},
    CardState.SECURED: {CardState.CARD_LOCKED, CardState.TERMINATED},
    CardState.CARD_LOCKED: {CardState.SECURED, CardState.TERMINATED},
    CardState.TERMINATED: set(),
}


class GpState(Life, kw_only=True):
    """What is left of a chip without power.

    Attributes:
        keys: its one key set.
        s16: challenges, cryptograms and MACs have 16 bytes instead of 8.
        pseudo_random: the card challenge follows from the keys and a sequence counter; else it is drawn.
        sequence: that counter.
        tries_left: how many wrong host cryptograms in a row the key set still bears.
    """

    memory: Memory
    keys: KeySet
    s16: bool = False
    pseudo_random: bool = True
    sequence: int = 0
    tries_left: int = TRIES
    card_state: CardState = CardState.OP_READY
    kind: Literal["gp"] = "gp"

    @property
    def size(self) -> int:
        """Bytes of a challenge, a cryptogram and a MAC."""
        return S16 if self.s16 else S8


class _Ins(IntEnum):
    INITIALIZE_UPDATE = 0x50
    EXTERNAL_AUTHENTICATE = 0x82
    SELECT = 0xA4
    READ_BINARY = 0xB0
    GET_DATA = 0xCA
    STORE_DATA = 0xE2
    SET_STATUS = 0xF0
    GET_STATUS = 0xF2


_OPEN = frozenset({_Ins.INITIALIZE_UPDATE, _Ins.EXTERNAL_AUTHENTICATE})


@dataclass(slots=True)
class _Volatile:
    """What goes with the power.

    Attributes:
        aid: of the selected application.
        channel: a session that was begun; authenticated once its level is not 0.
        file: the current EF.
        run: blocks of STORE DATA that are not at their end.
        estranged: the keys are others.
    """

    aid: bytes = ISSUER_AID
    channel: Session | None = None
    file: int | None = None
    run: Run | None = None
    estranged: bool = False


class GpChip(Body[GpState]):
    """One chip. Meets `simulators.devices.chip.TimedChip`."""

    historical = HISTORICAL

    def __init__(self, state: GpState) -> None:
        super().__init__(state)
        self._memory = state.memory
        self._now = _Volatile()
        self._commands: dict[int, Callable[[Command], tuple[bytes, int]]] = {
            _Ins.READ_BINARY: self._read_binary,
            _Ins.GET_DATA: self._get_data,
            _Ins.STORE_DATA: self._store_data,
            _Ins.SET_STATUS: self._set_status,
            _Ins.GET_STATUS: self._get_status,
            _Ins.SELECT: self._select_file,
        }

    @override
    def _begin(self) -> None:
        self._now = _Volatile()

    @override
    def _fill_memory(self) -> None:
        self._memory.exhausted = True

    @override
    def _estrange(self) -> None:
        self._now.estranged = True

    # Messages

    @override
    def _obey(self, apdu: bytes) -> bytes:
        command = parse(apdu)
        if command.extended:
            raise Refusal(Sw.WRONG_LENGTH)
        if command.cla & ~SECURE not in _CLASSES:
            raise Refusal(Sw.UNKNOWN_CLA)
        if command.ins != _Ins.STORE_DATA:
            self._now.run = None
        if command.ins == _Ins.SELECT and command.p1 == 0x04:  # noqa: PLR2004 - by name
            return self._select(command) + Sw.OK.to_bytes(2, "big")
        if command.ins == _Ins.INITIALIZE_UPDATE:
            return self._initialize_update(command) + Sw.OK.to_bytes(2, "big")
        if command.ins == _Ins.EXTERNAL_AUTHENTICATE:
            self._external_authenticate(command)
            return Sw.OK.to_bytes(2, "big")
        return self._within_channel(command)

    def _within_channel(self, command: Command) -> bytes:
        channel = self._now.channel
        if channel is None or not channel.level:
            if self._now.aid == ISSUER_AID and command.ins == _Ins.GET_DATA and not command.cla & SECURE:
                data, sw = self._get_data(command)
                return data + sw.to_bytes(2, "big")
            raise Refusal(Sw.SECURITY_NOT_SATISFIED)
        header = bytes([command.cla, command.ins, command.p1, command.p2])
        try:
            if not command.cla & SECURE or len(command.data) < channel.size:
                raise BadMessage("no C-MAC")
            data = channel.open(header, command.data)
        except BadMessage:
            self._now.channel = None
            raise Refusal(Sw.SECURITY_NOT_SATISFIED) from None
        plain = replace(command, cla=command.cla & ~SECURE, data=data)
        handler = self._commands.get(command.ins)
        if handler is None:
            raise Refusal(Sw.UNKNOWN_INS)
        answer, sw = handler(plain)
        return channel.protect(answer, sw) + sw.to_bytes(2, "big")

    # Selection

    def _select(self, command: Command) -> bytes:
        if command.cla != 0x00 or command.p2 != 0x00:
            raise Refusal(Sw.UNKNOWN_CLA if command.cla else Sw.WRONG_P1P2)
        if self._state.card_state is CardState.TERMINATED:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        if command.data in {b"", ISSUER_AID, ISSUER_AID[:-1]}:
            aid, state = ISSUER_AID, b""
        elif command.data == self._memory.aid:
            if self._state.card_state is CardState.CARD_LOCKED:
                raise Refusal(Sw.CARD_LOCKED)
            aid, state = self._memory.aid, tlv.encode(0x8A, bytes([_STATE_OF[self._memory.life_cycle]]))
        else:
            raise Refusal(Sw.FILE_NOT_FOUND)
        self._now = _Volatile(aid, estranged=self._now.estranged)
        described = tlv.encode(0x84, aid) + state + tlv.encode(0xA5, tlv.encode(0x9F65, b"\xff"))
        return tlv.encode(0x6F, described)

    def _select_file(self, command: Command) -> tuple[bytes, int]:
        if command.p1p2 not in {0x0204, 0x020C}:
            raise Refusal(Sw.WRONG_P1P2)
        if len(command.data) != ID_BYTES:
            raise Refusal(Sw.WRONG_LENGTH)
        fid = int.from_bytes(command.data, "big")
        if self._now.aid == ISSUER_AID or fid not in self._memory.files:
            raise Refusal(Sw.FILE_NOT_FOUND)
        self._now.file = fid
        return tlv.encode(FCP, self._memory.describe_file(fid)) if command.p2 == 0x04 else b"", Sw.OK  # noqa: PLR2004

    # The secure channel

    def _initialize_update(self, command: Command) -> bytes:
        self._now.channel = None
        state = self._state
        if command.cla & SECURE:
            raise Refusal(Sw.NO_SECURE_MESSAGING)
        if command.p1 not in {0, state.keys.version}:
            raise Refusal(Sw.REFERENCE_NOT_FOUND)
        if command.p2:
            raise Refusal(Sw.WRONG_P1P2)
        if len(command.data) != state.size:
            raise Refusal(Sw.WRONG_LENGTH)
        if not state.tries_left:
            raise Refusal(Sw.BLOCKED)
        if state.sequence >= _MAX_SEQUENCE:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        state.sequence += 1
        keys = state.keys.others() if self._now.estranged else state.keys
        challenge = self._challenge(keys)
        self._work.sessions = 1
        self._now.channel = channel = Session.begin(keys, command.data, challenge)
        i = I_RESPONSES | (I_PSEUDO_RANDOM if state.pseudo_random else 0) | (I_S16 if state.s16 else 0)
        sequence = state.sequence.to_bytes(3, "big") if state.pseudo_random else b""
        diversification = bytes.fromhex(state.serial).rjust(10, b"\x00")
        key_information = bytes([keys.version, 0x03, i])
        return diversification + key_information + challenge + channel.card_cryptogram + sequence

    def _challenge(self, keys: KeySet) -> bytes:
        state = self._state
        if state.pseudo_random:
            return card_challenge(keys, state.size, state.sequence, self._now.aid)
        seed = f"{state.serial}/{state.power_ons}/{state.sequence}"
        return hashlib.sha256(seed.encode()).digest()[: state.size]

    def _external_authenticate(self, command: Command) -> None:
        channel, self._now.channel = self._now.channel, None
        if channel is None or channel.level:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        if not command.cla & SECURE or command.p1 not in LEVELS or command.p2:
            raise Refusal(Sw.WRONG_P1P2 if command.cla & SECURE else Sw.SECURITY_NOT_SATISFIED)
        if len(command.data) != 2 * channel.size:
            raise Refusal(Sw.WRONG_LENGTH)
        self._state.tries_left -= 1  # before it is looked at: a card pulled in between has not won a try
        if command.data[: channel.size] != channel.host_cryptogram:
            raise Refusal(Sw.NOT_AUTHENTICATED)
        try:
            channel.verify(bytes([command.cla, command.ins, command.p1, command.p2]), command.data)
        except BadMessage:
            raise Refusal(Sw.SECURITY_NOT_SATISFIED) from None
        self._state.tries_left = TRIES
        channel.level = command.p1
        self._now.channel = channel

    # The files

    def _store_data(self, command: Command) -> tuple[bytes, int]:
        run, self._now.run = self._now.run or Run(), None
        if self._now.aid == ISSUER_AID or self._memory.life_cycle is not LifeCycle.OPEN:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        before = self._memory.free
        try:
            written, last = run.take(command, self._memory, self._work.torn_at)
        finally:
            self._work.written, self._work.offset = before - self._memory.free, 0
        self._work.written, self._work.offset = self._work.written + written, run.written - written
        self._now.run = None if last else run
        return b"", Sw.OK

    def _read_binary(self, command: Command) -> tuple[bytes, int]:
        if command.data or command.ne is None:
            raise Refusal(Sw.WRONG_LENGTH)
        if command.p1 & 0x80:
            raise Refusal(Sw.WRONG_P1P2)
        if self._now.file is None:
            raise Refusal(Sw.NO_CURRENT_FILE)
        assert self._now.channel is not None  # noqa: S101 - nothing reaches it without
        most = self._now.channel.room(command.ne)  # Le counts the answer as it is sent
        if not most:
            raise Refusal(Sw.WRONG_LENGTH)
        return self._memory.read(self._now.file, command.p1p2, most), Sw.OK

    # The issuer's

    def _get_data(self, command: Command) -> tuple[bytes, int]:
        state = self._state
        if self._now.aid == ISSUER_AID:
            found = data_objects.issuer(command.p1p2, state.serial, state.keys, s16=state.s16)
        else:
            found = data_objects.resources(self._memory.free) if command.p1p2 == data_objects.RESOURCES else None
        if found is None:
            raise Refusal(Sw.REFERENCE_NOT_FOUND)
        if command.ne is not None and command.ne < len(found):
            raise Refusal(Sw.WRONG_LE | len(found))
        return found if command.ne is not None else b"", Sw.OK

    def _get_status(self, command: Command) -> tuple[bytes, int]:
        """Tell the state of the application that is selected, to whoever has a session with it."""
        if self._now.aid == ISSUER_AID:
            raise Refusal(Sw.REFERENCE_NOT_FOUND)
        if command.p1 != _APPLICATION or command.p2 != _TLV:
            raise Refusal(Sw.WRONG_P1P2)
        aid = self._now.aid
        if command.data not in {tlv.encode(_AID, b""), tlv.encode(_AID, aid)}:
            raise Refusal(Sw.REFERENCE_NOT_FOUND)
        return data_objects.status(aid, _STATE_OF[self._memory.life_cycle]), Sw.OK

    def _set_status(self, command: Command) -> tuple[bytes, int]:
        if command.data not in {b"", self._now.aid} or command.p1 not in {_APPLICATION, _ISSUER}:
            raise Refusal(Sw.WRONG_DATA if command.p1 in {_APPLICATION, _ISSUER} else Sw.WRONG_P1P2)
        if command.p1 == _ISSUER:
            self._change_card_state(command.p2)
        else:
            self._change_life_cycle(command)
        self._work.written = 1
        return b"", Sw.OK

    def _change_life_cycle(self, command: Command) -> None:
        before, after = self._memory.life_cycle, STATES.get(command.p2)
        if self._now.aid == ISSUER_AID or command.data != self._now.aid:
            raise Refusal(Sw.WRONG_DATA)
        if after is None or _NEXT.get(before) is not after:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        self._memory.change_life_cycle(before, after)

    def _change_card_state(self, wanted: int) -> None:
        if self._now.aid != ISSUER_AID:
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        if wanted not in set(_CARD_STEPS[self._state.card_state]):
            raise Refusal(Sw.CONDITIONS_NOT_SATISFIED)
        self._state.card_state = CardState(wanted)


@dataclass(frozen=True, slots=True)
class GpChips:
    """Makes the chips of one kind. Meets `simulators.devices.chip.ChipFactory`.

    Attributes:
        keys: of every one of them: the lab's chips are not diversified.
        memory: bytes that the application and its files may take.
        life_cycle: of a new one's application: other than open for a card that somebody has written already.
    """

    keys: KeySet
    s16: bool = False
    pseudo_random: bool = True
    card_type: CardType = "A"
    random_uid: bool = False
    memory: int = SIZE
    aid: bytes = LAB_AID
    life_cycle: LifeCycle = LifeCycle.OPEN

    def blank(self, serial: str, stock_type: str) -> GpChip:  # noqa: ARG002 - every stock has this chip
        """Return the chip of a new blank card."""
        return GpChip(
            GpState(
                serial=serial,
                memory=Memory(size=self.memory, aid=self.aid, life_cycle=self.life_cycle),
                keys=self.keys,
                s16=self.s16,
                pseudo_random=self.pseudo_random,
                card_type=self.card_type,
                random_uid=self.random_uid,
                timing=TIMINGS[self.card_type],
            )
        )

    def restore(self, state: dict[str, Any]) -> GpChip:
        """Return the chip whose persistent memory is that. Raises `msgspec.ValidationError`."""
        return GpChip(msgspec.convert(state, GpState, str_keys=True))
