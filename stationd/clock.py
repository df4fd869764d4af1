"""The station's clock: what time it is, and how far that is to be trusted.

*Trusted* time comes from the registry's signed answer and is carried on by the kernel's clock since boot, which also
counts while the computer sleeps, so that turning the wall clock changes nothing. *Declared* time is a supervisor's
word, carried on the same way. Else the wall clock counts, but only between the floor, the last time that this book has
seen, and a ceiling above the last time that was surely right (`floored`). Outside, the time is lost (`unknown`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from stationd.store.chronicle import Stamp

HORIZON: Final = 60 * 86_400.0
"""Seconds after the last trusted time for which the wall clock is believed without a word from the registry."""


class Trust(StrEnum):
    """How far a time is trusted."""

    TRUSTED = "trusted"
    DECLARED = "declared"
    FLOORED = "floored"
    UNKNOWN = "unknown"


def boot_id() -> str:
    """Return the identity of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def since_boot() -> float:
    """Return seconds since boot, sleep included; `time.monotonic` stands still while the computer sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Gives stamps. The wall clock and the one since boot are passed in, so that a test may turn them."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        uptime: Callable[[], float] = since_boot,
        boot: str | None = None,
    ) -> None:
        self._wall = wall
        self._uptime = uptime
        self._boot = boot_id() if boot is None else boot
        self._floor: float | None = None
        self._sure: float | None = None
        self._trusted: float | None = None
        self._declared: float | None = None

    def uptime(self) -> float:
        """Return seconds on the clock that carries a trusted time on."""
        return self._uptime()

    def set_floor(self, seconds: float) -> None:
        """Say that it cannot be earlier than this. A floor never sinks."""
        self._floor = seconds if self._floor is None else max(self._floor, seconds)

    def set_sure(self, seconds: float) -> None:
        """Say that it surely was this time once: a floor, and what the ceiling is counted from."""
        self._sure = seconds if self._sure is None else max(self._sure, seconds)
        self.set_floor(seconds)

    def set_trusted(self, seconds: float, at: float) -> None:
        """Say that it was this time when `uptime` stood at `at`. Ends what was declared."""
        self._trusted = seconds - at
        self._declared = None
        self.set_sure(seconds)

    def declare(self, seconds: float) -> None:
        """Take a person's word that it is this time now; good until the registry's, or until the next start."""
        self._declared = seconds - self._uptime()

    @property
    def floor(self) -> float | None:
        """The time before which it cannot be, in seconds since the epoch; None if nothing is known."""
        return self._floor

    def trust(self) -> Trust:
        """Say how far `now` is trusted."""
        return self._read()[1]

    def now(self) -> float | None:
        """Return the time in seconds since the epoch, or None while it is unknown."""
        return self._read()[0]

    def stamp(self) -> Stamp:
        """Return the stamp of this moment. While the time is unknown it carries the wall clock's, marked so."""
        now, trust = self._read()
        if now is not None and trust is not Trust.TRUSTED:
            self.set_floor(now)  # what went into the book once is not gone back behind without the registry's word
        return Stamp(self._wall() if now is None else now, trust, self._boot, self._uptime())

    def _read(self) -> tuple[float | None, Trust]:
        trusted, declared = self._trusted, self._declared
        if trusted is not None:
            return self._uptime() + trusted, Trust.TRUSTED
        if declared is not None:
            return self._uptime() + declared, Trust.DECLARED
        wall = self._wall()
        if self._floor is not None and self._sure is not None and self._floor <= wall <= self._sure + HORIZON:
            return wall, Trust.FLOORED
        return None, Trust.UNKNOWN
