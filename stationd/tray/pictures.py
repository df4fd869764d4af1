"""What pictures are made of, each drawn into a square of a hundred: a printer, cards, boxes, a mark."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from stationd.tray import palette
from stationd.tray.palette import TONES, Tone

INK: Final = QColor(palette.EDGE)
BODY: Final = QColor(palette.CHOSEN)
PAPER: Final = QColor(palette.SURFACE)
MARK: Final = QColor(TONES[Tone.CARE].sign)
LOOK: Final = QColor(palette.ACCENT)


def pen(painter: QPainter, colour: QColor = INK, width: float = 2.2, *, dashed: bool = False) -> None:
    """Take a pen."""
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(colour, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))


def box(painter: QPainter, area: QRectF, fill: QColor = BODY) -> None:
    """Draw a box."""
    pen(painter)
    painter.setBrush(fill)
    painter.drawRoundedRect(area, 3, 3)


def card(painter: QPainter, x: float, y: float, wide: float = 22.0, *, sure: bool = True) -> None:
    """Draw a card; one that may be there or not is dashed and has a question mark."""
    area = QRectF(x, y, wide, wide * 0.63)
    pen(painter, INK if sure else MARK, 2.0, dashed=not sure)
    painter.setBrush(PAPER)
    painter.drawRoundedRect(area, 2, 2)
    if not sure:
        mark(painter, area)
        return
    painter.setBrush(INK)
    painter.drawRect(QRectF(x + wide * 0.12, y + wide * 0.2, wide * 0.2, wide * 0.25))
    for line in (0.2, 0.33, 0.46):
        painter.drawLine(QPointF(x + wide * 0.42, y + wide * line), QPointF(x + wide * 0.86, y + wide * line))


def blank(painter: QPainter, x: float, y: float, wide: float = 22.0) -> None:
    """Draw a blank as it lies in a pile."""
    pen(painter, INK, 1.6)
    painter.setBrush(PAPER)
    painter.drawRoundedRect(QRectF(x, y, wide, 4), 1.4, 1.4)


def pile(painter: QPainter, x: float, bottom: float, count: int, wide: float = 26.0) -> None:
    """Draw a pile of blanks."""
    for n in range(count):
        blank(painter, x, bottom - 4 - n * 5, wide)


def mark(painter: QPainter, area: QRectF, sign: str = "?", colour: QColor = MARK) -> None:
    """Write one sign into a box."""
    font = painter.font()
    font.setPixelSize(max(8, round(area.height() * 0.8)))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, sign)


def arrow(painter: QPainter, start: QPointF, end: QPointF) -> None:
    """Draw an arrow, straight down, up, left or right."""
    pen(painter, LOOK, 3.4)
    painter.drawLine(start, end)
    across, down = end.x() - start.x(), end.y() - start.y()
    length = max(abs(across), abs(down), 1.0)
    x, y = across / length * 6, down / length * 6
    painter.drawLine(end, QPointF(end.x() - x - y, end.y() - y - x))
    painter.drawLine(end, QPointF(end.x() - x + y, end.y() - y + x))


def printer(painter: QPainter, top: float = 18.0, *, hopper: bool = True) -> None:
    """Draw a card printer with its hopper on top."""
    box(painter, QRectF(14, top, 58, 44))
    if hopper:
        box(painter, QRectF(22, top - 12, 20, 12), PAPER)
    pen(painter)
    painter.drawLine(QPointF(58, top + 8), QPointF(66, top + 8))
