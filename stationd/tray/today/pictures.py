"""The picture of a paper, drawn into a square of a hundred."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from stationd.tray.pictures import LOOK, PAPER, box, pen


def paper(painter: QPainter) -> None:
    """A paper with a heading, lines, and a place for a signature."""
    box(painter, QRectF(22, 8, 56, 84), PAPER)
    pen(painter, LOOK, 3)
    painter.drawLine(QPointF(32, 20), QPointF(68, 20))
    pen(painter)
    for y in (32.0, 40.0, 48.0, 56.0):
        painter.drawLine(QPointF(30, y), QPointF(70, y))
    pen(painter, LOOK, 2.4)
    painter.drawLine(QPointF(52, 82), QPointF(70, 82))
