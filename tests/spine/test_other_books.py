"""A book that is not the one the registry holds, and one that was changed, stop printing for good, and say so."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.rig import day, truth
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(120)


def test_a_restored_database_is_found_out_and_stays_so_without_the_network(
    simulation: Simulation, station: StationProcess
) -> None:
    day.await_acknowledged(station)
    station.stop()
    shutil.copytree(station.folder / "data", station.folder / "backup")
    station.start()
    day.queue(simulation, station, 1)
    day.print_next(station, 1)
    day.await_acknowledged(station)
    station.stop()
    shutil.rmtree(station.folder / "data")
    shutil.copytree(station.folder / "backup", station.folder / "data")
    station.start()
    station.wait_until(lambda s: s.lines[0].cause == "book-forked")
    station.stop()
    simulation.kill_registry()
    station.start()
    status = station.wait_until(lambda s: s.lines[0].cause == "book-forked")
    assert status.book_check.state == "failed"
    simulation.restart_registry()


def test_a_changed_entry_is_found_beside_the_work_and_stays_found(
    simulation: Simulation, station: StationProcess
) -> None:
    day.await_acknowledged(station)
    station.stop()
    with sqlite3.connect(station.folder / "data" / "book.db") as raw:
        raw.executescript(
            "DROP TRIGGER book_is_never_changed; UPDATE book SET text = replace(text, '\"count\":10', '\"count\":9')"
        )
    raw.close()
    station.start()
    status = station.wait_until(lambda s: s.lines[0].cause == "book-broken")
    assert status.book_check.findings[0].startswith("entry ")
    assert station.ctl("verify", check=False).count("entry ") >= 1
    station.stop()
    station.start()
    station.wait_until(lambda s: s.lines[0].cause == "book-broken")


def test_of_two_machines_with_one_disk_the_second_to_speak_prints_no_more(
    simulation: Simulation, station: StationProcess
) -> None:
    day.await_acknowledged(station)
    station.stop()
    original, copy = station.folder / "data", station.folder / "copy"
    shutil.copytree(original, copy)
    station.start()
    day.receive_blanks(simulation, station, 1)
    day.await_acknowledged(station)
    station.stop()
    original.rename(station.folder / "first")
    copy.rename(original)
    station.start()
    station.wait_until(lambda s: s.lines[0].cause == "book-forked")
    assert "Do not print" in station.ctl("status")
    station.stop()
    original.rename(copy)
    (station.folder / "first").rename(original)
    station.start()
    day.queue(simulation, station, 1)
    day.print_next(station, 1)
    day.await_acknowledged(station)


def test_a_registry_restored_from_its_backup_is_given_the_book_again(
    simulation: Simulation, station: StationProcess
) -> None:
    day.await_acknowledged(station)
    folder = Path(simulation.facts["registry"]["dir"])
    backup = station.folder / "registry-backup"
    simulation.kill_registry()
    shutil.copytree(folder, backup, ignore=shutil.ignore_patterns("*.sock"))
    simulation.restart_registry()
    day.receive_blanks(simulation, station, 1)
    day.await_acknowledged(station)
    simulation.kill_registry()
    for database in folder.glob("registry.db*"):
        database.unlink()
    for database in backup.glob("registry.db*"):
        shutil.copy(database, folder)
    simulation.restart_registry()
    day.receive_blanks(simulation, station, 1)
    day.await_acknowledged(station)
    written = [entry["seq"] for entry in truth.book(station.folder / "data")]
    held = [json.loads(text)["seq"] for text in simulation.desk.ask("events", station=station.name)]
    assert held == written[: len(held)]
    assert len(held) >= station.status().link.acknowledged
    assert station.status().lines[0].cause == ""
