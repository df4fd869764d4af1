"""The steps of a card that is being made, side by side: which is done, which runs, and how long it will be."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from stationd.tray import palette
from stationd.tray.card.showing import Stage
from stationd.tray.icon import into_square
from stationd.tray.palette import TONES, Tone
from stationd.tray.theme import Look, colour
from stationd.tray.words import Speech

FULL = 1000


class StageSign(QWidget):
    """The sign of a step: an empty ring, a ring with an arrow, a disc with a tick. The words below say the same."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._state = "waits"
        self._side = look.px(1.7)
        self.setFixedSize(self._side, self._side)

    def show_state(self, state: str) -> None:
        """Show another state."""
        if state != self._state:
            self._state = state
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        into_square(painter, QRectF(0, 0, self._side, self._side))
        disc = QRectF(8, 8, 84, 84)
        lines = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        match self._state:
            case "done":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour(TONES[Tone.GOOD].sign))
                painter.drawEllipse(disc)
                painter.setPen(QPen(Qt.GlobalColor.white, 11, *lines))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolyline(QPolygonF([QPointF(30, 52), QPointF(45, 67), QPointF(71, 36)]))
            case "runs":
                painter.setPen(QPen(colour(palette.ACCENT), 10))
                painter.setBrush(colour(palette.CHOSEN))
                painter.drawEllipse(disc)
                painter.setPen(QPen(colour(palette.ACCENT), 10, *lines))
                painter.drawLine(QPointF(30, 50), QPointF(68, 50))
                painter.drawPolyline(QPolygonF([QPointF(54, 35), QPointF(70, 50), QPointF(54, 65)]))
            case _:
                painter.setPen(QPen(colour(palette.EDGE), 7, Qt.PenStyle.DashLine))
                painter.setBrush(Qt.GlobalColor.white)
                painter.drawEllipse(disc)
        painter.end()


class Strip(QWidget):
    """All steps, the part that is done, and the time left."""

    def __init__(self, speech: Speech, look: Look) -> None:
        super().__init__()
        self._speech = speech
        self._look = look
        self._signs: list[tuple[StageSign, QLabel]] = []
        self._names: tuple[str, ...] = ()
        self._row = QHBoxLayout()
        self._row.setSpacing(look.gap)
        self._bar = QProgressBar()
        self._bar.setRange(0, FULL)
        self._bar.setTextVisible(False)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar.setAccessibleName(speech.say("card.progress"))
        self._left = QLabel()
        self._left.setFont(look.sized(1.18, bold=True))
        self._left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        below = QHBoxLayout()
        below.setSpacing(look.margin)
        below.addWidget(self._bar, 1)
        below.addWidget(self._left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(0.4))
        column.addLayout(self._row)
        column.addLayout(below)

    @property
    def left(self) -> str:
        """What is said of the time left."""
        return self._left.text()

    def show_stages(self, stages: Sequence[Stage], progress: float, left: float | None) -> None:
        """Show how far a card is; `progress` is 0 to 1, `left` seconds."""
        if tuple(stage.name for stage in stages) != self._names:
            self._build(stages)
        said = []
        for (sign, label), stage in zip(self._signs, stages, strict=True):
            sign.show_state(stage.state)
            name = self._speech.say(f"card.stage.{stage.name}")
            label.setText(name)
            label.setFont(self._look.sized(1.0, bold=stage.state == "runs"))
            said.append(f"{name}: {self._speech.say(f'card.{stage.state}')}")
        self._bar.setValue(round(progress * FULL))
        percent = self._speech.formats.percent(progress)
        self._left.setText(percent if left is None else self._left_words(left))
        self.setAccessibleName("; ".join([*said, self._left.text()]))

    def _left_words(self, left: float) -> str:
        if left < 1:
            return self._speech.say("card.soon")
        return self._speech.say("card.left", time=self._speech.formats.countdown(left))

    def _build(self, stages: Sequence[Stage]) -> None:
        while self._row.count():
            self._row.takeAt(0).widget().deleteLater()
        self._signs.clear()
        for _ in stages:
            sign, label = StageSign(self._look), QLabel()
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            box = QWidget()
            row = QHBoxLayout(box)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(self._look.px(0.4))
            row.addWidget(sign)
            row.addWidget(label, 1)
            self._row.addWidget(box, 1)
            self._signs.append((sign, label))
        self._names = tuple(stage.name for stage in stages)
