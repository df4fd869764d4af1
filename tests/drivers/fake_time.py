"""Time that passes only when somebody sleeps, and a little whenever it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

LOOK = 1e-4  # seconds


class FakeTime:
    """What is used of the module `time`."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += LOOK
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@contextmanager
def time_passes_in(*modules: ModuleType) -> Iterator[None]:
    """Give modules that `import time` such a time, one for all of them."""
    fake = FakeTime()
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "time", fake)
        yield
