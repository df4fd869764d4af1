"""Simulated time: seconds that pass `factor` times as fast as real ones, or only when a test says so."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

Cancel = Callable[[], None]
"""Takes an appointment back; does nothing if it was kept already."""

Later = Callable[[float, Callable[[], None]], Cancel]
"""How an event loop makes an appointment: real seconds from now, what to do."""


class Clock(Protocol):
    """What a device's behaviour needs of time. Everything is in simulated seconds."""

    def now(self) -> float:
        """Simulated seconds since the clock began."""

    def call_later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Do something that many simulated seconds from now, in the device's own thread."""


class SimClock:
    """Real time, `factor` times as fast, on any event loop.

    Args:
        factor: how many times faster than in life.
        later: the event loop's appointments.
        began: this computer's monotonic time at the clock's zero, for clocks of several processes that are to agree.
    """

    def __init__(self, factor: float, later: Later, began: float | None = None) -> None:
        if factor <= 0:
            raise ValueError(f"time cannot run at {factor} times its speed; give a factor above 0")
        self.factor = factor
        self._later = later
        self._began = time.monotonic() if began is None else began

    def now(self) -> float:
        """Simulated seconds since the clock began."""
        return (time.monotonic() - self._began) * self.factor

    def call_later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Do something that many simulated seconds from now."""
        return self._later(seconds / self.factor, act)


class ManualClock:
    """Time that stands still until `advance` is called."""

    def __init__(self) -> None:
        self._now = 0.0
        self._order = itertools.count()
        self._appointments: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()

    def now(self) -> float:
        """Simulated seconds since the clock began."""
        return self._now

    def call_later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Do something once that many seconds have been advanced."""
        number = next(self._order)
        heapq.heappush(self._appointments, (self._now + seconds, number, act))
        return lambda: self._cancelled.add(number)

    def advance(self, seconds: float) -> None:
        """Let time pass, keeping every appointment in it in order."""
        until = self._now + seconds
        while self._appointments and self._appointments[0][0] <= until:
            at, number, act = heapq.heappop(self._appointments)
            self._now = at
            if number not in self._cancelled:
                act()
        self._now = until
