"""Cleaning: what the maker's document says of CLN and OKY, at a machine on a cable that is not there."""

import pytest

from drivers.deadline import Deadline
from drivers.magicard import driver as module
from drivers.magicard.opening import open_printer
from drivers.printer import Cleanings, PrinterFault
from tests.drivers.magicard.usb_backend import FAILED, Backend, Machine

ADDRESS = "usb:0c1f:4800"


def soon(seconds=3.0):
    return Deadline.after(seconds)


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(module, "_HEEDING", 0.1)
    monkeypatch.setattr(module, "_UNCOUNTED", 0.5)
    return Machine()


@pytest.fixture
def printer(machine):
    printer = open_printer(ADDRESS, soon(), Backend(machine))
    machine.log.clear()
    yield printer
    printer.close()


def fault(printer):
    with pytest.raises(PrinterFault) as caught:
        printer.clean(soon())
    assert caught.value.operation == "clean"
    return caught.value


def test_what_it_asks_for_is_confirmed_and_the_cleaning_counted(printer, machine):
    assert printer.cleanings(soon()) == Cleanings(3, 30, 700, due=False)
    printer.clean(soon())
    orders = [order for order in machine.log if order not in ("INF", "ERR")]
    assert orders == ["CLN", "OKY"]
    assert printer.cleanings(soon()).done == 4
    assert machine.cards == 1500


def test_a_machine_that_asks_for_nothing_is_not_answered(printer, machine):
    machine.wants = 0
    printer.clean(soon())
    assert "OKY" not in machine.log


def test_a_machine_that_goes_on_showing_what_it_asked_for_a_while_is_given_the_time(printer, machine, monkeypatch):
    monkeypatch.setattr(module, "_HEEDING", 1.0)
    machine.ports = [0x18, FAILED, FAILED, FAILED]
    printer.clean(soon())


def test_a_second_question_ends_the_cleaning(printer, machine):
    machine.wants = 3
    shown = fault(printer)
    assert shown.condition.code == "15:01"
    assert shown.may_have_acted
    assert machine.log[-1] == "CAN"


@pytest.mark.parametrize("rise", [0, 2])
def test_another_count_than_one_is_no_success(printer, machine, rise):
    machine.cleaned = lambda m: m.clean(rise)
    assert f"cleans {rise:+}" in fault(printer).condition.code


def test_a_machine_that_shows_an_error_is_not_cleaned(printer, machine):
    machine.shows, machine.clears = "11:01", False
    assert not fault(printer).may_have_acted
    assert "CLN" not in machine.log


@pytest.mark.parametrize(("since", "every", "due"), [(699, 700, False), (700, 700, True), (5, 0, False)])
def test_when_it_is_due(printer, machine, since, every, due):
    machine.fields = {"f14": str(since), "f15": str(every)}
    assert printer.cleanings(soon()) == Cleanings(3, since, every or None, due=due)
