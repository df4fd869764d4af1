"""Whoever looks for devices leaves alone what this process works with: it is not opened, claimed, asked or reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drivers.addresses import UsbAddress
from drivers.deadline import Deadline
from drivers.evolis import opening as evolis
from drivers.magicard import opening as magicard
from drivers.matica_xid import usb_machine as matica
from tests.drivers.evolis import usb_backend as evolis_usb
from tests.drivers.magicard import usb_backend as magicard_usb
from tests.drivers.matica_xid import usb_backend as matica_usb

TOUCHES = {"open_device", "claim_interface", "ctrl_transfer", "bulk_write", "bulk_read", "reset_device", "clear_halt"}


def watched(kind: type[Any], touched: list[str]) -> type[Any]:
    """Make a backend that notes how a device is touched."""

    def noted(name: str) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any) -> Any:
            touched.append(name)
            return getattr(kind, name)(self, *arguments)

        return call

    return type("Watched", (kind,), {name: noted(name) for name in TOUCHES if hasattr(kind, name)})


def soon() -> Deadline:
    return Deadline.after(3.0)


def test_a_matica_in_use_is_listed_and_left_alone() -> None:
    touched: list[str] = []
    bus = watched(matica_usb.Backend, touched)(matica_usb.Machine(serial="A1"))
    machine = matica.open_usb(UsbAddress(0x2166, 0x701D), "matica_xid usb:2166:701d", soon(), bus)
    touched.clear()
    assert matica.find_addresses(UsbAddress(0x2166, 0x701D), bus) == ["usb:2166:701d?serial=A1"]
    assert not touched
    machine.close()
    assert matica.find_addresses(UsbAddress(0x2166, 0x701D), bus) == ["usb:2166:701d?serial=A1"]
    assert touched, "a machine that nobody has is asked for its number"


def test_an_evolis_in_use_is_listed_and_left_alone() -> None:
    touched: list[str] = []
    bus = watched(evolis_usb.PrinterBus, touched)(evolis_usb.UsbMachine(serial="10000123456"))
    printer = evolis.open_printer("usb:1234:5678", soon(), bus)
    touched.clear()
    assert evolis.find_printers(bus) == ["usb:1234:5678?serial=10000123456"]
    assert not touched
    printer.close()
    assert evolis.find_printers(bus) == ["usb:1234:5678?serial=10000123456"]
    assert touched


def test_a_magicard_in_use_is_listed_and_left_alone() -> None:
    touched: list[str] = []
    bus = watched(magicard_usb.Backend, touched)(magicard_usb.Machine())
    printer = magicard.open_printer("usb:0c1f:4800", soon(), bus)
    touched.clear()
    assert magicard.find_printers(bus) == ["usb:0c1f:4800?serial=USB00042"]
    assert not touched
    printer.close()


def test_one_familys_find_leaves_anothers_machine_alone() -> None:
    """A driver that knows its machines by their maker's name reads that of every device but those in use here."""
    touched: list[str] = []
    bus = watched(evolis_usb.PrinterBus, touched)(evolis_usb.UsbMachine(maker="OTHER"))
    pipe = evolis.UsbWire(next(iter(evolis.find_usb(0x1234, 0x5678, bus))), "other usb:1234:5678")
    touched.clear()
    assert evolis.find_printers(bus) == []
    assert not touched
    pipe.close()


def test_a_twin_of_one_in_use_is_found_and_opened() -> None:
    bus = matica_usb.Backend(matica_usb.Machine(serial="A1"), matica_usb.Machine(serial="B2"))
    first = matica.open_usb(UsbAddress(0x2166, 0x701D, "A1"), "one", soon(), bus)
    found = matica.find_addresses(UsbAddress(0x2166, 0x701D), bus)
    assert sorted(found) == ["usb:2166:701d?serial=A1", "usb:2166:701d?serial=B2"]
    second = matica.open_usb(UsbAddress(0x2166, 0x701D, "B2"), "two", soon(), bus)
    assert second.identity.serial == "B2"
    first.close()
    second.close()
