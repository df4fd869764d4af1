"""Frames between a host and a PN532 (UM0701-02, 6.2.1), as bytes: what comes in pieces, and what goes out.

A command is `00 FF`, length and its complement, `D4`, the command, and a checksum over what the length counts; more
than 255 bytes need the extended form, its length `FF FF` and two bytes with a checksum. An answer begins with `D5`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
SYNTAX_ERROR = bytes.fromhex("0000FF01FF7F8100")
LONGEST = 265
"""Bytes that a length may count: D4 or D5, the command, and 263 more (UM0701-02, 6.2.1.2)."""
_FROM_HOST, _FROM_CHIP = 0xD4, 0xD5
_NORMAL_MAX = 255
_START = b"\x00\xff"


class Short(Enum):
    """A frame that is nothing but a word."""

    ACK = "ack"
    NACK = "nack"


@dataclass(frozen=True, slots=True)
class Command:
    """A whole command frame: the code and what follows it."""

    code: int
    data: bytes = field(repr=False)


Frame = Command | Short
_SHORT = {b"\x00\xff": Short.ACK, b"\xff\x00": Short.NACK}


def answer(code: int, data: bytes) -> bytes:
    """Return the frame that answers a command."""
    body = bytes([_FROM_CHIP, code + 1]) + data
    size = len(body)
    if size > LONGEST:
        raise ValueError(f"a frame of {size} bytes")
    if size <= _NORMAL_MAX:
        length = bytes([size, -size & 0xFF])
    else:
        length = b"\xff\xff" + size.to_bytes(2, "big") + bytes([-(size >> 8) - (size & 0xFF) & 0xFF])
    return b"\x00" + _START + length + body + bytes([-sum(body) & 0xFF, 0x00])


class Reader:
    """Takes frames out of a stream of bytes. What is damaged is passed over, as the chip does: nobody answers it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def clear(self) -> None:
        """Forget half a frame."""
        self._held.clear()

    def feed(self, data: bytes) -> list[Frame]:
        """Take what came; return the frames that are whole now."""
        self._held += data
        frames: list[Frame] = []
        while (at := self._held.find(_START)) >= 0:
            del self._held[:at]
            used, frame = self._first()
            if used == 0:
                return frames
            del self._held[:used]
            if frame is not None:
                frames.append(frame)
        del self._held[:-1]  # the start may be cut in the middle
        return frames

    def _first(self) -> tuple[int, Frame | None]:
        """Return how many bytes the frame at the beginning takes (0: not all are there yet), and it, if it is good."""
        held = bytes(self._held)
        length = held[2:4]
        extended = length == b"\xff\xff"
        before = 7 if extended else 4
        if length in _SHORT:
            return 4, _SHORT[length]
        if len(held) < before:
            return 0, None
        size = int.from_bytes(held[4:6], "big") if extended else held[2]
        checked = held[4:before] if extended else length
        if sum(checked) & 0xFF or not 2 <= size <= LONGEST:  # noqa: PLR2004 - D4 and a command
            return 2, None  # what follows may hold the next start
        if len(held) <= before + size:
            return 0, None
        body = held[before : before + size]
        if sum(held[before : before + size + 1]) & 0xFF or body[0] != _FROM_HOST:
            return 2, None
        return before + size + 1, Command(body[1], body[2:])
