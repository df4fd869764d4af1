"""How the screen of the shelf is laid out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stationd.client.shelf import FoundCardView
from stationd.tray.actions import ActionButton
from stationd.tray.guided import Question
from stationd.tray.page import Shell
from stationd.tray.shelf.box import Box
from stationd.tray.shelf.details import Details
from stationd.tray.table import Table

WIDEST: Final = 16_777_215
"""Pixels: as wide as there is room for, as Qt has it."""

ABOVE: Final = ("tap-card", "where-card", "boxes", "transfer-due")
"""What is done without choosing a card first."""

BESIDE: Final = (2, 3)
"""Columns that can be missed where there is no room."""

LISTING, QUESTION, BOX = range(3)


class Face(QStackedWidget):
    """The list; in its place a question, or a box that is gone through.

    Attributes:
        search: what is looked for.
        found: what came of the search.
        table, details: the cards, one of them in full.
        question: the question.
        box: the box.
    """

    def __init__(self, shell: Shell, table: Table[FoundCardView], details: Details, box: Box) -> None:
        super().__init__()
        look, say = shell.look, shell.speech.say
        self._look = look
        self.table, self.details, self.box = table, details, box
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("shelf.search"))
        self.search.setAccessibleName(say("shelf.search"))
        self.search.setClearButtonEnabled(True)
        self.found = QLabel()
        self.found.setProperty("soft", True)
        self.buttons = [ActionButton(shell.actions[name]) for name in ABOVE]
        self.question = Question(look)
        self.question.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        self.addWidget(self._listing())
        self.addWidget(_scrolling(self.question))
        self.addWidget(_scrolling(box))

    @property
    def is_asking(self) -> bool:
        """Whether a question is shown."""
        return self.currentIndex() == QUESTION

    @property
    def has_box(self) -> bool:
        """Whether a box is shown."""
        return self.currentIndex() == BOX

    def show_only(self, which: int) -> None:
        """Show the list, the question or the box."""
        self.setCurrentIndex(which)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side: the screen is small, or its signs are large."""
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._middle.setDirection(direction)
        self.table.setMinimumHeight(self._look.px(11) if narrow else 0)
        self.details.setMaximumWidth(WIDEST if narrow else self._look.px(19))
        for place in BESIDE:
            self.table.setColumnHidden(place, narrow)
        columns = 2 if narrow else len(self.buttons)
        for place, button in enumerate(self.buttons):
            self._above.addWidget(button, place // columns, place % columns)

    def tell(self, text: str) -> None:
        """Say something about the list."""
        self.found.setText(text)

    def _listing(self) -> QWidget:
        look = self._look
        self._above = QGridLayout()
        self._above.setSpacing(look.gap)
        for place, button in enumerate(self.buttons):
            self._above.addWidget(button, 0, place)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(look.gap)
        self._middle.addWidget(self.table, 1)
        self._middle.addWidget(self.details)
        canvas = QWidget()
        canvas.setProperty("canvas", True)
        column = QVBoxLayout(canvas)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.setSpacing(look.gap)
        column.addWidget(self.search)
        column.addLayout(self._above)
        column.addWidget(self.found)
        column.addLayout(self._middle, 1)
        return _scrolling(canvas)


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    widget.setProperty("canvas", True)
    area.setWidget(widget)
    return area
