"""What can be done: each thing once, with its words, its key and why it cannot be done now.

Menus, the tray's menu and buttons all show the same action, so they always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from stationd.tray.known import Knowledge
from stationd.tray.words import Speech

WhyNot = Callable[[Knowledge], str]
"""Says why something cannot be done now: the key of a sentence below `tray.why-not.`; empty if it can."""


def always(_: Knowledge) -> str:
    """Of what can be done at any time."""
    return ""


def signed_in(known: Knowledge) -> str:
    """Of what can be done while somebody is signed in and the daemon is there."""
    if known.session is None:
        return "signed-out"
    return "" if known.is_fresh else "not-connected"


def printing(known: Knowledge) -> str:
    """Of what operators and supervisors do."""
    return signed_in(known) or ("" if known.may("operator", "supervisor") else "not-your-role")


@dataclass(frozen=True)
class Deed:
    """Something that can be done.

    Attributes:
        name: its words stand below `tray.action.` under this name.
        act: does it.
        key: by which it is done, as Qt writes keys; empty if none.
        why_not: says why it cannot be done now.
        group: under which it stands in the menu, a name below `tray.menu.`.
        in_tray: whether it is also in the tray's menu.
        everywhere: whether its key works wherever the focus is; else only while its page is shown.
    """

    name: str
    act: Callable[[], object]
    key: str = ""
    why_not: WhyNot = always
    group: str = "station"
    in_tray: bool = False
    everywhere: bool = True


class Actions(QObject):
    """All that can be done in the window.

    Args:
        speech: its words.
        parent: whose child this is.
    """

    def __init__(self, speech: Speech, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._speech = speech
        self._deeds: dict[str, Deed] = {}
        self._actions: dict[str, QAction] = {}
        self._known = Knowledge()

    def add(self, deed: Deed, owner: QWidget) -> QAction:
        """Take something up, and let its key work in a widget.

        Raises:
            ValueError: if the name or the key is taken.
        """
        taken = deed.name in self._deeds or (deed.key and deed.key in {each.key for each in self._deeds.values()})
        if taken:
            raise ValueError(f"{deed.name} ({deed.key}): there is such an action")
        action = QAction(self._speech.say(f"action.{deed.name}"), owner)
        if deed.key:
            action.setShortcut(QKeySequence(deed.key))
            action.setShortcutVisibleInContextMenu(True)
        within = Qt.ShortcutContext.WindowShortcut if deed.everywhere else Qt.ShortcutContext.WidgetWithChildrenShortcut
        action.setShortcutContext(within)
        action.triggered.connect(lambda _=False: deed.act())
        owner.addAction(action)
        self._deeds[deed.name], self._actions[deed.name] = deed, action
        self._judge(deed)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def refresh(self, known: Knowledge) -> None:
        """Judge anew what can be done."""
        self._known = known
        for deed in self._deeds.values():
            self._judge(deed)

    def of_tray(self) -> Iterable[QAction]:
        """Return what is in the tray's menu, in the order in which it was taken up."""
        return (self._actions[deed.name] for deed in self._deeds.values() if deed.in_tray)

    def groups(self) -> dict[str, list[QAction]]:
        """Return everything by the group of the menu under which it stands."""
        found: dict[str, list[QAction]] = {}
        for deed in self._deeds.values():
            found.setdefault(deed.group, []).append(self._actions[deed.name])
        return found

    def _judge(self, deed: Deed) -> None:
        action = self._actions[deed.name]
        why_not = deed.why_not(self._known)
        reason = self._speech.say(f"why-not.{why_not}") if why_not else ""
        action.setEnabled(not why_not)
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(reason or (f"{action.text()} ({key})" if key else action.text()))
        action.setStatusTip(reason)


class ActionButton(QPushButton):
    """A button of an action: its words, its key, and why not.

    Args:
        action: what it does.
        main: whether it is the one thing that is mostly wanted here.
        with_key: whether the key stands on it.
    """

    def __init__(
        self, action: QAction, parent: QWidget | None = None, *, main: bool = False, with_key: bool = True
    ) -> None:
        super().__init__(parent)
        self._action = action
        self._with_key = with_key
        self.setProperty("main", main)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        action = self._action
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setText(f"{action.text()}   {key}" if key and self._with_key else action.text())
        self.setAccessibleName(action.text())
        self.setAccessibleDescription(action.statusTip())
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
