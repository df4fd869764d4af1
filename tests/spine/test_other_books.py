"""A book that is not the one the registry holds, and one that was changed, stop printing for good, and say so."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from tests.rig import day
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
