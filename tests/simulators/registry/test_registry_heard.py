"""Reports of citizens at the registry: read from the book, and answered by the jobs sent anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.registry import clerk
from simulators.registry.heard import answer_report, citizen_reports
from simulators.registry.state import Registry

STATION = "7316-01"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry(tmp_path / "registry", seed="heard")
    yield opened
    opened.close()


def test_reports_are_read_from_the_book(registry: Registry) -> None:
    assert citizen_reports(registry, STATION) == []
    said = {"seq": 1, "type": "citizen-reported", "time": 5.0, "actor": "op-1", "citizen_ref": "c_1", "kind": "died"}
    other = {"seq": 2, "type": "job-held", "cause": '"citizen-reported"'}
    for event in (said, other):
        row = {"station": STATION, "incarnation": "i", "seq": event["seq"]}
        registry.database.add_event({**row, "digest": f"d{event['seq']}", "text": json.dumps(event)})
    book = {"station": STATION, "incarnation": "i", "book_key": "{}", "have": 2, "head": "d2", "countersignature": "j"}
    registry.database.set_book(book)
    (heard,) = citizen_reports(registry, STATION)
    assert (heard["seq"], heard["actor"], heard["kind"], heard["job_id"]) == (1, "op-1", "died", None)


def test_an_answer_sends_the_citizens_jobs_anew_with_what_is_known_now(registry: Registry) -> None:
    (first,) = clerk.add_jobs(registry, STATION)
    (second,) = clerk.add_jobs(registry, STATION, of=first, claims={"reason": "damaged"})
    (other,) = clerk.add_jobs(registry, STATION)
    for job_id in (first, other):
        registry.database.set_job(job_id, state="held", cause="reported")
    job = registry.database.job(first)
    assert job is not None
    assert answer_report(registry, job["citizen_ref"], {"nik_status": "died"}) == [first]
    sent = registry.database.job(first)
    assert sent is not None
    assert (sent["state"], json.loads(sent["content"])["nik_status"]) == ("queued", "died")
    kept = registry.database.job(other)
    assert kept is not None
    assert kept["state"] == "held"
    assert second in {queued["job_id"] for queued in registry.database.queued(STATION, 9)}
