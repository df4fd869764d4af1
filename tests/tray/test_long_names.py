"""A name of eighty characters with all its titles: nothing of it is cut where somebody reads it, and it is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.tray.card import CardPage
from stationd.tray.queue import QueuePage
from stationd.tray.queue.finding import TITLES, haystack, needle
from stationd.tray.shelf import ShelfPage
from stationd.tray.table import Role, Table
from tests.rig.accessible import faults
from tests.rig.officers_window import SIZE, OfficersWindow
from tests.station.shelves import ShelfHouse, nik, number_of

LONG = "PROF. DR. IR. R.A. HJ. SITI NURHALIZAH KUSUMANINGRUM WIDYA, S.KOM., M.KES., PH.D"
SMALLEST = 683, 370
"""Of a window on an office's screen of 1366 × 768 where everything is twice as large, in pixels."""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShelfHouse]:
    monkeypatch.setattr("tests.station.shelves.NAMES", (LONG,))
    with ShelfHouse(tmp_path) as served:
        served.station.names = lambda: {
            job.job_id: Label(job_id=job.job_id, name=LONG, nik=Nik(nik(number_of(job.job_id))), kelurahan="BANGKALA")
            for job in served.station.jobs()
        }
        yield served


@pytest.fixture
def office(house: ShelfHouse, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OfficersWindow]:
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    with OfficersWindow(qapp, qtbot, house.socket) as office:
        yield office


def cut(page: QWidget) -> list[str]:
    """Return the labels in sight that say the name and have no room for all of it."""
    labels = [label for label in page.findChildren(QLabel) if label.isVisible() and LONG in label.text()]
    assert labels, "the name is in no label"
    return [label.text() for label in labels if not _has_room(label)]


def _has_room(label: QLabel) -> bool:
    room = label.contentsRect()
    wrapped = int(Qt.TextFlag.TextWordWrap) if label.wordWrap() else 0
    needs = label.fontMetrics().boundingRect(QRect(0, 0, room.width(), 10_000), wrapped, label.text())
    if needs.height() > room.height():
        return False
    around: QWidget = label  # it may be scrolled down, but nothing is scrolled to the side
    while not around.isWindow():
        left = label.mapTo(around, room.topLeft()).x()
        if left < 0 or left + needs.width() > around.width():
            return False
        around = around.parentWidget()
    return True


def says_all(table: Table[object]) -> bool:
    """Say whether what a table's cell has no room for ends in points, and is whole where one rests on it."""
    index = table.rows.index(0, 1)
    return (
        table.textElideMode() is Qt.TextElideMode.ElideRight
        and table.rows.data(index, Role.ToolTipRole) == LONG
        and table.rows.data(index, Role.AccessibleTextRole) == LONG
    )


@pytest.mark.parametrize("size", [SIZE, SMALLEST])
def test_a_name_of_eighty_characters_is_read_whole_on_every_screen(
    office: OfficersWindow, house: ShelfHouse, size: tuple[int, int]
) -> None:
    assert len(LONG) == 80
    house.arrive("j1")
    house.shelve("j2")
    house.arrive("j3")
    house.station.order("j3", "off-1")
    house.make("j3")
    office.window.resize(*size)
    office.enter(house.signed_in())

    queue = office.page(QueuePage)
    office.until(lambda: [job.name for job in queue.rows.shown] == [LONG, LONG])
    queue.table.choose("j1")
    office.until(lambda: cut(queue) == [])
    assert says_all(queue.table)
    assert faults(office.window) == []

    card = office.page(CardPage)
    card.arrive("j3")
    office.until(lambda: card.face._name.text() == LONG)
    office.until(lambda: cut(card) == [])
    assert faults(office.window) == []

    shelf = office.page(ShelfPage)
    office.until(lambda: [found.job_id for found in shelf.rows.shown] == ["j2"])
    shelf.table.choose("j2")
    assert says_all(shelf.table)
    office.until(lambda: cut(shelf) == [])
    assert faults(office.window) == []


def test_with_whatever_title_somebody_is_found_by_their_name_alone() -> None:
    for title in TITLES:
        for written in (f"{title.upper()}. SITI NURHALIZAH", f"SITI NURHALIZAH, {title.upper()}."):
            assert all(word in haystack(written, "") for word in needle(f"{title} nurhalizah siti").split())
            assert needle(f"{title} nurhalizah") == "nurhalizah"
