"""How the screen of the queue is laid out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stationd.client.queue import QueuedView
from stationd.tray.guided import Question
from stationd.tray.page import Shell
from stationd.tray.queue.details import Details
from stationd.tray.queue.listing import Group
from stationd.tray.table import Table
from stationd.tray.theme import Look

MOST: Final = 100
"""Cards that can be ordered by their number at once."""

BESIDE: Final = (2, 3, 4)
"""Columns that can be missed where there is no room."""

WIDEST: Final = 16_777_215
"""Pixels: as wide as there is room for, as Qt has it."""

GROUPS: Final = 4
"""Groups of held jobs in sight at once."""


class Face(QStackedWidget):
    """The list, and in its place the question why one person is served first.

    Attributes:
        search: what is looked for.
        waiting, held: which of the two lists is shown.
        how_many, next: so many cards are printed next.
        found: what came of the search.
        groups, table, details: held jobs by cause, jobs, one job in full.
        question: the question.
    """

    def __init__(self, shell: Shell, table: Table[QueuedView], groups: Table[Group], details: Details) -> None:
        super().__init__()
        look, say = shell.look, shell.speech.say
        self.groups, self.table, self.details = groups, table, details
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("queue.search"))
        self.search.setAccessibleName(say("queue.search"))
        self.search.setClearButtonEnabled(True)
        self.waiting = _view(say("queue.waiting"), chosen=True)
        self.held = _view(say("queue.held"), chosen=False)
        self.how_many = QLineEdit("1")
        self.how_many.setValidator(QIntValidator(1, MOST, self))
        self.how_many.setFixedWidth(look.px(3.4))
        self.how_many.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.how_many.setAccessibleName(say("queue.how-many"))
        self.next = QPushButton(say("queue.next"))
        self.next.setAccessibleName(say("queue.next"))
        self.found = QLabel()
        self.found.setProperty("soft", True)
        self._look = look
        self._row = look.px(2.1)
        groups.hide()
        self.question = Question(look)
        self.question.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        self.addWidget(self._listing(look))
        self.addWidget(self.question)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side: the screen is small, or its signs are large."""
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._top.setDirection(direction)
        self._middle.setDirection(direction)
        self.table.setMinimumHeight(self._look.px(11) if narrow else 0)
        self.details.setMaximumWidth(WIDEST if narrow else self._look.px(17))
        for place in BESIDE:
            self.table.setColumnHidden(place, narrow)

    def show_groups(self, count: int, *, shown: bool) -> None:
        """Show so many groups, or none of them."""
        self.groups.setVisible(shown)
        self.groups.setFixedHeight(self._row * (min(count, GROUPS) + 1) + self._look.px(0.4))

    def tell(self, text: str) -> None:
        """Say something about the list, or nothing."""
        self.found.setText(text)
        self.found.setVisible(bool(text))

    def _listing(self, look: Look) -> QWidget:
        beside = QHBoxLayout()
        beside.setSpacing(look.gap)
        for widget in (self.waiting, self.held):
            beside.addWidget(widget)
        beside.addSpacing(look.gap)
        beside.addWidget(self.how_many)
        beside.addWidget(self.next)
        self._top = QHBoxLayout()
        self._top.setSpacing(look.gap)
        self._top.addWidget(self.search, 1)
        self._top.addLayout(beside)
        left = QVBoxLayout()
        left.setSpacing(look.gap)
        left.addWidget(self.groups)
        left.addWidget(self.table, 1)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(look.gap)
        self._middle.addLayout(left, 1)
        self._middle.addWidget(self.details)
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.setSpacing(look.gap)
        column.addLayout(self._top)
        column.addWidget(self.found)
        column.addLayout(self._middle, 1)
        listing = QScrollArea()
        listing.setWidgetResizable(True)
        listing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        listing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        listing.setWidget(canvas)
        return listing


def _view(words: str, *, chosen: bool) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setCheckable(True)
    button.setChecked(chosen)
    return button
