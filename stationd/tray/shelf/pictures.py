"""Pictures of what is done at the shelf, each drawn into a square of a hundred. The words beside them say the same."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from stationd.tray.pictures import INK, LOOK, MARK, PAPER, arrow, box, card, mark, pen


def shelf(painter: QPainter) -> None:
    """A shelf with boxes, and a card in one of them."""
    box(painter, QRectF(10, 12, 80, 76), PAPER)
    for y in (37.0, 63.0):
        pen(painter)
        painter.drawLine(QPointF(10, y), QPointF(90, y))
    for x, y in ((16.0, 20.0), (42.0, 20.0), (16.0, 46.0), (68.0, 46.0), (42.0, 72.0)):
        box(painter, QRectF(x, y, 16, 14))
    card(painter, 38, 44, 24)


def handing(painter: QPainter) -> None:
    """A card that goes from one side of the counter to the other."""
    box(painter, QRectF(6, 70, 88, 18))
    card(painter, 8, 40, 34)
    arrow(painter, QPointF(46, 51), QPointF(58, 51))
    _person(painter, 80, 24)


def family(painter: QPainter) -> None:
    """Two people, one of whom is not the card's owner."""
    box(painter, QRectF(6, 70, 88, 18))
    _person(painter, 34, 24)
    _person(painter, 68, 24)
    pen(painter, MARK, 2.4, dashed=True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(50, 8, 38, 60), 4, 4)


def handed(painter: QPainter) -> None:
    """A card that was handed over."""
    _person(painter, 50, 22)
    card(painter, 30, 62, 40)
    mark(painter, QRectF(66, 8, 28, 34), "✓", LOOK)


def reading(painter: QPainter) -> None:
    """A card on the reader on the desk."""
    box(painter, QRectF(16, 58, 68, 26))
    pen(painter, LOOK, 2.4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for reach in (8.0, 14.0):
        painter.drawArc(QRectF(50 - reach, 48 - reach, 2 * reach, 2 * reach), 30 * 16, 120 * 16)
    card(painter, 30, 8, 40)


def unknown(painter: QPainter) -> None:
    """A card of which nothing is known."""
    card(painter, 18, 30, 64, sure=False)


def _person(painter: QPainter, x: float, y: float) -> None:
    pen(painter, INK, 2.2)
    painter.setBrush(PAPER)
    painter.drawEllipse(QRectF(x - 9, y - 10, 18, 18))
    painter.drawChord(QRectF(x - 16, y + 12, 32, 60), 0, 180 * 16)
