"""The driver on a USB cable: pyusb itself over a backend that stands for a machine."""

import errno
import threading
import time
from time import sleep

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from usb.core import USBTimeoutError

from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    Disconnected,
    NotUnderstood,
    StillBusy,
)
from drivers.magicard import driver as module
from drivers.magicard.opening import open_printer
from drivers.printer import Completion, CounterKind, Image, Media, Panel, PrinterFault, Reason, WholeCardPrinter
from tests.drivers.magicard.usb_backend import BUSY, FAILED, READY, Backend, Machine, error, information

ADDRESS = "usb:0c1f:4800"
IMAGE = Image(1016, 642, {Panel.BLACK: bytes(1016 * 642)})


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_STILL", 0.15)


def soon(seconds=2.0):
    return Deadline.after(seconds)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def printer(machine):
    printer = open_printer(ADDRESS, soon(), Backend(machine))
    machine.log.clear()
    yield printer
    printer.close()
    assert machine.owner is None


def failed(printer, machine, seconds=2.0, image=IMAGE):
    """Print a card that does not come; returns the fault."""
    with pytest.raises(PrinterFault) as caught:
        printer.print_card(image, soon(seconds))
    assert caught.value.operation == "print_card"
    return caught.value


def shows(code):
    """What a machine does with a job that ends in an error."""

    def end(machine):
        machine.shows = code

    return end


class TestPrinting:
    def test_a_card_that_is_counted_is_seen(self, printer, machine):
        assert isinstance(printer, WholeCardPrinter)
        assert printer.print_card(IMAGE, soon()) is Completion.SEEN
        assert len(machine.jobs) == 1
        assert machine.cards == 1501
        assert "CAN" not in machine.log

    def test_a_machine_at_work_is_waited_for_and_not_asked(self, printer, machine):
        machine.busy, machine.works, machine.prints = 3, 5, lambda m: m.count() if m.jobs else None
        assert printer.print_card(IMAGE, soon()) is Completion.SEEN
        assert machine.log[:3] == ["INF", "job", "INF"]

    def test_a_machine_that_begins_late_is_waited_for(self, printer, machine):
        machine.works = 6
        machine.ports = [READY, READY, READY, READY]
        assert printer.print_card(IMAGE, soon()) is Completion.SEEN

    def test_silence_to_a_question_does_not_end_the_wait(self, printer, machine, monkeypatch):
        monkeypatch.setattr("drivers.magicard.machine._ANSWER", 0.1)
        machine.works = 0
        machine.prints = lambda m: (m.count(), m.answers.update(INF=None))
        threading.Timer(0.3, machine.answers.clear).start()
        assert printer.print_card(IMAGE, soon(4)) is Completion.SEEN

    def test_counted_but_with_an_error_is_not_seen(self, printer, machine):
        machine.prints = lambda m: (m.count(), shows("37:02")(m))
        fault = failed(printer, machine)
        assert (fault.condition.reason, fault.condition.code) == (Reason.UNMAPPED, "37:02")
        assert "It does not work." in fault.condition.text
        assert fault.may_have_acted

    def test_an_error_that_only_the_status_tells(self, printer, machine):
        machine.prints = lambda m: (m.count(), m.fields.update(f19="7", f20="3"))
        assert failed(printer, machine).condition.code == "07:03"

    @pytest.mark.parametrize("rise", [2, -1, -1500])
    def test_another_rise_than_one_is_not_seen(self, printer, machine, rise):
        machine.prints = lambda m: m.count(rise)
        fault = failed(printer, machine)
        assert fault.condition.code == f"counter {rise:+}"
        assert fault.may_have_acted

    def test_a_job_that_nothing_came_of_is_cancelled(self, printer, machine, monkeypatch):
        monkeypatch.setattr(module, "_UNCOUNTED", 0.1)
        machine.prints = Machine.nothing
        fault = failed(printer, machine)
        assert fault.condition.code == "counter +0"
        assert fault.may_have_acted
        assert "CAN" in machine.log

    def test_nothing_came_of_it_by_the_deadline(self, printer, machine):
        machine.prints = Machine.nothing
        fault = failed(printer, machine, 0.5)
        assert fault.condition.code == "counter +0"
        assert machine.log[-1] == "CAN"

    def test_a_card_under_way_at_the_deadline_is_left_alone(self, printer, machine):
        machine.works = 1000
        with pytest.raises(StillBusy) as caught:
            printer.print_card(IMAGE, soon(0.4))
        assert caught.value.may_have_acted
        assert "CAN" not in machine.log


class TestWhateverHappens:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rise=st.sampled_from([0, 1, 1, 2]),
        shown=st.sampled_from([None, None, "11:01", "05:05"]),
        works=st.integers(0, 3),
        clears=st.booleans(),
        ports=st.lists(st.sampled_from([READY, BUSY, FAILED]), max_size=4),
        silent=st.sampled_from([None, "ERR"]),
    )
    def test_success_is_counted_and_an_untouched_blank_is_not(self, rise, shown, works, clears, ports, silent):
        machine = Machine(works=works, clears=clears)
        machine.prints = lambda m: (m.count(rise), shows(shown)(m))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, "_UNCOUNTED", 0.05)
            patched.setattr("drivers.magicard.machine._ANSWER", 0.05)
            printer = open_printer(ADDRESS, soon(), Backend(machine))
            machine.ports = list(ports)
            machine.answers = {silent: None} if silent else {}
            try:
                outcome = printer.print_card(IMAGE, soon(0.8))
            except DeviceError as fault:
                outcome = fault
            finally:
                printer.close()
        event(type(outcome).__name__)
        if isinstance(outcome, Completion):
            assert (machine.cards, machine.shows) == (1501, None)
        elif not outcome.may_have_acted and machine.jobs:
            assert (machine.cards, machine.shows, shown) == (1500, None, "11:01")


class TestNoCardTakenIn:
    def test_a_cancelled_job_left_the_blank_alone(self, printer, machine):
        machine.prints = shows("11:01")
        fault = failed(printer, machine)
        assert (fault.condition.reason, fault.condition.code) == (Reason.MEDIA_EMPTY, "11:01")
        assert not fault.may_have_acted
        assert machine.log[-3:] == ["ERR", "CAN", "INF"]
        machine.prints = Machine.count
        assert printer.print_card(IMAGE, soon()) is Completion.SEEN

    @pytest.mark.parametrize("looks_ready", [0, 1, 3])
    def test_a_cancel_that_is_taken_for_a_second_try_leaves_doubt(self, printer, machine, looks_ready):
        machine.prints = Machine.nothing
        machine.ports = [READY, FAILED, *[READY] * looks_ready, BUSY]
        machine.answers["ERR"] = error("Error code - 11:01")
        fault = failed(printer, machine)
        assert fault.condition.code == "11:01"
        assert machine.cards == 1500
        assert fault.may_have_acted

    def test_a_shot_of_the_film_that_was_used_leaves_doubt(self, printer, machine):
        machine.prints = lambda m: (shows("11:01")(m), m.fields.update(f23="41"))
        assert failed(printer, machine).may_have_acted

    def test_an_error_may_be_shown_for_a_while_after_it_was_cancelled(self, printer, machine):
        machine.works = 0
        machine.prints = shows("11:01")
        machine.ports = [READY, FAILED, FAILED, FAILED]
        assert not failed(printer, machine).may_have_acted

    def test_a_job_that_is_not_given_up_may_still_print(self, printer, machine):
        machine.prints, machine.clears = shows("11:01"), False
        fault = failed(printer, machine, 0.5)
        assert fault.condition.code == "11:01"
        assert fault.may_have_acted

    def test_a_card_that_an_operator_fed_meanwhile_is_counted(self, printer, machine):
        machine.prints = shows("11:01")
        machine.answers["ERR"] = error("Error code - 11:01")
        machine.ports = [READY, BUSY, BUSY, FAILED, BUSY, BUSY]
        printed = information(f9="1501")
        original = machine.answers

        def fed(m):
            original["INF"] = printed

        machine.works, machine.prints = 1, fed
        fault = failed(printer, machine)
        assert fault.condition.code == "11:01"
        assert fault.may_have_acted

    def test_any_other_error_leaves_doubt_though_it_was_cancelled(self, printer, machine):
        machine.prints = shows("12:04")
        fault = failed(printer, machine)
        assert (fault.condition.reason, fault.condition.code) == (Reason.UNMAPPED, "12:04")
        assert fault.may_have_acted
        assert "CAN" in machine.log


class TestRefusedBefore:
    """Nothing is sent that acts."""

    def refused(self, printer, machine, image=IMAGE):
        fault = failed(printer, machine, 0.5, image)
        assert not fault.may_have_acted
        assert not machine.jobs
        assert "CAN" not in machine.log
        return fault.condition

    def test_an_error_is_shown(self, printer, machine):
        machine.shows = "09:02"
        assert self.refused(printer, machine).code == "09:02"

    def test_an_error_that_the_machine_does_not_name(self, printer, machine):
        machine.ports = [FAILED]
        assert self.refused(printer, machine).code == "port 10"

    def test_an_error_that_only_the_status_tells(self, printer, machine):
        machine.fields = {"f19": "11", "f20": "1"}
        assert self.refused(printer, machine).reason is Reason.MEDIA_EMPTY

    @pytest.mark.parametrize("overshoots", [0.0, 0.6])
    def test_busy_to_the_last(self, printer, machine, monkeypatch, overshoots):
        machine.busy = 1000
        monkeypatch.setattr(module.time, "sleep", lambda seconds: sleep(seconds + overshoots))
        with pytest.raises(PrinterFault) as caught:
            printer.print_card(IMAGE, soon(0.5))
        assert caught.value.condition.reason is Reason.BUSY
        assert not caught.value.may_have_acted
        assert not machine.jobs

    def test_busy_and_then_silent(self, printer, machine, monkeypatch):
        monkeypatch.setattr("drivers.magicard.machine._ANSWER", 0.1)
        machine.busy, told = 1000, machine.port

        def port():
            if machine.busy > 997:
                return told()
            sleep(0.02)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)

        monkeypatch.setattr(machine, "port", port)
        with pytest.raises(DeadlinePassed) as caught:
            printer.print_card(IMAGE, soon())
        assert not isinstance(caught.value, StillBusy)
        assert not caught.value.may_have_acted

    def test_the_film_is_used_up(self, printer, machine):
        machine.fields = {"f23": "300"}
        condition = self.refused(printer, machine)
        assert (condition.reason, condition.code) == (Reason.MARKER_SUPPLY_EMPTY, "shots 300/300")

    def test_the_port_says_that_there_are_no_cards(self, printer, machine):
        machine.ports = [READY | 0x20]
        assert self.refused(printer, machine).reason is Reason.MEDIA_EMPTY

    def test_an_image_of_another_machine(self, printer, machine):
        condition = self.refused(printer, machine, Image(4, 2, {Panel.BLACK: bytes(8)}))
        assert (condition.reason, condition.code) == (Reason.BAD_COMMAND, "4 × 2")

    def test_silence_before_the_job(self, printer, machine):
        machine.answers["INF"] = None
        with pytest.raises(DeadlinePassed) as caught:
            printer.print_card(IMAGE, soon(0.4))
        assert not caught.value.may_have_acted
        assert not machine.jobs


class TestBrokenUpload:
    @pytest.mark.parametrize("knows_reset", [True, False])
    def test_a_machine_that_stops_listening_and_shows_why(self, printer, machine, monkeypatch, knows_reset):
        monkeypatch.setattr(module, "_UPLOAD", 0.3)
        monkeypatch.setattr("drivers.magicard.machine._ANSWER", 0.3)
        machine.takes, machine.knows_reset = 50_000, knows_reset
        machine.ports = [READY, FAILED]
        machine.answers["ERR"] = error("Error code - 23:05")
        if not knows_reset:  # such a machine cannot be asked either: the port is all that is known
            machine.answers["ERR"] = None
        fault = failed(printer, machine, 4)
        assert fault.condition.code == ("23:05" if knows_reset else "port 10")
        assert fault.may_have_acted
        assert ("reset" in machine.log) == knows_reset

    def test_a_machine_that_stops_listening_without_a_word(self, printer, machine, monkeypatch):
        monkeypatch.setattr(module, "_UPLOAD", 0.3)
        machine.takes = 50_000
        with pytest.raises(DeadlinePassed) as caught:
            printer.print_card(IMAGE, soon(3))
        assert caught.value.may_have_acted
        assert "reset" in machine.log
        assert not machine.received

    @pytest.mark.parametrize("transfers", [3, 4, 5])
    def test_a_cable_that_is_pulled(self, printer, machine, transfers):
        machine.cable = [0] * transfers + [errno.ENODEV]
        with pytest.raises(Disconnected) as caught:
            printer.print_card(IMAGE, soon())
        assert caught.value.may_have_acted


class TestLooking:
    def test_a_ready_machine(self, printer):
        status = printer.status(soon())
        assert status.ready
        assert status.media is Media.NOT_PRESENT

    def test_a_machine_at_work(self, printer, machine):
        machine.busy = 5
        status = printer.status(soon())
        assert status.has(Reason.BUSY)
        assert status.media is Media.UNKNOWN
        assert not machine.log

    def test_an_error(self, printer, machine):
        machine.shows = "11:01"
        status = printer.status(soon())
        assert [condition.code for condition in status.conditions] == ["11:01"]
        assert status.media is Media.UNKNOWN
        assert "CAN" not in machine.log, "what no job of this session left is for the person at the machine"

    def test_a_job_that_failed_is_cancelled_until_the_machine_heeds_it_and_then_no_more(self, printer, machine):
        machine.prints, machine.clears = shows("12:04"), False
        assert failed(printer, machine).may_have_acted, "so whatever CAN moves is a card in doubt"
        sent = machine.log.count("CAN")
        assert not printer.status(soon()).ready
        assert machine.log.count("CAN") == sent + 1
        machine.clears = True
        printer.status(soon())
        assert printer.status(soon()).ready
        machine.shows = "09:02"
        assert not printer.status(soon()).ready
        assert machine.log.count("CAN") == sent + 2, "the next error is not this job's"

    def test_cleaning_film_and_hopper(self, printer, machine):
        machine.fields = {"f14": "700", "f23": "300"}
        machine.ports = [READY | 0x20]
        conditions = printer.status(soon()).conditions
        assert {condition.reason for condition in conditions} == {
            Reason.CLEANING_DUE,
            Reason.MARKER_SUPPLY_EMPTY,
            Reason.MEDIA_EMPTY,
        }

    def test_counters(self, printer, machine):
        machine.busy = 2
        machine.prints = Machine.nothing
        counters = printer.counters(soon())
        assert (counters.kind, counters.cards) == (CounterKind.CARDS_PRINTED, 1500)
        assert counters.others["cards since clean"] == 30

    def test_supplies(self, printer, machine):
        (film,) = printer.supplies(soon())
        assert (film.name, film.remaining, film.capacity) == ("ribbon MC300YMCKO", 260, 300)
        assert film.lot == "E004010012345678"
        machine.fields = {"f22": "", "f23": "", "f21": ""}
        (film,) = printer.supplies(soon())
        assert (film.remaining, film.capacity, film.lot) == (None, None, None)

    def test_garbage_is_an_error_with_the_bytes(self, printer, machine):
        machine.answers["INF"] = b"\x01STA$$nonsense\x03"
        with pytest.raises(NotUnderstood) as caught:
            printer.counters(soon())
        assert caught.value.device == f"magicard {ADDRESS}"

    @pytest.mark.parametrize("answer", [error(), information(f3="X9"), information(f33="0")])
    def test_an_answer_to_another_question_or_of_another_machine(self, printer, machine, answer):
        machine.answers["INF"] = answer
        with pytest.raises(NotUnderstood):
            printer.counters(soon())

    def test_a_late_answer_is_not_taken_for_the_next(self, printer, machine):
        machine.answers["INF"] = None
        with pytest.raises(DeadlinePassed):
            printer.counters(soon(0.2))
        machine.answers.clear()
        machine.inbox.append(information(f9="7"))
        assert printer.counters(soon()).cards == 1500

    @pytest.mark.parametrize("byte", [b"", b"\x18\x18"])
    def test_a_port_that_tells_nothing(self, printer, machine, byte):
        machine.ports = [byte[:1]] if byte else [b""]
        if byte:
            assert printer.status(soon()).ready
        else:
            with pytest.raises(NotUnderstood):
                printer.status(soon())

    def test_close_ends_a_call_under_way(self, printer, machine):
        machine.works = 1_000_000

        def tell(_):
            closing.start()  # the job has been sent

        closing = threading.Thread(target=printer.close)
        started = time.monotonic()
        with pytest.raises(Disconnected):
            printer.print_card(IMAGE, soon(120), tell)
        assert time.monotonic() - started < 60
        closing.join()
