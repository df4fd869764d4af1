"""Thirty days of use, a bar a day, and the target across. What it shows is said in words as well."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from stationd.client.blanks import DayUseView
from stationd.tray import palette
from stationd.tray.blanks.outlook import busiest
from stationd.tray.palette import TONES, Tone
from stationd.tray.theme import Look
from stationd.tray.words import Speech

GAP = 0.28
"""Of a bar's width, between two."""


class Chart(QWidget):
    """The chart.

    Args:
        speech: words and numbers.
        look: sizes.
    """

    def __init__(self, speech: Speech, look: Look) -> None:
        super().__init__()
        self._speech = speech
        self._look = look
        self._days: tuple[DayUseView, ...] = ()
        self._target: int | None = None
        self.setMinimumHeight(look.px(5))

    def show_days(self, days: tuple[DayUseView, ...], target: int | None) -> None:
        """Show other days."""
        if (days, target) == (self._days, self._target):
            return
        self._days, self._target = days, target
        self.setAccessibleName(self._in_words())
        self.setToolTip(self.accessibleName())
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._look.px(30), self._look.px(8))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._days:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._look.sized(0.78))
        foot, side = self._look.px(1.2), self._look.px(2.4)
        area = QRectF(side, self._look.px(0.6), self.width() - side, self.height() - foot - self._look.px(0.6))
        most = busiest(self._days, self._target)
        self._draw_scale(painter, area, most)
        width = area.width() / len(self._days)
        for place, day in enumerate(self._days):
            last = place == len(self._days) - 1
            high = area.height() * day.used / most
            bar = QRectF(area.left() + place * width, area.bottom() - high, width * (1 - GAP), high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.ACCENT if last else palette.EDGE))
            painter.drawRoundedRect(bar, 2, 2)
            self._draw_day(painter, place, bar, area.bottom(), foot)
        painter.end()

    def _draw_scale(self, painter: QPainter, area: QRectF, most: int) -> None:
        painter.setPen(QPen(QColor(palette.LINE), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(palette.SOFT))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        line = self._look.px(1)
        gap = self._look.px(0.4)
        for number in {0, most}:
            y = area.bottom() - area.height() * number / most
            painter.drawText(
                QRectF(0, y - line / 2, area.left() - gap, line), right, self._speech.formats.number(number)
            )
        if self._target:
            y = area.bottom() - area.height() * self._target / most
            painter.setPen(QPen(QColor(TONES[Tone.CARE].sign), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _draw_day(self, painter: QPainter, place: int, bar: QRectF, bottom: float, foot: int) -> None:
        """Write the day of the month under every fifth bar, counted from today back."""
        if (len(self._days) - 1 - place) % 5:
            return
        painter.setPen(QColor(palette.SOFT))
        name = str(datetime.date.fromisoformat(self._days[place].day).day)
        wide = self._look.px(2)
        under = QRectF(bar.center().x() - wide / 2, bottom, wide, foot)
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, name)

    def _in_words(self) -> str:
        if not self._days:
            return self._speech.say("blanks.no-days")
        used = sum(day.used for day in self._days)
        most = max(self._days, key=lambda day: day.used)
        return self._speech.say(
            "blanks.days-in-words",
            days=len(self._days),
            used=used,
            most=most.used,
            day=self._speech.formats.date(datetime.date.fromisoformat(most.day)),
            target=self._target or 0,
        )
