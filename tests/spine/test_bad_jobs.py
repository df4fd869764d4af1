"""A job that is wrong in any way is refused or held with its reason, and the one behind it is printed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from simulators.registry.defects import NEEDS_AN_EARLIER_JOB, Defect
from tests.rig import day, truth
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)


REFUSED = {
    Defect.WRONG_SIGNATURE: "wrong-signature",
    Defect.OTHER_STATION: "wrong-station",
    Defect.EXPIRED: "expired",
    Defect.START_PASSED: "start-before-passed",
    Defect.OTHER_KEY: "sealed-to-another-key",
    Defect.TRUNCATED: "truncated",
    Defect.OVERSIZED: "oversized",
    Defect.TEXT_TOO_LONG: "not-understood",  # more letters than the contract allows a name
    Defect.OUTER_INNER_ID: "outer-inner-mismatch",
    Defect.REPEATED_ID_OTHER_CONTENT: "repeated-with-other-content",
    Defect.LOWER_EPOCH: "lower-epoch",
}
"""What is bad in itself: never taken, and only its hash is kept."""

HELD = {
    Defect.UNKNOWN_LAYOUT: "unknown-layout",
    Defect.UNKNOWN_PROFILE: "unknown-profile",
    Defect.BAD_PHOTO: "artwork-does-not-fit",
}
"""What is the station's lack, or the office's to mend: kept, shown with its cause, and returnable."""


def digests_sent(simulation: Simulation) -> dict[str, str]:
    """Return the hash of the sealed text of each job as the registry sent it."""
    file = Path(simulation.facts["registry"]["dir"]) / "registry.db"
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        sent = {job: digest for digest, job in db.execute("SELECT digest, job_id FROM sendings")}
    db.close()
    return sent


def test_every_defect_has_a_place_here() -> None:
    assert REFUSED.keys() | HELD.keys() == set(Defect)


def test_every_bad_job_has_its_reason_and_the_next_one_is_printed(
    simulation: Simulation, station: StationProcess
) -> None:
    (earlier,) = day.queue(simulation, station, 1)
    bad = {
        defect: simulation.desk.add_bad_job(
            station.name, defect, **({"of": earlier} if defect in NEEDS_AN_EARLIER_JOB else {})
        )
        for defect in Defect
    }
    (too_wide,) = simulation.desk.add_jobs(station.name, 1, card={"nama": "W" * 60})
    (good,) = simulation.desk.add_jobs(station.name, 1)
    status = station.wait_until(
        lambda s: len(s.refused) == len(REFUSED) and s.jobs == {"queued": 2, "held": len(HELD) + 1}
    )

    sent = digests_sent(simulation)
    outer = {defect: earlier if defect in NEEDS_AN_EARLIER_JOB else job for defect, job in bad.items()}
    expected = {(outer[defect], sent[bad[defect]], cause) for defect, cause in REFUSED.items()}
    assert {(refusal.job_id, refusal.sealed_digest, refusal.cause) for refusal in status.refused} == expected
    held = {job["job_id"]: job["cause"] for job in station.ask("queue") if job["state"] == "held"}
    assert held == {bad[defect]: cause for defect, cause in HELD.items()} | {too_wide: "artwork-does-not-fit"}

    station.ctl("print", good)
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    book = truth.book(station.folder / "data")
    refusals = [entry for entry in book if entry["type"] == "job-refused"]
    assert {(entry["job_id"], entry["sealed_digest"], entry["cause"]) for entry in refusals} == expected
    assert len(refusals) == len(expected), "each is written once, however often the registry offers it"
    assert {entry["sealed_digest"] for entry in book if entry["type"] == "job-arrived"} == {
        sent[job] for job in (earlier, too_wide, good, *(bad[defect] for defect in HELD))
    }

    # One blank has moved, for the good job; none for any other.
    attempts = [entry for entry in book if entry["type"] == "attempt-reserved"]
    assert [entry["job_id"] for entry in attempts] == [good]
    with simulation.world() as world:
        census = world.census()
        (card_id,) = census["output/matica-1"]
        assert truth.job_of_chip(world, card_id, {good: simulation.desk.claims(good)}) == good
    assert (len(census["hopper/matica-1"]), census.get("reject/matica-1")) == (9, None)

    # What cannot be made here goes back to the office it came from.
    station.ctl("return", too_wide, "--reason", "cannot-be-made-here")
    station.wait_until(lambda s: s.jobs.get("returned", 0) == 1)
    assert simulation.desk.job(too_wide)["state"] == "returned"
