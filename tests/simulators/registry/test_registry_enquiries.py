"""Time, policy, whereabouts of unknown people, and reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Station

    from simulators.registry.contract import Contract


def test_time_is_signed_for_the_nonce(station: Station, contract: Contract) -> None:
    answer = station.get("/v1/time", nonce="n-0123456789abcdef")
    claims = station.verified(answer.json()["time"])
    assert contract.claims_breaches("TimeClaims", claims) == []
    assert claims["nonce"] == "n-0123456789abcdef"
    assert abs(claims["time"] - time.time()) < 5


def test_a_policy_is_fetched_once(station: Station) -> None:
    answer = station.get("/v1/policy")
    policy = station.verified(answer.json()["policy"])
    assert (answer.headers["ETag"], policy["version"], policy["station"]) == ('"1"', 1, station.name)
    assert {role for officer in policy["officers"] for role in officer["roles"]} == {
        "operator",
        "supervisor",
        "technician",
    }
    for held in ('"1"', 'W/"1"', '"0", "1"', "*"):
        again = station.client.get("/v1/policy", params={"station": station.name}, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", '"1"')
    station.registry.desk.policy(station.name, more={"daily_target": 50})
    newer = station.client.get("/v1/policy", params={"station": station.name}, headers={"If-None-Match": '"1"'})
    assert newer.status_code == 200
    assert station.verified(newer.json()["policy"])["daily_target"] == 50


def test_unknown_people_are_not_recorded(station: Station) -> None:
    found = station.get("/v1/cards", citizen_ref="nobody-at-all").json()
    assert (found["state"], found["citizen_ref"], found["office"]) == ("not-recorded", "nobody-at-all", None)
    body = {"station": station.name, "nik": "9999990101990001"}
    found = station.client.post("/v1/cards", json=body).json()
    assert (found["state"], found["citizen_ref"]) == ("not-recorded", None)


def test_a_revoked_job_is_seen_as_revoked(station: Station) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (job,) = station.jobs()
    station.registry.desk.ask("revoke", job_id=job_id)
    assert station.get("/v1/cards", citizen_ref=job["citizen_ref"]).json()["state"] == "revoked"


def _report(station: Station, **members: Any) -> dict[str, Any]:
    return {
        "station": station.name,
        "report_id": "rep-1",
        "kind": "died",
        "at": int(time.time()),
        "by": "op-1",
        "citizen_ref": "c0123456789",
        "details": {"heard_from": "kepala desa"},
        **members,
    }


def test_a_report_is_taken_once(station: Station) -> None:
    report = _report(station)
    first = station.client.post("/v1/reports", json=report)
    again = station.client.post("/v1/reports", json=report)
    assert first.json() == again.json()
    other = station.client.post("/v1/reports", json={**report, "kind": "moved"})
    assert other.status_code == 409
    assert other.json()["type"].endswith("/report-differs")
    assert station.registry.desk.ask("station", station=station.name)["reports"] == [report]
