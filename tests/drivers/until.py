"""A deadline that comes when something has been seen, and not at a time: however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from drivers.deadline import Deadline

AT_LAST = 120.0  # seconds until it comes all the same: what should have been seen was not


@dataclass(frozen=True)
class Until(Deadline):
    """Has passed once `seen` says so; what waits for an answer meanwhile waits by the clock.

    Attributes:
        seen: what the test waits for.
    """

    seen: Callable[[], object] = bool

    @classmethod
    def true(cls, seen: Callable[[], object]) -> Until:
        """Return one that passes when that is true."""
        return cls(time.monotonic() + AT_LAST, seen)

    @property
    @override
    def passed(self) -> bool:
        return bool(self.seen()) or time.monotonic() >= self.at

    @override
    def sooner(self, seconds: float) -> Until:
        return Until(min(self.at, time.monotonic() + seconds), self.seen)
