"""Damages replies: as cables, cut-off transfers, confused firmware and ill will do."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_AWKWARD = bytes((0x00, 0x01, 0x03, 0x05, 0x0A, 0x0D, 0x20, 0x2C, 0x30, 0x39, 0x7F, 0x80, 0x81, 0x90, 0xFE, 0xFF))
_UNDAMAGED = 1 / 64
_INFLATED = 1 / 1024
_RANDOM = 1 / 32


class Mutator:
    """Draws replies for one parser. The same seed draws the same."""

    def __init__(self, seed: str, replies: Sequence[bytes], most: int, fields: bytes) -> None:
        self._random = Random(seed)  # noqa: S311 - chance, no secret
        self._replies = replies
        self._most = most
        self._fields = fields
        self._ways = (
            self._flipped, self._flipped, self._replaced, self._cut, self._removed, self._doubled, self._swapped,
            self._lying, self._lying, self._inserted, self._spliced,
        )  # fmt: skip

    def draw(self) -> bytes:
        """Return the next reply: seldom a real one, mostly one that was damaged once to four times."""
        random = self._random
        reply, chance = random.choice(self._replies), random.random()
        if chance < _UNDAMAGED:
            return reply
        if chance < _UNDAMAGED + _RANDOM:
            return random.randbytes(random.randrange(2 * len(reply) + 2))[: self._most]
        if chance < _UNDAMAGED + _RANDOM + _INFLATED:
            return self._inflated(reply)
        data = bytearray(reply)
        for _ in range(1 + (random.getrandbits(1) and random.getrandbits(2))):
            if data:
                random.choice(self._ways)(data)
        return bytes(data[: self._most])

    def _slice(self, data: bytearray) -> tuple[int, int]:
        """A stretch of it: a field where it has such, else any bytes."""
        random = self._random
        if self._fields and random.getrandbits(1):
            ends = [at for at, byte in enumerate(data) if byte in self._fields]
            if ends:
                at = random.randrange(len(ends))
                return (ends[at - 1] + 1 if at else 0), ends[at] + 1
        start = random.randrange(len(data))
        return start, min(len(data), start + 1 + random.randrange(16))

    def _flipped(self, data: bytearray) -> None:
        for _ in range(1 + self._random.getrandbits(1)):
            data[self._random.randrange(len(data))] ^= 1 << self._random.getrandbits(3)

    def _replaced(self, data: bytearray) -> None:
        data[self._random.randrange(len(data))] = self._random.choice(_AWKWARD)

    def _cut(self, data: bytearray) -> None:
        del data[self._random.randrange(len(data)) :]

    def _removed(self, data: bytearray) -> None:
        start, end = self._slice(data)
        del data[start:end]

    def _doubled(self, data: bytearray) -> None:
        start, end = self._slice(data) if self._random.getrandbits(2) else (0, len(data))
        data[end:end] = data[start:end]

    def _swapped(self, data: bytearray) -> None:
        one, other = sorted((self._slice(data), self._slice(data)))
        if one[1] <= other[0]:
            data[one[0] : other[1]] = data[slice(*other)] + data[one[1] : other[0]] + data[slice(*one)]

    def _lying(self, data: bytearray) -> None:
        """A number of one, two or four bytes that is off by a little, nothing, everything, or what is left."""
        width = self._random.choice((1, 2, 4))
        if len(data) < width:
            return
        at = self._random.randrange(len(data) - width + 1)
        order = "big" if self._random.getrandbits(2) else "little"
        told, top = int.from_bytes(data[at : at + width], order), (1 << 8 * width) - 1
        lie = self._random.choice((told + 1, told - 1, 0, top, top >> 1, 2 * told, len(data) - at, len(data)))
        data[at : at + width] = (lie & top).to_bytes(width, order)

    def _inserted(self, data: bytearray) -> None:
        at, random = self._random.randrange(len(data) + 1), self._random
        data[at:at] = random.randbytes(1 + random.getrandbits(2)) if random.getrandbits(1) else b"\x00\x00\x00\x00"

    def _spliced(self, data: bytearray) -> None:
        """The beginning of one reply and the end of another."""
        other = self._random.choice(self._replies)
        del data[self._random.randrange(len(data)) :]
        data += other[self._random.randrange(len(other) + 1) :]

    def _inflated(self, reply: bytes) -> bytes:
        """A stretch of it again and again, up to as much as the transport hands over."""
        random, data = self._random, bytearray(reply)
        start, end = self._slice(data) if data else (0, 0)
        if random.getrandbits(1):  # all of it is as small as can be
            end = min(end, start + random.choice((1, 2, 4, 5)))
        size = min(self._most, 1 << random.randrange(2, self._most.bit_length() + 1))
        piece = bytes(data[start:end]) or b"\x00"
        room = max(1, size - len(data)) // len(piece) + 1
        return bytes(data[:end] + piece * room + data[end:])[: self._most]
