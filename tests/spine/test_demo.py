"""The demonstration, as a newcomer runs it: its own verdict, what it leaves to look at, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.rig.simulation import BIN
from tests.rig.station import ROOT

pytestmark = pytest.mark.timeout(180)

COMMAND = [sys.executable, str(ROOT / "script" / "demo.py"), "--factor", "40"]
PILE = re.compile(r"blanks in (?P<place>\w+): book (?P<book>\d+), world (?P<world>\d+)")
HINT = re.compile(r"export STATIOND_SOCKET=(?P<socket>\S+) .*\n.*TOKEN=(?P<token>\S+)\n.*stationctl status\n")
COMPARED = (
    "5 cards accepted in the book",
    "5 live cards in the world, no two alike",
    "the book's chain holds, read without the daemon's code",
    "stationctl verify passed",
    "the registry holds the same book",
    "no request or answer broke the registry's contract",
    "the live events told of every card",
    "no citizen's name or number in the book, the live events, what stationctl said, or any log",
)


def processes_about(folder: Path) -> list[str]:
    """Return the command lines of the processes that were started with a path below the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        if str(folder).encode() in words:
            found.append(words.replace(b"\0", b" ").decode())
    return found


def test_the_demo_says_that_all_agrees_and_shows_what(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run([*COMMAND, "--dir", str(folder)], capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.fullmatch(r"All of it agrees\. 5 cards, \d+ s\.", done.stdout.splitlines()[-1])
    agrees = [line.removeprefix("  agrees  ") for line in done.stdout.splitlines() if line.startswith("  agrees  ")]
    assert set(COMPARED) <= set(agrees)
    assert len([what for what in agrees if re.fullmatch(r"chip of job \S+ holds what the registry sent", what)]) == 5
    assert len([what for what in agrees if re.fullmatch(r"picture and chip of card \S+ belong to one job", what)]) == 5
    places = {m["place"]: (m["book"], m["world"]) for what in agrees if (m := PILE.fullmatch(what))}
    assert places == {
        "store": ("0", "0"),
        "hopper": ("15", "15"),
        "machine": ("0", "0"),
        "output": ("0", "0"),
        "reject": ("0", "0"),
        "shelf": ("5", "5"),
    }
    pictures = [file.read_bytes() for file in (folder / "cards").glob("*.png")]
    assert len(set(pictures)) == len(pictures) == 5
    assert all(picture.startswith(b"\x89PNG\r\n\x1a\n") for picture in pictures)
    assert not processes_about(folder)


def test_a_demo_that_stays_can_be_asked_and_ends_whole_with_ctrl_c(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    output = tmp_path / "output"
    with output.open("wb") as file:
        # A session of its own, as a terminal gives: Ctrl-C reaches those in the foreground.
        demo = subprocess.Popen(
            [*COMMAND, "--dir", str(folder), "--stay"], stdout=file, stderr=file, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 150
        while not (hint := HINT.search(said := output.read_text())):
            assert demo.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        status = [BIN / "stationctl", "--socket", hint["socket"], "--lang", "en", "status"]
        environment = {**os.environ, "STATIOND_TOKEN": hint["token"]}
        asked = subprocess.run(status, capture_output=True, text=True, check=False, timeout=30, env=environment)
        assert asked.returncode == 0, asked.stderr
        assert "line-1" in asked.stdout
        assert processes_about(folder)
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(60) == 0, output.read_text()
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    assert output.read_text().splitlines()[-1] == "Ending."
    assert not processes_about(folder)
    assert not (folder / "world" / "simulators.json").exists()
