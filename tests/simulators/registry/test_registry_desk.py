"""The registry's own people: jobs as they were asked for, mistakes named, the command for scripts."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from simulators.registry.citizens import Population
from simulators.registry.desk import Refused

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station


def test_jobs_come_as_they_were_asked_for(station: Station) -> None:
    station.registry.desk.add_jobs(
        station.name,
        claims={"reason": "changed", "office_authorisation": "470/1/2026", "nik_status": "blocked", "kk": None},
        card={"agama": "HINDU"},
        born="2010-05-17",
        start_within=86_400 * 40,
    )
    (job,) = station.jobs()
    assert (job["reason"], job["office_authorisation"], job["nik_status"]) == ("changed", "470/1/2026", "blocked")
    assert job["kk"] is None
    assert (job["card"]["agama"], job["card"]["tanggal_lahir"]) == ("HINDU", "2010-05-17")
    assert job["start_before"] - job["iat"] == 86_400 * 40


def test_a_second_card_for_the_same_citizen_has_a_new_issue_number(station: Station) -> None:
    (first_id,) = station.registry.desk.add_jobs(station.name)
    (second_id,) = station.registry.desk.add_jobs(station.name, of=first_id, claims={"reason": "lost"})
    first, second = station.jobs()
    assert second["job_id"] == second_id != first_id
    assert (second["citizen_ref"], second["card"]) == (first["citizen_ref"], first["card"])
    assert (first["issue_no"], second["issue_no"]) == (1, 2)


def test_the_same_seed_makes_the_same_citizens(own_registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(own_registry)
    own_registry.desk.add_jobs(station.name, 2)
    jobs = station.jobs()
    people = Population("tests", date.fromisoformat(jobs[0]["applied_at"]))
    assert [job["nik"] for job in jobs] == [people.citizen(number).nik for number in (1, 2)]


def test_a_job_that_may_be_printed_does_not_go_elsewhere(station: Station) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    station.jobs()
    with pytest.raises(Refused, match="until it is returned"):
        station.registry.desk.ask("requeue", job_id=job_id, station="kec-other")


@pytest.mark.parametrize(
    ("act", "arguments", "said"),
    [
        ("dance", {}, "dance"),
        ("revoke", {"job_id": "job-of-nobody"}, "no job job-of-nobody"),
        ("revoke", {}, "job_id"),
        ("add-bad-job", {"station": "kec-x", "defect": "ugly"}, "ugly"),
        ("add-jobs", {"station": "kec-x", "kecamatan": "ATLANTIS"}, "ATLANTIS"),
        ("claims", {"job_id": "job-of-nobody"}, "job-of-nobody"),
    ],
)
def test_a_mistake_is_named(registry: RegistryProcess, act: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        registry.desk.ask(act, **arguments)


def test_the_command_does_the_same(registry: RegistryProcess, station: Station) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "simulators.registry.desk", str(registry.folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    added = run("add-jobs", f"station={station.name}", "count=2", 'claims={"reason": "damaged"}')
    assert added.returncode == 0, added.stderr
    assert [job["job_id"] for job in station.jobs()] == json.loads(added.stdout)
    assert json.loads(run("claims", f"job_id={json.loads(added.stdout)[0]}").stdout)["reason"] == "damaged"
    refused = run("revoke", "job_id=job-of-nobody")
    assert refused.returncode == 1
    assert "no job job-of-nobody" in refused.stderr


def test_only_the_owner_comes_near_the_desk_and_the_keys(registry: RegistryProcess) -> None:
    assert stat.S_IMODE(registry.folder.stat().st_mode) == 0o700
    for key in ("ca.key", "server.key", "signing.key"):
        assert stat.S_IMODE((registry.folder / key).stat().st_mode) == 0o600
