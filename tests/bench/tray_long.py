"""Print pressed in a long queue, timed in a process of its own: `python -m tests.bench.tray_long FOLDER JOBS`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from stationd.client.client import Client
from stationd.client.officers import SessionView
from stationd.client.queue import new_key
from stationd.tray.application import Tray
from stationd.tray.queue import QueuePage
from tests.bench.waiting import until
from tests.rig.settings import ROOT

PRESSES = 15
UNDER_WAY = ("printing", "delivered")
PAUSE = 700
"""Milliseconds between presses: sooner than a long queue is fetched again, so that presses meet fetches."""


def main() -> None:
    """Time it; the station is in another process, as in life."""
    folder, count = Path(sys.argv[1]), sys.argv[2]
    command = [sys.executable, "-m", "tests.bench.tray_station", folder, count]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as station:
        assert station.stdout is not None
        served = json.loads(station.stdout.readline())
        socket, token = Path(served["socket"]), served["token"]
        ordered, printing = presses(socket, token, int(count))
        told = {"long-ordered": ordered, "long-printing": printing, "long-asked": alone(socket, token)}
    print(json.dumps(told))  # noqa: T201 - its answer
    sys.stdout.flush()
    os._exit(0)


def presses(socket: Path, token: str, count: int) -> tuple[list[float], list[float]]:
    """Press F6 and wait until the row says that the card is ordered, and that it is being made; milliseconds."""
    application = QApplication([])
    tray = Tray(application, socket, "id")
    tray.furnish()
    tray.link.start()
    tray.window.resize(1366, 740)
    tray.window.show()
    tray.window.activateWindow()

    def take(client: Client) -> SessionView:
        client.token = token
        return client.whoami()

    tray.link.sign_in(take, lambda _: None, lambda problem: print(problem, file=sys.stderr))  # noqa: T201
    until(lambda: tray.known.now.status is not None)
    tray.window.go(QueuePage.name)
    page = tray.window.stack.currentWidget()
    assert isinstance(page, QueuePage)
    until(lambda: len(page.rows.shown) == count)
    ordered, printing = [], []

    def state(job: str) -> str:
        place = page.rows.place_of(job)
        return page.rows.shown[place].state if place is not None else ""

    for _ in range(PRESSES):
        QTest.qWait(PAUSE)
        job = next(row.job_id for row in page.rows.shown if row.state == "queued")
        page.table.choose(job)
        page.table.setFocus()
        application.processEvents()
        began = time.perf_counter()
        QTest.keyClick(page.table, Qt.Key.Key_F6)
        for took, states in ((ordered, ("ordered", *UNDER_WAY)), (printing, UNDER_WAY)):
            until(lambda job=job, states=states: state(job) in states)
            page.table.viewport().repaint()
            took.append((time.perf_counter() - began) * 1000)
    tray.link.close()
    return ordered, printing


def alone(socket: Path, token: str) -> list[float]:
    """Order the same by the client, without a window; milliseconds."""
    client, took = Client(socket, token=token), []
    waiting = [job.job_id for job in client.queue().jobs if job.state == "queued"]
    for job in waiting[:PRESSES]:
        began = time.perf_counter()
        client.order_many([job], new_key())
        took.append((time.perf_counter() - began) * 1000)
    client.close()
    return took


if __name__ == "__main__":
    main()
