"""What there is at one look: ready blanks, today against the target, days left, ribbon and film, thirty days, piles."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from stationd.client.blanks import StockedView
from stationd.model.blank import CITIZENS
from stationd.tray.blanks.chart import Chart
from stationd.tray.blanks.outlook import Lasting, blanks_lasting, piles, supplies_lasting
from stationd.tray.condition import Condition
from stationd.tray.notice import Sign
from stationd.tray.palette import Tone
from stationd.tray.theme import HUGE, LARGE, Look
from stationd.tray.words import Speech

_SIGNS = {Tone.GOOD: Condition.READY, Tone.CARE: Condition.NEEDS_YOU, Tone.BAD: Condition.STOPPED}


class Figure(QFrame):
    """A number, what it is, and what follows from it."""

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self.setProperty("panel", True)
        self._number = QLabel()
        self._number.setFont(look.sized(HUGE, bold=True))
        self._name = QLabel(name)
        self._more = QLabel()
        self._more.setProperty("soft", True)
        self._more.setWordWrap(True)
        self.sign = Sign(look, 1.3)
        keep = self.sign.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.sign.setSizePolicy(keep)
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self.sign)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.margin, look.gap, look.margin, look.gap)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._number)
        column.addWidget(self._more)
        column.addStretch(1)

    def tell(self, number: str, more: str, tone: Tone = Tone.CALM) -> None:
        """Show a number."""
        self._number.setText(number)
        self._more.setText(more)
        self.sign.setVisible(tone in _SIGNS)
        if tone in _SIGNS:
            self.sign.show_condition(_SIGNS[tone])
        self.setAccessibleName(f"{self._name.text()}: {number}. {more}")


class SupplyBar(QWidget):
    """How much is left of a ribbon or a film."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._name = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(look.px(0.7))
        self._told = QLabel()
        self._told.setProperty("soft", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(0.1))
        for each in (self._name, self._bar, self._told):
            column.addWidget(each)

    def tell(self, supply: Lasting, speech: Speech) -> None:
        """Show a supply."""
        kind, gap, which = supply.name.partition(" ")  # as its printer calls it: `ribbon YMCK`
        name = f"{speech.name('supply', kind)}{gap}{which}"
        self._name.setText(speech.say("blanks.supply", name=name, line=supply.line))
        self._bar.setVisible(bool(supply.of))
        if supply.of:
            self._bar.setMaximum(supply.of)
            self._bar.setValue(min(supply.of, supply.left or 0))
        left = speech.say("blanks.not-told") if supply.left is None else speech.say("blanks.cards-left", n=supply.left)
        days = "" if supply.days is None else speech.say("blanks.days-left", n=supply.days)
        low = speech.say("blanks.low") if supply.tone in {Tone.CARE, Tone.BAD} else ""
        self._told.setText(" · ".join(part for part in (left, days, low) if part))
        self._bar.setAccessibleName(f"{self._name.text()}: {self._told.text()}")


class Overview(QWidget):
    """The whole look.

    Args:
        speech: words and numbers.
        look: sizes.
    """

    def __init__(self, speech: Speech, look: Look) -> None:
        super().__init__()
        self._speech = speech
        self._look = look
        self._ready = Figure(look, speech.say("blanks.ready"))
        self._today = Figure(look, speech.say("blanks.today"))
        self._days = Figure(look, speech.say("blanks.lasts"))
        self._chart = Chart(speech, look)
        self._supplies = QVBoxLayout()
        self._bars: dict[tuple[str, str], SupplyBar] | None = None
        self._piles = QGridLayout()
        self._figures = figures = QHBoxLayout()
        figures.setSpacing(look.gap)
        for figure in (self._ready, self._today, self._days):
            figures.addWidget(figure, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.gap)
        column.addLayout(figures)
        column.addWidget(self._panel(speech.say("blanks.thirty-days"), self._chart))
        self._below = below = QHBoxLayout()
        below.setSpacing(look.gap)
        below.addWidget(self._panel(speech.say("blanks.where"), self._piles), 1)
        below.addWidget(self._panel(speech.say("blanks.supplies"), self._supplies), 1)
        column.addLayout(below)
        column.addStretch(1)

    def set_narrow(self, *, narrow: bool) -> None:
        """Put below each other what otherwise stands side by side."""
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        for row in (self._figures, self._below):
            row.setDirection(direction)

    def tell(self, stocked: StockedView | None) -> None:
        """Show what is known; nothing if that is nothing."""
        stocked = stocked or StockedView()
        say, number = self._speech.say, self._speech.formats.number
        blanks = blanks_lasting(stocked)
        self._ready.tell(number(stocked.ready), say("blanks.ready-more"), blanks.tone)
        target = "" if stocked.target is None else say("blanks.of-target", n=stocked.target)
        self._today.tell(number(stocked.used_today), say("blanks.made", n=stocked.made_today) + " " + target)
        days = "–" if blanks.days is None else number(blanks.days)
        more = (
            say("blanks.asked") if blanks.asked else say("blanks.unknown" if blanks.days is None else "blanks.workdays")
        )
        self._days.tell(days, more, blanks.tone)
        self._chart.show_days(stocked.days, stocked.target)
        self._show_piles(stocked)
        self._show_supplies(supplies_lasting(stocked))

    def _show_piles(self, stocked: StockedView) -> None:
        _empty(self._piles)
        for row, pile in enumerate(piles(stocked.accounts)):
            stock = "" if pile.stock == CITIZENS else self._speech.name("stock", pile.stock)
            words = [self._speech.name("place", pile.place), pile.line, stock]
            name = QLabel(" ".join(word for word in words if word))
            count = QLabel(self._speech.formats.number(pile.count))
            count.setFont(self._look.sized(1.0, bold=True))
            self._piles.addWidget(name, row, 0)
            self._piles.addWidget(count, row, 1, Qt.AlignmentFlag.AlignRight)

    def _show_supplies(self, supplies: tuple[Lasting, ...]) -> None:
        wanted = {(each.line, each.name): each for each in supplies}
        if self._bars is None or wanted.keys() != self._bars.keys():
            _empty(self._supplies)
            self._bars = {key: SupplyBar(self._look) for key in wanted}
            for bar in self._bars.values():
                self._supplies.addWidget(bar)
            if not wanted:
                none = QLabel(self._speech.say("blanks.no-supplies"))
                none.setProperty("soft", True)
                self._supplies.addWidget(none)
        for key, each in wanted.items():
            self._bars[key].tell(each, self._speech)

    def _panel(self, title: str, body: QWidget | QVBoxLayout | QGridLayout) -> QFrame:
        panel = QFrame()
        panel.setProperty("panel", True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(self._look.margin, self._look.gap, self._look.margin, self._look.gap)
        heading = QLabel(title)
        heading.setFont(self._look.sized(LARGE * 0.75, bold=True))
        column.addWidget(heading)
        if isinstance(body, QWidget):
            column.addWidget(body)
        else:
            column.addLayout(body)
            column.addStretch(1)
        return panel


def _empty(layout: QVBoxLayout | QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
