"""A technician's commands at a station with simulated devices, with the daemon running and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rig import day
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)


def ask(station: StationProcess, *arguments: str) -> tuple[int, Any]:
    """Run a command with `--json`; returns its exit status and what it printed."""
    done = station._ctl(("--json", *arguments, "--settings", str(station.settings)))
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def by_code(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in report["findings"]}


def test_a_station_is_looked_at_before_its_first_start(
    simulation: Simulation, new_station: Callable[..., StationProcess]
) -> None:
    station = new_station()
    day.sweep(simulation)
    simulation.sim("receive", "2")
    simulation.sim("load", "2")
    status, seen = ask(station, "devices")
    assert status == 0
    assert not seen["running"]
    printer = next(device for device in seen["devices"] if device["kind"] == "printer")
    assert (printer["model"], printer["serial"], printer["used_by"]) == ("XID8600", "A8600001", ["line-1"])
    status, report = ask(station, "doctor")
    found = by_code(report)
    assert status == 1, found
    assert not report["running"]
    assert {"daemon-down", "no-book", "printer-there", "printer-ready", "encoder-there", "registry-answers"} <= set(
        found
    )
    assert {"clock-right", "certificate-holds", "keys-there", "supply-left", "disk-syncs"} <= set(found)
    simulation.sim("door", "open")
    status, report = ask(station, "doctor")
    assert (status, by_code(report)["cover-open"]["level"]) == (2, "stops")
    simulation.sim("door", "closed")


def test_a_running_station_looks_at_itself_and_prints_on(simulation: Simulation, station: StationProcess) -> None:
    day.queue(simulation, station, 2)
    station.ctl("print", "--next", "2")
    looks = []
    while station.status().jobs.get("delivered", 0) < 2:
        looks.append((ask(station, "devices")[1], ask(station, "doctor")[1]))
        assert not station.status().questions
    seen, report = looks[-1]
    printer = next(device for device in seen["devices"] if device["kind"] == "printer")
    assert seen["running"]
    assert report["running"]
    assert (printer["held"], printer["model"], printer["serial"]) == (True, "XID8600", "A8600001")
    found = by_code(report)
    assert {"printer-there", "encoder-there", "registry-answers", "clock-right", "keys-there"} <= set(found)
    assert not {"probe-failed", "probe-silent"} & set(found)
    assert "jam" not in (station.folder / "stationd.log").read_text()


def test_a_printer_that_is_open_keeps_the_running_station_from_printing(
    simulation: Simulation, station: StationProcess
) -> None:
    simulation.sim("door", "open")
    station.wait_until(lambda status: status.lines[0].cause == "cover-open")
    status, report = ask(station, "doctor")
    assert (status, by_code(report)["cover-open"]["subject"]) == (2, "line-1")
    assert "Prevents printing" in station._ctl(("doctor",)).stdout
    simulation.sim("door", "closed")
