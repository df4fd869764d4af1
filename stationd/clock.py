"""The station's clock: what time it is, and how far that is to be trusted.

Trusted time comes from the registry's signed answer and is carried on by the monotonic clock, so that turning the wall
clock changes nothing. Until then the wall clock counts if it is not before the floor, the last time that
this book has seen (`floored`); a clock that stands before the floor has lost the time (`unknown`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from stationd.store.chronicle import Stamp


class Trust(StrEnum):
    """How far a time is trusted."""

    TRUSTED = "trusted"
    FLOORED = "floored"
    UNKNOWN = "unknown"


def boot_id() -> str:
    """Return the identity of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Clock:
    """Gives stamps. The wall and monotonic clocks are passed in, so that a test may turn them."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        boot: str | None = None,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._boot = boot_id() if boot is None else boot
        self._floor: float | None = None
        self._offset: float | None = None

    def set_floor(self, seconds: float) -> None:
        """Say that it cannot be earlier than this. A floor never sinks."""
        self._floor = seconds if self._floor is None else max(self._floor, seconds)

    def set_trusted(self, seconds: float, at: float) -> None:
        """Say that it was this time when the monotonic clock stood at `at`."""
        self._offset = seconds - at
        self.set_floor(seconds)

    def trust(self) -> Trust:
        """Say how far `now` is trusted."""
        if self._offset is not None:
            return Trust.TRUSTED
        return Trust.FLOORED if self._floor is not None and self._wall() >= self._floor else Trust.UNKNOWN

    def now(self) -> float | None:
        """Return the time in seconds since the epoch, or None while it is unknown."""
        match self.trust():
            case Trust.TRUSTED if self._offset is not None:
                return self._monotonic() + self._offset
            case Trust.UNKNOWN:
                return None
            case _:
                return self._wall()

    def stamp(self) -> Stamp:
        """Return the stamp of this moment. While the time is unknown it carries the wall clock's, marked so."""
        now = self.now()
        return Stamp(self._wall() if now is None else now, self.trust(), self._boot, self._monotonic())
