"""The officers' window: how soon it is there beside a bare window of the same libraries, and how soon a key is seen."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Aim, Figure, Series
from tests.rig.desktop import Desktop
from tests.rig.settings import ROOT
from tests.rig.window_process import TITLES

STARTS = 7
NOBODY = "no.sock"
LONG = "10000"
"""Jobs in a long queue."""

BARE = """
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("bare"))
window.setWindowTitle("a bare window")
window.showMaximized()
app.exec()
"""


def measure(folder: Path) -> list[Figure]:
    """Measure starts on a desktop, then keys and a long table without one."""
    folder.mkdir(parents=True, exist_ok=True)
    ours: list[float] = []
    bare: list[float] = []
    with Desktop() as desktop:
        command = [sys.executable, "-m", "stationd.tray", "--socket", folder / NOBODY]
        for _ in range(STARTS):
            bare.append(_start(desktop, [sys.executable, "-c", BARE], "a bare window"))
            ours.append(_start(desktop, command, TITLES["id"]))
    told = _hands("tray_hands", folder / "hands") | _hands("tray_long", folder / "long", LONG)
    return [
        Figure(
            "window ready",
            Series("station-tray, from the command to the window in sight", "s", tuple(ours)),
            Series("a bare window of the same libraries", "s", tuple(bare)),
            aim=Aim("≤", 2, of_ratio=True),
        ),
        Figure(
            "key to sight",
            Series("from F5 until the order is shown", "ms", tuple(told["shown"])),
            Series("order and status by the client alone", "ms", tuple(told["asked"])),
            aim=Aim("≤", 100, "ms"),
        ),
        Figure(
            "key to sight in a queue of ten thousand",
            Series("from F6 until the row says that the card is being made", "ms", tuple(told["long-printing"])),
            Series("the order by the client alone", "ms", tuple(told["long-asked"])),
            aim=Aim("≤", 100, "ms"),
            parts=(Series("from F6 until the row says ordered", "ms", tuple(told["long-ordered"])),),
        ),
        Figure(
            "search in ten thousand rows",
            Series("a search, shown", "ms", tuple(told["search"])),
            Series("Qt's own model and filter", "ms", tuple(told["filter"])),
            aim=Aim("≤", 50, "ms"),
        ),
        Figure(
            "scroll in ten thousand rows",
            Series("a scroll, shown", "ms", tuple(told["scroll"])),
            Series("Qt's own model", "ms", tuple(told["glide"])),
            aim=Aim("≤", 50, "ms"),
        ),
    ]


def _start(desktop: Desktop, command: Sequence[str | Path], title: str) -> float:
    began = time.monotonic()
    process = desktop.start(command)
    desktop.wait_for_window(title)
    took = time.monotonic() - began
    process.terminate()
    process.wait(20)
    desktop.wait_until(lambda: not desktop.windows(title), "the window to go")
    return took


def _hands(name: str, folder: Path, *more: str) -> dict[str, list[float]]:
    command = [sys.executable, "-m", f"tests.bench.{name}", folder, *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return told
