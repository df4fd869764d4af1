"""The picture of a card, drawn by the daemon from the artwork that is printed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from stationd.tray import palette
from stationd.tray.theme import Look, colour

RATIO = 85.60 / 53.98
"""Width of a card by its height (ISO/IEC 7810, ID-1)."""


class Preview(QWidget):
    """The picture, as large as there is room for. Nothing of it is kept when it is taken away."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._picture: QPixmap | None = None
        self._words = ""
        self.setMinimumSize(look.px(13), round(look.px(13) / RATIO))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def shows(self) -> bool:
        """Whether a picture is in sight."""
        return self._picture is not None

    def show_picture(self, picture: bytes, name: str) -> None:
        """Show a PNG; `name` says whose card it is."""
        shown = QPixmap()
        shown.loadFromData(picture)
        self._picture = None if shown.isNull() else shown
        self.setAccessibleName(name)
        self.update()

    def show_words(self, words: str) -> None:
        """Show a sentence in its place."""
        self._picture, self._words = None, words
        self.setAccessibleName(words)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._look.px(30), round(self._look.px(30) / RATIO))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width = min(self.width() - 4, (self.height() - 4) * RATIO)
        height = width / RATIO
        card = QRectF((self.width() - width) / 2, 2, width, height)
        round_ = height * 0.06
        outline = QPainterPath()
        outline.addRoundedRect(card, round_, round_)
        if self._picture is not None:
            painter.save()
            painter.setClipPath(outline)
            painter.drawPixmap(card.toRect(), self._picture)
            painter.restore()
            painter.setPen(QPen(colour(palette.EDGE), 1))
        else:
            painter.fillPath(outline, colour(palette.SURFACE))
            painter.setPen(colour(palette.SOFT))
            inside = card.adjusted(round_, round_, -round_, -round_)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)
            painter.setPen(QPen(colour(palette.EDGE), 1.5, Qt.PenStyle.DashLine))
        painter.drawPath(outline)
        painter.end()
