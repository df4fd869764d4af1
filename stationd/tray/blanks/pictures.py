"""Pictures of what is done by hand, each drawn into a square of a hundred. The words beside them say the same."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from stationd.tray.pictures import BODY, INK, LOOK, MARK, PAPER, arrow, box, mark, pen, pile, printer


def delivery(painter: QPainter) -> None:
    """A box of blanks with its delivery note."""
    box(painter, QRectF(10, 42, 52, 44))
    pen(painter)
    painter.drawLine(QPointF(36, 42), QPointF(36, 86))
    box(painter, QRectF(54, 12, 36, 46), PAPER)
    pen(painter, LOOK, 3)
    painter.drawLine(QPointF(60, 22), QPointF(76, 22))
    pen(painter)
    for y in (32, 40, 48):
        painter.drawLine(QPointF(60, y), QPointF(84, y))


def counting(painter: QPainter) -> None:
    """A pile that is counted."""
    pile(painter, 16, 84, 11, 36)
    pen(painter)
    painter.drawLine(QPointF(6, 86), QPointF(94, 86))
    box(painter, QRectF(60, 40, 32, 36), PAPER)
    mark(painter, QRectF(60, 40, 32, 36), "#", LOOK)


def opened(painter: QPainter) -> None:
    """A printer whose lid stands open."""
    printer(painter, 44, hopper=False)
    pen(painter, MARK, 3.4)
    painter.drawLine(QPointF(14, 44), QPointF(4, 12))
    pile(painter, 24, 43, 3, 22)


def filling(painter: QPainter) -> None:
    """Blanks on their way into a hopper."""
    printer(painter, 50)
    pile(painter, 20, 24, 4, 24)
    arrow(painter, QPointF(32, 28), QPointF(32, 44))


def locking(painter: QPainter) -> None:
    """A store that is locked."""
    box(painter, QRectF(14, 14, 72, 74))
    for bottom in (44.0, 78.0):
        pen(painter)
        painter.drawLine(QPointF(14, bottom), QPointF(86, bottom))
        pile(painter, 22, bottom, 4, 24)
    pen(painter, LOOK, 3)
    painter.setBrush(PAPER)
    painter.drawRoundedRect(QRectF(58, 46, 26, 20), 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(63, 34, 16, 22), 0, 180 * 16)


def ribbon(painter: QPainter) -> None:
    """Two spools with a ribbon between them."""
    for x in (12.0, 60.0):
        box(painter, QRectF(x, 34, 28, 28))
        pen(painter)
        painter.setBrush(PAPER)
        painter.drawEllipse(QRectF(x + 9, 43, 10, 10))
    pen(painter, LOOK, 3)
    painter.drawLine(QPointF(26, 62), QPointF(74, 62))
    arrow(painter, QPointF(50, 30), QPointF(50, 12))


def cover(painter: QPainter) -> None:
    """A printer that is shut."""
    printer(painter, 34)
    arrow(painter, QPointF(86, 30), QPointF(86, 66))


def cleaning(painter: QPainter) -> None:
    """A cleaning card on its way in."""
    printer(painter, 34, hopper=False)
    pen(painter, INK, 2)
    painter.setBrush(BODY)
    painter.drawRoundedRect(QRectF(24, 6, 36, 14), 2, 2)
    pen(painter, LOOK, 2.4)
    for x in (32, 42, 52):
        painter.drawLine(QPointF(x - 3, 16), QPointF(x + 3, 10))
    arrow(painter, QPointF(42, 22), QPointF(42, 32))
