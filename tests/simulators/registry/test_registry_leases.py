"""Leases over the wire: what comes, what comes again, what wakes a waiting station, and what never comes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station

    from simulators.registry.contract import Contract


def test_a_job_is_signed_sealed_and_complete(station: Station, contract: Contract) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name, claims={"reason": "lost", "urgent": "medical"})
    answer = station.lease().json()
    (job,) = answer["jobs"]
    claims = station.open(job["sealed"])
    assert job["job_id"] == claims["job_id"] == job_id
    assert claims == station.registry.desk.claims(job_id)
    assert contract.claims_breaches("JobClaims", claims) == []
    assert (claims["station"], claims["reason"], claims["urgent"]) == (station.name, "lost", "medical")
    assert claims["epoch"] == answer["epoch"]
    assert claims["iat"] <= time.time() < claims["start_before"]
    label = station.open(job["label"])
    assert contract.claims_breaches("LabelClaims", label) == []
    assert label["nik"] == claims["nik"] == claims["card"]["nik"]
    assert label["name"] == claims["card"]["nama"]
    assert len(job["sealed"]) < 67_000  # some 40 kB before sealing


def test_jobs_come_in_order_and_once(station: Station) -> None:
    ids = station.registry.desk.add_jobs(station.name, 4)
    first = [job["job_id"] for job in station.jobs(3)]
    second = [job["job_id"] for job in station.jobs(3, holding=first)]
    assert (first, second) == (ids[:3], ids[3:])
    assert station.jobs(3, holding=ids) == []


def test_a_repeat_brings_the_same_jobs(station: Station) -> None:
    station.registry.desk.add_jobs(station.name, 3)
    first = station.jobs(2, key="the-same-key")
    again = station.jobs(2, key="the-same-key")
    assert len(first) == 2
    assert again == first


def test_keys_of_two_stations_do_not_meet(registry: RegistryProcess, make_station: Any) -> None:
    one, other = make_station(registry), make_station(registry)
    registry.desk.add_jobs(one.name)
    registry.desk.add_jobs(other.name)
    (ours,), (theirs,) = one.jobs(key="the-same-key"), other.jobs(key="the-same-key")
    assert ours["job_id"] != theirs["job_id"]


def test_jobs_lost_on_the_way_come_again_under_their_epoch(station: Station) -> None:
    station.registry.desk.add_jobs(station.name)
    (lost,) = station.jobs()
    (again,) = station.jobs()  # a new key, and the job is not in `holding`
    assert again == lost


def test_a_job_that_the_book_mentions_does_not_come_again(station: Station) -> None:
    station.registry.desk.add_jobs(station.name)
    (job,) = station.jobs()
    station.write("job-arrived", job_id=job["job_id"])
    assert station.jobs() == []  # its book is longer than what the registry has: it may be in there
    assert station.ship().status_code == 200
    assert station.jobs() == []


def test_epochs_rise(station: Station) -> None:
    station.registry.desk.add_jobs(station.name, 3)
    epochs, held = [], []
    for _ in range(3):
        answer = station.lease(1, holding=held).json()
        held += [job["job_id"] for job in answer["jobs"]]
        epochs.append(answer["epoch"])
    assert epochs == sorted(set(epochs))
    assert station.lease(1, holding=held).json()["epoch"] == epochs[-1]


@pytest.mark.parametrize("wait", [None, 1])
def test_an_empty_answer_comes_when_the_wait_is_over(station: Station, wait: int | None) -> None:
    began = time.monotonic()
    answer = station.lease(wait=wait)
    took = time.monotonic() - began
    assert answer.json()["jobs"] == []
    assert answer.headers.get("Preference-Applied") == (None if wait is None else "wait=1")
    assert took >= 0.95 * (wait or 0)
    assert took < 30


def _soon(act: Any) -> threading.Timer:
    timer = threading.Timer(0.3, act)
    timer.start()
    return timer


def test_a_new_job_wakes_a_waiting_station(station: Station) -> None:
    timer = _soon(lambda: station.registry.desk.add_jobs(station.name))
    began = time.monotonic()
    assert len(station.jobs(wait=60)) == 1
    assert 0.2 < time.monotonic() - began < 50
    timer.join()


def test_a_revocation_wakes_a_waiting_station(station: Station) -> None:
    station.registry.desk.add_jobs(station.name, 2)
    kept, revoked = (job["job_id"] for job in station.jobs())
    timer = _soon(lambda: station.registry.desk.ask("revoke", job_id=revoked))
    began = time.monotonic()
    answer = station.lease(wait=60, holding=[kept, revoked, "job-of-nobody"]).json()
    assert time.monotonic() - began < 50
    assert answer["revoked"] == [revoked]
    timer.join()


def test_a_policy_wakes_a_waiting_station(station: Station, contract: Contract) -> None:
    timer = _soon(lambda: station.registry.desk.policy(station.name, services=["SIAK"]))
    payload = station.verified(station.lease(wait=60).json()["policy"])
    assert contract.claims_breaches("PolicyClaims", payload) == []
    assert (payload["version"], payload["services"]) == (2, ["SIAK"])
    timer.join()


def test_a_revoked_job_is_never_leased(station: Station) -> None:
    gone, left = station.registry.desk.add_jobs(station.name, 2)
    station.registry.desk.ask("revoke", job_id=gone)
    assert [job["job_id"] for job in station.jobs()] == [left]


def test_a_station_without_cetak_leases_nothing_until_it_is_granted(station: Station) -> None:
    desk = station.registry.desk
    desk.add_jobs(station.name)
    desk.policy(station.name, services=["SIAK", "REKAM"])
    assert station.jobs(policy_version=2) == []
    desk.policy(station.name, services=["SIAK", "REKAM", "CETAK"], valid_from=int(time.time()) + 3600)
    assert station.jobs(policy_version=3) == []  # not yet valid
    desk.policy(station.name)
    assert len(station.jobs(policy_version=4)) == 1


def test_a_returned_job_goes_elsewhere_with_a_higher_epoch_and_issue(
    registry: RegistryProcess, make_station: Any
) -> None:
    one, other = make_station(registry), make_station(registry)
    (job_id,) = registry.desk.add_jobs(one.name)
    (first,) = one.jobs()
    answer = one.give_back([job_id, "job-of-nobody"])
    assert answer.json() == {"returned": [job_id]}
    assert one.give_back([job_id]).json() == {"returned": [job_id]}  # a repeat
    assert one.jobs() == []  # it does not come back by itself to who gave it back
    registry.desk.ask("requeue", job_id=job_id, station=other.name)
    (second,) = other.jobs()
    assert second["epoch"] > first["epoch"]
    assert second["issue_no"] == first["issue_no"] + 1
    assert second["station"] == other.name
    assert one.lease(holding=[job_id]).json()["revoked"] == [job_id]
    assert one.give_back([job_id]).json() == {"returned": []}


def test_a_return_must_be_signed(registry: RegistryProcess, make_station: Any) -> None:
    one, other = make_station(registry), make_station(registry)
    (job_id,) = registry.desk.add_jobs(one.name)
    one.jobs()
    one.book_key = other.book_key
    answer = one.give_back([job_id])
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/bad-signature")
    assert registry.desk.job(job_id)["state"] == "leased"


def test_a_card_that_may_exist_is_not_taken_back(station: Station) -> None:
    made, unsure, idle = station.registry.desk.add_jobs(station.name, 3)
    station.jobs()
    for job_id in (made, unsure, idle):
        station.write("job-arrived", job_id=job_id)
    station.write("card-accepted", job_id=made)
    station.write("attempt-unknown", job_id=unsure)
    assert station.ship().status_code == 200
    assert station.give_back([made, unsure, idle]).json() == {"returned": [idle]}


def test_a_job_of_a_replaced_pc_is_not_sent_again_to_its_successor(
    registry: RegistryProcess, make_station: Any
) -> None:
    old: Station = make_station(registry)
    registry.desk.add_jobs(old.name)
    assert len(old.jobs()) == 1
    new: Station = make_station(registry, old.name, incarnation="inc-2")
    assert new.jobs() == []  # the old one may have printed it


def test_a_lease_lapses_only_after_its_start_and_the_margin(own_registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(own_registry)
    own_registry.desk.add_jobs(station.name, 2, start_within=1000)
    first, started = station.jobs()
    for job in (first, started):
        station.write("job-arrived", job_id=job["job_id"])
    station.write("attempt-reserved", job_id=started["job_id"])
    assert station.ship().status_code == 200
    own_registry.desk.ask("forward", seconds=1200)
    assert station.jobs() == []
    own_registry.desk.ask("forward", seconds=200)
    (again,) = station.jobs()  # the started one stays where it is
    assert again["job_id"] == first["job_id"]
    assert again["epoch"] > first["epoch"]
    assert again["issue_no"] == first["issue_no"] + 1
    assert own_registry.violations() == []
