"""Finding and opening machines: pyusb itself over a backend that stands for them."""

import pytest

from drivers.addresses import BadAddress
from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    HeldByAnother,
    NotFound,
    NotUnderstood,
    PermissionRefused,
    WrongDevice,
)
from drivers.magicard.opening import find_printers, open_printer
from drivers.printer import Completion, Image, Panel, PrinterFault, Reason
from tests.drivers.magicard.usb_backend import Backend, Machine

ADDRESS = "usb:0c1f:4800"
IMAGE = Image(1016, 642, {Panel.BLACK: bytes(1016 * 642)})


def soon(seconds=2.0):
    return Deadline.after(seconds)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def printer(machine):
    printer = open_printer(ADDRESS, soon(), Backend(machine))
    yield printer
    printer.close()


class TestOpening:
    def test_who_it_is(self, printer):
        identity = printer.identity
        assert (identity.maker, identity.model) == ("Magicard", "Enduro+")
        assert (identity.serial, identity.firmware) == ("E0012345", "1.12")
        raster = printer.capabilities.raster
        assert (raster.width, raster.height, raster.dpi) == (1016, 642, 300)
        assert raster.panels == {Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK, Panel.OVERCOAT}

    def test_a_machine_that_tells_no_serial_has_its_descriptors(self, machine):
        machine.fields = {"f3": ""}
        printer = open_printer(ADDRESS, soon(), Backend(machine))
        assert printer.identity.serial == "USB00042"
        printer.close()

    def test_a_job_that_an_earlier_session_left_waiting_is_cancelled(self, machine):
        machine.shows = "11:01"
        printer = open_printer(ADDRESS, soon(), Backend(machine))
        assert machine.log[0] == "CAN"
        assert printer.status(soon()).ready
        printer.close()

    def test_an_error_that_stays_does_not_keep_from_opening(self, machine):
        machine.shows, machine.clears = "08:01", False
        printer = open_printer(ADDRESS, soon(), Backend(machine))
        assert printer.status(soon()).has(Reason.UNMAPPED)
        printer.close()

    def test_half_a_job_of_an_earlier_session_is_forgotten(self, machine):
        machine.out(b"\x05" * 64 + b"\x01,NOC1,SZK97536\x1c" + bytes(1000))
        printer = open_printer(ADDRESS, soon(), Backend(machine))
        assert "reset" in machine.log
        assert not machine.jobs
        assert printer.print_card(IMAGE, soon()) is Completion.SEEN
        printer.close()

    def test_a_machine_at_work_is_not_disturbed(self, machine):
        machine.busy = 10_000
        with pytest.raises(PrinterFault) as caught:
            open_printer(ADDRESS, soon(0.3), Backend(machine))
        assert caught.value.condition.reason is Reason.BUSY
        assert not caught.value.may_have_acted
        assert not machine.log
        assert machine.owner is None

    @pytest.mark.parametrize("answer", [None, b"\x01STA$$Tempo,\x03", b"\x03"])
    def test_another_kind_of_machine(self, machine, answer):
        machine.answers["INF"] = answer
        with pytest.raises(DeviceError) as caught:
            open_printer(ADDRESS, soon(0.5), Backend(machine))
        assert isinstance(caught.value, DeadlinePassed | NotUnderstood)
        assert caught.value.operation == "open"
        assert machine.owner is None

    def test_twins_are_told_apart_by_either_serial(self):
        twins = Machine(serial="A"), Machine(serial="B", fields={"f3": "E2"})
        backend = Backend(*twins)
        with pytest.raises(WrongDevice):
            open_printer(ADDRESS, soon(), backend)
        for serial in ("B", "E2"):
            printer = open_printer(f"{ADDRESS}?serial={serial}", soon(), backend)
            assert printer.identity.serial == "E2"
            assert twins[0].owner is None
            printer.close()
        with pytest.raises(NotFound):
            open_printer(f"{ADDRESS}?serial=C", soon(), backend)
        assert not any(twin.owner for twin in twins)

    def test_what_keeps_from_opening(self, machine):
        backend = Backend(machine)
        with pytest.raises(NotFound):
            open_printer("usb:0c1f:2800", soon(), backend)
        for address in ("tcp:10.0.0.1", "serial:/dev/ttyS0", "nothing"):
            with pytest.raises(BadAddress):
                open_printer(address, soon(), backend)
        machine.owner = "somebody"
        with pytest.raises(HeldByAnother):
            open_printer(ADDRESS, soon(), backend)
        machine.owner, backend.permission = None, False
        with pytest.raises(PermissionRefused):
            open_printer(ADDRESS, soon(), backend)


class TestFinding:
    def test_every_machine_by_its_descriptor_and_nothing_is_sent(self):
        machines = [Machine(), Machine(serial="", product=0x2800), Machine(product=0x1800), Machine(product=0x880A)]
        machines[0].owner = "another line"
        found = find_printers(Backend(*machines))
        assert found == ["usb:0c1f:2800", "usb:0c1f:4800?serial=USB00042", "usb:0c1f:880a?serial=USB00042"]
        assert not any(machine.log for machine in machines)
        assert machines[0].owner == "another line"

    def test_a_machine_that_may_not_be_asked_is_listed(self, machine):
        backend = Backend(machine)
        backend.permission = False
        assert find_printers(backend) == [ADDRESS]
