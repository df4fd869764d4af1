"""What the driver no longer knows after a power reset or a lost answer, and so does not do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeadlinePassed, DeviceError, Disconnected
from drivers.matica_xid.driver import MaticaXid
from drivers.matica_xid.machine import Sensed
from drivers.printer import PrinterFault, Reason
from tests.drivers.matica_xid.scripted import (
    ACTS,
    BUSY,
    DOOR,
    HOPPER,
    IMAGE,
    JAM,
    NAMES,
    POWER,
    RESET,
    WARMING,
    ScriptedMachine,
    acts,
    fed,
    filmed,
    prepared_for,
    soon,
)

RESETS = pytest.mark.parametrize("reset", [POWER, RESET])


@pytest.fixture
def machine():
    return ScriptedMachine()


@pytest.fixture
def printer(machine):
    return MaticaXid("matica_xid test", machine)


class TestPowerReset:
    @RESETS
    @ACTS
    def test_it_is_told_from_every_call(self, printer, machine, act, reset):
        prepared_for(printer, act)
        machine.senses = [BUSY, reset]
        with pytest.raises(PrinterFault) as caught:
            acts(printer)[act](soon())
        assert caught.value.condition.reason is Reason.POWER_RESET
        assert caught.value.may_have_acted

    @RESETS
    def test_a_film_is_not_awaited_past_a_reset_seen_elsewhere(self, printer, machine, reset):
        printer.start_film(IMAGE, soon())
        machine.senses = [reset]
        assert printer.status(soon()).has(Reason.POWER_RESET)
        with pytest.raises(PrinterFault, match="no image is being printed"):
            printer.await_film(soon())

    @pytest.mark.parametrize("code", [POWER, RESET, DOOR, JAM, 0x3A100])
    def test_nothing_is_transferred_from_a_film_in_doubt(self, printer, machine, code):
        fed(printer)
        filmed(printer)
        machine.senses = [code]
        printer.status(soon())
        with pytest.raises(PrinterFault, match="not known to hold"):
            printer.transfer(soon())
        assert ("transfer",) not in machine.log


class TestLostAnswers:
    @pytest.mark.parametrize("loss", [DeadlinePassed("", "", 0), Disconnected("", "", "x")])
    @pytest.mark.parametrize(("act", "command"), [
        ("feed", "load"), ("move", "move"), ("engage", "engage"), ("release", "release"), ("start_film", "upload"),
        ("start_film", "print_film"), ("transfer", "transfer"), ("flip", "move"), ("deliver", "move"),
        ("reject", "move"),
    ])  # fmt: skip
    def test_a_lost_answer_is_raised_with_the_machine_and_the_act(self, printer, machine, act, command, loss):
        prepared_for(printer, act)
        machine.answers[command] = loss
        with pytest.raises(type(loss)) as caught:
            acts(printer)[act](soon())
        assert (caught.value.device, caught.value.operation) == ("matica_xid test", act)
        assert caught.value.may_have_acted
        with pytest.raises(PrinterFault):  # the film is in doubt with the session
            printer.transfer(soon())

    def test_a_transfer_is_made_once(self, printer):
        prepared_for(printer, "transfer")
        printer.transfer(soon())
        with pytest.raises(PrinterFault, match="not known to hold"):
            printer.transfer(soon())

    def test_a_second_image_is_not_printed_over_the_first(self, printer):
        filmed(printer)
        with pytest.raises(PrinterFault, match="already holds an image"):
            printer.start_film(IMAGE, soon())

    def test_a_panel_answered_busy_is_sent_again(self, printer, machine):
        machine.answers["upload"] = Sensed(BUSY)
        printer.start_film(IMAGE, soon())
        assert [entry[0] for entry in machine.log].count("upload") == 5


DOUBTS = (DOOR, RESET, JAM)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from([0, 0, BUSY, HOPPER, WARMING, *DOUBTS]), max_size=3),
    st.none() | st.sampled_from(["load", "move", "transfer", "print_film", "upload", "position"]),
), max_size=12))  # fmt: skip
def test_only_an_image_awaited_since_the_last_doubt_is_transferred(script):
    machine = ScriptedMachine()
    printer = MaticaXid("x", machine)
    awaited = False
    for act, senses, lost in script:
        machine.senses, machine.answers = list(senses), {}
        if lost:
            machine.answers[lost] = Disconnected("", "", "x")
        machine.log.clear()
        try:
            acts(printer)[act](soon(0.05))
        except DeviceError:
            assert act != "transfer" or awaited or ("transfer",) not in machine.log
        else:
            assert act != "transfer" or (awaited and ("transfer",) in machine.log)
            awaited = awaited or act == "await_film"
        told = senses[: len(senses) - len(machine.senses)]
        if ("transfer",) in machine.log or act == "feed" or any(code in DOUBTS for code in told):
            awaited = awaited and act == "feed" and ("load", 2) not in machine.log and not set(told) & set(DOUBTS)
