"""One data grouping in a run of STORE DATA blocks (Card Specification, 11.11; coding of a DGI: EMV CPS 1.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.devices.chip_command import Command, Refusal, Sw
from simulators.devices.chip_files import Memory

_MORE, _LAST = 0x08, 0x88
_LONG = 0xFF
_DGI_BYTES, _SHORT_HEAD, _LONG_HEAD = 2, 3, 5
_HIGHEST_DGI = 0x7FFF


@dataclass(slots=True)
class Run:
    """What of a run has come.

    Attributes:
        block: the number that the next block must have.
        fid: the file that its first block named.
        written: bytes of content so far.
    """

    block: int = 0
    fid: int = 0
    written: int = 0

    def take(self, command: Command, memory: Memory, kept: int | None = None) -> tuple[int, bool]:
        """Write one block, of a torn one only the first `kept` bytes of content.

        Returns:
            how many bytes of content were written, and whether the run is at its end.

        Raises:
            Refusal: 6A86, 6A80 or 6A84; the run is over then.
        """
        if command.p1 not in {_MORE, _LAST} or command.p2 != self.block:
            raise Refusal(Sw.WRONG_P1P2)
        content = command.data if self.block else self._first(command.data, memory)
        last = command.p1 == _LAST
        left = len(memory.files[self.fid]) - self.written
        if len(content) > left or (last and len(content) < left):
            raise Refusal(Sw.WRONG_DATA)
        written = memory.update(self.fid, self.written, content, kept) if content else 0
        self.written += written
        self.block = self.block + 1 & 0xFF
        return written, last

    def _first(self, data: bytes, memory: Memory) -> bytes:
        """Make or find the file; return what of its content came with its head."""
        long = data[_DGI_BYTES:_SHORT_HEAD] == bytes([_LONG])
        head = _LONG_HEAD if long else _SHORT_HEAD
        if len(data) < head:
            raise Refusal(Sw.WRONG_DATA)
        fid = int.from_bytes(data[:_DGI_BYTES], "big")
        size = int.from_bytes(data[_SHORT_HEAD:head] if long else data[_DGI_BYTES:head], "big")
        if not 0 < fid <= _HIGHEST_DGI or not size:
            raise Refusal(Sw.WRONG_DATA)
        if fid not in memory.files:
            if len(data) - head > size:
                raise Refusal(Sw.WRONG_DATA)
            memory.allocate(fid, size)
        elif len(memory.files[fid]) != size:
            raise Refusal(Sw.WRONG_DATA)
        self.fid = fid
        return data[head:]
