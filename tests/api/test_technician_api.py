"""What the technician's routes refuse, and what they tell of a line without devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from stationd.api.devices import Workshop, _seconds, held_by
from stationd.press.notice import LineState, LineStatus
from stationd.station import Refused
from stationd.store.calibrations import Calibrations
from tests.api.house import House
from tests.doctor.fakes import FakePrinter, catalog, printers, readers, settings


@pytest.mark.parametrize("text", ["", "0", "-1", "601", "nan", "inf", "soon"])
def test_a_recording_lasts_some_seconds(text: str) -> None:
    with pytest.raises(Refused) as refused:
        _seconds(text)
    assert refused.value.cause == "seconds-wrong"


@pytest.mark.parametrize(
    ("line", "printer"),
    [
        (LineStatus("l", LineState.READY, printer="X:1"), "X:1"),
        (LineStatus("l", LineState.WAITING, "media-empty"), "X:9"),
        (LineStatus("l", LineState.WAITING, "not-found"), ""),
    ],
)
def test_a_printer_that_reports_is_held_and_one_that_is_gone_is_not(line: LineStatus, printer: str) -> None:
    assert held_by(line, "X:9").printer == printer


def test_a_daemon_tells_its_devices_and_how_it_is(tmp_path: Path) -> None:
    drivers = catalog(printers("matica_xid", ["usb:2166:701d"], FakePrinter), readers(["pcsc:R 0"]))
    named = settings(tmp_path, ("matica-1", "matica_xid", "usb:2166:701d", "pcsc:R 0"))
    with House(tmp_path / "house") as house:
        workshop = Workshop(house.station, house.keys, named, drivers, Calibrations(tmp_path))
        seen = workshop.devices()
        report = workshop.doctor()
    assert [(device.held, device.serial) for device in seen.devices] == [(True, "A1"), (True, "")]
    assert report.running
    codes = {finding.code for finding in report.findings}
    assert {"printer-there", "encoder-there", "registry-answers"} <= codes
    assert not codes & {"probe-failed", "probe-silent"}
