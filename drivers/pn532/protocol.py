"""Frames between a host and a PN532, bytes only (NXP UM0701-02, 6.2.1).

A frame is `00 00 FF LEN LCS TFI PD0 … DCS 00`: LEN counts from TFI to the last of PD, LEN + LCS is 0 modulo 256, and
so is the sum from TFI to DCS. With `FF FF` for LEN and LCS follow a length of two bytes and its checksum (extended).
TFI is D4 to the PN532 and D5 from it. ACK is `00 FF` for LEN and LCS, NACK is `FF 00`; the one error frame there is has
7F as its TFI and nothing else. Nothing numbers frames: an answer is known by its code, one more than its command's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

WAKE_UP: Final = bytes.fromhex("5555") + bytes(14)
"""What a PN532 asleep wakes up of (7.2.11: a byte of 55, and time until it can hear)."""

MOST_DATA: Final = 263
"""Bytes behind a command's code: PD is 264 at most (6.2.1.2)."""

_START: Final = b"\x00\xff"
_ACK_LENGTH, _NACK_LENGTH, _EXTENDED = b"\x00\xff", b"\xff\x00", b"\xff\xff"
_TO_CHIP, _FROM_CHIP, _SYNTAX_ERROR = 0xD4, 0xD5, 0x7F
_LONGEST: Final = 265  # TFI and PD
_LONGEST_NORMAL: Final = 255

ACK: Final = b"\x00" + _START + _ACK_LENGTH + b"\x00"
"""From the host it ends the command under way."""
NACK: Final = b"\x00" + _START + _NACK_LENGTH + b"\x00"
"""From the host it asks for the last answer again, which it got damaged. The command is not carried out again."""


class Signal(Enum):
    """A frame without content."""

    ACK = "acknowledgement"
    NACK = "refusal"
    SYNTAX_ERROR = "a syntax error"
    """The PN532 does not know the command, or not in this form."""
    DAMAGED = "wrong checksums"
    """Something that began as a frame and has a wrong checksum or length."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command.

    Attributes:
        code: the command's code, plus one.
        data: what follows it.
    """

    code: int
    data: bytes = field(repr=False)  # may be a citizen's


Frame = Signal | Answer

_SIGNALS: Final = {_ACK_LENGTH: Signal.ACK, _NACK_LENGTH: Signal.NACK}


def command(code: int, data: bytes = b"") -> bytes:
    """Return the frame of a command. Raises `ValueError` for more data than a frame takes."""
    if len(data) > MOST_DATA:
        raise ValueError(f"{len(data)} bytes of data; a frame takes {MOST_DATA}")
    body = bytes((_TO_CHIP, code)) + data
    if len(body) <= _LONGEST_NORMAL:
        length = bytes((len(body), -len(body) & 0xFF))
    else:
        size = len(body).to_bytes(2)
        length = _EXTENDED + size + bytes((-sum(size) & 0xFF,))
    return b"\x00" + _START + length + body + bytes((-sum(body) & 0xFF, 0))


class FrameReader:
    """Finds frames in what comes in, however it is cut, and passes over what is none."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the frames that are whole now."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def forget(self) -> None:
        """Drop what has come of a frame that is not whole."""
        self._buffer.clear()

    def _next(self) -> Frame | None:
        start = self._buffer.find(_START)
        del self._buffer[: start if start >= 0 else -1]  # the last byte may be the first of a start code
        head, size = bytes(self._buffer[2:4]), bytes(self._buffer[4:7])
        if start < 0 or len(head) < 2 or (head == _EXTENDED and len(size) < 3):  # noqa: PLR2004 - LEN LCS; LENM LENL LCS
            return None
        if head in _SIGNALS:
            return self._taken(4, _SIGNALS[head])
        if head == _EXTENDED:
            return self._body(7, int.from_bytes(size[:2]), right=sum(size) & 0xFF == 0)
        return self._body(4, head[0], right=sum(head) & 0xFF == 0)

    def _body(self, begin: int, length: int, *, right: bool) -> Frame | None:
        if not right or not 1 <= length <= _LONGEST:
            return self._taken(begin, Signal.DAMAGED)
        end = begin + length + 1
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[begin:end])
        if sum(body) & 0xFF:
            return self._taken(end, Signal.DAMAGED)
        if body[0] == _SYNTAX_ERROR:
            return self._taken(end, Signal.SYNTAX_ERROR)
        if body[0] != _FROM_CHIP or length < 2:  # noqa: PLR2004 - TFI and a code
            return self._taken(end, Signal.DAMAGED)
        return self._taken(end, Answer(body[1], body[2:-1]))

    def _taken(self, length: int, frame: Frame) -> Frame:
        del self._buffer[:length]
        return frame
