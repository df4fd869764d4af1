"""Where a live display is drawn: a terminal, where some lines stay at the bottom and change, or plain output."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TextIO

from stationd.cli.text import clean

TICK: Final = 1.0
"""Seconds between redraws, for the stop-watches."""

_UP_AND_CLEAR: Final = "\x1b[A\x1b[2K"


class Screen:
    """A place for lines that stay and, on a terminal, for lines that change below them.

    Args:
        out: where to write.
        width: columns of a terminal; longer live lines are cut so that each takes one. None for plain output.
        live: gives the lines that change, whenever they are drawn.
    """

    def __init__(self, out: TextIO, width: int | None, live: Callable[[], Sequence[str]]) -> None:
        self._out = out
        self._width = width
        self._live = live
        self._drawn = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="screen", daemon=True)

    @property
    def is_live(self) -> bool:
        """True if there are lines that change."""
        return self._width is not None

    def __enter__(self) -> Self:
        if self.is_live:
            self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self.is_live:
            self._ticker.join()
            with self._lock:
                self._wipe()
                self._out.flush()

    def stay(self, line: str) -> None:
        """Write a line that stays."""
        with self._lock:
            self._wipe()
            self._out.write(f"{clean(line)}\n")
            self._draw()

    def refresh(self) -> None:
        """Draw the lines that change."""
        if self.is_live:
            with self._lock:
                self._wipe()
                self._draw()

    def _tick(self) -> None:
        while not self._ending.wait(TICK):
            self.refresh()

    def _wipe(self) -> None:
        self._out.write(_UP_AND_CLEAR * self._drawn)
        self._drawn = 0

    def _draw(self) -> None:
        if self._width is not None:
            lines = [clean(line)[: self._width - 1] for line in self._live()]
            self._out.write("".join(f"{line}\n" for line in lines))
            self._drawn = len(lines)
        self._out.flush()
