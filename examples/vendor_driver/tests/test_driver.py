"""The driver against its simulated machine, over TCP."""

from __future__ import annotations

import pytest
from acme_c1 import DRIVER, protocol
from simulator import Simulator

from drivers.conformance.bench import Bench, Pace
from drivers.conformance.hands import Lost, Trouble
from drivers.conformance.run import Outcome, hold_to, made_by
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected, NotUnderstood
from drivers.printer import Completion, Image, Media, Panel, PrinterFault, Reason

SIZE = protocol.WIDTH * protocol.HEIGHT
PICTURE = Image(protocol.WIDTH, protocol.HEIGHT, {Panel.BLACK: b"k" * SIZE, Panel.CYAN: b"c" * SIZE})


@pytest.fixture
def printer(machine: Simulator):
    opened = DRIVER.open(machine.address, soon())
    yield opened
    opened.close()


def soon(seconds: float = 5.0) -> Deadline:
    return Deadline.after(seconds)


def test_a_machine_says_who_it_is_and_how_it_is(machine, printer):
    assert (printer.identity.maker, printer.identity.model, printer.identity.serial) == ("Acme", "C1", "A0042")
    assert printer.status(soon()).ready
    assert printer.counters(soon()).cards == 117
    assert printer.supplies(soon())[0].remaining == 500
    machine.cause(Trouble.DOOR_OPEN)
    assert printer.status(soon()).has(Reason.COVER_OPEN)


def test_a_card_is_printed_and_counted(machine, printer):
    assert printer.print_card(PICTURE, soon()) is Completion.SEEN
    assert machine.pictures == [{"K": b"k" * SIZE, "C": b"c" * SIZE}]
    assert printer.counters(soon()).cards == 118


def test_an_empty_hopper_leaves_no_doubt_and_a_jam_does(machine, printer):
    machine.cause(Trouble.HOPPER_EMPTY)
    with pytest.raises(PrinterFault) as caught:
        printer.print_card(PICTURE, soon())
    assert (caught.value.condition.reason, caught.value.may_have_acted) == (Reason.MEDIA_EMPTY, False)
    machine.remedy(Trouble.HOPPER_EMPTY)
    machine.cause(Trouble.JAM)
    with pytest.raises(PrinterFault) as caught:
        printer.print_card(PICTURE, soon())
    assert (caught.value.condition.reason, caught.value.may_have_acted) == (Reason.MEDIA_JAM, True)
    assert printer.status(soon()).media is Media.JAMMED


def test_a_lost_answer_leaves_doubt_and_ends_the_session(machine, printer):
    machine.lose_answer(Lost.SILENCE, "print_card", acts=True)
    with pytest.raises(DeadlinePassed) as caught:
        printer.print_card(PICTURE, soon(0.3))
    assert caught.value.may_have_acted
    with pytest.raises(Disconnected):
        printer.status(soon())


@pytest.mark.parametrize("line", [b"", b"1 OK", b"2 OK\n", b"1 MAYBE\n", b"1 OK \n", b"\xff OK\n", b"1 OK\n\n"])
def test_what_is_no_answer_is_refused_with_its_bytes(line):
    with pytest.raises(NotUnderstood) as caught:
        protocol.parse_answer(line, 1)
    assert caught.value.received == line


def test_every_promise_of_the_interface_is_kept(machine):
    pace = Pace(act=10.0, short=0.02, slack=1.5, lost=0.1, settle=0.1)
    bench = Bench(DRIVER, machine.address, machine, pace)
    findings = list(hold_to(bench, made_by(bench, "A0042"), blanks=100))
    assert [finding for finding in findings if finding.outcome is Outcome.FAILED] == []
    assert sum(finding.outcome is Outcome.PASSED for finding in findings) > 20
