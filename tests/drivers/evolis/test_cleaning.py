"""Cleaning: what the Programming Guide says of `Scp`, at a machine that follows a script."""

import pytest

from drivers.errors import DeviceError
from drivers.printer import Cleanings, Preparation, PrinterFault, Reason, Station
from tests.drivers.evolis.scripted import ScriptedMachine, opened, soon


@pytest.fixture
def machine():
    machine = ScriptedMachine()
    machine.ribbon_in = False
    return machine


@pytest.fixture
def printer(machine):
    printer = opened(machine)
    machine.log.clear()
    yield printer
    printer.close()


def fault(printer):
    with pytest.raises(PrinterFault) as caught:
        printer.clean(soon())
    assert caught.value.operation == "clean"
    return caught.value


def test_a_cleaning_that_is_counted_is_done(printer, machine):
    assert printer.cleanings(soon()) == Cleanings(3, None, None, due=False)
    printer.clean(soon())
    assert machine.log.count("Scp") == 1
    assert printer.cleanings(soon()).done == 4


def test_the_ribbon_comes_out_before_the_cleaning_card_goes_in(printer):
    steps = printer.preparations
    assert steps.index(Preparation.RIBBON_OUT) < steps.index(Preparation.CLEANING_CARD_IN)
    assert steps.index(Preparation.BLANKS_OUT) < steps.index(Preparation.CLEANING_CARD_IN)


def test_the_reminder_says_that_it_is_due(printer, machine):
    machine.answers["Rlr;c"] = ["ERR NEED CLEANING"]
    assert printer.cleanings(soon()).due


def test_with_a_card_inside_nothing_is_sent(printer, machine):
    printer.feed(Station.PRINT, soon())
    refused = fault(printer)
    assert (refused.condition.reason, refused.may_have_acted) == (Reason.BAD_COMMAND, False)
    assert "Scp" not in machine.log


def test_a_ribbon_that_is_in_is_told_as_that(printer, machine):
    machine.ribbon_in = True
    refused = fault(printer)
    assert not refused.may_have_acted
    assert "take it out" in refused.condition.text


def test_an_empty_feeder_drew_nothing_in(printer, machine):
    machine.answers["Scp"] = ["FEEDER EMPTY"]
    refused = fault(printer)
    assert (refused.condition.reason, refused.may_have_acted) == (Reason.MEDIA_EMPTY, False)


@pytest.mark.parametrize("answer", ["OK", "+NACK T", None])
def test_without_a_count_it_is_no_success(printer, machine, answer):
    machine.answers["Scp"] = [answer]
    with pytest.raises(DeviceError) as caught:
        printer.clean(soon(0.3))
    assert caught.value.may_have_acted


def test_an_open_cover_is_told_before(printer, machine):
    machine.cover_open = True
    refused = fault(printer)
    assert (refused.condition.reason, refused.may_have_acted) == (Reason.COVER_OPEN, False)
    assert "Scp" not in machine.log
