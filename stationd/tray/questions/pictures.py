"""Pictures of what is asked about, each drawn into a square of a hundred. The words beside them say the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from stationd.tray.guided import Draw
from stationd.tray.pictures import BODY, LOOK, MARK, PAPER, box, card, mark, pen, printer

_SPOTS: Final[Mapping[str, tuple[float, float]]] = {
    "hopper": (21.0, 2.0),
    "machine": (31.0, 36.0),
    "output": (74.0, 41.0),
    "reject": (25.0, 64.5),
    "desk-reader": (8.0, 82.0),
    "hand": (66.0, 82.0),
}
"""Where in the picture each place is that `stationd.model.whereabouts.Spot` names."""


@cache
def where_a_card_may_be(spots: tuple[str, ...] = ()) -> Draw:
    """The printer and what is around it, with a mark at each of these places; at all of them if none is named."""

    def draw(painter: QPainter) -> None:
        printer(painter)
        pen(painter)
        painter.drawLine(QPointF(72, 56), QPointF(97, 56))
        box(painter, QRectF(20, 62, 32, 18), PAPER)
        pen(painter)
        painter.drawLine(QPointF(4, 97), QPointF(97, 97))
        for spot in spots or tuple(_SPOTS):
            if spot in _SPOTS:
                card(painter, *_SPOTS[spot], sure=False)

    return draw


def card_on_reader(painter: QPainter) -> None:
    """A card on the reader on the desk."""
    box(painter, QRectF(16, 52, 68, 34))
    card(painter, 31, 30, 38)
    pen(painter, LOOK, 3)
    for reach in (0.0, 7.0, 14.0):
        painter.drawArc(QRectF(40 - reach, 60 - reach * 0.4, 20 + 2 * reach, 14 + reach * 0.8), 200 * 16, 140 * 16)


def a_card_or_none(painter: QPainter) -> None:
    """A shelf, with a card or without."""
    for y in (30, 62, 94):
        pen(painter)
        painter.drawLine(QPointF(6, y), QPointF(94, y))
    for x in (12, 40):
        card(painter, x, 14)
    card(painter, 40, 46, sure=False)
    for x in (12, 68):
        card(painter, x, 78)


def two_piles(painter: QPainter) -> None:
    """Two piles that should be alike."""
    for count, left, fill in ((5, 12.0, PAPER), (3, 58.0, BODY)):
        for n in range(count):
            box(painter, QRectF(left, 74 - n * 11, 30, 9), fill)
    pen(painter)
    painter.drawLine(QPointF(6, 86), QPointF(94, 86))
    mark(painter, QRectF(58, 20, 30, 24))


def a_letter(painter: QPainter) -> None:
    """A letter with a number."""
    box(painter, QRectF(24, 8, 52, 80), PAPER)
    pen(painter, LOOK, 3)
    painter.drawLine(QPointF(34, 24), QPointF(58, 24))
    pen(painter)
    for y in (40, 50, 60):
        painter.drawLine(QPointF(34, y), QPointF(66, y))
    painter.drawEllipse(QRectF(52, 68, 14, 14))


def open_hopper(painter: QPainter) -> None:
    """A printer whose hopper stands open."""
    printer(painter, 44)
    pen(painter, MARK, 3)
    painter.drawLine(QPointF(22, 32), QPointF(10, 12))
    for y in (26, 22, 18):
        card(painter, 23, y, 18)
