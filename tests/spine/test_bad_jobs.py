"""A job that is wrong in any way is refused or held with its reason, and the one behind it is printed."""

from __future__ import annotations

import hashlib

import pytest

from simulators.registry.defects import Defect
from tests.rig import day, truth
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)

HELD = {
    Defect.UNKNOWN_LAYOUT: "unknown-layout",
    Defect.UNKNOWN_PROFILE: "unknown-profile",
    Defect.BAD_PHOTO: "artwork-does-not-fit",
}
"""What is the station's lack, or the office's to mend: kept, shown with its cause, and returnable."""


def test_every_bad_job_has_its_reason_and_the_next_one_is_printed(
    simulation: Simulation, station: StationProcess
) -> None:
    (earlier,) = day.queue(simulation, station, 1)
    needs_one_before = {Defect.REPEATED_ID_OTHER_CONTENT, Defect.LOWER_EPOCH}
    bad = {
        defect: simulation.desk.add_bad_job(
            station.name, defect, **({"of": earlier} if defect in needs_one_before else {})
        )
        for defect in Defect
    }
    (too_long,) = simulation.desk.add_jobs(station.name, 1, card={"nama": "W" * 60})
    (good,) = simulation.desk.add_jobs(station.name, 1)
    refused = len(bad) - len(HELD)
    held = [*HELD.values(), "artwork-does-not-fit"]
    status = station.wait_until(lambda s: len(s.refused) >= refused and s.jobs.get("held", 0) == len(held))
    assert len(status.refused) == refused
    for refusal in status.refused:
        assert len(bytes.fromhex(refusal.sealed_digest)) == hashlib.sha256().digest_size
        assert refusal.cause
    jobs = {job["job_id"]: job for job in station.ask("queue")}
    assert sorted(job["cause"] for job in jobs.values() if job["state"] == "held") == sorted(held)
    station.ctl("print", good)
    station.wait_until(lambda s: s.jobs.get("delivered", 0) == 1)
    said = {entry["type"] for entry in truth.book(station.folder / "data")}
    assert {"job-refused", "job-held", "card-accepted"} - said == {"card-accepted"}

    # What cannot be made here goes back to the office it came from, before a blank has moved.
    station.ctl("return", too_long, "--reason", "cannot-be-made-here")
    station.wait_until(lambda s: s.jobs.get("returned", 0) == 1)
    assert simulation.desk.job(too_long)["state"] == "returned"
