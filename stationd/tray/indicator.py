"""The icon in the desktop's tray: the station's condition in colour and shape, a menu, and a word when it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from stationd.tray.actions import Actions
from stationd.tray.condition import Condition, Need, condition, needs
from stationd.tray.icon import condition_icon
from stationd.tray.known import Knowledge
from stationd.tray.link import Standing
from stationd.tray.needing import need_words
from stationd.tray.sound import Sound
from stationd.tray.words import Speech

CALLS: Final = (Condition.NEEDS_YOU, Condition.STOPPED)
QUIET: Final = (Condition.READY, Condition.WORKING)
"""While nobody is signed in somebody is called when one of the first comes after one of the second. What was so before
is known to whoever has just signed out."""


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
        self._signed_out = False
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
        self._wear(self._condition or Condition.NOT_CONNECTED, signed_out=self._signed_out)
        self.icon.show()

    def hide(self) -> None:
        """Leave the tray."""
        self.icon.hide()

    def refresh(self, known: Knowledge) -> None:
        """Show what is known now."""
        now, before = condition(known), self._condition
        signed_out = known.stand.standing is Standing.SIGNED_OUT
        if (now, signed_out) != (before, self._signed_out):
            self._wear(now, signed_out=signed_out)
        wanted = frozenset(needs(known.status)) if known.status is not None and known.is_fresh else frozenset()
        # What is not known while the daemon is away is not newly wanted when it is back.
        new = [need for need in needs(known.status) if need not in self._needs] if wanted and known.status else []
        if known.is_fresh:
            self._needs = wanted
        if new:
            self._call(*need_words(new[0], self._speech))
        elif signed_out and now in CALLS and before in QUIET:
            self._call(self._speech.say(f"condition.{now}"), self._speech.say("condition.sign-in"))

    def _wear(self, condition: Condition, *, signed_out: bool) -> None:
        self._condition, self._signed_out = condition, signed_out
        self.icon.setIcon(condition_icon(condition))
        said = self._speech.say(f"condition.{condition}")
        nobody = signed_out and condition is not Condition.LOCKED
        self.icon.setToolTip(f"{said}. {self._speech.say('condition.nobody')}" if nobody else said)

    def _call(self, what: str, do: str) -> None:
        self._sound.play()
        if self._watched() or not QSystemTrayIcon.supportsMessages():
            return
        self.icon.showMessage(what, do, condition_icon(self._condition or Condition.NEEDS_YOU))

    def _pressed(self, how: QSystemTrayIcon.ActivationReason) -> None:
        reason = QSystemTrayIcon.ActivationReason
        if how in {reason.Trigger, reason.DoubleClick, reason.MiddleClick}:
            self._opened()
