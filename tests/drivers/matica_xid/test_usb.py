"""The driver on a USB cable: pyusb itself over a backend that stands for a machine.

What it promises on every wire is held against simulated machines (tests/drivers/conformance); here is what only this
wire can do wrong.
"""

import errno
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from usb.core import USBError

from drivers import deadline, transports, wiretap
from drivers.addresses import UsbAddress
from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    Disconnected,
    HeldByAnother,
    NotFound,
    NotUnderstood,
    PermissionRefused,
    WrongDevice,
)
from drivers.matica_xid import driver
from drivers.matica_xid.opening import open_printer
from drivers.matica_xid.usb_machine import find_addresses
from drivers.printer import Image, Media, Panel, PrinterFault, Reason, Station
from drivers.transports import Stalled, UsbBulk, find_usb
from tests.drivers.fake_time import time_passes_in
from tests.drivers.matica_xid import usb_backend
from tests.drivers.matica_xid.usb_backend import HEIGHT, WIDTH, Backend, Machine

ADDRESS = "usb:2166:701d"


def silent(_wrapper):
    return None


def soon(seconds=20.0):
    return Deadline.after(seconds)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def printer(machine):
    printer = open_printer(ADDRESS, soon(), Backend(machine))
    machine.resets = 0  # opening made the machine forget its host before
    machine.halts_cleared.clear()
    yield printer
    printer.close()
    assert machine.owner is None


IMAGE = Image(WIDTH, HEIGHT, {Panel.BLACK: bytes(range(32))})


class TestOpening:
    @pytest.mark.parametrize("uploading", [True, False])
    def test_after_a_host_that_ended_in_the_middle_of_an_exchange(self, machine, uploading):
        if uploading:
            machine.due = (bytearray(), 4096, bytes(10), 7)
        else:
            machine.inbox.append(b"USBS" + bytes((55, 0, 0, 0)) + bytes(5))
        open_printer(ADDRESS, soon(), Backend(machine)).close()
        assert machine.resets

    def test_who_it_is_and_what_it_takes(self, printer):
        assert (printer.identity.maker, printer.identity.model, printer.identity.serial) == (
            "MATICA", "XID8600", "8A001234",
        )  # fmt: skip
        assert (printer.capabilities.raster.width, printer.capabilities.raster.height) == (WIDTH, HEIGHT)

    def test_no_permission(self, machine):
        backend = Backend(machine)
        backend.permission = False
        with pytest.raises(PermissionRefused, match="udev"):
            open_printer(ADDRESS, soon(), backend)

    def test_taken_from_a_kernel_driver(self, machine):
        machine.owner = "usb-storage"
        backend = Backend(machine)
        backend.is_kernel_driver_active = lambda _handle, _intf: machine.owner == "usb-storage"
        backend.detach_kernel_driver = lambda _handle, _intf: setattr(machine, "owner", None)
        open_printer(ADDRESS, soon(), backend).close()
        assert machine.owner is None

    def test_a_system_that_cannot_tell_of_kernel_drivers(self, machine):
        def refuse(handle, intf):
            raise USBError("Other error", -99, errno.ENOTTY)

        backend = Backend(machine)
        backend.is_kernel_driver_active = refuse
        open_printer(ADDRESS, soon(), backend).close()

    def test_another_kind_of_machine_is_let_go(self):
        machine = Machine(model="HDP5000")
        with pytest.raises(WrongDevice, match="HDP5000"):
            open_printer(ADDRESS, soon(), Backend(machine))
        assert machine.owner is None

    def test_twins_are_told_apart_by_serial(self):
        first, second = Machine("AAA"), Machine("BBB")
        backend = Backend(first, second)
        with pytest.raises(WrongDevice, match="2 machines"):
            open_printer(ADDRESS, soon(), backend)
        with pytest.raises(NotFound):
            open_printer(f"{ADDRESS}?serial=CCC", soon(), backend)
        one = open_printer(f"{ADDRESS}?serial=BBB", soon(), backend)
        assert (first.owner, second.owner is None) == (None, False)
        two = open_printer(f"{ADDRESS}?serial=AAA", soon(), backend)
        assert two.identity.serial == "AAA"
        with pytest.raises(HeldByAnother):
            open_printer(f"{ADDRESS}?serial=BBB", soon(), backend)
        one.close()
        two.close()

    def test_found_machines_say_their_serial_if_they_are_free(self):
        first, second, third = Machine("AAA"), Machine("B B"), Machine(model="OTHER")
        second.owner = object()
        found = find_addresses(UsbAddress(0x2166, 0x701D), Backend(first, second, third))
        assert found == [f"{ADDRESS}?serial=AAA", ADDRESS]
        assert first.owner is None

    def test_a_machine_just_switched_on(self, machine):
        machine.troubles = [0x62800, 0x2C300, 0x62800, 0]
        printer = open_printer(ADDRESS, soon(), Backend(machine))
        assert printer.status(soon()).ready
        printer.close()

    def test_a_machine_that_cannot_tell_its_geometry_yet(self, machine):
        machine.troubles = [0x2DA00, 0x2DA00]
        with pytest.raises(PrinterFault) as caught:
            open_printer(ADDRESS, soon(), Backend(machine))
        assert caught.value.condition.reason is Reason.WARMING_UP
        assert not caught.value.may_have_acted
        assert machine.owner is None


class TestCommands:
    def test_a_card_from_hopper_to_exit(self, printer, machine):
        machine.log.clear()
        printer.feed(Station.CONTACTLESS, soon())
        printer.engage(Station.CONTACTLESS, soon())
        printer.start_film(IMAGE, soon())
        printer.await_film(soon())
        printer.release(Station.CONTACTLESS, soon())
        printer.transfer(soon())
        printer.deliver(soon())
        sent = [entry for entry in machine.log if entry[0][:2] in ("31", "32", "2a")]
        assert sent == [
            ("31 01 00 00 04 00 00 02 00 00", 0), ("32 04 00 00 00 00 00 00 00 00", 0),
            ("2a 00 00 00 00 00 00 00 20 00", 32), ("31 08 05 00 00 00 00 00 00 00", 0),
            ("32 05 00 00 00 00 00 00 00 00", 0), ("31 0b 00 00 00 00 00 00 00 00", 0),
            ("31 0d 00 00 00 00 00 00 00 00", 0), ("31 0b 00 00 00 00 00 05 00 00", 0),
        ]  # fmt: skip
        assert printer.status(soon()).media is Media.NOT_PRESENT

    def test_a_card_turned_over_and_rejected(self, printer, machine):
        printer.feed(Station.PRINT, soon())
        machine.log.clear()
        printer.flip(soon())
        printer.reject(soon())
        sent = [command for command, _ in machine.log if command.startswith("31")]
        assert sent == ["31 0b 00 00 02 00 00 00 00 00", "31 0b 00 00 00 00 00 04 00 00"]
        assert printer.status(soon()).media is Media.NOT_PRESENT

    def test_counters_and_supplies(self, printer):
        counters = printer.counters(soon())
        assert (counters.cards, counters.others) == (10, {"free": 11, "head": 12, "clean": 13, "error": 14})
        assert [supply.lot for supply in printer.supplies(soon())] == ["FC2221", None]

    def test_a_failed_status_is_explained_by_the_sense(self, printer, machine):
        machine.troubles = [0, 0, 0x39000]  # ready, place, then the load
        with pytest.raises(PrinterFault) as caught:
            printer.feed(Station.PRINT, soon())
        assert caught.value.condition.reason is Reason.MEDIA_JAM

    def test_a_failure_without_a_reason_does_not_pass_for_ready(self, printer, machine):
        machine.status = lambda wrapper: wrapper[:12] + b"\1" if not machine.log[-1][0].startswith("03") else wrapper
        with pytest.raises(NotUnderstood, match="what was wrong"):
            printer.status(soon())

    @pytest.mark.parametrize("skipped", range(6))
    def test_a_halt_is_cleared_and_the_command_goes_on(self, printer, machine, skipped):
        machine.cable = [0] * skipped + [errno.EPIPE]
        printer.feed(Station.PRINT, soon())
        assert set(machine.halts_cleared) == {0x02, 0x81}
        assert machine.resets == 0

    def test_a_halt_in_a_panel_sends_it_again(self, printer, machine):
        machine.cable = [0, 0, 0, errno.EPIPE]  # TEST UNIT READY and its status, the command, its data
        printer.start_film(IMAGE, soon())
        assert machine.log.count(("2a 00 00 00 00 00 00 00 20 00", 32)) == 1

    def test_a_halt_that_will_not_clear(self, printer, machine):
        machine.cable = [errno.EPIPE] * 100
        with pytest.raises(Stalled):
            printer.status(soon())

    def test_data_skipped_for_the_status(self, printer, machine):
        machine.troubles = [0, 0x2D100]  # the machine answers READ POSITION with its status alone
        status = printer.status(soon())
        assert status.has(Reason.COVER_OPEN)
        assert status.media is Media.UNKNOWN


class TestLostAnswers:
    def test_silence_is_no_success_and_the_transport_is_reset_before_the_next_command(self, printer, machine):
        machine.status = silent
        began = time.monotonic()
        with pytest.raises(DeadlinePassed) as caught:
            printer.feed(Station.PRINT, soon(0.1))
        assert time.monotonic() - began < 30
        assert caught.value.operation == "feed"
        machine.status = lambda wrapper: wrapper
        assert machine.resets == 0
        printer.status(soon())
        assert machine.resets == 1
        assert machine.halts_cleared == [0x81, 0x02]

    def test_a_panel_cut_off_in_the_middle(self, printer, machine):
        machine.cable = [0, 0, 0] + [errno.ETIMEDOUT] * 9
        with pytest.raises(DeadlinePassed):
            printer.start_film(IMAGE, soon(0.1))
        machine.cable = []
        printer.start_film(IMAGE, soon())
        assert machine.resets == 1

    @pytest.mark.parametrize(
        "damage",
        [
            lambda wrapper: wrapper[:12],
            lambda wrapper: wrapper + b"\0",
            lambda wrapper: b"USBX" + wrapper[4:],
            lambda wrapper: wrapper[:4] + bytes((wrapper[4] ^ 1,)) + wrapper[5:],
            lambda wrapper: wrapper[:12] + b"\2",
            lambda wrapper: wrapper[:0],
        ],
        ids=["short", "long", "signature", "tag", "phase", "empty"],
    )
    def test_a_damaged_status_is_no_success(self, printer, machine, damage):
        machine.status = damage
        with pytest.raises(NotUnderstood) as caught:
            printer.feed(Station.PRINT, soon())
        assert caught.value.may_have_acted
        machine.status = lambda wrapper: wrapper
        printer.status(soon())
        assert machine.resets == 1

    @pytest.mark.parametrize("number", [errno.ENODEV, errno.EIO, errno.EPROTO])
    def test_unplugged_in_the_middle(self, printer, machine, number):
        machine.cable = [0, number]
        with pytest.raises(Disconnected):
            printer.feed(Station.PRINT, soon())

    def test_a_sense_that_is_lost_is_no_answer(self, printer, machine):
        machine.troubles = [0x39000]
        machine.cable = [0, 0, 0, errno.ENODEV]
        with pytest.raises(Disconnected):
            printer.counters(soon())

    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_whatever_the_cable_does_a_feed_that_returns_was_seen(self, data):
        with time_passes_in(deadline, driver, transports, usb_backend, wiretap):
            machine = Machine()
            printer = open_printer(ADDRESS, soon(30), Backend(machine))
            numbers = st.sampled_from([0, 0, 0, 0, errno.EPIPE, errno.EIO, errno.ETIMEDOUT, errno.EOVERFLOW])
            machine.cable = data.draw(st.lists(numbers, max_size=20))
            machine.troubles = data.draw(
                st.lists(st.sampled_from([0, 0, 0x2D300, 0x62800, 0x39000, 0x2D000]), max_size=6)
            )
            try:
                printer.feed(Station.CONTACTLESS, soon(0.15))
            except DeviceError:
                pass
            else:
                assert machine.at == 2
            loads = [entry for entry in machine.log if entry[0].startswith("31 01")]
            assert len(loads) <= 1
            printer.close()


def test_a_whole_panel_is_quick(machine):
    (device,) = find_usb(0x2166, 0x701D, Backend(machine))
    pipe = UsbBulk(device, "x", out=0x02, in_=0x81)
    panel = bytes(2072 * 1328)
    machine.due = (bytearray(), len(panel), b"\x2a", 1)
    began = time.monotonic()
    pipe.write(panel[::-1], soon())
    assert time.monotonic() - began < 10  # byte by byte it would take minutes
    assert machine.log == [("2a", len(panel))]
    pipe.close()
