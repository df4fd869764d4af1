"""A card's side of ISO/IEC 14443-4's blocks, for a host that makes them itself (InCommunicateThru).

Checksums are the reader's. A block: protocol byte, card identifier if it says so, content.
"""

from __future__ import annotations

from collections.abc import Callable

_I, _R, _S = 0x00, 0x80, 0xC0
_KIND, _CHAINED, _CID, _NUMBER, _NAK = 0xC0, 0x10, 0x08, 0x01, 0x10
_DESELECT, _DESELECT_MASK = 0xC2, 0xF7
_RATS = 0xE0
_FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
_EXTRA = 3  # protocol byte and checksum


class Picc:
    """One activated card.

    Args:
        exchange: gives the answer to an APDU; `b""` is silence.
        ats: what it answers to RATS; empty for type B, which has none.
    """

    def __init__(self, exchange: Callable[[bytes], bytes], ats: bytes = b"") -> None:
        self._exchange = exchange
        self._ats = ats
        self._frame = 256
        self._number = 1
        self._command = b""
        self._waiting = b""
        self._last = b""
        self.halted = False

    def answer(self, block: bytes) -> bytes:
        """Return the block that answers one; `b""` is silence."""
        if self.halted or not block:
            return b""
        if self._ats and block[0] == _RATS and len(block) == 2:  # noqa: PLR2004 - RATS and its parameter
            self._frame = _FRAME_SIZES[min(block[1] >> 4, len(_FRAME_SIZES) - 1)]
            return self._ats
        head = 2 if block[0] & _CID else 1
        kind = block[0] & _KIND
        if kind == _I:
            return self._information(block[0], block[1:head], block[head:])
        if kind == _R:
            return self._receipt(block[0], block[1:head])
        if kind == _S and block[0] & _DESELECT_MASK == _DESELECT:
            self.halted = True
            return block
        return b""

    def _information(self, pcb: int, cid: bytes, content: bytes) -> bytes:
        self._number ^= 1
        self._command += content
        if pcb & _CHAINED:
            return self._say(_R | 0x22 | self._number, cid, b"")
        command, self._command = self._command, b""
        self._waiting = self._exchange(command)
        return self._next(cid)

    def _receipt(self, pcb: int, cid: bytes) -> bytes:
        if pcb & _NUMBER == self._number:
            return self._last
        if pcb & _NAK:
            return self._say(_R | 0x22 | self._number, cid, b"")
        self._number ^= 1
        return self._next(cid)

    def _next(self, cid: bytes) -> bytes:
        room = self._frame - _EXTRA - len(cid)
        content, self._waiting = self._waiting[:room], self._waiting[room:]
        if not content:
            return b""
        return self._say(0x02 | (_CHAINED if self._waiting else 0) | self._number, cid, content)

    def _say(self, pcb: int, cid: bytes, content: bytes) -> bytes:
        self._last = bytes([pcb | (_CID if cid else 0)]) + cid + content
        return self._last
