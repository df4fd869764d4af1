"""Whether the officer is at the desk: tells the daemon so while they are, and locks the window once they are not."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from typing_extensions import override

from stationd.tray.link import Link, Stand, Standing

SAY_AGAIN: Final = 30.0
"""Seconds between two words to the daemon that somebody is there, at least: its own lock waits for minutes."""

LOOK: Final = 1000
"""Milliseconds between looks at the clock."""

_HANDS: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class Presence(QObject):
    """Watches for keys and the pointer in this program.

    Signals:
        away: nobody was there for as long as the station allows.

    Args:
        link: to the daemon.
        parent: whose child this is.
    """

    away = Signal()

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._seen = time.monotonic()
        self._said = self._seen
        self._idle = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._look)
        link.stood.connect(self._stood)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _HANDS:
            self._seen = time.monotonic()
        return False

    def _stood(self, stand: Stand) -> None:
        if stand.session is None:
            self._timer.stop()
            return
        if not self._timer.isActive():
            self._seen = self._said = time.monotonic()
            self._timer.start()
        self._idle = stand.session.idle

    def _look(self) -> None:
        now = time.monotonic()
        if self._idle and now - self._seen >= self._idle:
            self._timer.stop()
            self.away.emit()
        elif self._seen > self._said and now - self._said >= min(SAY_AGAIN, self._idle / 4 or SAY_AGAIN):
            self._said = now
            if self._link.stand.standing is Standing.CONNECTED:
                self._link.ask(lambda client: client.present(), failed=lambda _: None, key="presence")
