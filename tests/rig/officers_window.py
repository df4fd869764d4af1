"""The officers' window under test: the real one, at a real socket, with hands and eyes inside its own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from stationd.client.client import Client
from stationd.client.officers import SessionView
from stationd.tray.application import Tray
from stationd.tray.link import Standing
from stationd.tray.page import Page

_Page = TypeVar("_Page", bound=Page)

_KEPT: list[Tray] = []
"""Windows live as long as their program, in tests as in life."""

SIZE = 1366, 740
"""Of a window that fills an office's screen but for the panel, in pixels."""


class OfficersWindow:
    """One window.

    Args:
        application: Qt's.
        qtbot: waits and presses.
        socket: the station's.
        language: of the window.
    """

    def __init__(self, application: QApplication, qtbot: QtBot, socket: Path, language: str = "id") -> None:
        self.bot = qtbot
        self.tray = Tray(application, socket, language)
        _KEPT.append(self.tray)
        self.tray.furnish()
        self.window = self.tray.window
        self.say = self.tray.speech.say

    def __enter__(self) -> Self:
        self.tray.link.start()
        self.window.resize(*SIZE)
        self.window.show()
        self.window.activateWindow()
        self.until(lambda: self.tray.link.stand.standing is not Standing.SEARCHING)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tray.link.close()
        self.tray.link.shut(wait=True)  # what is under way ends before the station does
        self.tray.link._listener.join(10)
        self.tray.indicator.hide()
        self.tray.application.removeEventFilter(self.window.presence)
        self.window.hide()
        QApplication.processEvents()

    def enter(self, token: str) -> None:
        """Be signed in by a session that somebody has already."""

        def take(client: Client) -> SessionView:
            client.token = token
            return client.whoami()

        self.tray.link.sign_in(take, lambda _: None, _fail)
        self.until(lambda: self.tray.known.now.status is not None)

    def page(self, kind: type[_Page]) -> _Page:
        """Go to a screen and return it."""
        self.window.go(kind.name)
        page = self.window.stack.currentWidget()
        assert isinstance(page, kind)
        return page

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key wherever the focus is."""
        self.bot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def type(self, text: str) -> None:
        """Type a text wherever the focus is."""
        self.bot.keyClicks(QApplication.focusWidget() or self.window, text)

    def until(self, holds: Callable[[], object], seconds: float = 10.0) -> None:
        """Let the window work until something holds."""
        self.bot.waitUntil(lambda: bool(holds()), timeout=int(seconds * 1000))

    def told(self) -> str:
        """Return all text that is in sight."""
        labels = (label.text() for label in self.window.findChildren(QLabel) if label.isVisible())
        buttons = (button.text() for button in self.window.findChildren(QPushButton) if button.isVisible())
        return "\n".join((*labels, *buttons))

    def button(self, words: str, inside: QWidget | None = None) -> QPushButton:
        """Return the button in sight that is called so."""
        buttons = (inside or self.window).findChildren(QPushButton)
        (found,) = [each for each in buttons if each.isVisible() and each.accessibleName() == words]
        return found


def _fail(problem: object) -> None:
    raise AssertionError(problem)
