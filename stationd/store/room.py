"""Room on the disk to finish a card once it is begun.

A file beside the database holds more blocks than all events of one attempt can need. Nobody else can take them, and
when the disk is full they are let go, so that the card in the machine can be brought to its end. Until the file can be
made again, no card is begun and nothing else is written.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

SIZE: Final = 8 * 2**20
"""Bytes kept. The log takes about 50 kB for each of an attempt's some 30 commits, and the database a little."""

LOW: Final = 2**20
"""Bytes free, apart from those kept, below which the disk counts as full: SQLite is not to find out in mid-commit."""

_BLOCK: Final = 512
"""Bytes in the unit of `st_blocks` (stat(2))."""


class Room:
    """The space kept on one file system.

    Args:
        folder: where the database is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = folder / "room-to-finish"

    def full(self) -> bool:
        """Say whether there is no room left beside what is kept."""
        return self._free() < LOW

    def secure(self) -> bool:
        """See that the room is kept; returns False if the disk has not got that much."""
        if self._is_kept():
            return True
        if self._free() < SIZE + LOW:
            return False
        try:
            handle = os.open(self._kept, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, SIZE)
            finally:
                os.close(handle)
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let go of what is kept."""
        with contextlib.suppress(FileNotFoundError):
            self._kept.unlink()

    def _is_kept(self) -> bool:
        try:
            found = self._kept.stat()
        except FileNotFoundError:
            return False
        return found.st_size >= SIZE and found.st_blocks * _BLOCK >= SIZE

    def _free(self) -> int:
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize
