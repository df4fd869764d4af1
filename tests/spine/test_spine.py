"""One card, from the registry to the shelf, over real wires; and what happens when something on the way is missing."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig import day, evidence, truth
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)


def assert_all_agrees(simulation: Simulation, station: StationProcess, folder: Path, cards: int) -> None:
    """Hold the world, the registry and the book against each other."""
    findings = evidence.gather(simulation, station, folder / "cards", cards)
    assert not findings.wrong
    assert len(findings.compared) > 2 * cards


def test_three_cards_over_usb(simulation: Simulation, station: StationProcess, tmp_path: Path) -> None:
    day.queue(simulation, station, 3)
    day.print_next(station, 3)
    day.accept_all(simulation, station)
    day.await_acknowledged(station)
    assert_all_agrees(simulation, station, tmp_path, 3)
    # The registry knows of all three, so nothing of the citizens is left on this disk.
    status = station.wait_until(lambda s: s.link.acknowledged == s.book)
    assert status.jobs == {"accepted": 3}
    vault = truth.rows(station.folder / "data", "SELECT count(*) FROM vault")
    assert vault == [(0,)]


def test_a_registry_killed_before_during_and_after_loses_nothing_and_repeats_nothing(
    simulation: Simulation, station: StationProcess, tmp_path: Path
) -> None:
    jobs = day.queue(simulation, station, 3)
    simulation.kill_registry()
    station.ctl("print", jobs[0])
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    station.ctl("accept", jobs[0])
    simulation.restart_registry()
    station.ctl("print", jobs[1])
    station.wait_until(lambda s: s.jobs.get("printing", 0) == 1)
    simulation.kill_registry()
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    station.ctl("print", jobs[2])
    simulation.restart_registry()
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 2)
    simulation.kill_registry()
    day.accept_all(simulation, station)
    simulation.restart_registry()
    day.await_acknowledged(station, 60)
    assert_all_agrees(simulation, station, tmp_path, 3)


@pytest.mark.parametrize("at", ["feed", "write", "film", "transfer", "activate", "deliver"])
def test_a_daemon_killed_in_mid_attempt_goes_on_by_itself_and_makes_no_second_live_card(
    simulation: Simulation, station: StationProcess, at: str
) -> None:
    (job,) = day.queue(simulation, station, 1)
    with station.client() as client, client.listening() as entries:
        station.ctl("print", job)
        next(entry for entry in entries if entry["type"] == "step-intended" and entry["step"] == at)
    station.stop(signal.SIGKILL)
    station.start()
    status = station.wait_until(lambda s: not s.jobs.get("printing") and not s.jobs.get("ordered"))
    with simulation.world() as world:
        live = truth.live_cards(world)
        census = world.census()
        findings = truth.Findings()
        truth.compare_blanks(truth.book(station.folder / "data"), world, findings, questions=True)
    assert not findings.wrong
    if status.questions:
        # The card was on its way out when nobody looked: it is live, and only a person can find it.
        assert at in {"activate", "deliver"}
        assert len(live) == 1
        assert status.blanks.get("in-question") == 1
        if at == "deliver":
            station.ctl("answer", status.questions[0].question_id, "out")
            station.ctl("accept", job)
            assert station.status().jobs == {"accepted": 1}
        return
    assert len(live) == status.jobs.get("delivered", 0)
    assert not census.get("machine/matica-1")
    if at == "transfer":
        assert status.jobs == {"held": 1}, "a print that was cut off is not trusted"
        assert len(census["reject/matica-1"]) == 1


def test_devices_that_are_missing_at_the_start_are_named_and_taken_up_when_they_come(
    simulation: Simulation, new_station: Callable[..., StationProcess]
) -> None:
    simulation.sim("unplug")
    station = new_station()
    station.start()
    status = station.wait_until(lambda s: s.lines[0].cause != "")
    assert status.lines[0].cause == "not-found"
    simulation.sim("replug")
    station.wait_until(lambda s: s.lines[0].state == "ready")


def test_a_printer_of_another_serial_number_is_not_the_one_that_was_looked_for(
    simulation: Simulation, new_station: Callable[..., StationProcess]
) -> None:
    station = new_station(printer="usb:2166:701d?serial=OTHER")
    station.start()
    status = station.wait_until(lambda s: s.lines[0].cause != "")
    assert status.lines[0].cause == "not-found"
    assert "serial=OTHER" in status.lines[0].detail


def test_a_station_without_cetak_leases_nothing_and_says_why(
    simulation: Simulation, new_station: Callable[..., StationProcess]
) -> None:
    station = new_station()
    simulation.desk.policy(station.name, services=["SIAK", "REKAM"])
    simulation.desk.add_jobs(station.name, 1)
    station.start()
    station.wait_until(lambda s: s.policy_version == 3)
    assert station.status().jobs == {}
    said = station.refusal("print", "--next", "1")
    assert "CETAK" in said
    simulation.desk.policy(station.name)
    station.stop()
    station.start()  # a station looks once a minute for what it may do, and when it starts
    station.wait_until(lambda s: s.jobs.get("queued", 0) == 1)
