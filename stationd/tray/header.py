"""What is always in sight: which station, how each line is, how many blanks are left, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from stationd.tray import palette
from stationd.tray.actions import Actions
from stationd.tray.condition import Condition, blanks_left, line_condition
from stationd.tray.icon import sign_icon
from stationd.tray.known import Knowledge
from stationd.tray.notice import Sign
from stationd.tray.theme import Look
from stationd.tray.words import Speech

if TYPE_CHECKING:
    from stationd.client.lines import LineView
    from stationd.client.status import StatusView

MENU_KEY = "F10"


class LineChip(QFrame):
    """How one line is: a sign and words."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._sign = Sign(look, 1.3)
        self._name = QLabel()
        self._name.setProperty("soft", True)
        self._name.setFont(look.sized(0.85))
        self._state = QLabel()
        self._state.setFont(look.sized(1.0, bold=True))
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(self._state)
        text.addWidget(self._name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.gap)
        row.addWidget(self._sign)
        row.addLayout(text)

    def show_line(self, line: LineView, speech: Speech, *, fresh: bool) -> None:
        """Show how the line is; nothing is known of it while the daemon is away."""
        self._name.setText(line.name)
        if not fresh:
            self._sign.show_condition(Condition.NOT_CONNECTED)
            self._state.setText(speech.say("line.unknown"))
            return
        self._sign.show_condition(line_condition(line))
        self._state.setText(speech.say(f"line.{line.state}") if line.state else "")


class Header(QFrame):
    """The head of the window.

    Args:
        speech: words.
        look: sizes.
        actions: what stands in the menu.
        parent: whose child this is.
    """

    def __init__(self, speech: Speech, look: Look, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speech = speech
        self._look = look
        self._actions = actions
        self._chips: dict[str, LineChip] = {}
        self.setProperty("head", True)

        self._station = self._label(bold=True)
        self._lines = QHBoxLayout()
        self._lines.setSpacing(look.margin)
        self._blanks = self._label(1.25, bold=True)
        self._days = self._label(0.85, soft=True)
        self._officer = self._label(bold=True)
        self._role = self._label(0.85, soft=True)
        self.menu = self._menu_button()

        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(look.margin, look.px(0.45), look.px(0.6), look.px(0.45))
        row.setSpacing(look.px(1.4))
        row.addWidget(self._station)
        row.addLayout(self._lines)
        row.addStretch(1)
        row.addLayout(_stack(self._blanks, self._days))
        row.addLayout(_stack(self._officer, self._role))
        row.addWidget(self.menu)

    def refresh(self, known: Knowledge) -> None:
        """Show what is known now."""
        door, status, session = known.stand.door, known.status, known.session
        self._station.setText(door.station if door else "")
        self._officer.setText(session.name or session.officer if session else "")
        roles = [self._speech.name("role", role) for role in session.roles] if session else []
        self._role.setText(", ".join(roles))
        self._show_lines(status.lines if status else (), fresh=known.is_fresh)
        self._show_blanks(status, known.days_left)

    def set_narrow(self, *, narrow: bool) -> None:
        """Leave out what can be missed."""
        for label in (self._station, self._role, self._officer):
            label.setVisible(not narrow)
        self.menu.setText(MENU_KEY if narrow else f"{self._speech.say('menu.title')}  {MENU_KEY}")
        margins = self._row.contentsMargins()
        margins.setTop(self._look.px(0.15 if narrow else 0.45))
        margins.setBottom(margins.top())
        self._row.setContentsMargins(margins)

    def _show_lines(self, lines: tuple[LineView, ...], *, fresh: bool) -> None:
        for name in set(self._chips) - {line.name for line in lines}:
            gone = self._chips.pop(name)
            self._lines.removeWidget(gone)
            gone.deleteLater()
        for line in lines:
            if line.name not in self._chips:
                self._chips[line.name] = LineChip(self._look)
                self._lines.addWidget(self._chips[line.name])
            self._chips[line.name].show_line(line, self._speech, fresh=fresh)

    def _show_blanks(self, status: StatusView | None, days: int | None) -> None:
        say = self._speech.say
        if status is None:
            self._blanks.setText("")
            self._days.setText("")
            return
        self._blanks.setText(say("head.blanks", n=blanks_left(status)))
        hopper = status.blanks.get("hopper", 0)
        self._days.setText(say("head.loaded", n=hopper) if days is None else say("head.days", n=days, loaded=hopper))

    def _label(self, size: float = 1.0, *, bold: bool = False, soft: bool = False) -> QLabel:
        label = QLabel()
        label.setFont(self._look.sized(size, bold=bold))
        label.setProperty("soft", soft)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _menu_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(sign_icon("menu", palette.INK))
        button.setIconSize(QSize(self._look.px(1.1), self._look.px(1.1)))
        button.setText(f"{self._speech.say('menu.title')}  {MENU_KEY}")
        button.setAccessibleName(self._speech.say("menu.title"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setShortcut(QKeySequence(MENU_KEY))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(button)
        menu.aboutToShow.connect(lambda: fill_menu(menu, self._actions, self._speech))
        button.setMenu(menu)
        return button


def fill_menu(menu: QMenu, actions: Actions, speech: Speech) -> None:
    """Put everything that can be done into a menu, each group under its title.

    A menu higher than the screen goes on in another column: there the title of a group that is cut stands again.
    """
    menu.clear()
    menu.setToolTipsVisible(True)
    for number, (group, members) in enumerate(actions.groups().items()):
        if number:
            menu.addSeparator()
        text = speech.say(f"menu.{group}")
        before = _title(menu, text)
        menu.addAction(before)
        for action in members:
            menu.addAction(action)
            if menu.actionGeometry(action).left() > menu.actionGeometry(before).left():
                menu.insertAction(action, _title(menu, text))
            before = action


def _title(menu: QMenu, text: str) -> QAction:
    title = QAction(text, menu)
    title.setEnabled(False)
    font = QFont(menu.font())
    font.setWeight(QFont.Weight.DemiBold)
    title.setFont(font)
    return title


def _stack(*labels: QLabel) -> QVBoxLayout:
    stack = QVBoxLayout()
    stack.setSpacing(0)
    for label in labels:
        stack.addWidget(label, 0, Qt.AlignmentFlag.AlignRight)
    return stack
