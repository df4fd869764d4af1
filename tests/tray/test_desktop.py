"""The window on a real screen: with a window manager, a panel with its tray, and keys that a person presses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.model import pins
from stationd.model.policy import PinCode
from stationd.tray.condition import Condition
from stationd.tray.palette import OF_CONDITION, TONES
from tests.api.house import NOW, OFFICER, STATION, House, policy
from tests.rig.desktop import Desktop
from tests.rig.settings import ROOT
from tests.rig.window_process import WindowProcess

CODE = "0123-4567-89AB-CDEF"
PIN = "271828"
PANEL = 28


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    with Desktop() as desktop:
        yield desktop


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    digest = pins.code_digest(STATION, OFFICER, CODE)
    with House(tmp_path) as house:
        codes = (PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600),)
        house.station.rules.go_by(policy(pin_codes=codes))
        with house.client() as client:
            client.set_pin(OFFICER, CODE, PIN)
        yield house


def points(desktop: Desktop, condition: Condition) -> list[tuple[int, int]]:
    """Return the places in the panel's corner that have the colour of a condition."""
    colour = TONES[OF_CONDITION[condition]].sign
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    picture = desktop.screenshot()
    across, down = range(desktop.width - 260, desktop.width), range(desktop.height - PANEL, desktop.height)
    return [(x, y) for x in across for y in down if picture.getpixel((x, y)) == wanted]


def in_tray(desktop: Desktop, condition: Condition) -> bool:
    """Say whether the panel shows a condition: its colour, on more than a few points."""
    return len(points(desktop, condition)) > 40


def test_a_day_begins_with_keys_alone(desktop: Desktop, house: House) -> None:
    house.stock()
    house.arrive("j1")
    with WindowProcess(desktop, house.socket) as window:
        desktop.wait_until(lambda: in_tray(desktop, Condition.READY), "ready in the tray, though nobody is signed in")
        window.sign_in(OFFICER, PIN)
        desktop.press("F5")
        with house.client() as client:
            desktop.wait_until(lambda: client.status().jobs.get("ordered") == 1, "the order")
        desktop.wait_until(lambda: in_tray(desktop, Condition.WORKING), "working in the tray")
        desktop.press("ctrl+l")
        desktop.wait_until(lambda: bool(desktop.windows("^Cetak KTP-el$")), "the sign-in")
        desktop.wait_until(lambda: in_tray(desktop, Condition.WORKING), "working in the tray, behind the lock")
        # closed, it waits in the tray; a press on its icon brings it back
        desktop.press("alt+F4")
        desktop.wait_until(lambda: not desktop.windows("Cetak KTP-el"), "the window to go")
        assert window.process is not None
        assert window.process.poll() is None
        icon = points(desktop, Condition.WORKING)
        desktop.click(*icon[len(icon) // 2])
        desktop.wait_for_window("Cetak KTP-el")
        desktop.press("ctrl+q")
        desktop.wait_until(lambda: window.process is not None and window.process.poll() is not None, "the end")


@pytest.fixture
def bus() -> Iterator[str]:
    """The address of a session's bus of its own."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()
        daemon.terminate()


def test_a_tray_of_another_kind_shows_it_too(desktop: Desktop, house: House, bus: str) -> None:
    """GNOME's and KDE's trays know icons by StatusNotifier, over the session's bus."""
    house.stock()
    house.arrive("j1")
    address = {"DBUS_SESSION_BUS_ADDRESS": bus}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    host = subprocess.Popen(
        [sys.executable, "-m", "tests.rig.tray_host"], cwd=ROOT, env={**os.environ, **address}, **pipes
    )
    with host:
        assert host.stdin is not None
        assert host.stdout is not None
        try:
            assert json.loads(host.stdout.readline()) == "watching"
            with WindowProcess(desktop, house.socket, "id", 1, address) as window:
                first = json.loads(host.stdout.readline())
                assert first["menu"]
                assert [22, 22] in first["sizes"] or max(first["sizes"]) >= [22, 22]
                window.sign_in(OFFICER, PIN)
                seen = {first["icon"]}
                house.station.order("j1", OFFICER)
                while len(seen) < 2:  # not connected or ready, then working: what comes quickly may come as one
                    seen.add(json.loads(host.stdout.readline())["icon"])
                desktop.press("alt+F4")
                desktop.wait_until(lambda: not desktop.windows("Cetak KTP-el"), "the window to go")
                host.stdin.write("activate\n")
                host.stdin.flush()
                desktop.wait_for_window("Cetak KTP-el")
        finally:
            host.terminate()
