"""A PN532 of a few lines for the driver's decisions: it knows frames, cards as they are scripted, and mishaps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected

ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
SYNTAX = bytes.fromhex("0000FF01FF7F8100")
ATS = bytes.fromhex("0A78007002") + b"A-CARD"[:5]


def frame(data: bytes) -> bytes:
    """An answer's frame: `data` is its code and what follows."""
    body = b"\xd5" + data
    size = len(body)
    length = (
        bytes((size, -size & 255))
        if size < 256
        else b"\xff\xff" + size.to_bytes(2) + bytes((-sum(divmod(size, 256)) & 255,))
    )
    return b"\x00\x00\xff" + length + body + bytes((-sum(body) & 255, 0))


def frames_in(data: bytes) -> list[bytes]:
    """The bodies, without TFI, of the command frames in what a host wrote; ACK and NACK are `ack` and `nack`."""
    found = []
    while (start := data.find(b"\x00\xff")) >= 0:
        data = data[start + 2 :]
        if data[:2] in (b"\x00\xff", b"\xff\x00"):
            found.append(b"nack" if data[0] else b"ack")
            data = data[2:]
        else:
            size, at = (int.from_bytes(data[2:4]), 5) if data[:2] == b"\xff\xff" else (data[0], 2)
            body = data[at : at + size]
            assert sum(data[:2] if at == 2 else data[2:5]) & 255 == 0
            assert body[0] == 0xD4
            assert (sum(body) + data[at + size]) & 255 == 0
            found.append(body[1:])
            data = data[at + size :]
    return found


@dataclass
class Card:
    """What lies in the field. `answers` gives a card's whole answer to an APDU; None: it stays silent."""

    kind: str = "A"
    uid: bytes = bytes.fromhex("04112233445566")
    sak: int = 0x20
    chip: bool = True
    answers: Callable[[bytes], bytes | None] = lambda _: b"\x90\x00"
    powered_up: int = 0
    heard: list[bytes] = field(default_factory=list)

    def listed(self, number: int) -> bytes:
        if self.kind == "A":
            ats = ATS if self.sak & 0x20 else b""
            return bytes((number, 0x00, 0x04, self.sak, len(self.uid))) + self.uid + ats
        protocol = bytes((0x80, 0x81 if self.chip else 0x80, 0x71))
        return bytes((number, 0x50)) + self.uid[:4] + b"APPL" + protocol + bytes((1, 0x10))


class Chip:
    """The wire to a PN532. Mishaps: put what shall become of the answers to come into `spoil`, by command code."""

    def __init__(self, *cards: Card) -> None:
        self.cards = list(cards)
        self.field = False
        self.ic = 0x32
        self.asleep = True
        self.dead = False
        self.log: list[bytes] = []
        self.spoil: dict[int, list[Callable[[bytes], bytes]]] = {}
        self.part = 253
        self.diagnoses = True
        self._out = bytearray()
        self._last = b""
        self._active: Card | None = None
        self._rest = b""
        self._changed = threading.Condition()

    def write(self, data: bytes, deadline: Deadline) -> None:  # noqa: ARG002 - a wire's signature
        with self._changed:
            self._require_wire("write")
            for body in frames_in(data):
                self._take(body)
            self.asleep = self.asleep and b"\x55" not in data
            self._changed.notify_all()

    def read(self, deadline: Deadline) -> bytes:
        with self._changed:
            began = time.monotonic()
            while not self._out:
                self._require_wire("read")
                if not self._changed.wait(min(deadline.remaining(), 0.05)) and deadline.passed:
                    raise DeadlinePassed("wire", "read", time.monotonic() - began)
            data = bytes(self._out[:7])  # in pieces, as a port brings them
            del self._out[:7]
            return data

    def close(self) -> None:
        with self._changed:
            self.dead = True
            self._changed.notify_all()

    def say(self, data: bytes) -> None:
        """Let bytes come in that nobody asked for."""
        with self._changed:
            self._out += data
            self._changed.notify_all()

    def codes(self) -> list[int]:
        return [body[0] for body in self.log if body not in (b"ack", b"nack")]

    def _require_wire(self, operation: str) -> None:
        if self.dead:
            raise Disconnected("wire", operation, "unplugged")

    def _take(self, body: bytes) -> None:
        self.log.append(body)
        if body == b"nack":
            self._out += self._last
        elif body != b"ack" and not self.asleep:
            answer = self._answer(body)
            self._last = SYNTAX if answer is None else frame(bytes((body[0] + 1,)) + answer)
            spoilt = self.spoil.get(body[0], [])
            self._out += spoilt.pop(0)(ACK + self._last) if spoilt else ACK + self._last

    def _answer(self, body: bytes) -> bytes | None:  # noqa: PLR0911 - one a command
        match body[0]:
            case 0x02:
                return bytes((self.ic, 1, 6, 7))
            case 0x14 | 0x12:
                return b""
            case 0x32:
                self._configure(body[1:])
                return b""
            case 0x4A:
                return self._list(body[2])
            case 0x52:
                self._active = None
                return b"\x00"
            case 0x00 if self.diagnoses:
                return b"\x00" if self._active in self.cards else b"\x01"
            case 0x40:
                return self._exchange(body[2:])
        return None

    def _configure(self, what: bytes) -> None:
        if what[0] != 1:
            return
        if what[1] and not self.field:
            for card in self.cards:
                card.powered_up += 1
        self.field, self._active = bool(what[1]), None

    def _list(self, modulation: int) -> bytes:
        self._active = None
        assert self.field
        seen = [card for card in self.cards if card.kind == {0: "A", 3: "B"}[modulation]][:2]
        if seen:
            self._active = seen[0]
        return bytes((len(seen),)) + b"".join(card.listed(number + 1) for number, card in enumerate(seen))

    def _exchange(self, data: bytes) -> bytes:
        card = self._active
        if card is None:
            return b"\x27"
        if data or not self._rest:
            if card not in self.cards:
                return b"\x01"
            card.heard.append(data)
            answer = card.answers(data)
            if answer is None:
                return b"\x01"
            self._rest = answer
        part, self._rest = self._rest[: self.part], self._rest[self.part :]
        return bytes((0x40 if self._rest else 0,)) + part
