"""Waiting for something to be in sight as a program in use waits: asleep until there is an event."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

LOOK = 250
"""Milliseconds after which it is looked whether the time is up, if nothing happens at all."""


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let events be handled until something holds.

    Whoever asks Qt again and again keeps a core busy, and Python's lock with it, which the threads that speak with the
    daemon need: that would be measured, too.

    Raises:
        TimeoutError: if it does not come to hold.
    """
    loop, alarm = QEventLoop(), QTimer(interval=LOOK)
    alarm.timeout.connect(lambda: None)
    alarm.start()
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
