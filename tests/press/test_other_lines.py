"""Lines of other kinds: direct printers, with a reader inside and without one, and what no line can do."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.printer import Printer, Reason
from simulators.devices.chip_faults import WrongSw, with_faults
from simulators.devices.chip_iso7816 import CHIPS
from stationd.model.blank import Place
from stationd.press import desk_line
from stationd.press.desk_reader import DeskReader
from stationd.press.opening import Opening
from stationd.press.plan import CHIP_ON_DESK, LACKING, NO_CARD_COUNTER, NO_REJECT_BIN, LineUnfit, lacks
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from stationd.store.rows import JobState
from tests.press.fakes import FakePrinter, declined
from tests.press.other_machines import CountingWhole, FakeDirect, FakeFed, FakeWhole
from tests.press.other_office import READER, Make, OtherOffice, entries
from tests.press.test_making import is_live, written_before

# --- a direct printer -------------------------------------------------------------------------------------------------


def test_a_direct_printer_writes_the_chip_then_prints_and_the_card_is_made_live_on_the_desk(offices: Make) -> None:
    machine = FakeDirect()
    office = offices(machine, jobs=2)
    office.run()
    assert office.states() == {JobState.DELIVERED: 2}
    assert [is_live(chip) for chip in machine.output] == [False, False]
    for chip in list(machine.output):
        office.accept(chip)
    assert office.states() == {JobState.ACCEPTED: 2}
    assert [is_live(chip) for chip in machine.output] == [True, True]
    assert (office.place(Place.SHELF), office.place(Place.HOPPER)) == (2, 8)


def test_a_used_chip_comes_out_of_a_direct_printer_before_anything_is_printed(offices: Make) -> None:
    machine = FakeDirect()
    feed = machine.feed

    def feed_used(*arguments: object) -> None:
        feed(*arguments)  # type: ignore[arg-type]
        machine.chip = written_before()

    machine.feed = feed_used  # type: ignore[method-assign,assignment]
    office = offices(machine)
    line = office.run()
    assert (line.status.cause, line.status.detail) == ("unfit-in-a-row", "chip-locked")
    assert office.states() == {JobState.ORDERED: 1}
    assert not machine.printed
    assert not machine.rejected
    assert office.place(Place.UNFIT) == len(machine.output) == 2


@pytest.mark.usefixtures("quick")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.integers(1, 200), min_size=1, max_size=3), taken=st.booleans())
def test_a_direct_line_ended_at_any_moments_leaves_every_blank_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, ends: list[int], taken: bool
) -> None:
    machine = FakeDirect()
    office = OtherOffice(tmp_path_factory.mktemp("office"), machine, jobs=2)
    hook, threading.excepthook = threading.excepthook, lambda _: None
    try:
        removed = []
        for moment in ends:
            machine.now.moments, machine.now.last = 0, moment
            office.run()
            if taken and machine.chip is not None:
                removed.append(machine._out())
        machine.now.last = None
        office.run()
        with office.store.read() as view:
            assert not view.open_questions(), "no card of this line is live before its acceptance"
        in_question, hopper = office.place(Place.IN_QUESTION), office.place(Place.HOPPER)
        assert 10 - machine.fed - in_question <= hopper <= 10 - machine.fed
        assert office.place(Place.OUTPUT) <= len(machine.output)
        assert office.place(Place.REJECT) <= len(machine.rejected)
        assert not any(is_live(chip) for chip in [*machine.output, *machine.rejected, *removed])
        assert len(set(machine.printed)) == len(machine.printed), "no card is printed twice"
    finally:
        threading.excepthook = hook
        office.store.close()


@pytest.mark.parametrize("said", [True, False])
def test_a_spoiled_card_of_a_machine_without_a_reject_bin_is_put_aside_by_hand(offices: Make, said: bool) -> None:
    machine = FakeDirect()
    machine.reject_bin = False
    feed = machine.feed

    def feed_used(*arguments: object) -> None:
        feed(*arguments)  # type: ignore[arg-type]
        machine.chip = CHIPS.restore(
            with_faults(CHIPS.blank("04FFEEDDCCBBAA", "wni").state(), WrongSw(at=1, ins=0xE0, sw=0x6581))
        )

    machine.feed = feed_used  # type: ignore[method-assign,assignment]
    office = offices(machine)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 30
    while line.status.cause != "card-into-reject-bin":
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    assert len(machine.output) == 1, "the machine puts it out"
    assert office.place(Place.REJECT) == 0, "nobody has seen it there"
    if not said:  # the daemon ends before anybody says so
        line.stop()
        line.join(10)
        machine.feed = feed  # type: ignore[method-assign]
        office.run()
        assert office.place(Place.IN_QUESTION) == 1, "until somebody counts what lies in the bin"
        assert office.states() == {JobState.DELIVERED: 1}, "and the job goes on with another blank"
        return
    line.go_on()
    while office.states() != {JobState.HELD: 1}:
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert office.place(Place.REJECT) == 1
    assert machine.calls.count("deliver") == 1
    assert not machine.calls.count("reject")


# --- a direct printer without a reader, fed one at a time ------------------------------------------------------------


def test_a_direct_printer_without_a_reader_prints_what_was_written_on_the_desk(offices: Make) -> None:
    machine = FakeFed()
    office = offices(machine, jobs=1, encoder=None)
    office.run()
    assert office.states() == {JobState.DELIVERED: 1}
    (card,) = machine.output
    office.accept(card)
    assert is_live(card)
    assert machine.fed == len(machine.printed) == 1
    (based,) = [entry for entry in entries(office) if entry["type"] == "counters-based"]
    assert based["kind"] == "cards-printed", "a blank that never left the desk was fed in the book, not in the machine"


def test_a_card_that_it_could_not_print_is_put_out_and_asked_back(offices: Make) -> None:
    machine = FakeFed()
    machine.trouble["print"] = [declined(Reason.MARKER_SUPPLY_EMPTY)]
    office = offices(machine, jobs=1, encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 15
    while line.status.cause != "card-back-on-desk":
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        time.sleep(0.005)
    assert machine.calls.count("deliver") == 1
    office.surface.chip = machine.output.pop()
    while not office.officer.rejected:
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert office.states() == {JobState.HELD: 1}


@pytest.mark.parametrize("encoder", [None, READER])
def test_a_slow_cable_has_the_time_that_a_picture_takes_on_it(offices: Make, encoder: ReaderSettings | None) -> None:
    machine = FakeFed() if encoder is None else FakeDirect()
    machine.sending = 1600.0
    office = offices(machine, jobs=1, encoder=encoder)
    office.run()
    assert office.states() == {JobState.DELIVERED: 1}
    assert 1600.0 < machine.times_to_print[0] < 2000.0


@pytest.mark.parametrize("has", [True, False])
def test_a_line_says_from_its_start_that_its_machine_has_no_reject_bin(offices: Make, has: bool) -> None:
    machine = FakeDirect()
    machine.reject_bin = has
    office = offices(machine, jobs=1)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 20
    while not office.settled(line):
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    told = [reported.reason for reported in line.status.conditions]
    line.stop()
    line.join(10)
    assert told == [*([] if has else ["no-reject-bin"]), "no-card-counter"]
    assert [reported.reason for reported in line.status.conditions] == told, "and while it is closed"


@pytest.mark.parametrize(
    ("machine", "lacking"),
    [
        (FakePrinter(), set()),
        (FakeDirect(), {NO_CARD_COUNTER}),
        (CountingWhole(), {NO_REJECT_BIN, CHIP_ON_DESK}),
        (FakeWhole(), LACKING),
    ],
)
def test_what_a_machine_lacks(machine: Printer, lacking: set[str]) -> None:
    assert set(lacks(machine)) == lacking


# --- what does not fit is said at once -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printer", "settings_", "desk", "why"),
    [
        (FakeDirect, LineSettings("l", DeviceSettings("fake", "p"), READER), False, "reader under"),
        (FakeDirect, LineSettings("l", DeviceSettings("fake", "p")), False, "name it as encoder"),
        (FakeWhole, LineSettings("l", DeviceSettings("fake", "p"), READER), True, "leave encoder out"),
        (FakeWhole, LineSettings("l", DeviceSettings("fake", "p")), False, "desk reader"),
        (FakePrinter, LineSettings("l", DeviceSettings("fake", "p")), False, "name it as encoder"),
        (FakeDirect, LineSettings("l", DeviceSettings("other", "p"), READER), True, "no printer driver"),
    ],
)
def test_what_a_line_cannot_do_is_said_before_a_blank_is_inside(
    offices: Make, printer: type[Printer], settings_: LineSettings, desk: bool, why: str
) -> None:
    office = offices(printer())
    opening = Opening(office.catalog, office.desk if desk else DeskReader(None, office.catalog))
    with pytest.raises(LineUnfit, match=why):
        opening.bench(settings_, desk_line.Person(lambda _: None, lambda: False))
