"""The window under an officer's hands, timed in a process of its own: `python -m tests.bench.tray_hands FOLDER`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableView

from stationd.client.client import Client
from stationd.client.officers import SessionView
from stationd.tray.application import Tray
from stationd.tray.table import Column, Rows, Table
from stationd.tray.theme import dress
from tests.api.house import House
from tests.bench.waiting import until

PRESSES = 25
ROWS = 10_000
SEARCHES = ("w", "wa", "way", "wayan", "wayan 73", "3275", "no such name", "")


def main() -> None:
    """Time it."""
    folder = Path(sys.argv[1])
    application = QApplication([])
    with House(folder) as house:
        shown = presses(application, house)
        asked = alone(house)
    search, scroll = ours(application)
    filtered, glide = theirs(application)
    told = {"shown": shown, "asked": asked, "search": search, "scroll": scroll, "filter": filtered, "glide": glide}
    print(json.dumps(told))  # noqa: T201 - its answer
    sys.stdout.flush()
    os._exit(0)


def presses(application: QApplication, house: House) -> list[float]:
    """Press F5 and wait until the order is in sight; milliseconds."""
    house.stock()
    for number in range(PRESSES + 2):
        house.arrive(f"job-{number:03}")
    tray = Tray(application, house.socket, "id")
    tray.link.start()
    tray.window.show()
    token = house.signed_in()

    def take(client: Client) -> SessionView:
        client.token = token
        return client.whoami()

    tray.link.sign_in(take, lambda _: None, lambda problem: print(problem, file=sys.stderr))  # noqa: T201
    until(lambda: tray.known.now.status is not None)
    took = []
    for count in range(1, PRESSES + 1):
        until(lambda: not tray.link.is_asking("order-next"))  # a second press is none while the first is under way
        began = time.perf_counter()
        QTest.keyClick(tray.window, Qt.Key.Key_F5)
        until(lambda count=count: _ordered(tray) >= count)
        application.processEvents()
        took.append((time.perf_counter() - began) * 1000)
        QTest.qWait(30)
    tray.link.close()
    return took


def alone(house: House) -> list[float]:
    """Order and look by the client, without a window; milliseconds."""
    took = []
    with house.client() as client:
        for number in range(PRESSES):
            house.arrive(f"more-{number:03}")
            began = time.perf_counter()
            client.order_next(1)
            client.status()
            took.append((time.perf_counter() - began) * 1000)
    return took


def people() -> list[tuple[str, ...]]:
    """Ten thousand rows."""
    return [(f"j{n:05}", f"I MADE WAYAN PUTRA KE-{n}", f"73{n:014}", "antre") for n in range(ROWS)]


def ours(application: QApplication) -> tuple[list[float], list[float]]:
    """Search and scroll; milliseconds."""
    columns = [Column[tuple[str, ...]](title, lambda row, at=at: row[at]) for at, title in enumerate("abcd")]
    rows = Rows(columns, lambda row: row[0], lambda row: f"{row[1]} {row[2]}")
    rows.put(people())
    return _time(application, Table(rows, dress(application), "bench", many=True), rows.search)


def theirs(application: QApplication) -> tuple[list[float], list[float]]:
    """The same by what Qt brings along."""
    model = QStandardItemModel()
    for row in people():
        model.appendRow([QStandardItem(text) for text in row])
    matching = QSortFilterProxyModel()
    matching.setSourceModel(model)
    matching.setFilterKeyColumn(-1)
    matching.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    view = QTableView()
    view.setModel(matching)
    return _time(application, view, matching.setFilterFixedString)


def _time(
    application: QApplication, view: QTableView, search: Callable[[str], None]
) -> tuple[list[float], list[float]]:
    view.resize(1100, 600)
    view.show()
    application.processEvents()
    searches, scrolls = [], []
    for text in SEARCHES:
        began = time.perf_counter()
        search(text)
        view.viewport().repaint()
        searches.append((time.perf_counter() - began) * 1000)
    bar = view.verticalScrollBar()
    for place in range(0, bar.maximum(), max(1, bar.maximum() // 20)):
        began = time.perf_counter()
        bar.setValue(place)
        view.viewport().repaint()
        scrolls.append((time.perf_counter() - began) * 1000)
    view.hide()
    return searches, scrolls


def _ordered(tray: Tray) -> int:
    status = tray.known.now.status
    return status.jobs.get("ordered", 0) if status is not None else 0


if __name__ == "__main__":
    main()
