"""A technician's commands at a station with simulated devices, with the daemon running and without.

All of it at one simulation: a station that was never started, and one that runs and is shared by the rest. Commands are
processes of their own where devices are reached from them; what a running daemon answers is asked over its api.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.matica_xid import replay
from drivers.printer import Reason
from drivers.recording import read
from stationd.client.problems import StationProblem
from tests.rig import day, truth
from tests.rig.simulation import BIN, Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)

TRACED = "7"
"""Seconds of a recording: a card is made in less, on a machine that has other work as well."""


@pytest.fixture(scope="module")
def shared(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    """A station with ten blanks in its hopper."""
    made = StationProcess(tmp_path_factory.mktemp("station"), simulation, "kec-technician")
    made.enrol()
    made.start()
    day.sweep(simulation)
    day.receive_blanks(simulation, made, 10)
    day.load_hopper(simulation, made, 10)
    yield made
    made.stop()


@pytest.fixture
def running(shared: StationProcess) -> StationProcess:
    """That station, running."""
    if shared._process is None or shared._process.poll() is not None:
        shared.start()
    return shared


def ask(station: StationProcess, *arguments: str) -> tuple[int, Any]:
    """Run a command with `--json`; returns its exit status and what it printed."""
    done = station._ctl(("--json", *arguments, "--settings", str(station.settings)))
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def get(station: StationProcess, path: str) -> Any:
    """Ask the running daemon what a command would."""
    with station.client() as client:
        return client.get(path, Any)


def by_code(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in report["findings"]}


def printer_of(seen: dict[str, Any]) -> dict[str, Any]:
    return next(device for device in seen["devices"] if device["kind"] == "printer")


def test_a_station_is_looked_at_before_its_first_start(simulation: Simulation, tmp_path: Path) -> None:
    station = StationProcess(tmp_path / "new", simulation, "kec-new")
    station.enrol()
    day.sweep(simulation)
    simulation.sim("receive", "2")
    simulation.sim("load", "2")
    status, seen = ask(station, "devices")
    assert status == 0
    assert not seen["running"]
    printer = printer_of(seen)
    assert (printer["model"], printer["serial"], printer["used_by"]) == ("XID8600", "A8600001", ["line-1"])
    simulation.sim("door", "open")
    status, report = ask(station, "doctor")
    found = by_code(report)
    assert (status, found["cover-open"]["level"]) == (2, "stops"), found
    assert [code for code, finding in found.items() if finding["level"] == "stops"] == ["cover-open"]
    assert not report["running"]
    assert {"daemon-down", "no-book", "printer-there", "encoder-there", "registry-answers"} <= set(found)
    assert {"clock-right", "certificate-holds", "keys-there", "supply-left", "disk-syncs"} <= set(found)
    out = tmp_path / "door.jsonl"
    status, said = ask(station, "trace", "line-1", "--out", str(out), "--seconds", "1")
    simulation.sim("door", "closed")
    assert status == 0
    assert [(reported["reason"], reported["code"]) for reported in said["reported"]] == [("cover-open", "0002D100")]
    assert said["passages"] == len(read(out.read_text().splitlines()))


def test_a_running_station_looks_at_itself_and_prints_on(simulation: Simulation, running: StationProcess) -> None:
    day.queue(simulation, running, 2)
    before = running.status().jobs.get("delivered", 0)
    running.ctl("print", "--next", "2")
    looks = [(ask(running, "devices")[1], ask(running, "doctor")[1])]
    while running.status().jobs.get("delivered", 0) < before + 2:
        looks.append((get(running, "/v1/devices"), get(running, "/v1/doctor")))
        assert not running.status().questions
    seen, report = looks[-1]
    assert seen["running"]
    assert report["running"]
    printer = printer_of(seen)
    assert (printer["held"], printer["model"], printer["serial"]) == (True, "XID8600", "A8600001")
    found = by_code(report)
    assert {"printer-there", "encoder-there", "registry-answers", "clock-right", "keys-there"} <= set(found)
    assert not {"probe-failed", "probe-silent"} & set(found)
    assert "jam" not in (running.folder / "stationd.log").read_text()


def test_a_printer_that_is_open_keeps_the_running_station_from_printing(
    simulation: Simulation, running: StationProcess
) -> None:
    simulation.sim("door", "open")
    running.wait_until(lambda status: status.lines[0].cause == "cover-open")
    told = running._ctl(("doctor",))
    simulation.sim("door", "closed")
    assert told.returncode == 2
    assert "Prevents printing" in told.stdout
    assert "line-1" in told.stdout
    running.wait_until(lambda status: status.lines[0].cause == "")


def test_a_card_that_jams_is_on_record_without_its_citizen(
    simulation: Simulation, running: StationProcess, tmp_path: Path
) -> None:
    """Printer and reader at once: the trace gives the cause that the book has, without picture and chip's content."""
    (job,) = day.queue(simulation, running, 1)
    reader = simulation.facts["readers"]["matica-1"]["address"]
    out, talked = tmp_path / "jam.jsonl", tmp_path / "reader.jsonl"
    simulation.sim("fault", "jam", "--command", "transfer", "--set", "code=234240")  # 00039300, at the transfer roller

    def tracing(of: str, file: Path) -> subprocess.Popen[str]:
        command = [BIN / "stationctl", "--socket", running.socket, "trace", of, "--out", file, "--seconds", TRACED]
        return subprocess.Popen(command, env=running.signed_in(), stdout=subprocess.PIPE, text=True)

    with tracing("line-1", out) as recording, tracing(reader, talked) as beside:
        for begun in (recording, beside):
            assert begun.stdout is not None
            assert "Recording" in begun.stdout.readline()
        time.sleep(0.5)  # it says so just before it asks the station
        with running.client() as client:
            with pytest.raises(StationProblem) as refused:
                client.get("/v1/trace?of=line-1&seconds=1", Any)
            client.order_next(1)
        said = recording.communicate(timeout=60)[0]
        beside.communicate(timeout=60)
    simulation.sim("clear", "jam")
    assert refused.value.cause == "already-recording"
    assert (recording.returncode, "media-jam" in said) == (0, True)
    written = out.read_text()
    records = read(written.splitlines())
    replayed = [diagnosis.condition for diagnosis in replay.replay(records)]
    booked = [entry for entry in truth.book(running.folder / "data") if entry.get("cause") == "media-jam"]
    assert booked
    assert (Reason.MEDIA_JAM, "00039300") in {(condition.reason, condition.code) for condition in replayed}
    assert sum(record.hidden for record in records) > 2072 * 1328, "the panels are left out"
    claims = simulation.desk.claims(job)
    for personal in (claims["nik"], claims["card"]["nama"]):
        assert personal not in written
        assert personal.encode().hex() not in written
    talk = [record for record in read(talked.read_text().splitlines()) if record.pipe == "transmit"]
    assert len(talk) > 20
    assert max(len(record.data) for record in talk) <= 6
    for name, content in claims["chip"].items():
        assert base64.b64decode(content)[:8].hex() not in talked.read_text(), name
    running.wait_until(lambda status: not status.lines[0].cause and not status.lines[0].job_id)


def test_a_bundle_holds_what_support_needs_and_no_citizen(
    simulation: Simulation, running: StationProcess, tmp_path: Path
) -> None:
    jobs = day.queue(simulation, running, 2)
    day.print_next(running, 1)
    day.accept_all(simulation, running)
    day.await_acknowledged(running)
    log = tmp_path / "stationd.log"
    holes = '{"who": "7316020101900001"}\nTraceback: JOKO WIDODO\n{"who": "id7316024107900001"}\n'
    log.write_text((running.folder / "stationd.log").read_text() + holes)  # what a net with a hole would let through
    for when in ("running", "down"):
        out = tmp_path / when
        status, said = ask(running, "bundle", "--out", str(out), "--log", str(log))
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
        held = truth.book(running.folder / "data")
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
        assert (running.folder / "data" / "keys" / "station.json").read_bytes()[:60] not in whole
        if when == "running":
            began = time.monotonic()
            running.stop()
            assert time.monotonic() - began < 60
