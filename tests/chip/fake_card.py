"""A card of a few lines, for the engine's decisions: the lab card of docs/profiles.md, losing answers when told to."""

from __future__ import annotations

from enum import StrEnum

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardType, Connection, Response, Uid
from stationd.chip.apdu import Command, parse

WRITES = frozenset({0xE0, 0xD6, 0x04, 0x44})
"""The instructions that change a card: CREATE, UPDATE BINARY, DEACTIVATE, ACTIVATE."""


class Loss(StrEnum):
    """What a card whose answer was lost had done by then."""

    NOTHING = "nothing"
    PART = "part"
    ALL = "all"


class FakeCard(Connection):
    """The lab card, as far as docs/profiles.md describes it; connected again by being used again."""

    def __init__(self, aid: str = "F04C41424341524401", card_type: CardType = CardType.UNKNOWN) -> None:
        self.files: dict[bytes, bytearray] = {}
        self.life_cycle = 3
        self.sent: list[Command] = []
        self.lose_at: int | None = None
        self.loss = Loss.NOTHING
        self._aid = bytes.fromhex(aid)
        self._type = card_type
        self._selected = False
        self._current: bytes | None = None

    @property
    @override
    def atr(self) -> bytes:
        return b""

    @property
    @override
    def uid(self) -> Uid | None:
        return None

    @property
    @override
    def card_type(self) -> CardType:
        return self._type

    @override
    def close(self) -> None:
        self._selected, self._current = False, None

    @property
    def written(self) -> list[Command]:
        """The commands that change a card."""
        return [command for command in self.sent if command.ins in WRITES]

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        command = parse(apdu)
        lost = self.lose_at == len(self.sent)
        self.sent.append(command)
        if lost and self.loss is Loss.NOTHING:
            raise CardMute("fake", "transmit")
        data, sw = self._act(command, torn=lost and self.loss is Loss.PART)
        if lost:
            raise CardMute("fake", "transmit")
        return Response(data, sw)

    def _act(self, command: Command, *, torn: bool) -> tuple[bytes, int]:
        match command.ins:
            case 0xA4 if command.p1 == 4:
                return self._select_application(command)
            case 0xA4:
                return self._select_file(command)
            case 0xB0 if self._current is not None and command.le is not None:
                at = command.p1 << 8 | command.p2
                return bytes(self.files[self._current][at : at + command.le]), 0x9000
            case _:
                return b"", self._change(command, torn=torn)

    def _change(self, command: Command, *, torn: bool) -> int:
        match command.ins:
            case 0xE0 if self._selected and self.life_cycle == 3:
                return self._create(command)
            case 0xD6 if self._current is not None and self.life_cycle == 3:
                at = command.p1 << 8 | command.p2
                data = command.data[: len(command.data) // 2] if torn else command.data
                self.files[self._current][at : at + len(data)] = data
            case 0x04 if self._selected and self.life_cycle == 3:
                self.life_cycle = 4
            case 0x44 if self._selected and self.life_cycle == 4:
                self.life_cycle = 5
            case _:
                return 0x6985
        return 0x9000

    def _select_application(self, command: Command) -> tuple[bytes, int]:
        self._selected, self._current = command.data == self._aid, None
        if not self._selected:
            return b"", 0x6A82
        return b"\x62\x03\x8a\x01" + bytes((self.life_cycle,)), 0x6283 if self.life_cycle == 4 else 0x9000

    def _select_file(self, command: Command) -> tuple[bytes, int]:
        if not self._selected or command.data not in self.files:
            return b"", 0x6A82
        self._current = command.data
        answer = b"\x62\x04\x80\x02" + len(self.files[command.data]).to_bytes(2) if command.p2 == 4 else b""
        return answer, 0x6283 if self.life_cycle == 4 else 0x9000

    def _create(self, command: Command) -> int:
        size, file = command.data[4:6], command.data[-2:]
        if file in self.files:
            return 0x6A89
        self._current = file
        self.files[file] = bytearray(int.from_bytes(size))
        return 0x9000
