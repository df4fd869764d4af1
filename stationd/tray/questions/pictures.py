"""Pictures of what is asked about, each drawn into a square of a hundred. The words beside them say the same."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from stationd.tray import palette
from stationd.tray.palette import TONES, Tone

_INK: Final = QColor(palette.EDGE)
_BODY: Final = QColor(palette.CHOSEN)
_CARD: Final = QColor(palette.SURFACE)
_MARK: Final = QColor(TONES[Tone.CARE].sign)
_LOOK: Final = QColor(palette.ACCENT)


def _pen(painter: QPainter, colour: QColor = _INK, width: float = 2.2, *, dashed: bool = False) -> None:
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(colour, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))


def _box(painter: QPainter, area: QRectF, fill: QColor = _BODY) -> None:
    _pen(painter)
    painter.setBrush(fill)
    painter.drawRoundedRect(area, 3, 3)


def _card(painter: QPainter, x: float, y: float, wide: float = 22.0, *, sure: bool = True) -> None:
    area = QRectF(x, y, wide, wide * 0.63)
    _pen(painter, _INK if sure else _MARK, 2.0, dashed=not sure)
    painter.setBrush(_CARD)
    painter.drawRoundedRect(area, 2, 2)
    if sure:
        painter.setBrush(_INK)
        painter.drawRect(QRectF(x + wide * 0.12, y + wide * 0.2, wide * 0.2, wide * 0.25))
        for line in (0.2, 0.33, 0.46):
            painter.drawLine(QPointF(x + wide * 0.42, y + wide * line), QPointF(x + wide * 0.86, y + wide * line))
    else:
        _mark(painter, area)


def _mark(painter: QPainter, area: QRectF) -> None:
    font = painter.font()
    font.setPixelSize(max(8, round(area.height() * 0.8)))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(_MARK)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?")


def _printer(painter: QPainter, top: float = 18.0) -> None:
    _box(painter, QRectF(14, top, 58, 44))
    _box(painter, QRectF(22, top - 12, 20, 12), _CARD)  # where blanks go in
    _pen(painter)
    painter.drawLine(QPointF(58, top + 8), QPointF(66, top + 8))


def where_a_card_may_be(painter: QPainter) -> None:
    """In the printer, where it comes out, in the reject bin, or beside it."""
    _printer(painter)
    _card(painter, 31, 36, sure=False)
    _pen(painter)
    painter.drawLine(QPointF(72, 56), QPointF(97, 56))
    _card(painter, 74, 41, sure=False)
    _box(painter, QRectF(20, 62, 32, 18), _CARD)
    _card(painter, 25, 64.5, sure=False)
    _pen(painter)
    painter.drawLine(QPointF(4, 97), QPointF(97, 97))
    _card(painter, 66, 82, sure=False)


def card_on_reader(painter: QPainter) -> None:
    """A card on the reader on the desk."""
    _box(painter, QRectF(16, 52, 68, 34))
    _card(painter, 31, 30, 38)
    _pen(painter, _LOOK, 3)
    for reach in (0.0, 7.0, 14.0):
        painter.drawArc(QRectF(40 - reach, 60 - reach * 0.4, 20 + 2 * reach, 14 + reach * 0.8), 200 * 16, 140 * 16)


def a_card_or_none(painter: QPainter) -> None:
    """A shelf, with a card or without."""
    for y in (30, 62, 94):
        _pen(painter)
        painter.drawLine(QPointF(6, y), QPointF(94, y))
    for x in (12, 40):
        _card(painter, x, 14)
    _card(painter, 40, 46, sure=False)
    for x in (12, 68):
        _card(painter, x, 78)


def two_piles(painter: QPainter) -> None:
    """Two piles that should be alike."""
    for count, left, sure in ((5, 12.0, True), (3, 58.0, False)):
        for n in range(count):
            _box(painter, QRectF(left, 74 - n * 11, 30, 9), _CARD if sure else _BODY)
    _pen(painter)
    painter.drawLine(QPointF(6, 86), QPointF(94, 86))
    _mark(painter, QRectF(58, 20, 30, 24))


def a_letter(painter: QPainter) -> None:
    """A letter with a number."""
    _box(painter, QRectF(24, 8, 52, 80), _CARD)
    _pen(painter, _LOOK, 3)
    painter.drawLine(QPointF(34, 24), QPointF(58, 24))
    _pen(painter)
    for y in (40, 50, 60):
        painter.drawLine(QPointF(34, y), QPointF(66, y))
    painter.drawEllipse(QRectF(52, 68, 14, 14))


def open_hopper(painter: QPainter) -> None:
    """A printer whose hopper stands open."""
    _printer(painter, 44)
    _pen(painter, _MARK, 3)
    painter.drawLine(QPointF(22, 32), QPointF(10, 12))
    for y in (26, 22, 18):
        _card(painter, 23, y, 18)
