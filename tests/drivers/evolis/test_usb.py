"""The driver on a USB cable: pyusb itself over a backend that stands for the bus."""

import errno

import pytest

from drivers.errors import Disconnected, HeldByAnother, NotFound, WrongDevice
from drivers.evolis.opening import find_printers, open_printer
from drivers.printer import Station
from drivers.transports import Stalled
from tests.drivers.evolis.scripted import soon
from tests.drivers.evolis.usb_backend import PrinterBus, UsbMachine

ADDRESS = "usb:1234:5678"


def test_a_machine_is_opened_and_obeys():
    machine = UsbMachine()
    printer = open_printer(ADDRESS, soon(), PrinterBus(machine))
    printer.feed(Station.CONTACTLESS, soon())
    assert printer.status(soon()).station is Station.CONTACTLESS
    printer.close()
    assert machine.owner is None


def test_twins_are_told_apart_by_their_serial_numbers():
    bus = PrinterBus(UsbMachine("A1"), UsbMachine("B2"))
    printer = open_printer(f"{ADDRESS}?serial=B2", soon(), bus)
    assert printer.identity.serial == "B2"
    assert bus.machines[0].owner is None
    with pytest.raises(WrongDevice, match="2 machines"):
        open_printer(ADDRESS, soon(), bus)
    with pytest.raises(HeldByAnother):
        open_printer(f"{ADDRESS}?serial=C3", soon(), bus)
    printer.close()
    with pytest.raises(NotFound):
        open_printer(f"{ADDRESS}?serial=C3", soon(), bus)


def test_nothing_there():
    with pytest.raises(NotFound):
        open_printer(ADDRESS, soon(), PrinterBus())


def test_a_device_without_a_pipe_each_way_is_no_printer():
    bus = PrinterBus(UsbMachine())
    bus.endpoints = (0x01, 0x02)
    with pytest.raises(WrongDevice, match="bulk pipe each way"):
        open_printer(ADDRESS, soon(), bus)


def test_machines_are_found_by_their_makers_name_and_left_alone():
    other, held, queued = UsbMachine(maker="Somebody"), UsbMachine("H1"), UsbMachine("Q1")
    queued.kernel = True
    bus = PrinterBus(UsbMachine("A1"), other, held, queued)
    held.owner = object()
    assert find_printers(bus) == [f"{ADDRESS}?serial=A1", ADDRESS, ADDRESS]
    assert bus.machines[0].owner is None
    assert bus.machines[0].log.count("Rsn") == len(bus.machines[0].log)
    assert queued.kernel
    assert not queued.log
    assert not other.log


def test_a_halted_pipe_is_told_and_cleared_for_the_next_call():
    machine = UsbMachine()
    printer = open_printer(ADDRESS, soon(), PrinterBus(machine))
    machine.trouble.append(errno.EPIPE)
    with pytest.raises(Stalled):
        printer.status(soon())
    machine.halts_cleared = 0
    assert printer.status(soon()).ready
    assert machine.halts_cleared == 2
    printer.close()


def test_an_unplugged_machine_is_told_and_a_feed_may_have_acted():
    machine = UsbMachine()
    printer = open_printer(ADDRESS, soon(), PrinterBus(machine))
    machine.answers["Sic"] = [None]
    original = machine._take

    def unplugged(text, data):
        original(text, data)
        if text == "Sic":
            machine.trouble.append(errno.ENODEV)

    machine._take = unplugged
    with pytest.raises(Disconnected) as caught:
        printer.feed(Station.CONTACTLESS, soon())
    assert caught.value.may_have_acted
    printer.close()
