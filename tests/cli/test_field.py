"""`stationctl report`, as people call and read it."""

from __future__ import annotations

import json

import pytest

from stationd.cli.__main__ import run
from tests.api.house import House


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
