"""Of Qt's binding itself: what the interpreter has one of is not used up."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QLabel

TIMES = 300


class Bell(QObject):
    rung = Signal()
    told = Signal(object)


@pytest.mark.usefixtures("qapp")
def test_none_true_and_false_are_not_used_up() -> None:
    bell, label, picture = Bell(), QLabel(), QPixmap(3, 3)
    bell.rung.connect(lambda: None)
    bell.told.connect(lambda _: None)
    before = [sys.getrefcount(each) for each in (None, True, False)]
    for _ in range(TIMES):
        bell.rung.emit()
        bell.told.emit([1])
        label.setText("x")
        label.property("none")
        painter = QPainter(picture)
        painter.drawPoint(1, 1)
        painter.end()
    after = [sys.getrefcount(each) for each in (None, True, False)]
    assert all(late > early - TIMES / 2 for early, late in zip(before, after, strict=True))
