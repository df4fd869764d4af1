"""A window of a whole station in this process, without a screen."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.api.house import House
from tests.rig.officers_window import OfficersWindow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A station that only says what it is told to."""
    with House(tmp_path) as house:
        yield house


@pytest.fixture
def office(house: House, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OfficersWindow]:
    """Its window, with nobody signed in."""
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    with OfficersWindow(qapp, qtbot, house.socket) as office:
        yield office
