"""`stationctl report` and `readiness`, as people call and read it."""

from __future__ import annotations

import json

import pytest

from stationd.cli.__main__ import run
from stationd.model.stock_events import TrialEnded
from tests.api.house import LINE, House


def test_an_officer_reports_by_job_or_by_reference(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.arrive("j1")
    at = ["--socket", str(house.socket), "--lang", "en"]
    assert run([*at, "report", "j1", "--kind", "died"]) == 0
    told = capsys.readouterr().out
    assert "has died" in told
    assert "Job j1 is held" in told
    assert run([*at, "why", "j1"]) == 0
    assert "An officer has reported" in capsys.readouterr().out
    assert run([*at, "--json", "report", "--citizen", "ref-j1", "--kind", "moved"]) == 0
    assert json.loads(capsys.readouterr().out)["held"] == ["j1"]
    assert run([*at, "report", "--kind", "died"]) == 2
    assert run([*at, "report", "j1", "--kind", "rich"]) == 2
    assert run([*at, "report", "j1", "--kind", "moved"]) == 1
    assert "has not answered" in capsys.readouterr().err


def test_readiness_says_what_is_missing_and_records_what_is_complete(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--socket", str(house.socket), "--lang", "en"]
    assert run([*at, "readiness"]) == 0
    told = capsys.readouterr().out
    assert "Officer off-1: SK SK/1" in told
    assert "stationctl test-print matica-1" in told
    assert run([*at, "readiness", "--record"]) == 1
    assert "has made no test card" in capsys.readouterr().err
    made = TrialEnded(line=LINE, printer="XID8300:A1", kind="test-print", outcome="done", fed=True, printed=True)
    house.store.record("tek-1", made)
    assert run([*at, "readiness"]) == 0
    assert "readiness --record" in capsys.readouterr().out
    assert run([*at, "--json", "readiness", "--record"]) == 0
    recorded = json.loads(capsys.readouterr().out)
    assert recorded["digest"] in recorded["file"]
    assert run([*at, "readiness", "--record"]) == 0
    assert "The signed record is in the book" in capsys.readouterr().out


def test_privacy_lists_whose_data_is_here_who_opened_it_and_whom_a_breach_concerns(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--socket", str(house.socket), "--lang", "en"]
    assert run([*at, "privacy"]) == 0
    assert "No citizen's data" in capsys.readouterr().out
    house.arrive("j1")
    house.store.note_processing("payloads", "content", "print", "j1")
    assert run([*at, "privacy", "--all"]) == 0
    told = capsys.readouterr().out
    assert "sealed job" in told
    assert "ref-j1" in told
    assert run([*at, "privacy", "--job", "j1"]) == 0
    assert "to make the card" in capsys.readouterr().out
    assert run([*at, "privacy", "--log", "--job", "j2"]) == 0
    assert "Nobody's data" in capsys.readouterr().out
    assert run([*at, "privacy", "--breach", "2026-01-01"]) == 0
    assert "1 citizens had data" in capsys.readouterr().out
    assert run([*at, "privacy", "--breach", "2036-01-01T08:00"]) == 1
    assert run([*at, "privacy", "--breach", "yesterday"]) == 2
    capsys.readouterr()
    assert run([*at, "--json", "privacy"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["citizen_ref"] == "ref-j1"
