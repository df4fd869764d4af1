"""Chips of spoiled, lost and withdrawn cards are known as void at the registry, with the job they were made for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station


def _chip(station: Station, number: int) -> str:
    """Return an identity that no other test's card has."""
    return f"{station.name}{number}".encode().hex()


def _void(station: Station, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = station.registry.desk.ask("void-chips", **asked)
    return [row for row in found if row["station"] == station.name]


@pytest.mark.parametrize("kind", ["attempt-spoiled", "attempt-given-up", "card-withdrawn"])
def test_a_card_that_is_nobodys_leaves_a_void_chip(station: Station, kind: str) -> None:
    chip = _chip(station, 1)
    station.write(kind, job_id="job-x", attempt_id="a-1", cause="film-torn", identity=chip)
    assert station.ship().status_code == 200
    (row,) = _void(station)
    assert (row["identity"], row["job_id"], row["attempt_id"]) == (chip, "job-x", "a-1")
    assert (row["event"], row["cause"]) == (kind, "film-torn")
    assert row["at"] == int(json.loads(station.texts[0])["time"])


@pytest.mark.parametrize("answer", ["spoiled", "missing"])
def test_an_answer_voids_the_chip_that_was_asked_about(station: Station, answer: str) -> None:
    station.write("attempt-reserved", attempt_id="a-7", job_id="job-y", line="line-1")
    station.write("question-answered", question_id="q-1", attempt_id="a-7", answer=answer, identity=_chip(station, 2))
    station.ship()
    (row,) = _void(station)
    assert (row["identity"], row["job_id"], row["cause"]) == (_chip(station, 2), "job-y", answer)


def test_a_card_that_is_good_after_all_is_not_void(station: Station) -> None:
    chip = _chip(station, 3)
    station.write("attempt-reserved", attempt_id="a-1", job_id="job-z")
    station.write("chip-identified", attempt_id="a-1", identity=chip)
    station.write("question-answered", question_id="q-1", attempt_id="a-1", answer="out", identity=chip)
    station.write("card-accepted", attempt_id="a-1", job_id="job-z", identity=chip)
    station.ship()
    assert _void(station, identity=chip) == []


@pytest.mark.parametrize("identity", ["", None, 7, "not hexadecimal", "ab" * 100])
def test_what_is_no_identity_is_not_noted(station: Station, identity: object) -> None:
    station.write("attempt-spoiled", job_id="job-x", attempt_id="a-1", cause="jam", identity=identity)
    station.write("attempt-spoiled", job_id="job-x", attempt_id="a-2", cause="jam")
    assert station.ship().status_code == 200
    assert _void(station) == []


def test_one_chip_or_one_job_is_asked_about(station: Station) -> None:
    one, other = _chip(station, 4), _chip(station, 5)
    station.write("attempt-spoiled", job_id="job-of-4", attempt_id="a-4", cause="jam", identity=one.upper())
    station.write("attempt-spoiled", job_id="job-of-5", attempt_id="a-5", cause="jam", identity=other)
    station.ship()
    assert [row["job_id"] for row in _void(station, identity=one)] == ["job-of-4"]
    assert [row["job_id"] for row in _void(station, identity=one.upper())] == ["job-of-4"]
    assert [row["identity"] for row in _void(station, job_id="job-of-5")] == [other]


def test_the_first_word_counts_and_a_repeat_adds_nothing(station: Station) -> None:
    chip = _chip(station, 6)
    station.write("attempt-spoiled", job_id="job-1", attempt_id="a-1", cause="jam", identity=chip)
    station.write("attempt-given-up", job_id="job-2", attempt_id="a-2", cause="not-found", identity=chip)
    station.ship()
    station.ship()
    assert [(row["job_id"], row["cause"]) for row in _void(station)] == [("job-1", "jam")]


def test_void_chips_outlive_the_registrys_process_and_a_script_may_ask(
    own_registry: RegistryProcess, make_station: Any
) -> None:
    station: Station = make_station(own_registry)
    chip = _chip(station, 7)
    station.write("attempt-spoiled", job_id="job-1", attempt_id="a-1", cause="jam", identity=chip)
    station.ship()
    own_registry.kill()
    own_registry.start()
    command = [sys.executable, "-m", "simulators.registry.desk", str(own_registry.folder), "void-chips"]
    told = subprocess.run([*command, f"identity={chip}"], capture_output=True, text=True, check=True)
    assert [row["job_id"] for row in json.loads(told.stdout)] == ["job-1"]
