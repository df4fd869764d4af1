"""The way between screens: a button each, with its sign, its title, its key, and how many things wait there."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.tray import palette
from stationd.tray.icon import draw_sign, into_square
from stationd.tray.theme import Look
from stationd.tray.words import Speech

WIDE: float = 11.5
NARROW: float = 3.6
"""Widths in heights of a line."""


class WayTo(QAbstractButton):
    """The button of one screen."""

    def __init__(self, name: str, title: str, key: str, look: Look) -> None:
        super().__init__()
        self.name = name
        self._key = key
        self._look = look
        self._waiting = 0
        self._narrow = False
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setToolTip(f"{title} ({key})")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_waiting(self, count: int, spoken: str) -> None:
        """Show how many things wait there, and say it to who cannot see it."""
        if count != self._waiting:
            self._waiting = count
            self.setAccessibleDescription(spoken if count else "")
            self.update()

    def set_narrow(self, *, narrow: bool) -> None:
        """Show the sign alone, or the title too."""
        self._narrow = narrow
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._look.px(NARROW if self._narrow else WIDE), self._look.px(2.7))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(look.px(0.35), look.px(0.12), -look.px(0.35), -look.px(0.12))
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            painter.setBrush(QColor(palette.SIDE_CHOSEN))
            painter.drawRoundedRect(area, 6, 6)
        if self.isChecked():
            painter.setBrush(QColor(palette.ON_SIDE))
            painter.drawRoundedRect(QRectF(area.left(), area.top() + 8, 4, area.height() - 16), 2, 2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(palette.FOCUS_ON_SIDE), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)
        side = look.px(1.25)
        left = area.center().x() - side / 2 if self._narrow else area.left() + look.px(0.75)
        painter.save()
        into_square(painter, QRectF(left, area.center().y() - side / 2, side, side))
        draw_sign(painter, self.name, QColor(palette.ON_SIDE))
        painter.restore()
        if self._narrow:
            if self._waiting:
                self._paint_count(painter, QRectF(area.right() - look.px(1.3), area.top(), look.px(1.3), look.px(1.1)))
            return
        words = QRectF(left + side + look.px(0.6), area.top(), area.width(), area.height())
        painter.setPen(QColor(palette.ON_SIDE))
        painter.setFont(look.sized(1.0, bold=self.isChecked()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        right = area.right() - look.px(0.5)
        if self._waiting:
            width = look.px(1.0 + 0.45 * len(str(self._waiting)))
            height = look.px(1.25)
            self._paint_count(painter, QRectF(right - width, area.center().y() - height / 2, width, height))
        else:
            painter.setPen(QColor(palette.ON_SIDE_SOFT))
            painter.setFont(look.sized(0.8))
            key = QRectF(area.left(), area.top(), right - area.left(), area.height())
            painter.drawText(key, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._key)

    def _paint_count(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.FOCUS_ON_SIDE))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setPen(QColor(palette.INK))
        painter.setFont(self._look.sized(0.82, bold=True))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(self._waiting))


class Sidebar(QFrame):
    """All buttons.

    Signals:
        chosen (str): the name of the screen that is wanted.
    """

    chosen = Signal(str)

    def __init__(self, speech: Speech, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speech = speech
        self._look = look
        self._ways: dict[str, WayTo] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, look.gap, 0, look.gap)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setProperty("side", True)
        self.set_narrow(narrow=False)

    def add(self, name: str, number: int) -> WayTo:
        """Add a screen's button."""
        way = WayTo(name, self._speech.say(f"{name}.title"), f"Ctrl+{number}", self._look)
        way.clicked.connect(lambda _=False: self.chosen.emit(name))
        self._ways[name] = way
        self._group.addButton(way)
        self._column.insertWidget(self._column.count() - 1, way)
        return way

    def show_chosen(self, name: str) -> None:
        """Mark the screen that is shown."""
        self._ways[name].setChecked(True)

    def show_waiting(self, name: str, count: int) -> None:
        """Show how many things wait at a screen."""
        self._ways[name].set_waiting(count, self._speech.say("side.waiting", n=count))

    def allow(self, names: Iterable[str]) -> None:
        """Show the buttons of these screens alone."""
        allowed = set(names)
        for name, way in self._ways.items():
            way.setVisible(name in allowed)

    def set_narrow(self, *, narrow: bool) -> None:
        """Take less room: signs without titles."""
        self.setFixedWidth(self._look.px(NARROW if narrow else WIDE))
        for way in self._ways.values():
            way.set_narrow(narrow=narrow)
