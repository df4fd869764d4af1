"""The GlobalPlatform lab card and the lab SAM of docs/profiles.md in a few lines, losing answers when told to.

The card's side of SCP03 is written here once more, from Amendment D, so that the station's is not held against itself.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardType, Connection, Response, Uid
from stationd.chip.apdu import Command, parse
from tests.chip.fake_card import Loss

AID = bytes.fromhex("F04C41424341524402")
SAM_AID = bytes.fromhex("F04C414253414D01")


def cmac(key: bytes, *parts: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(b"".join(parts))
    return mac.finalize()


def derived(key: bytes, constant: int, context: bytes, bits: int) -> bytes:
    """Amendment D, 4.1.5, block by block."""
    head = bytes((*[0] * 11, constant, 0, *divmod(bits, 256)))
    return (cmac(key, head, b"\1", context) + cmac(key, head, b"\2", context))[: bits // 8]


def padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(15 - len(data) % 16)


@dataclass
class Keys:
    enc: bytes
    mac: bytes


@dataclass
class Side:
    """What both ends of a session share."""

    enc: bytes
    mac: bytes
    rmac: bytes
    context: bytes
    size: int
    level: int = 0
    chain: bytes = bytes(16)
    counter: int = 0

    @classmethod
    def of(cls, keys: Keys, host: bytes, card: bytes) -> Side:
        bits, context = 8 * len(keys.enc), host + card
        enc, mac, rmac = (
            derived(key, constant, context, bits) for key, constant in ((keys.enc, 4), (keys.mac, 6), (keys.mac, 7))
        )
        return cls(enc, mac, rmac, context, len(host))

    def cryptogram(self, whose: int) -> bytes:
        return derived(self.mac, whose, self.context, 8 * self.size)

    def cbc(self, first: int) -> Cipher[modes.CBC]:
        block = bytes((first,)) + self.counter.to_bytes(15)
        iv = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor().update(block)  # noqa: S305 - one block
        return Cipher(algorithms.AES(self.enc), modes.CBC(iv))

    def c_mac(self, header: bytes, data: bytes) -> bytes:
        self.chain = cmac(self.mac, self.chain, header, bytes((len(data) + self.size,)), data)
        return self.chain[: self.size]

    def r_mac(self, data: bytes, sw: int) -> bytes:
        return cmac(self.rmac, self.chain, data, sw.to_bytes(2))[: self.size]


class Wire(Connection):
    """Counts what is sent, and loses an answer on the way."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.lose_at: int | None = None
        self.loss = Loss.NOTHING
        self.torn = False

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
        return CardType.UNKNOWN

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        command = parse(apdu)
        lost = self.lose_at == len(self.sent)
        self.sent.append(command)
        self.torn = lost and self.loss is Loss.PART
        if not lost or self.loss is not Loss.NOTHING:
            response = self.act(command)
        if lost:
            raise CardMute("fake", "transmit")
        return response

    @abstractmethod
    def act(self, command: Command) -> Response:
        """Carry a command out, or as much of it as `torn` allows."""

    @override
    def close(self) -> None:
        pass


class FakeGp(Wire):
    """The card. Connected again by being closed."""

    def __init__(self, keys: Keys, size: int = 8) -> None:
        super().__init__()
        self.keys = keys
        self.size = size
        self.files: dict[bytes, bytearray] = {}
        self.life_cycle = 7
        self.memory = 16_000
        self.changed: list[int] = []
        self.counter = 0
        self.close()

    @override
    def close(self) -> None:
        self.selected, self.current = False, b""
        self.side: Side | None = None
        self.run: tuple[bytes, int, int] | None = None  # the DGI, the bytes that have come, the next block

    @override
    def act(self, command: Command) -> Response:
        if command.ins == 0xA4 and command.p1 == 4:
            self.close()
            self.selected = command.data == AID
            told = b"\x6f\x10\x84\x09" + AID + b"\x8a\x01" + bytes((self.life_cycle,)) + b"\xa5\0"
            return Response(told, 0x9000) if self.selected else Response(b"", 0x6A82)
        if not self.selected:
            return Response(b"", 0x6985)
        if command.ins == 0x50:
            return self.offer(command)
        if command.ins == 0x82:
            return Response(b"", self.take(command))
        if self.side is None or not self.side.level or not command.cla & 4:
            return Response(b"", 0x6982)
        return self.secured(command, self.side)

    def offer(self, command: Command) -> Response:
        if command.p1 not in {0, 0x30} or len(command.data) != self.size:
            return Response(b"", 0x6A88)
        self.counter += 1
        card = hashlib.sha256(self.counter.to_bytes(3)).digest()[: self.size]
        self.side = Side.of(self.keys, command.data, card)
        i = 0x70 if self.size == 8 else 0x71
        head = bytes(10) + bytes((0x30, 3, i))
        return Response(head + card + self.side.cryptogram(0) + self.counter.to_bytes(3), 0x9000)

    def take(self, command: Command) -> int:
        side = self.side
        if side is None or side.level:
            return 0x6985
        cryptogram, mac = command.data[: self.size], command.data[self.size :]
        header = bytes((command.cla, command.ins, command.p1, command.p2))
        if cryptogram != side.cryptogram(1) or mac != side.c_mac(header, cryptogram):
            self.side = None
            return 0x6300
        side.level = command.p1
        return 0x9000

    def secured(self, command: Command, side: Side) -> Response:
        data, mac = command.data[: -self.size], command.data[-self.size :]
        side.counter += 1
        if mac != side.c_mac(bytes((command.cla, command.ins, command.p1, command.p2)), data):
            self.side = None
            return Response(b"", 0x6982)
        if data and side.level & 2:
            data = side.cbc(0).decryptor().update(data).rstrip(b"\0")[:-1]
        answer, sw = self.done(command, data)
        if sw >> 8 not in {0x90, 0x62} or not side.level & 0x10:
            return Response(answer, sw)
        if answer and side.level & 0x20:
            answer = side.cbc(0x80).encryptor().update(padded(answer))
        answer += side.r_mac(answer, sw)
        assert command.le is not None
        assert len(answer) <= command.le
        return Response(answer, sw)

    def done(self, command: Command, data: bytes) -> tuple[bytes, int]:
        if command.ins != 0xE2:
            self.run = None
        match command.ins:
            case 0xA4:
                return self.select_file(command, data)
            case 0xB0 if self.current:
                at = command.p1 << 8 | command.p2
                return bytes(self.files[self.current][at : at + self.fits(command.le or 0)]), 0x9000
            case 0xE2 if self.life_cycle == 7:
                return b"", self.store(command, data)
            case 0xF2 | 0xCA:
                return self.tell(command, data)
            case 0xF0 if (self.life_cycle, command.p2) in {(7, 0x0F), (0x0F, 0x1F)} and data == AID:
                self.changed.append(command.ins)
                self.life_cycle = command.p2
                return b"", 0x9000
            case _:
                return b"", 0x6985

    def select_file(self, command: Command, data: bytes) -> tuple[bytes, int]:
        if data not in self.files:
            return b"", 0x6A82
        self.current = data
        size = len(self.files[data]).to_bytes(2)
        return b"\x62\x04\x80\x02" + size if command.p2 == 4 else b"", 0x9000

    def tell(self, command: Command, data: bytes) -> tuple[bytes, int]:
        if command.ins == 0xF2 and data in {b"\x4f\0", b"\x4f\x09" + AID}:
            return b"\xe3\x0f\x4f\x09" + AID + b"\x9f\x70\x01" + bytes((self.life_cycle,)), 0x9000
        if (command.ins, command.p1, command.p2) == (0xCA, 0xFF, 0x21):
            left = self.memory - sum(map(len, self.files.values()))
            return b"\xff\x21\x06\x82\x04" + left.to_bytes(4), 0x9000
        return b"", 0x6A88

    def fits(self, le: int) -> int:
        assert self.side is not None
        room = le - self.size if self.side.level & 0x10 else le
        return room // 16 * 16 - 1 if self.side.level & 0x20 else room

    def store(self, command: Command, data: bytes) -> int:
        if command.p2 == 0:
            dgi, size, head = data[:2], data[2], 3
            if size == 0xFF:
                size, head = int.from_bytes(data[3:5]), 5
            if dgi in self.files and len(self.files[dgi]) != size:
                return 0x6A80
            if sum(map(len, self.files.values())) + size > self.memory:
                return 0x6A84
            self.files.setdefault(dgi, bytearray(size))
            self.run, data = (dgi, 0, 0), data[head:]
        if self.run is None or command.p2 != self.run[2] or command.p1 & 0x7F != 8:
            return 0x6A86
        dgi, at, number = self.run
        now = data[: len(data) // 2] if self.torn else data
        self.changed.append(command.ins)
        self.files[dgi][at : at + len(now)] = now
        at += len(data)
        self.run = None if command.p1 & 0x80 else (dgi, at, number + 1)
        whole = len(self.files[dgi])
        return 0x9000 if at <= whole and (self.run is not None or at == whole) else 0x6A80


class FakeSam(Wire):
    """The SAM."""

    def __init__(self, sets: dict[str, Keys]) -> None:
        super().__init__()
        self.sets = sets
        self.selected = False
        self.opened: tuple[Keys, bytes, int] | None = None
        self.side: Side | None = None

    @override
    def act(self, command: Command) -> Response:
        if command.ins == 0xA4:
            self.selected, self.opened, self.side = command.data == SAM_AID, None, None
            return Response(b"\x6f\x0a\x84\x08" + SAM_AID, 0x9000) if self.selected else Response(b"", 0x6A82)
        assert self.selected
        assert command.cla == 0x80
        if command.ins == 0x18:
            self.opened, self.side = None, None
            return Response(b"", 0x9000)
        data, sw = self.done(command)
        return Response(data, sw)

    def done(self, command: Command) -> tuple[bytes, int]:
        data, side = command.data, self.side
        match command.ins:
            case 0x10:
                keys = self.sets.get(data.decode())
                if keys is None:
                    return b"", 0x6A88
                host = hashlib.sha256(len(self.sent).to_bytes(4)).digest()[: command.p2]
                self.opened, self.side = (keys, host, command.p1), None
                return host, 0x9000
            case 0x12 if self.opened is not None:
                return self.authenticate(data, *self.opened)
            case 0x14 if side is not None:
                side.counter += 1
                header, plain = bytes((data[0] | 4,)) + data[1:4], data[4:]
                if plain and side.level & 2:
                    plain = side.cbc(0).encryptor().update(padded(plain))
                return plain + side.c_mac(header, plain), 0x9000
            case 0x16 if side is not None:
                return self.unwrap(data, command.p1 << 8 | command.p2, side)
            case _:
                return b"", 0x6985

    def authenticate(self, answer: bytes, keys: Keys, host: bytes, level: int) -> tuple[bytes, int]:
        size = len(host)
        if answer[11] != 3 or bool(answer[12] & 1) != (size == 16):
            return b"", 0x6A80
        side = Side.of(keys, host, answer[13 : 13 + size])
        self.opened = None
        if side.cryptogram(0) != answer[13 + size : 13 + 2 * size]:
            return b"", 0x6300
        self.side, side.level = side, level
        return side.cryptogram(1) + side.c_mac(bytes((0x84, 0x82, level, 0)), side.cryptogram(1)), 0x9000

    def unwrap(self, data: bytes, sw: int, side: Side) -> tuple[bytes, int]:
        if not side.level & 0x10:
            return data, 0x9000
        data, mac = data[: -side.size], data[-side.size :]
        if mac != side.r_mac(data, sw):
            self.side = None
            return b"", 0x6982
        if data and side.level & 0x20:
            data = side.cbc(0x80).decryptor().update(data).rstrip(b"\0")[:-1]
        return data, 0x9000
