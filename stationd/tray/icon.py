"""Signs drawn in code: the station's condition, in colour *and* shape, and what each screen is known by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import cos, pi, sin
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from stationd.tray.condition import Condition
from stationd.tray.palette import OF_CONDITION, TONES

SIZES: Final = (16, 22, 24, 32, 48, 64, 128)

_Draw = Callable[[QPainter], None]


def _polygon(corners: int, turn: float = 0.0, reach: float = 46.0) -> QPolygonF:
    angles = [turn + 2 * pi * n / corners for n in range(corners)]
    return QPolygonF([QPointF(50 + reach * sin(angle), 50 - reach * cos(angle)) for angle in angles])


def _body(condition: Condition) -> QPainterPath:
    """The outline of a condition's sign, in a square of a hundred: each another one."""
    path = QPainterPath()
    match condition:
        case Condition.READY:
            path.addEllipse(QRectF(4, 4, 92, 92))
        case Condition.WORKING:
            path.addRoundedRect(QRectF(5, 5, 90, 90), 22, 22)
        case Condition.NEEDS_YOU:
            path.addPolygon(QPolygonF([QPointF(50, 4), QPointF(98, 92), QPointF(2, 92)]))
            path.closeSubpath()
        case Condition.STOPPED:
            path.addPolygon(_polygon(8, pi / 8, 49))
            path.closeSubpath()
        case Condition.LOCKED:
            path.addRoundedRect(QRectF(12, 42, 76, 54), 12, 12)
        case Condition.NOT_CONNECTED:
            path.addPolygon(_polygon(4, 0, 44))
            path.closeSubpath()
    return path


def draw_condition(painter: QPainter, condition: Condition) -> None:
    """Draw a condition's sign into a square of a hundred."""
    sign = QColor(TONES[OF_CONDITION[condition]].sign)
    white = QPen(Qt.GlobalColor.white, 11, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    if condition is Condition.NOT_CONNECTED:  # an empty square on its corner, struck through: nothing is known
        painter.setPen(QPen(sign, 11, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawPath(_body(condition))
        painter.drawLine(QPointF(37, 63), QPointF(63, 37))
        return
    if condition is Condition.LOCKED:
        painter.setPen(QPen(sign, 11))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shackle = QPainterPath(QPointF(28, 48))
        shackle.lineTo(28, 32)
        shackle.arcTo(QRectF(28, 9, 44, 44), 180, -180)
        shackle.lineTo(72, 48)
        painter.drawPath(shackle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(sign)
    painter.drawPath(_body(condition))
    painter.setPen(white)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match condition:
        case Condition.READY:
            painter.drawPolyline(QPolygonF([QPointF(27, 52), QPointF(44, 69), QPointF(74, 34)]))
        case Condition.WORKING:  # a card on its way
            painter.drawLine(QPointF(24, 50), QPointF(72, 50))
            painter.drawPolyline(QPolygonF([QPointF(54, 30), QPointF(75, 50), QPointF(54, 70)]))
        case Condition.NEEDS_YOU:
            painter.drawLine(QPointF(50, 36), QPointF(50, 62))
            painter.drawPoint(QPointF(50, 79))
        case Condition.STOPPED:
            painter.drawLine(QPointF(27, 50), QPointF(73, 50))
        case _:
            painter.drawPoint(QPointF(50, 66))


@cache
def condition_icon(condition: Condition) -> QIcon:
    """Return a condition's sign in all sizes that a tray or a header asks for."""
    return _icon(lambda painter: draw_condition(painter, condition))


def _lines(*lines: tuple[float, float, float, float]) -> _Draw:
    def draw(painter: QPainter) -> None:
        for x1, y1, x2, y2 in lines:
            painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))

    return draw


def _draw_queue(painter: QPainter) -> None:
    for row in (24, 50, 76):
        painter.drawPoint(QPointF(16, row))
        painter.drawLine(QPointF(34, row), QPointF(88, row))


def _draw_card(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(8, 22, 84, 56), 9, 9)
    painter.drawRect(QRectF(60, 36, 18, 26))
    _lines((22, 42, 46, 42), (22, 58, 46, 58))(painter)


def _draw_questions(painter: QPainter) -> None:
    path = QPainterPath(QPointF(32, 36))
    path.cubicTo(32, 10, 70, 10, 70, 36)
    path.cubicTo(70, 52, 50, 50, 50, 66)
    painter.drawPath(path)
    painter.drawPoint(QPointF(50, 86))


def _draw_shelf(painter: QPainter) -> None:
    _lines((8, 46, 92, 46), (8, 88, 92, 88))(painter)
    for x, y in ((18, 16), (36, 16), (56, 16), (28, 58), (50, 58), (68, 58)):
        painter.drawLine(QPointF(x, y), QPointF(x, y + 18))


def _draw_blanks(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(8, 44, 66, 44), 8, 8)
    painter.drawPolyline(QPolygonF([QPointF(22, 30), QPointF(84, 30), QPointF(84, 72)]))
    painter.drawPolyline(QPolygonF([QPointF(36, 14), QPointF(94, 14), QPointF(94, 56)]))


def _draw_today(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(10, 18, 80, 72), 9, 9)
    _lines((10, 40, 90, 40), (32, 8, 32, 26), (68, 8, 68, 26), (30, 66, 44, 78), (44, 78, 70, 54))(painter)


def _draw_menu(painter: QPainter) -> None:
    _lines((14, 26, 86, 26), (14, 50, 86, 50), (14, 74, 86, 74))(painter)


SIGNS: Final[Mapping[str, _Draw]] = {
    "queue": _draw_queue,
    "card": _draw_card,
    "questions": _draw_questions,
    "shelf": _draw_shelf,
    "blanks": _draw_blanks,
    "today": _draw_today,
    "menu": _draw_menu,
}


def draw_sign(painter: QPainter, name: str, colour: QColor, weight: float = 9.0) -> None:
    """Draw what a screen is known by into a square of a hundred."""
    painter.setPen(QPen(colour, weight, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    SIGNS[name](painter)


@cache
def sign_icon(name: str, colour: str) -> QIcon:
    """Return what a screen is known by as an icon."""
    return _icon(lambda painter: draw_sign(painter, name, QColor(colour)))


def into_square(painter: QPainter, square: QRectF) -> None:
    """Let a painter draw into a square as if it were one of a hundred."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(square.topLeft())
    painter.scale(square.width() / 100, square.height() / 100)


def _icon(draw: _Draw) -> QIcon:
    icon = QIcon()
    for size in SIZES:
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        into_square(painter, QRectF(0, 0, size, size))
        draw(painter)
        painter.end()
        icon.addPixmap(picture)
    return icon
