"""A box of cards that another office made: gone through against its list, card by card, and closed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from stationd.client.shelf import ArrivalCardView, ArrivalView
from stationd.tray.actions import ActionButton
from stationd.tray.condition import Condition
from stationd.tray.icon import condition_icon
from stationd.tray.notice import Notice
from stationd.tray.page import Shell
from stationd.tray.palette import Tone
from stationd.tray.table import Column, Rows, Table

ORDER: Final = ("announced", "short", "extra", "arrived")
"""What still has to be done comes first."""

_SIGNS: Final = {
    "announced": Condition.NOT_CONNECTED,
    "short": Condition.STOPPED,
    "extra": Condition.NEEDS_YOU,
    "arrived": Condition.READY,
}

DEEDS: Final = ("take-in", "take-in-chosen", "close-box", "open-list", "search-shelf")

OF_OPEN: Final = DEEDS[:3]
"""What is done with a box that is being gone through."""

COLUMNS: Final = 2
"""Of buttons."""


class Box(QWidget):
    """The box.

    Attributes:
        told: the box as the daemon told it last; None while none is shown.
        place: in which box and row of the shelf its cards are laid.
        table: the lines of its list, and what is on none.

    Args:
        shell: what the frame gives.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.told: ArrivalView | None = None
        look, say = shell.look, shell.speech.say
        self._title = QLabel()
        self._title.setFont(look.sized(1.5, bold=True))
        self._counts = QLabel()
        for label in (self._title, self._counts):
            label.setWordWrap(True)
        self.notice = Notice(look)
        self.place = QLineEdit()
        self.place.setMaxLength(19)
        self.place.setFixedWidth(look.px(14))
        self.place.setPlaceholderText(say("shelf.box-place-example"))
        self.place.setAccessibleName(say("shelf.box-place"))
        label = QLabel(say("shelf.box-place"))
        label.setBuddy(self.place)
        self._rows: Rows[ArrivalCardView] = _rows(shell)
        self.table: Table[ArrivalCardView] = Table(self._rows, look, say("shelf.box-list"), many=True)
        self.table.setMinimumHeight(look.px(10))
        buttons = QGridLayout()
        buttons.setSpacing(look.gap)
        made = {deed: ActionButton(shell.actions[deed], main=deed == DEEDS[0]) for deed in DEEDS}
        for number, button in enumerate(made.values()):
            buttons.addWidget(button, number // COLUMNS, number % COLUMNS)
        self._of_open = [label, self.place, *(made[deed] for deed in OF_OPEN)]
        self._opening = made["open-list"]
        column = QVBoxLayout(self)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.setSpacing(look.gap)
        for widget in (self._title, self._counts, self.notice, label, self.place):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.table, 1)
        column.addStretch(0)

    @property
    def list_id(self) -> str:
        """The list that is gone through; empty if none is open."""
        return self.told.list_id if self.told is not None and self.told.closed is None else ""

    def start(self) -> None:
        """Put the focus where one begins."""
        (self.place if self.list_id else self._opening).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_box(self, told: ArrivalView | None) -> None:
        """Show a box, or the way to open one."""
        self.told = told
        say = self._shell.speech.say
        for widget in self._of_open:
            widget.setVisible(bool(self.list_id))
        self.table.setVisible(told is not None)
        self._rows.put([] if told is None else sorted(told.cards, key=lambda card: ORDER.index(card.state)))
        if told is None:
            self._title.setText(say("shelf.no-box"))
            self._counts.setText(say("shelf.no-box-do"))
            return
        self._title.setText(say("shelf.box", list=told.list_id, sender=told.sender))
        counts = {"of": told.announced + told.arrived + told.short, "n": told.arrived, "extra": told.extra}
        self._counts.setText(say("shelf.box-counts", left=told.announced + told.short, **counts))
        if told.closed is not None:
            self._say_closed(told)

    def forget(self) -> None:
        """Let nothing of a citizen stay."""
        self._rows.put(())
        self.told = None
        self.notice.hide()

    def say_card(self, card: ArrivalCardView) -> None:
        """Say what the card that was just tapped is."""
        say = self._shell.speech.say
        if card.state == "extra":
            self.notice.say(Tone.CARE, say("shelf.extra", chip=card.identity[:16]), say("shelf.extra-do"))
        else:
            who = card.name or card.job_id
            self.notice.say(Tone.GOOD, say("shelf.taken-in", who=who), say("shelf.next-card"))

    def _say_closed(self, told: ArrivalView) -> None:
        say = self._shell.speech.say
        if not told.short and not told.extra:
            self.notice.say(Tone.GOOD, say("shelf.box-closed", n=told.arrived))
            return
        short = ", ".join(card.name or card.job_id for card in told.cards if card.state == "short")
        extra = ", ".join(card.identity[:16] for card in told.cards if card.state == "extra")
        parts = [say("shelf.box-short", who=short)] if short else []
        parts += [say("shelf.box-extra", chips=extra)] if extra else []
        self.notice.say(Tone.CARE, say("shelf.box-closed", n=told.arrived), " ".join(parts))


def _rows(shell: Shell) -> Rows[ArrivalCardView]:
    say, name = shell.speech.say, shell.speech.name

    def who(card: ArrivalCardView) -> str:
        return card.name or (card.job_id or say("shelf.unknown-chip", chip=card.identity[:16]))

    def sign(card: ArrivalCardView) -> QIcon:
        return condition_icon(_SIGNS.get(card.state, Condition.NOT_CONNECTED))

    return Rows(
        (
            Column(say("shelf.name"), who, bold=True),
            Column(say("shelf.village"), lambda card: card.kelurahan, 12),
            Column(say("shelf.state"), lambda card: name("arrival-state", card.state), 9, icon=sign),
        ),
        lambda card: card.job_id or card.identity,
    )
