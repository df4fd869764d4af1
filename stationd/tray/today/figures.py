"""A day on the screen: six figures, why, blanks from morning to evening, and the head of the book."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from stationd.client.documents import DayView
from stationd.model.blank import CITIZENS
from stationd.tray.blanks.overview import Figure
from stationd.tray.palette import Tone
from stationd.tray.theme import BIGGER, Look
from stationd.tray.today.reckoning import by_cause, more, piles
from stationd.tray.words import Speech

FIGURES: Final = ("printed", "spoiled", "returned", "handed-over", "waiting", "held")
NUMBERS: Final = ("start", "came", "went", "end")


class Figures(QWidget):
    """The day.

    Args:
        speech: words and numbers.
        look: sizes.
    """

    def __init__(self, speech: Speech, look: Look) -> None:
        super().__init__()
        self._speech = speech
        self._look = look
        self.figures = {name: Figure(look, speech.say(f"today.{name}")) for name in FIGURES}
        self._row = QGridLayout()
        self._row.setSpacing(look.gap)
        self._piles = QGridLayout()
        self._piles.setVerticalSpacing(look.px(0.1))
        self._piles.setHorizontalSpacing(look.px(1.2))
        self._piles.setColumnStretch(0, 1)
        self._why = QGridLayout()
        self._why.setVerticalSpacing(look.px(0.1))
        self._why.setHorizontalSpacing(look.px(0.8))
        self._why.setColumnStretch(1, 1)
        self._book = QLabel()
        self._book.setProperty("soft", True)
        self._book.setWordWrap(True)
        self._book.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._beside = QHBoxLayout()
        self._beside.setSpacing(look.gap)
        self._beside.addWidget(self._panel(speech.say("today.blanks"), self._piles), 1)
        self._beside.addWidget(self._panel(speech.say("today.why"), self._why), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.gap)
        column.addLayout(self._row)
        column.addLayout(self._beside)
        column.addWidget(self._book)
        self.set_narrow(narrow=False)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side."""
        columns = 2 if narrow else len(FIGURES)
        for place, figure in enumerate(self.figures.values()):
            self._row.addWidget(figure, place // columns, place % columns)
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._beside.setDirection(direction)

    def tell(self, day: DayView | None) -> None:
        """Show a day; nothing while it is not known."""
        counts = (
            {
                "printed": day.printed,
                "spoiled": sum(day.spoiled.values()),
                "returned": sum(day.returned.values()),
                "handed-over": day.handed_over,
                "waiting": sum(day.waiting.values()),
                "held": sum(day.held.values()),
            }
            if day is not None
            else {}
        )
        for name, figure in self.figures.items():
            told = self._speech.formats.number(counts[name]) if name in counts else "–"
            cared = name in {"spoiled", "held"} and counts.get(name)
            figure.tell(told, self._speech.say(f"today.{name}-more"), Tone.CARE if cared else Tone.CALM)
        self._show_piles(day or DayView())
        self._show_why(day or DayView())
        self._book.setText(self._of_book(day) if day is not None else "")

    def _of_book(self, day: DayView) -> str:
        head = " ".join(day.head[at : at + 16] for at in range(0, len(day.head), 16))
        if day.last < day.first:
            return self._speech.say("today.book-silent", head=head)
        return self._speech.say("today.book", first=day.first, last=day.last, head=head)

    def _show_piles(self, day: DayView) -> None:
        _empty(self._piles)
        for place, name in enumerate(NUMBERS, 1):
            self._put(self._piles, 0, place, self._label(self._speech.say(f"today.{name}"), soft=True), right=True)
        for row, pile in enumerate(piles(day.accounts), 1):
            stock = "" if pile.stock == CITIZENS else self._speech.name("stock", pile.stock)
            words = " ".join(word for word in (self._speech.name("place", pile.place), pile.line, stock) if word)
            self._put(self._piles, row, 0, self._label(f"{words[:1].upper()}{words[1:]}"))
            for place, count in enumerate((pile.start, pile.came, pile.went, pile.end), 1):
                last = place == len(NUMBERS)
                text = self._speech.formats.number(count) if count or last or place == 1 else "–"
                self._put(self._piles, row, place, self._label(text, bold=last), right=True)

    def _show_why(self, day: DayView) -> None:
        _empty(self._why)
        number = self._speech.formats.number
        parts = [(self._speech.say(f"today.{name}"), rows) for name, rows in by_cause(day, self._speech)]
        if others := more(day):
            told = [(self._speech.say(f"today.more.{name.replace('_', '-')}"), count) for name, count in others]
            parts.append((self._speech.say("today.besides"), told))
        row = 0
        for heading, rows in parts:
            self._why.addWidget(self._label(heading, soft=True), row, 0, 1, 2)
            for words, count in rows:
                row += 1
                self._put(self._why, row, 0, self._label(number(count), bold=True), right=True)
                label = self._label(words)
                label.setWordWrap(True)
                self._why.addWidget(label, row, 1)
            row += 1
        if not parts:
            self._why.addWidget(self._label(self._speech.say("today.nothing"), soft=True), 0, 0, 1, 2)

    def _put(self, grid: QGridLayout, row: int, place: int, label: QLabel, *, right: bool = False) -> None:
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label, row, place, side | Qt.AlignmentFlag.AlignTop)

    def _label(self, text: str, *, bold: bool = False, soft: bool = False) -> QLabel:
        label = QLabel(text)
        label.setFont(self._look.sized(1.0, bold=bold))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("soft", soft)
        return label

    def _panel(self, title: str, body: QLayout) -> QFrame:
        panel = QFrame()
        panel.setProperty("panel", True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(self._look.margin, self._look.gap, self._look.margin, self._look.gap)
        heading = QLabel(title)
        heading.setFont(self._look.sized(BIGGER, bold=True))
        column.addWidget(heading)
        column.addLayout(body)
        column.addStretch(1)
        return panel


def _empty(layout: QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()  # and stays a child: one that was just laid out would else become a window
            widget.deleteLater()
