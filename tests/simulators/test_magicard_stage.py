"""The day with a direct-to-card printer: a card goes from the desk's reader into the machine's slot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.test_stage import running


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stage-") as made:
        yield Path(made)


def test_a_day_without_a_reader_inside(folder: Path) -> None:
    with running(folder, "magicard") as day:
        machine = day.facts["machines"]["magicard-1"]
        assert machine["address"] == "usb:0c1f:2800?serial=E2800001"
        assert set(day.facts["readers"]) == {"desk-1"}
        assert day.facts["readers"]["desk-1"]["field"] == "desk/desk-1"
        day.sim("receive", "20")
        day.sim("move", "store", "desk/desk-1")
        day.sim("move", "desk/desk-1", "feed/magicard-1")
        assert "feed/magicard-1" in day.sim("census")
        assert '"ribbon_left": 300' in day.sim("state", "--machine", "magicard-1")
