"""The icon in the desktop's tray: the station's condition in colour and shape, a menu, and a word when it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from stationd.tray.actions import Actions
from stationd.tray.condition import Condition, Need, condition, needs
from stationd.tray.icon import condition_icon
from stationd.tray.known import Knowledge
from stationd.tray.needing import need_words
from stationd.tray.sound import Sound
from stationd.tray.words import Speech


class Indicator(QObject):
    """The icon.

    Args:
        speech: words.
        actions: those of the tray stand in its menu.
        sound: is played when something is newly wanted.
        opened: called when the icon is pressed.
        watched: says whether the officer is looking at the window: then no notification is put before it.
        parent: whose child this is.
    """

    def __init__(
        self,
        speech: Speech,
        actions: Actions,
        sound: Sound,
        opened: Callable[[], None],
        watched: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._speech = speech
        self._sound = sound
        self._watched = watched
        self._opened = opened
        self._condition: Condition | None = None
        self._needs: frozenset[Need] = frozenset()
        self._menu = QMenu()
        for action in actions.of_tray():
            self._menu.addAction(action)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self._menu)
        self.icon.activated.connect(self._pressed)
        self.icon.messageClicked.connect(opened)

    def show(self) -> None:
        """Take a place in the tray, now or as soon as there is one."""
        self._wear(self._condition or Condition.NOT_CONNECTED)
        self.icon.show()

    def hide(self) -> None:
        """Leave the tray."""
        self.icon.hide()

    def refresh(self, known: Knowledge) -> None:
        """Show what is known now."""
        now = condition(known)
        if now is not self._condition:
            self._wear(now)
        wanted = frozenset(needs(known.status)) if known.status is not None and known.is_fresh else frozenset()
        # What is not known while the daemon is away is not newly wanted when it is back.
        new = [need for need in needs(known.status) if need not in self._needs] if wanted and known.status else []
        if known.is_fresh:
            self._needs = wanted
        if new:
            self._call(new[0])

    def _wear(self, condition: Condition) -> None:
        self._condition = condition
        self.icon.setIcon(condition_icon(condition))
        self.icon.setToolTip(self._speech.say(f"condition.{condition}"))

    def _call(self, need: Need) -> None:
        self._sound.play()
        if self._watched() or not QSystemTrayIcon.supportsMessages():
            return
        what, do = need_words(need, self._speech)
        icon = condition_icon(self._condition or Condition.NEEDS_YOU)
        self.icon.showMessage(what, do, icon)

    def _pressed(self, how: QSystemTrayIcon.ActivationReason) -> None:
        reason = QSystemTrayIcon.ActivationReason
        if how in {reason.Trigger, reason.DoubleClick, reason.MiddleClick}:
            self._opened()
