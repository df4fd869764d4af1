"""What was acknowledged survives the process, at any moment of its death."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station


def test_all_goes_on_after_a_kill(own_registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(own_registry)
    own_registry.desk.add_jobs(station.name, 3)
    (leased,) = station.jobs(1, key="the-same-key")
    station.write("job-arrived", job_id=leased["job_id"])
    acked = station.ship().json()
    before = own_registry.endpoint
    own_registry.kill()
    own_registry.start()
    after = own_registry.endpoint
    assert (after["url"], after["ca"]) == (before["url"], before["ca"])
    assert station.jobs(1, key="the-same-key") == [leased]
    assert station.ship().json() == acked
    station.write("attempt-reserved", job_id=leased["job_id"])
    assert station.ship(2).json()["acked"] == 2
    assert len(station.jobs(5, holding=[leased["job_id"]])) == 2
    assert own_registry.violations() == []


@pytest.mark.parametrize("after", [0.05, 0.2])
def test_no_acknowledged_event_or_lease_is_lost(own_registry: RegistryProcess, make_station: Any, after: float) -> None:
    station: Station = make_station(own_registry)
    own_registry.desk.add_jobs(station.name, 2)
    own_registry.desk.add_jobs(station.name, 40, of="job-000001")
    killer = threading.Timer(after, own_registry.kill)
    acked, leased = 0, []
    killer.start()
    try:
        while True:
            station.write("noted")
            acked = station.ship(len(station.texts)).json()["acked"]
            leased += [job["job_id"] for job in station.jobs(1, holding=leased)]
    except httpx.TransportError:
        killer.join()
    own_registry.start()
    held = own_registry.desk.ask("events", station=station.name)
    assert acked <= len(held) <= acked + 1
    assert held == station.texts[: len(held)]
    states = {job["job_id"]: job["state"] for job in own_registry.desk.ask("jobs", station=station.name)}
    assert all(states[job_id] == "leased" for job_id in leased)


def test_a_restored_registry_is_sent_the_rest_again(own_registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(own_registry)
    own_registry.desk.add_jobs(station.name, 3)
    station.write("a")
    station.ship()
    own_registry.stop()
    backup = (own_registry.folder / "registry.db").read_bytes()
    own_registry.start()
    (forgotten,) = station.jobs(1)
    station.write("b")
    station.ship()
    own_registry.stop()
    (own_registry.folder / "registry.db").write_bytes(backup)
    own_registry.start()
    answer = station.lease(0).json()
    assert answer["book"]["seq"] == 1
    assert station.ship(answer["book"]["seq"] + 1).json()["acked"] == 2
    (again,) = station.jobs(1)
    assert again["job_id"] == forgotten["job_id"]
    assert again["epoch"] > forgotten["epoch"]
