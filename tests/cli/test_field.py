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
