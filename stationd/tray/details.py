"""Beside a table: what is chosen in full, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from stationd.tray.actions import ActionButton
from stationd.tray.page import Shell

HIGH: Final = 14
"""Heights of a line that it needs at least."""


class DetailsPanel(QScrollArea):
    """The panel. A screen's own lays its labels out in it and says what they say.

    Args:
        shell: what the frame gives.
        width: in heights of a line, at least.
    """

    def __init__(self, shell: Shell, width: float) -> None:
        super().__init__()
        self._shell = shell
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(shell.look.px(width))
        self.setMinimumHeight(shell.look.px(HIGH))

    def _lay_out(self, widgets: Sequence[QWidget], deeds: Sequence[str]) -> None:
        """Put what is said at the top and what can be done at the foot; the first deed is the one mostly wanted."""
        look = self._shell.look
        panel = QFrame()
        panel.setProperty("panel", True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(look.margin, look.px(0.7), look.margin, look.px(0.7))
        column.setSpacing(look.px(0.3))
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        for deed in deeds:
            column.addWidget(ActionButton(self._shell.actions[deed], main=deed == deeds[0]))
        self.setWidget(panel)

    def _label(self, times: float, *, bold: bool = False, soft: bool = False) -> QLabel:
        label = QLabel()
        label.setFont(self._shell.look.sized(times, bold=bold))
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        label.setProperty("soft", soft)
        return label
