"""A technician's commands at a station with simulated devices, with the daemon running and without."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.matica_xid import replay
from drivers.printer import Reason
from drivers.recording import read
from tests.rig import day, truth
from tests.rig.simulation import BIN, Simulation
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


def test_a_jam_under_the_running_station_is_on_record(
    simulation: Simulation, station: StationProcess, tmp_path: Path
) -> None:
    """The trace gives the cause that the book has, and holds neither the picture nor the chip's content."""
    (job,) = day.queue(simulation, station, 1)
    out = tmp_path / "jam.jsonl"
    command = [BIN / "stationctl", "--socket", station.socket, "trace", "line-1", "--out", out, "--seconds", "7"]
    simulation.sim("fault", "jam", "--command", "transfer", "--set", "code=234240")  # 00039300, at the transfer roller
    with subprocess.Popen(command, env=station.environment, stdout=subprocess.PIPE, text=True) as recording:
        time.sleep(1.0)
        refused = station.refusal("trace", "line-1", "--out", str(tmp_path / "other"), "--seconds", "1")
        station.ctl("print", "--next", "1")
        said = recording.communicate(timeout=60)[0]
    assert "already" in refused
    assert (recording.returncode, "media-jam" in said) == (0, True)
    written = out.read_text()
    records = read(written.splitlines())
    replayed = [diagnosis.condition for diagnosis in replay.replay(records)]
    booked = [entry for entry in truth.book(station.folder / "data") if entry.get("cause") == "media-jam"]
    assert booked
    assert (Reason.MEDIA_JAM, "00039300") in {(condition.reason, condition.code) for condition in replayed}
    assert sum(record.hidden for record in records) > 2072 * 1328, "the panels are left out"
    simulation.sim("clear", "jam")
    claims = simulation.desk.claims(job)
    for personal in (claims["nik"], claims["card"]["nama"]):
        assert personal not in written
        assert personal.encode().hex() not in written


def test_the_readers_talk_holds_no_data_of_a_chip(
    simulation: Simulation, station: StationProcess, tmp_path: Path
) -> None:
    (job,) = day.queue(simulation, station, 1)
    out, reader = tmp_path / "reader.jsonl", simulation.facts["readers"]["matica-1"]["address"]
    command = [BIN / "stationctl", "--socket", station.socket, "trace", reader, "--out", out, "--seconds", "7"]
    with subprocess.Popen(command, env=station.environment, stdout=subprocess.PIPE, text=True) as recording:
        time.sleep(1.0)
        day.print_next(station, 1)
        recording.communicate(timeout=60)
    records = read(out.read_text().splitlines())
    talk = [record for record in records if record.pipe == "transmit"]
    assert len(talk) > 20
    assert max(len(record.data) for record in talk) <= 6
    for name, content in simulation.desk.claims(job)["chip"].items():
        assert base64.b64decode(content)[:8].hex() not in out.read_text(), name


def test_without_a_daemon_the_device_is_asked(
    simulation: Simulation, new_station: Callable[..., StationProcess], tmp_path: Path
) -> None:
    station = new_station()
    day.sweep(simulation)
    simulation.sim("door", "open")
    out = tmp_path / "door.jsonl"
    status, said = ask(station, "trace", "line-1", "--out", str(out), "--seconds", "1")
    simulation.sim("door", "closed")
    assert status == 0
    assert [(reported["reason"], reported["code"]) for reported in said["reported"]] == [("cover-open", "0002D100")]
    assert said["passages"] == len(read(out.read_text().splitlines()))
    refused = station._ctl(("trace", "line-9", "--out", str(out), "--settings", str(station.settings)))
    assert (refused.returncode, "line-9" in refused.stderr) == (1, True)


def test_a_bundle_holds_what_support_needs_and_no_citizen(
    simulation: Simulation, station: StationProcess, tmp_path: Path
) -> None:
    jobs = day.queue(simulation, station, 3)
    day.print_next(station, 1)
    day.accept_all(simulation, station)
    day.await_acknowledged(station)
    with (station.folder / "stationd.log").open("a") as log:  # what a net with a hole would have let through
        log.write('{"who": "7316020101900001"}\nTraceback: JOKO WIDODO\n{"who": "id7316024107900001"}\n')
    for when in ("running", "down"):
        out = tmp_path / when
        arguments = ("bundle", "--out", str(out), "--log", str(station.folder / "stationd.log"))
        status, said = ask(station, *arguments)
        assert status == 0
        assert said["refused"]["log.jsonl"] == 3
        archive = zipfile.ZipFile(said["file"])
        content = {name: archive.read(name) for name in archive.namelist()}
        archive.close()
        manifest = json.loads(content["manifest.json"])
        assert set(content) == {"manifest.json", *manifest["files"]}
        for name, told in manifest["files"].items():
            assert (len(content[name]), hashlib.sha256(content[name]).hexdigest()) == (told["bytes"], told["sha256"])
        book = json.loads(content["book.json"])
        held = truth.book(station.folder / "data")
        assert (book["book"]["seq"], book["book"]["digest"]) == (held[-1]["seq"], held[-1]["_digest"])
        assert book["countersigned"]["seq"] > 0
        assert len(content["events.jsonl"].splitlines()) == len(held)
        whole = b"".join(content.values()) + Path(said["file"]).read_bytes()
        for job in jobs:
            claims = simulation.desk.claims(job)
            card = claims["card"]
            for personal in (claims["nik"], claims["kk"], card["nama"], card["alamat"], claims["photo"][:64]):
                assert not personal or personal.encode() not in whole
        assert b"JOKO" not in whole
        assert b"PRIVATE KEY" not in whole
        assert (station.folder / "data" / "keys" / "station.json").read_bytes()[:60] not in whole
        if when == "running":
            station.stop()


def test_a_calibration_is_kept_by_serial_number(station: StationProcess) -> None:
    assert "as they came" in station.ctl("calibrate")
    station.ctl("calibrate", "A8600001", "--x", "0.4", "--gamma", "cyan=1.2")
    station.ctl("calibrate", "A8600001", "--y", "-0.2")
    set_now = {"A8600001": {"x": 0.4, "y": -0.2, "gamma": {"cyan": 1.2}}}
    assert station.ask("calibrate") == set_now
    assert json.loads((station.folder / "data" / "calibration.json").read_text()) == set_now
    assert "pink=1" in station.refusal("calibrate", "A8600001", "--gamma", "pink=1")
    assert "--x" in station.refusal("calibrate", "A8600001", "--x", "9")
    station.ctl("calibrate", "A8600001", "--reset")
    assert station.ask("calibrate") == {}
    (station.folder / "data" / "calibration.json").write_text("{")
    assert "calibration.json" in station.refusal("calibrate")
