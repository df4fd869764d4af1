"""What is attached, laid beside what the settings name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.encoder import ServiceGone
from drivers.errors import HeldByAnother, NotUnderstood
from stationd.doctor.devices import ENCODER, PRINTER, Held, introduced, inventory, look, same, uses
from stationd.doctor.tracing import CannotTrace, ask, choose
from tests.doctor.fakes import FakePrinter, catalog, hanging, printers, readers, settings

USB = "usb:2166:701d"
LINE = ("line-1", "matica_xid", USB, "pcsc:R 0")


@pytest.mark.parametrize(
    ("one", "other", "may_be_one"),
    [
        (USB, USB, True),
        (USB, f"{USB}?serial=A1", True),
        ("usb:2166:701D", f"{USB}?serial=A1", True),
        (f"{USB}?serial=A1", f"{USB}?serial=A2", False),
        ("usb:0c1f:4800", USB, False),
        ("tcp:10.0.0.1", "tcp:10.0.0.1:50730", False),
        ("pcsc:R 0", "pcsc:R 0", True),
        ("pcsc:R 0", "pcsc:R 1", False),
    ],
)
def test_addresses_that_may_name_one_device(one: str, other: str, may_be_one: bool) -> None:
    assert same(one, other) is same(other, one) is may_be_one


def test_a_trace_of_what_no_line_uses_names_what_there_is(tmp_path: Path) -> None:
    named = uses(settings(tmp_path, ("line-1", "matica_xid", "usb:2166:701d", "pcsc:R 0")))
    assert choose(named, "line-1").kind == PRINTER
    assert choose(named, "pcsc:R 0").kind == ENCODER
    with pytest.raises(CannotTrace) as refused:
        choose(named, "line-9")
    assert (refused.value.cause, refused.value.subject) == ("no-such-device", "line-9")
    assert "usb:2166:701d" in refused.value.detail


def test_what_is_found_is_laid_beside_the_lines_that_use_it(tmp_path: Path) -> None:
    drivers = catalog(printers("matica_xid", [f"{USB}?serial=A1"], FakePrinter), readers(["pcsc:R 0", "pcsc:R 1"]))
    seen = inventory(drivers, uses(settings(tmp_path, LINE)), look(drivers))
    rows = [(d.kind, d.address, d.attached, d.used_by, d.serial) for d in seen.devices]
    assert rows == [
        ("printer", f"{USB}?serial=A1", True, ("line-1",), "A1"),
        ("encoder", "pcsc:R 0", True, ("line-1",), ""),
        ("encoder", "pcsc:R 1", True, (), ""),
    ]


def test_a_trace_quotes_nothing_of_an_answer_that_was_not_understood(tmp_path: Path) -> None:
    answer = NotUnderstood(USB, "open", b"7316014507900001", "a status")
    driver = replace(printers("matica_xid", [], answer), mask=lambda _direction, _pipe, data: (b"", len(data)))
    use = choose(uses(settings(tmp_path, LINE)), "line-1")
    assert ask(catalog(driver), use, 0.1).failed == "open: NotUnderstood"


def test_what_is_named_and_not_found_is_told_too(tmp_path: Path) -> None:
    drivers = catalog(printers("matica_xid", [], FakePrinter), readers([]))
    named = uses(settings(tmp_path, LINE, ("line-2", "matica_xid", "tcp:10.0.0.9", "pcsc:R 2")))
    rows = {(d.address, d.attached) for d in inventory(drivers, named, look(drivers)).devices}
    assert rows == {(USB, False), ("pcsc:R 0", False), ("tcp:10.0.0.9", None), ("pcsc:R 2", False)}


def test_only_printers_of_lines_are_opened_to_ask_who_they_are(tmp_path: Path) -> None:
    opened: list[FakePrinter] = []

    def open_one(_: str) -> FakePrinter:
        opened.append(FakePrinter("A1"))
        return opened[-1]

    drivers = catalog(printers("matica_xid", [f"{USB}?serial=A1", "usb:1:2"], open_one), readers([]))
    named = uses(settings(tmp_path, LINE))
    seen = introduced(drivers, inventory(drivers, named, look(drivers)), named)
    assert [(d.model, d.serial, d.firmware) for d in seen.devices[:2]] == [("Model", "A1", "1.0"), ("", "", "")]
    assert [printer.closed for printer in opened] == [1]


def test_a_printer_that_another_program_has_is_told_as_that(tmp_path: Path) -> None:
    drivers = catalog(printers("matica_xid", [USB], HeldByAnother("matica", "open")), readers([]))
    named = uses(settings(tmp_path, LINE))
    device = introduced(drivers, inventory(drivers, named, look(drivers)), named).devices[0]
    assert device.cause == "held-by-another"
    assert "another program" in device.detail


def test_a_running_line_speaks_for_its_printer(tmp_path: Path) -> None:
    drivers = catalog(printers("matica_xid", [USB], HeldByAnother("matica", "open")), readers(["pcsc:R 0"]))
    held = {"line-1": Held("XID8600:A1", "2.0", "media-empty", "the hopper has no cards")}
    printer, reader = inventory(drivers, uses(settings(tmp_path, LINE)), look(drivers), held).devices
    assert (printer.held, printer.model, printer.serial, printer.cause) == (True, "XID8600", "A1", "media-empty")
    assert reader.held


def test_a_driver_that_fails_or_hangs_keeps_the_others_from_nothing() -> None:
    gone = readers(ServiceGone("pcsc", "list readers"))
    found = look(catalog(printers("matica_xid", [USB], FakePrinter), hanging("slow", 3.0), gone), 0.3)
    assert found.addresses == {("printer", "matica_xid"): (USB,)}
    assert "pcscd" in found.failing["pcsc"]
    assert "0 s" in found.failing["slow"]
