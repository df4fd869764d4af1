"""Python's search for garbage, in the thread that draws alone.

Python searches in whatever thread happens to want memory, and what it finds ends there. What is Qt's must end in the
thread that draws: a timer that ends elsewhere takes the program with it.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

EVERY: Final = 1000
"""Milliseconds between looks at whether a search is due."""


class Collecting(QObject):
    """Searches from time to time, in place of Python itself. The thread that draws makes and starts it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(search)

    def start(self) -> None:
        """Take it over from Python."""
        gc.disable()
        self._timer.start()


def search() -> None:
    """Search as far as Python itself would by now."""
    for generation in reversed(range(3)):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            break
