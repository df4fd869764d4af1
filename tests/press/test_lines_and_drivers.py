"""Lines whose settings name one device twice, or a driver that cannot be loaded: the others work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stationd.press import line as line_module
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.settings import DeviceSettings, LineSettings
from stationd.store.rows import JobState
from tests.campaigns.matrix_bench import Bench
from tests.press.test_line import Office, quick

__all__ = ["quick"]


def wait_for(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_of_two_lines_that_name_one_device_the_second_says_so_and_the_first_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.05)
    with Bench(tmp_path, "evolis-serial") as bench:
        first, second = bench.line(), bench.line()
        first.start()
        try:
            wait_for(lambda: bool(first.status.printer))
            second.start()
            wait_for(lambda: second.status.cause == "held-by-another")
            wait_for(bench.settled)
            assert first.status.cause == ""
            assert second.status.cause == "held-by-another"
        finally:
            for line in (second, first):
                line.stop()
                line.join(15)
        assert len(bench.world.census()["output/m"]) == 1
        assert bench.differences() == []


def test_a_line_whose_driver_cannot_be_loaded_says_why_and_another_works(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=2)
    office.catalog.broken["vendor"] = "ImportError: no licence file"
    settings = LineSettings("line-2", DeviceSettings("vendor", "usb:1"), DeviceSettings("fake", "encoder"))
    opening = Opening(office.catalog, DeskReader(None, office.catalog))
    broken = Line(settings, opening, office.store, office.prepare, lambda _: None)
    broken.start()
    try:
        wait_for(lambda: broken.status.cause == "line-unfit")
        assert "cannot be loaded: ImportError: no licence file" in broken.status.detail
        office.run()
        assert office.states() == {JobState.DELIVERED: 2}
        assert broken.status.cause == "line-unfit"
    finally:
        broken.stop()
        broken.join(10)
        office.store.close()
