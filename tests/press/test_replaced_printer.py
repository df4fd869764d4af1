"""Another machine of the same model at a line's address: it is met by its serial number, and begins its own account."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from drivers.catalog import PrinterDriver
from drivers.evolis.opening import open_printer
from drivers.printer import Printer
from stationd.press.notice import LineState
from tests.drivers.evolis.scripted import ScriptedMachine
from tests.drivers.evolis.test_serial import Cable, at_the_end_of
from tests.drivers.evolis.usb_backend import PrinterBus, UsbMachine
from tests.press.other_machines import FakeFed
from tests.press.other_office import Make, entries

OLD, NEW = "10000123456", "10000999999"


@dataclass
class Place:
    """Where a machine is plugged in."""

    open: Callable[..., Printer]
    machine: ScriptedMachine

    def put(self, serial: str, fed: int) -> None:
        """Take away what is there and plug in a machine of the same model."""
        self.machine.serial, self.machine.fed, self.machine.mode = serial, fed, 0
        if isinstance(self.machine, UsbMachine):
            self.machine.trouble.append(errno.ENODEV)


@pytest.fixture(params=["usb", "serial"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "usb":
        machine = UsbMachine(OLD)
        bus = PrinterBus(machine)
        yield Place(lambda _, deadline: open_printer("usb:1234:5678", deadline, bus), machine)
        return
    cable, machine = Cable(), ScriptedMachine(serial=OLD)
    with at_the_end_of(cable, machine):
        yield Place(lambda _, deadline: open_printer(f"serial:{cable.path}?baud=115200", deadline), machine)
    cable.unplug()


def test_its_counter_is_not_held_against_the_old_ones(offices: Make, place: Place) -> None:
    office = offices(FakeFed(), jobs=0, encoder=None)
    office.catalog.printers["fake"] = PrinterDriver("fake", place.open, list, "")
    place.machine.fed = 41_000
    line = office.line()
    line.start()

    def meets(serial: str) -> None:
        deadline = time.monotonic() + 60
        while line.status.printer != f"Primacy:{serial}" or line.status.state is not LineState.READY:
            assert time.monotonic() < deadline, line.status
            time.sleep(0.01)

    try:
        meets(OLD)
        place.put(NEW, 7)
        meets(NEW)
        place.put(OLD, 41_000)  # mended, and back: it is the one that it was
        meets(OLD)
        place.put(NEW, 9)  # but this one made two cards that the book knows nothing of
        meets(NEW)
    finally:
        line.stop()
        line.join(30)
    book = entries(office)
    based = [(entry["printer"], entry["cards"], entry["cause"]) for entry in book if entry["type"] == "counters-based"]
    assert based == [
        (f"Primacy:{OLD}", 41_000, "first"),
        (f"Primacy:{NEW}", 7, "swapped"),
        (f"Primacy:{NEW}", 9, "differs"),
    ]
    (named,) = [entry for entry in book if entry["type"] == "discrepancy-found"]
    assert (named["subject"], named["found"]) == (f"Primacy:{NEW} cards-printed", 2)
