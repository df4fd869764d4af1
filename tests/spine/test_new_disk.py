"""A disk is thrown away; by following docs/new-disk.md the station works again, and nothing is printed twice."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from stationd.client.problems import StationProblem
from tests.rig import day, truth
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)

PLACES = {"hopper/line-1": "hopper/matica-1", "output/line-1": "output/matica-1", "reject/line-1": "reject/matica-1"}


def counts(simulation: Simulation, accounts: list[dict[str, object]]) -> list[str]:
    """Go and count each pile of the world that the report names."""
    with simulation.world() as world:
        census = world.census()
    arguments = []
    for account in accounts:
        place = str(account["account"]).removesuffix("/wni/B-1")
        arguments += ["--count", f"{account['account']}={len(census.get(PLACES.get(place, place), ()))}"]
    return arguments


def why_it_waits(station: StationProcess) -> str:
    """Return why a station makes no card, as an officer is told who signs in, or wants to."""
    try:
        (line,) = station.wait_until(lambda s: s.lines[0].cause == "book-forked").lines
    except StationProblem as problem:
        return problem.cause
    assert line.state == "waiting"
    return line.cause


def begin(station: StationProcess, *arguments: str, check: bool = True) -> dict[str, object]:
    told = station.ctl("--json", "incarnation", "begin", "--settings", str(station.settings), *arguments, check=check)
    return dict(json.loads(told))


def test_a_station_whose_disk_is_thrown_away(simulation: Simulation, station: StationProcess, tmp_path: Path) -> None:
    first, second, third = day.queue(simulation, station, 3)
    station.ctl("print", first)
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    day.accept_all(simulation, station)
    day.await_acknowledged(station)
    # The registry hears nothing of the second card: it is made, and then the disk is gone.
    simulation.kill_registry()
    station.ctl("print", second)
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    station.stop(signal.SIGKILL)
    shutil.rmtree(station.folder / "data")
    simulation.restart_registry()

    # What a technician is told if he goes on as if nothing had happened: the new, empty book is not worked on.
    code, ca = simulation.desk.code(station.name), simulation.facts["registry"]["ca"]
    station.enrol()
    station.start(sign_in=False)  # it may have found the fork before it was given a policy
    assert why_it_waits(station) == "book-forked"
    station.stop()
    shutil.rmtree(station.folder / "data")

    # The page.
    code = simulation.desk.code(station.name)
    plan = begin(station, "--registry-code", code, "--ca", ca, check=False)
    assert plan["incarnation"] == ""
    assert {lease["job_id"] for lease in plan["leases"]} == {second, third}  # type: ignore[attr-defined]
    report = begin(station, *counts(simulation, plan["accounts"]))  # type: ignore[arg-type]
    assert report["uncounted"] == []
    assert report["shelf"] == [first]
    station.start()
    status = station.wait_until(lambda s: s.link.online and s.link.acknowledged == s.book)
    assert status.jobs == {"held": 2}
    assert {job["cause"] for job in station.ask("queue")} == {"possibly-printed"}
    assert "job-is-held" in station.refusal("print", second)
    day.queue(simulation, station, 1)
    day.print_next(station, 1)
    day.accept_all(simulation, station)
    day.await_acknowledged(station)
    for job in (second, third):
        station.ctl("return", job, "--reason", "other")
    station.wait_until(lambda s: s.jobs.get("returned", 0) == 2)
    assert station.ask("verify")["findings"] == []

    book = truth.book(station.folder / "data")
    assert (book[0]["follows"], book[0]["cites"]) == (report["follows"], report["head"])
    said = truth.balances(book)
    with simulation.world() as world:
        found = world.census()
        live = truth.live_cards(world)
    assert said["hopper"] == len(found["hopper/matica-1"])
    # Three cards were made for three jobs: one before, one that nobody heard of, one on the new disk.
    assert len(live) == len(set(live.values())) == 3
