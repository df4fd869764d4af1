"""Each probe by itself, and all of them side by side."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from drivers.encoder import ServiceGone
from drivers.errors import HeldByAnother, NotFound, WrongDevice
from drivers.printer import Reason
from stationd.clock import Trust
from stationd.doctor import host, ledger, machines, outside, wiring
from stationd.doctor.examination import examine, run
from stationd.doctor.finding import Finding, Level, well
from stationd.doctor.premises import Premises, System
from stationd.press.gate import HARMLESS
from stationd.press.notice import CleaningsTold, LineState, LineStatus, Reported
from stationd.station import BookCheck, LinkStatus, StationStatus
from stationd.store.keys import FileKeys
from tests.api.house import House
from tests.doctor.fakes import FakePrinter, catalog, printers, readers, settings
from tests.press.other_machines import FakeDirect

USB = "usb:2166:701d"
LINE = ("line-1", "matica_xid", USB, "pcsc:R 0")


def codes(findings: Iterable[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.code) for finding in findings]


def premises(folder: Path, *lines: tuple[str, str, str, str], **catalogued: object) -> Premises:
    drivers = (printers("matica_xid", [USB], FakePrinter), readers(["pcsc:R 0"]))
    return Premises(settings(folder, *(lines or (LINE,))), catalog(*drivers, **catalogued))  # type: ignore[arg-type]


def status(**changes: object) -> StationStatus:
    fields: dict[str, object] = {
        "station": "kec-731601", "incarnation": "i", "version": "1", "time": time.time(), "trust": Trust.TRUSTED,
        "policy_version": 1, "lines": [LineStatus("line-1", LineState.READY, printer="XID8600:A1", firmware="1")],
        "link": LinkStatus(True, time.time(), "", 5), "jobs": {}, "refused": [], "questions": [], "blanks": {},
        "exchanges": [], "closed_day": None, "discrepancies": [], "supplies": [], "book": 5, "head": "h",
        "book_check": BookCheck("passed"),
    }  # fmt: skip
    return StationStatus(**{**fields, **changes})  # type: ignore[arg-type]


# --- drivers and addresses --------------------------------------------------------------------------------------------


def test_a_broken_driver_stops_only_the_lines_that_need_it(tmp_path: Path) -> None:
    assert codes(wiring.drivers(premises(tmp_path, broken={"vendor": "ImportError: x"}))) == [
        (Level.SOON, "driver-broken"),
        (Level.WELL, "drivers-loaded"),
    ]
    line = ("line-1", "vendor", USB, "pcsc:R 0")
    assert (Level.STOPS, "driver-broken") in codes(wiring.drivers(premises(tmp_path, line, broken={"vendor": "x"})))


def test_a_driver_that_is_not_installed_is_named_with_those_that_are(tmp_path: Path) -> None:
    found = next(iter(wiring.drivers(premises(tmp_path, ("line-1", "matika", USB, "pcsc:R 0")))))
    assert (found.level, found.code) == (Level.STOPS, "driver-unknown")
    assert "matica_xid" in found.detail


def test_two_lines_that_name_one_device(tmp_path: Path) -> None:
    other = ("line-2", "matica_xid", f"{USB}?serial=A1", "pcsc:R 1")
    found = list(wiring.addresses(premises(tmp_path, LINE, other)))
    assert (found[0].code, found[0].subject) == ("device-named-twice", "line-1, line-2")


@pytest.mark.parametrize(
    ("driver", "address", "told"),
    [
        ("matica_xid", "tcp:10.0.0.9:50730", True),
        ("matica_xid", f"{USB}?serial=A2", False),
        ("evolis", "tcp:10.0.0.9:9100", False),
    ],
)
def test_two_lines_that_may_have_one_machine_on_two_wires(
    tmp_path: Path, driver: str, address: str, told: bool
) -> None:
    line = ("line-1", "matica_xid", f"{USB}?serial=A1", "pcsc:R 0")
    other = ("line-2", driver, address, "pcsc:R 1")
    found = list(wiring.addresses(premises(tmp_path, line, other)))
    assert [finding.subject for finding in found if finding.code == "device-by-two-wires"] == (
        ["line-1, line-2"] if told else []
    )
    assert all(finding.level is not Level.STOPS for finding in found)


def test_the_wrong_driver_is_told_with_the_right_one(tmp_path: Path) -> None:
    drivers = catalog(
        printers("matica_xid", [], FakePrinter),
        printers("magicard", ["usb:0c1f:4800?serial=7"], FakePrinter),
        readers([]),
    )
    looked_at = Premises(settings(tmp_path, ("line-1", "matica_xid", "usb:0c1f:4800", "pcsc:R 0")), drivers)
    (found,) = wiring.addresses(looked_at)
    assert (found.level, found.code) == (Level.STOPS, "driver-wrong")
    assert found.detail.endswith("matica_xid -> magicard")


def test_readers_are_there_missing_or_without_a_service(tmp_path: Path) -> None:
    assert codes(wiring.readers(premises(tmp_path))) == [(Level.WELL, "encoder-there")]
    missing = premises(tmp_path, ("line-1", "matica_xid", USB, "pcsc:Other"))
    assert codes(wiring.readers(missing)) == [(Level.STOPS, "encoder-missing")]
    gone = catalog(readers(ServiceGone("pcsc", "list readers")))
    assert codes(wiring.readers(Premises(settings(tmp_path, LINE), gone))) == [(Level.STOPS, "service-gone")]


# --- printers ---------------------------------------------------------------------------------------------------------


def of_printer(folder: Path, printer: object) -> list[tuple[Level, str]]:
    drivers = catalog(printers("matica_xid", [USB], printer))  # type: ignore[arg-type]
    return codes(machines.of_opened(settings(folder, LINE).line[0], drivers, desk=False))


@pytest.mark.parametrize("reason", Reason)
def test_whatever_a_printer_reports_is_told_by_its_reason(tmp_path: Path, reason: Reason) -> None:
    told = of_printer(tmp_path, lambda _: FakePrinter(conditions=[reason]))
    passing = reason in HARMLESS or reason in {Reason.BUSY, Reason.WARMING_UP}
    assert (Level.SOON if passing else Level.STOPS, reason) in told
    assert (Level.WELL, "printer-ready") not in told


@pytest.mark.parametrize(
    ("left", "level", "code"),
    [
        (None, Level.WELL, "supply-not-told"),
        (0, Level.STOPS, "supply-empty"),
        (machines.FEW, Level.SOON, "supply-low"),
        (machines.FEW + 1, Level.WELL, "supply-left"),
    ],
)
def test_what_is_left_of_a_ribbon(tmp_path: Path, left: int | None, level: Level, code: str) -> None:
    assert (level, code) in of_printer(tmp_path, lambda _: FakePrinter(left=left))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HeldByAnother("d", "open"), "held-by-another"),
        (NotFound("d", "open", USB), "not-found"),
        (WrongDevice("d", "open", "a Matica", "a lamp"), "wrong-device"),
    ],
)
def test_a_printer_that_cannot_be_opened(tmp_path: Path, error: Exception, code: str) -> None:
    assert of_printer(tmp_path, error) == [(Level.STOPS, code)]


def test_a_printer_that_was_opened_is_let_go_and_its_counters_told(tmp_path: Path) -> None:
    printer = FakePrinter("S9")
    line = settings(tmp_path, LINE).line[0]
    found = list(machines.of_opened(line, catalog(printers("matica_xid", [USB], lambda _: printer)), desk=False))
    assert printer.closed == 1
    assert found[0].detail == "Maker Model S9 1.0; cards-printed 1234, clean 12"
    assert found[1].code == "line-unfit"  # it has no reader inside


@pytest.mark.parametrize(
    ("line", "level", "code"),
    [
        (LineStatus("line-1", LineState.READY, printer="X:1"), Level.WELL, "printer-there"),
        (LineStatus("line-1", LineState.STARTING), Level.SOON, "line-starts"),
        (LineStatus("line-1", LineState.WAITING, "media-jam", "x"), Level.STOPS, "media-jam"),
        (LineStatus("line-1", LineState.WAITING, "warming-up", "x"), Level.SOON, "warming-up"),
        (LineStatus("line-1", LineState.ASKING, "question", "q1"), Level.STOPS, "question-open"),
        (LineStatus("line-1", LineState.STOPPED), Level.STOPS, "line-failed"),
        (LineStatus("line-9", LineState.READY), Level.STOPS, "line-unknown"),
    ],
)
def test_while_the_daemon_runs_the_line_speaks(tmp_path: Path, line: LineStatus, level: Level, code: str) -> None:
    found = machines.of_running(settings(tmp_path, LINE).line[0], status(lines=[line]))
    assert next(iter(codes(found))) == (level, code)


def report(reason: Reason) -> Reported:
    return Reported(reason, "C", "as it says")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (LineStatus("line-1", LineState.READY, printer="X:1"), [(Level.WELL, "cleaning-told-by-machine")]),
        (
            LineStatus("line-1", LineState.READY, printer="X:1", conditions=(report(Reason.MARKER_SUPPLY_LOW),)),
            [(Level.SOON, "marker-supply-low"), (Level.WELL, "cleaning-told-by-machine")],
        ),
        (
            LineStatus("line-1", LineState.READY, printer="X:1", conditions=(report(Reason.CLEANING_DUE),)),
            [(Level.SOON, "cleaning-due")],
        ),
        (
            LineStatus("line-1", LineState.READY, printer="X:1", conditions=(Reported("no-reject-bin", "", ""),)),
            [(Level.WELL, "no-reject-bin"), (Level.WELL, "cleaning-told-by-machine")],
        ),
        (
            LineStatus(
                "line-1",
                LineState.WAITING,
                "overheated",
                printer="X:1",
                conditions=(report(Reason.OVERHEATED), report(Reason.CLEANING_DUE)),
                cleanings=CleaningsTold(3, 701, 700, due=True),
            ),
            [(Level.SOON, "cleaning-due")],
        ),
        (
            LineStatus(
                "line-1",
                LineState.READY,
                printer="X:1",
                conditions=(report(Reason.CLEANING_DUE),),
                cleanings=CleaningsTold(3, 700, 700),
            ),
            [(Level.SOON, "cleaning-due")],
        ),
        (
            LineStatus("line-1", LineState.WORKING, printer="X:1", cleanings=CleaningsTold(4, 0, 700)),
            [(Level.WELL, "cleaning-not-due")],
        ),
    ],
)
def test_what_a_printer_reports_besides_is_told_while_the_daemon_runs(
    tmp_path: Path, line: LineStatus, found: list[tuple[Level, str]]
) -> None:
    assert codes(machines.of_running(settings(tmp_path, LINE).line[0], status(lines=[line])))[1:] == found


# --- the computer -----------------------------------------------------------------------------------------------------


def bus(folder: Path, *, open_to_all: bool, rule: bool) -> System:
    device, nodes, rules = folder / "sys" / "1-1", folder / "dev", folder / "rules"
    for made in (device, nodes / "001", rules):
        made.mkdir(parents=True)
    for name, content in (("idVendor", "2166"), ("idProduct", "701d"), ("busnum", "1"), ("devnum", "7")):
        (device / name).write_text(content + "\n")
    (folder / "sys" / "usb1").mkdir()  # a hub without what is looked for
    if open_to_all:
        (nodes / "001" / "007").touch()
    if rule:
        (rules / host.RULES).touch()
    return System((rules,), folder / "sys", nodes)


def test_a_printer_that_may_not_be_opened_and_a_rule_that_is_missing(tmp_path: Path) -> None:
    system = bus(tmp_path, open_to_all=False, rule=False)
    looked_at = Premises(settings(tmp_path, LINE), catalog(), system=system)
    assert codes(host.permissions(looked_at)) == [
        (Level.SOON, "udev-rule-missing"),
        (Level.STOPS, "permission-refused"),
    ]


def test_a_printer_that_may_be_opened_by_a_rule(tmp_path: Path) -> None:
    looked_at = Premises(settings(tmp_path, LINE), catalog(), system=bus(tmp_path, open_to_all=True, rule=True))
    assert codes(host.permissions(looked_at)) == [(Level.WELL, "device-may-be-opened")]


def test_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = premises(tmp_path)
    assert codes(host.disk(looked_at)) == [(Level.STOPS, "data-folder-missing")]
    looked_at.settings.station.data.mkdir()
    found = list(host.disk(looked_at))
    assert found[0].code in {"disk-has-room", "disk-low"}
    assert found[1].code in {"disk-syncs", "disk-slow"}
    assert not list(looked_at.settings.station.data.iterdir())
    monkeypatch.setattr(host, "ROOM_FOR_LONG", 2**63)
    assert next(host.disk(looked_at)).code == "disk-low"
    monkeypatch.setattr(host, "SIZE", 2**63)
    assert next(host.disk(looked_at)).code == "disk-full"
    monkeypatch.setattr(os, "fsync", failing_sync)
    assert list(host.disk(looked_at))[1].code == "disk-does-not-sync"


def failing_sync(_: int) -> None:
    raise OSError(5, "Input/output error")


# --- keys, book, registry, clock --------------------------------------------------------------------------------------


def test_keys_that_are_missing_there_or_open_to_others(tmp_path: Path) -> None:
    looked_at = premises(tmp_path)
    assert codes(ledger.keys(looked_at)) == [(Level.STOPS, "no-station-keys")]
    FileKeys(looked_at.settings.keys).create_station_keys()
    assert codes(ledger.keys(looked_at)) == [(Level.WELL, "keys-there"), (Level.STOPS, "not-enrolled")]
    (looked_at.settings.keys / "station.json").chmod(0o644)
    assert codes(ledger.keys(looked_at)) == [(Level.STOPS, "keys-exposed")]
    (looked_at.settings.keys / "station.json").chmod(0o600)
    (looked_at.settings.keys / "station.json").write_text("{}")
    assert codes(ledger.keys(looked_at)) == [(Level.STOPS, "keys-damaged")]


@pytest.fixture
def worked(tmp_path: Path) -> Premises:
    with House(tmp_path / "data") as house:
        house.stock()
        house.deliver("j1")
    return premises(tmp_path)


def test_a_book_that_holds_and_one_that_was_changed(worked: Premises) -> None:
    assert codes(ledger.book(worked)) == [(Level.WELL, "book-holds")]
    db = sqlite3.connect(worked.settings.book)
    db.executescript(
        "DROP TRIGGER book_is_never_changed; UPDATE book SET text = replace(text, 'j1', 'j2') WHERE seq = 4; "
    )
    db.close()
    assert codes(ledger.book(worked)) == [(Level.STOPS, "book-broken")]


def test_no_book_yet_and_what_is_no_book(tmp_path: Path) -> None:
    looked_at = premises(tmp_path)
    assert codes(ledger.book(looked_at)) == [(Level.SOON, "no-book")]
    FileKeys(looked_at.settings.keys).create_station_keys()
    looked_at.settings.book.write_bytes(b"not a database" * 100)
    assert codes(ledger.book(looked_at)) == [(Level.STOPS, "database-unusable")]


@pytest.mark.parametrize(
    ("check", "level", "code"),
    [
        ("passed", Level.WELL, "book-holds"),
        ("running", Level.WELL, "book-holds"),
        ("failed", Level.STOPS, "book-broken"),
        ("not-finished", Level.SOON, "not-verified"),
    ],
)
def test_the_running_daemons_own_check(tmp_path: Path, check: str, level: Level, code: str) -> None:
    looked_at = Premises(settings(tmp_path, LINE), catalog(), status(book_check=BookCheck(check)))
    assert codes(ledger.book(looked_at)) == [(level, code)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, [(Level.WELL, "registry-answers"), (Level.WELL, "clock-right")]),
        (
            {"link": LinkStatus(False, None, "no route", 0)},
            [(Level.SOON, "registry-unreachable"), (Level.WELL, "clock-right")],
        ),
        ({"time": 1e9}, [(Level.WELL, "registry-answers"), (Level.SOON, "clock-drifts")]),
        ({"trust": Trust.FLOORED}, [(Level.WELL, "registry-answers"), (Level.SOON, "time-not-trusted")]),
        (
            {"trust": Trust.UNKNOWN, "time": None},
            [(Level.WELL, "registry-answers"), (Level.STOPS, "time-unknown")],
        ),
    ],
)
def test_registry_and_clock_of_a_running_station(
    tmp_path: Path, changes: dict[str, object], found: list[tuple[Level, str]]
) -> None:
    looked_at = Premises(settings(tmp_path, LINE), catalog(), status(**changes))
    assert codes(outside.clock_and_registry(looked_at)) == found


# --- all together -----------------------------------------------------------------------------------------------------


def test_a_probe_that_fails_or_hangs_is_a_finding_and_touches_no_other() -> None:
    def fails() -> Iterator[Finding]:
        yield well("book-holds")
        raise RuntimeError("a citizen's name")

    over = threading.Event()

    def hangs() -> Iterator[Finding]:
        over.wait(100)
        yield well("book-holds")

    began = time.monotonic()
    report = run({"a": fails, "b": hangs, "c": lambda: [well("disk-syncs")]}, 2)  # in which the other two begin and end
    over.set()
    assert time.monotonic() - began < 50
    told = [(f.probe, f.code, f.subject, f.detail) for f in report.findings]
    assert told == [
        ("a", "book-holds", "a", ""),
        ("a", "probe-failed", "a", "RuntimeError"),
        ("b", "probe-silent", "b", ""),
        ("c", "disk-syncs", "c", ""),
    ]
    assert report.level is Level.SOON


def test_everything_at_a_station_that_was_just_set_up(tmp_path: Path) -> None:
    looked_at = premises(tmp_path)
    looked_at.settings.station.data.mkdir()
    report = examine(looked_at)
    probes = {finding.probe for finding in report.findings}
    assert probes >= {"drivers", "addresses", "printer line-1", "readers", "disk", "keys", "book"}
    assert report.level is Level.STOPS
    assert not {finding.code for finding in report.findings} & {"probe-failed", "probe-silent"}


# --- what a machine lacks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has", [True, False])
def test_a_machine_without_a_reject_bin_is_told_of_before_a_card_is_spoiled(tmp_path: Path, has: bool) -> None:
    printer = FakeDirect()
    printer.reject_bin = has
    found = codes(machines.asked(settings(tmp_path, LINE).line[0], printer, desk=True))
    assert ((Level.WELL, "no-reject-bin") in found) is not has
    assert (Level.WELL, "no-card-counter") in found
