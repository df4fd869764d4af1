"""Lines whose settings name one device twice, or a driver that cannot be loaded: the others work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from drivers.catalog import Catalog, PrinterDriver
from drivers.errors import HeldByAnother
from drivers.printer import Identity
from stationd.press import line as line_module
from stationd.press.desk_line import Person
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.opening import Opening
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from stationd.store.rows import JobState
from tests.campaigns.matrix_bench import Bench
from tests.press.fakes import FakePrinter
from tests.press.test_line import SETTINGS, Office, quick

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


def test_two_addresses_of_one_machine_are_found_out_by_its_serial_number_before_anything_moves(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=1)
    again = FakePrinter()
    by_address: dict[str, FakePrinter] = {"one": office.printer, "same": again}
    reader = office.catalog.encoders["fake"]
    found = Catalog({"fake": PrinterDriver("fake", lambda at, _: by_address[at], list, "")}, {"fake": reader}, {})
    opening = Opening(found, DeskReader(None, found))
    first, second = (
        Line(
            LineSettings(name, DeviceSettings("fake", address), ReaderSettings("fake", "encoder")),
            opening,
            office.store,
            office.prepare,
            lambda _: None,
        )
        for name, address in (("line-1", "one"), ("line-2", "same"))
    )
    first.start()
    try:
        wait_for(lambda: bool(first.status.printer))
        second.start()
        wait_for(lambda: second.status.cause == "held-by-another")
        assert "line-1 of this station works this machine, F-1 0001" in second.status.detail
        wait_for(lambda: office.states() == {JobState.DELIVERED: 1})
        assert first.status.cause == ""
        assert set(again.calls) == {"close"}
        first.stop()
        first.join(15)
        second.wake()
        wait_for(lambda: bool(second.status.printer))
    finally:
        for line in (second, first):
            line.stop()
            line.join(15)
        office.store.close()


@pytest.mark.parametrize(("serial", "held"), [("0001", True), ("0002", False), (" ", False)])
def test_machines_are_one_only_by_a_serial_number_that_they_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serial: str, held: bool
) -> None:
    office = Office(tmp_path, jobs=0)
    monkeypatch.setattr(FakePrinter, "identity", property(lambda _: Identity("FAKE ", "f-1", serial, "")))
    opening = Opening(office.catalog, DeskReader(None, office.catalog))
    nobody = Person(lambda _: None, lambda: False)
    first = opening.bench(SETTINGS, nobody)
    monkeypatch.setattr(FakePrinter, "identity", property(lambda _: Identity("Fake", "F-1", "0001", "")))
    other = msgspec.structs.replace(SETTINGS, name="line-2")
    if held:
        with pytest.raises(HeldByAnother, match="line-1"):
            opening.bench(other, nobody)
        opening.let_go("line-1")
    opening.bench(other, nobody).close()
    first.close()
    office.store.close()


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
