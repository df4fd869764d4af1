"""How the screen of the card is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stationd.tray.actions import ActionButton
from stationd.tray.card.approval import Approval
from stationd.tray.card.preview import Preview
from stationd.tray.card.strip import Strip
from stationd.tray.guided import Question
from stationd.tray.notice import Notice
from stationd.tray.page import Shell

DEEDS: Final = ("accept", "spoil", "retry", "print-this", "cancel-order", "go-on")
WIDEST: Final = 16_777_215
"""Pixels: as large as there is room for, as Qt has it."""

MAIN: Final = frozenset({"accept", "retry", "print-this", "go-on"})


class Face(QStackedWidget):
    """The card; and in its place the reason why it is bad, or a supervisor's word.

    Signals:
        other (str): the job of another card was chosen.

    Attributes:
        preview, strip, waiting: the picture, the steps, what the line waits for.
        question, approval: what else is shown in place of the card.
    """

    other = Signal(str)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        look = shell.look
        self.preview = Preview(look)
        self.strip = Strip(shell.speech, look)
        self.waiting = Notice(look)
        self._title = self._label(1.5, bold=True)
        self._more = self._label(1.0)
        self._name = self._label(1.18, bold=True)
        self._facts = self._label(1.0, soft=True)
        self.buttons = {name: ActionButton(shell.actions[name], main=name in MAIN) for name in DEEDS}
        self._others = QHBoxLayout()
        self._others.setSpacing(look.gap)
        self._other_buttons: list[tuple[str, QPushButton]] = []
        self.question = Question(look)
        self.approval = Approval(shell.speech, look, shell.link)
        for widget in (self._scrolled(self._card()), self._scrolled(self.question), self._scrolled(self.approval)):
            self.addWidget(widget)

    def say(self, title: str, more: str, name: str, facts: str) -> None:
        """Say how the card is, what is to be done, and whose it is."""
        for label, text in ((self._title, title), (self._more, more), (self._name, name), (self._facts, facts)):
            label.setText(text)
            label.setVisible(bool(text))

    def offer(self, names: Sequence[str]) -> None:
        """Show the buttons of what can be done with this card, and no others."""
        for name, button in self.buttons.items():
            button.setVisible(name in names)

    def show_others(self, others: Sequence[tuple[str, str]], chosen: str) -> None:
        """Show which cards there are, each by its job and what it is called, if there is a choice."""
        told = list(others) if len(others) > 1 else []
        if [(job, button.accessibleName()) for job, button in self._other_buttons] != told:
            for _, button in self._other_buttons:
                button.hide()  # else it keeps the keyboard until it is gone, and then nothing has it
                button.deleteLater()
                self._others.removeWidget(button)
            self._other_buttons = [(job, self._other_button(job, words)) for job, words in told]
        for job, button in self._other_buttons:
            button.setChecked(job == chosen)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side."""
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._middle.setDirection(direction)
        self.preview.setMaximumHeight(self._shell.look.px(11) if narrow else WIDEST)

    def _card(self) -> QWidget:
        look = self._shell.look
        panel = QFrame()
        panel.setProperty("panel", True)
        said = QVBoxLayout(panel)
        said.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        said.setSpacing(look.px(0.4))
        for label in (self._title, self._more, self._name, self._facts):
            said.addWidget(label)
        said.addStretch(1)
        for button in self.buttons.values():
            button.setProperty("large", True)
            said.addWidget(button)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(look.margin)
        self._middle.addWidget(self.preview, 3)
        self._middle.addWidget(panel, 2)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.gap)
        column.addLayout(self._others)
        column.addWidget(self.waiting)
        column.addLayout(self._middle, 1)
        column.addWidget(self.strip)
        return whole

    def _other_button(self, job: str, words: str) -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(words)
        button.setCheckable(True)
        button.clicked.connect(lambda _=False: self.other.emit(job))
        self._others.addWidget(button)
        return button

    def _scrolled(self, widget: QWidget) -> QScrollArea:
        look = self._shell.look
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.addWidget(widget)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(canvas)
        return scroll

    def _label(self, times: float, *, bold: bool = False, soft: bool = False) -> QLabel:
        label = QLabel()
        label.setFont(self._shell.look.sized(times, bold=bold))
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        label.setProperty("soft", soft)
        return label
