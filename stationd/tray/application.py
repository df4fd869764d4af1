"""Builds the window once, and the icon in the tray beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from stationd.tray import theme
from stationd.tray.actions import Deed
from stationd.tray.collecting import Collecting
from stationd.tray.indicator import Indicator
from stationd.tray.known import Known
from stationd.tray.link import Link
from stationd.tray.sound import Sound
from stationd.tray.window import Window
from stationd.tray.words import Speech

NAME: Final = "stationd-tray"


class Tray:
    """Everything that belongs together: link, knowledge, window, icon.

    Args:
        application: Qt's.
        socket: where the daemon listens.
        language: one of `stationd.words.LANGUAGES`.
    """

    def __init__(self, application: QApplication, socket: Path, language: str) -> None:
        application.setApplicationName(NAME)
        application.setDesktopFileName("station-tray")
        application.setQuitOnLastWindowClosed(False)
        QLocale.setDefault(QLocale(language))
        self.application = application
        self.speech = Speech(language)
        self.look = theme.dress(application)
        self.collecting = Collecting()
        self.link = Link(socket)
        self.known = Known(self.link)
        self.window = Window(self.speech, self.look, self.link, self.known)
        self.sound = Sound(QSettings(NAME, NAME))
        self.window.actions_.add(
            Deed("sound", lambda: self.sound.turn(on=not self.sound.is_on), in_tray=True), self.window
        )
        self.window.actions_.add(Deed("quit", self.window.quitting.emit, "Ctrl+Q", in_tray=True), self.window)
        sound = self.window.actions_["sound"]
        sound.setCheckable(True)
        sound.setChecked(self.sound.is_on)
        self.indicator = Indicator(
            self.speech, self.window.actions_, self.sound, self.window.bring, lambda: self.window.is_watched
        )
        application.installEventFilter(self.window.presence)
        self.known.changed.connect(self.indicator.refresh)
        self.window.quitting.connect(self.quit)

    def start(self, *, hidden: bool = False) -> None:
        """Show the icon, and the window unless it is to wait in the tray; look for the daemon.

        Args:
            hidden: whether the window waits until it is wanted. Without a tray it is shown all the same.
        """
        self.collecting.start()
        self.indicator.show()
        self.window.keeps_running = QSystemTrayIcon.isSystemTrayAvailable()
        if not (hidden and self.window.keeps_running):
            self.window.bring()
        QTimer.singleShot(0, self._go_on)

    def _go_on(self) -> None:
        """What the window does not need to be in sight."""
        self.link.start()
        self.furnish()

    def furnish(self) -> None:
        """Take in the screens, which need not be there before the sign-in is seen."""
        from stationd.tray.pages import PAGES  # noqa: PLC0415 - the window is in sight a third sooner

        self.window.furnish(PAGES)

    def quit(self) -> None:
        """End the program. The daemon goes on."""
        self.link.close()
        self.indicator.hide()
        QCoreApplication.quit()
