"""How long to wait before trying again: longer each time, never in step with thousands of other stations."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Doubles from `first` to `longest` seconds; each wait is drawn between half of that and the whole."""

    def __init__(self, first: float, longest: float, chance: Callable[[], float] = random.random) -> None:
        self._first = first
        self._longest = longest
        self._chance = chance
        self._failures = 0

    def reset(self) -> None:
        """Begin anew, after a success."""
        self._failures = 0

    def next(self, asked: float | None = None) -> float:
        """Count one more failure and return the seconds to wait, not less than the other side asked for."""
        ceiling = min(self._longest, self._first * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return max(ceiling * (0.5 + self._chance() / 2), min(asked or 0.0, self._longest))
