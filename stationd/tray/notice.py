"""A bar across the window that says one thing: a sign, what it is, what to do, and at most one button."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.tray.actions import ActionButton
from stationd.tray.condition import Condition
from stationd.tray.icon import draw_condition, into_square
from stationd.tray.palette import Tone
from stationd.tray.theme import Look, set_tone

_SIGNS = {
    Tone.CALM: Condition.NOT_CONNECTED,
    Tone.GOOD: Condition.READY,
    Tone.BUSY: Condition.WORKING,
    Tone.CARE: Condition.NEEDS_YOU,
    Tone.BAD: Condition.STOPPED,
}


class Sign(QWidget):
    """The sign of a condition, as large as a line of text or more. Words beside it say the same."""

    def __init__(self, look: Look, ems: float = 1.4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = look.px(ems)
        self._condition = Condition.READY
        self.setFixedSize(self._side, self._side)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_condition(self, condition: Condition) -> None:
        """Show another condition's sign."""
        if condition is not self._condition:
            self._condition = condition
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        into_square(painter, QRectF(0, 0, self._side, self._side))
        draw_condition(painter, self._condition)
        painter.end()


class Notice(QFrame):
    """The bar. Hidden while there is nothing to say.

    Args:
        look: sizes.
        action: what the button does, if there is one.
        parent: whose child this is.
    """

    def __init__(self, look: Look, action: QAction | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = Sign(look)
        self._what = QLabel()
        self._what.setWordWrap(True)
        self._what.setFont(look.sized(1.0, bold=True))
        self._do = QLabel()
        self._do.setWordWrap(True)
        for label in (self._what, self._do):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        text = QVBoxLayout()
        text.setSpacing(look.px(0.1))
        text.addWidget(self._what)
        text.addWidget(self._do)
        row = QHBoxLayout(self)
        row.setContentsMargins(look.margin, look.px(0.4), look.margin, look.px(0.4))
        row.setSpacing(look.px(0.8))
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        self.button = None if action is None else ActionButton(action)
        if self.button is not None:
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def say(self, tone: Tone, what: str, do: str = "", *, sign: Condition | None = None) -> None:
        """Say something."""
        self._sign.show_condition(sign or _SIGNS[tone])
        self._what.setText(what)
        self._do.setText(do)
        self._do.setVisible(bool(do))
        set_tone(self, tone)
        self.setAccessibleName(f"{what} {do}".strip())
        self.show()

    @property
    def text(self) -> str:
        """What is said; empty if nothing."""
        return "" if self.isHidden() else f"{self._what.text()} {self._do.text()}".strip()
