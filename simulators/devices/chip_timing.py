"""How long a chip takes over a command: the air or its contacts, then its memory.

The air is ISO/IEC 14443-3/-4 at 106 kbit/s: each byte on type A is eight bits and a parity, on type B ten bits and a
guard time of up to two; a block of at most `frame` bytes carries a protocol byte and a CRC of two, and each further
block of a chain is first acknowledged. Memory is written in pages.
"""

from __future__ import annotations

import msgspec

_BLOCK_EXTRA = 3  # protocol control byte, CRC


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One chip's times.

    Attributes:
        bit_rate: bits a second on the air.
        byte_bits: bits on the air for one byte: 9 on type A, 12 on type B.
        frame: most bytes of one block, protocol byte and CRC included.
        turn_seconds: silence between two blocks.
        page: bytes of memory written at once.
        page_seconds: erasing and writing one page.
        command_seconds: the processor's own time over any command.
        session_seconds: deriving the keys of a secure channel session.
    """

    bit_rate: int = 106_000
    byte_bits: int = 9
    frame: int = 256
    turn_seconds: float = 0.0003
    page: int = 64
    page_seconds: float = 0.0025
    command_seconds: float = 0.001
    session_seconds: float = 0.015

    def seconds(self, sent: int, answered: int, written: int, offset: int = 0) -> float:
        """Return the time of one exchange.

        Args:
            sent: bytes of the command.
            answered: bytes of the answer.
            written: bytes that went to memory.
            offset: where in a page-aligned file they went.
        """
        pages = -(-(offset % self.page + written) // self.page) if written else 0
        return self._air(sent) + self.command_seconds + pages * self.page_seconds + self._air(answered)

    def _air(self, size: int) -> float:
        blocks = max(1, -(-size // (self.frame - _BLOCK_EXTRA)))
        acknowledged = blocks - 1
        total = size + (blocks + acknowledged) * _BLOCK_EXTRA
        return total * self.byte_bits / self.bit_rate + (blocks + acknowledged) * self.turn_seconds


TYPE_A = Timing()
TYPE_B = Timing(byte_bits=12)
CONTACT = Timing(bit_rate=115_200, byte_bits=11, frame=258, turn_seconds=0.0005)
"""T=1: blocks of 254 bytes, each with a prologue of three and a check byte (counted as three)."""
