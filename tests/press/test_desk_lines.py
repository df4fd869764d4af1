"""Lines whose printer is fed with cards from the desk, and the reader there, which several use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from typing_extensions import override

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.encoder import CardMute, Connection
from drivers.printer import Reason
from simulators.devices.chip_iso7816 import CHIPS
from stationd.model import events, issuance, moves
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.model.entry import AnyEvent, Entry
from stationd.model.issuance import Step
from stationd.press import recovery
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.notice import LineState
from stationd.press.opening import Opening
from stationd.press.trouble import Cause
from stationd.settings import DeviceSettings, LineSettings
from stationd.store.rows import JobState
from tests.press.fakes import FakeEncoder, condition
from tests.press.other_machines import CountingWhole, FakeWhole, Officer, Surface, cable, silence
from tests.press.other_office import DESK, Make, OtherOffice, entries
from tests.press.test_making import is_live, written_before
from tests.store.test_store import HOPPER

# --- a printer fed from the desk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("printer", [FakeWhole, CountingWhole])
def test_a_card_is_written_on_the_desk_carried_to_the_printer_and_made_live_by_its_tap(
    offices: Make, printer: type[FakeWhole]
) -> None:
    machine = printer()
    office = offices(machine, jobs=2, encoder=None)
    for number in (1, 2):
        line = office.run()
        if number == 1:
            assert line.status.cause == "card-to-accept", "one encoded card is outside at a time"
        assert len(machine.output) == number
        office.accept(machine.output[-1])
    assert office.states() == {JobState.ACCEPTED: 2}
    assert all(is_live(chip) for chip in machine.output)
    assert (office.place(Place.SHELF), office.place(Place.HOPPER), office.place(Place.HAND)) == (2, 8, 0)
    said = [e for e in entries(office) if e["type"] == "step-observed" and e["step"] == "print"]
    assert [entry["evidence"]["completion"] for entry in said] == ["said", "said"]


def test_nothing_is_begun_before_a_blank_lies_on_the_reader(offices: Make) -> None:
    office = offices(FakeWhole(), encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 10
    while line.status.cause != "blank-wanted-on-desk":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert office.states() == {JobState.ORDERED: 1}
    line.stop()
    line.join(10)


def test_a_used_chip_laid_on_the_desk_is_laid_aside_and_the_job_goes_on_with_the_next(offices: Make) -> None:
    machine = FakeWhole()
    office = offices(machine, encoder=None)
    line = office.line()
    assert office.officer is not None
    good, office.officer.blank = office.officer.blank, written_before
    line.start()
    deadline = time.monotonic() + 15
    while office.states() != {JobState.DELIVERED: 1}:
        assert time.monotonic() < deadline, line.status
        if office.officer.aside:
            office.officer.blank = good
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert len(office.officer.aside) == office.place(Place.UNFIT) == 1
    assert not office.officer.rejected
    assert machine.calls.count("print") == 1


@pytest.mark.parametrize("failure", [silence, cable])
def test_a_print_of_which_nothing_was_heard_is_looked_into_with_the_card_in_hand(
    offices: Make, failure: Callable[[], Exception]
) -> None:
    machine = FakeWhole()
    machine.trouble["print"] = [failure()]
    office = offices(machine, encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 15
    while line.status.cause != "card-back-on-desk":
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        time.sleep(0.005)
    office.surface.chip, machine.slot = machine.slot, None
    while office.states() != {JobState.HELD: 1}:
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert len(office.officer.rejected) == office.place(Place.REJECT) == 1, "nobody knows what is on it"


@pytest.mark.parametrize("lifted", [False, True])
def test_a_finished_card_is_no_blank_after_a_restart_either(offices: Make, lifted: bool) -> None:
    """The daemon that knew what lies on the desk reader has gone; the book knows it still."""
    machine = FakeWhole()
    office = offices(machine, jobs=2, encoder=None)
    office.run()
    (finished,) = machine.output
    office.accept(finished)
    office.desk = DeskReader(DESK, office.catalog)
    office.surface.chip = None if lifted else finished
    line = office.line()
    assert office.officer is not None
    office.officer.blank = lambda: finished  # laid there by mistake
    line.start()
    deadline = time.monotonic() + 30
    while line.status.cause != "card-off-desk":
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    with office.store.read() as view:
        assert not view.attempts_inside(), "no blank is in question for a card that is none"
    assert office.place(Place.HOPPER) == 9
    office.officer.blank = lambda: CHIPS.blank("04A1B2C3D4E5F7", "wni")
    office.surface.chip = None
    while office.states() != {JobState.ACCEPTED: 1, JobState.DELIVERED: 1}:
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert office.officer.rejected == []
    assert is_live(finished)


def test_a_card_that_is_not_found_after_that_is_in_question(offices: Make) -> None:
    machine = FakeWhole()
    machine.trouble["print"] = [cable()]
    office = offices(machine, encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 15
    while office.states() != {JobState.HELD: 1}:
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        if line.status.cause == "card-back-on-desk":
            line.go_on()
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert office.place(Place.IN_QUESTION) == 1


def test_a_word_said_too_early_counts_for_nothing(offices: Make) -> None:
    """Neither that a card on the reader was carried away, nor that one is lost before it was asked for."""
    machine = FakeWhole()
    machine.trouble["print"] = [cable()]
    office = offices(machine, encoder=None)
    line = office.line()
    assert office.officer is not None
    line.start()
    deadline = time.monotonic() + 15
    while line.status.cause != "card-into-printer":
        assert time.monotonic() < deadline, line.status
        office.officer.look() if line.status.cause == "blank-wanted-on-desk" else None
        time.sleep(0.005)
    line.go_on()
    time.sleep(0.1)
    machine.slot, office.surface.chip = office.surface.chip, None
    time.sleep(0.1)
    assert not machine.calls.count("print"), "it was said before the card was lifted"
    line.go_on()
    line.go_on()
    while line.status.cause != "card-back-on-desk":
        assert time.monotonic() < deadline, line.status
        time.sleep(0.001)
    time.sleep(0.1)
    assert line.status.cause == "card-back-on-desk", "nobody has said yet that it is not to be found"
    assert office.states() == {JobState.PRINTING: 1}
    line.stop()
    line.join(10)


class FallsSilent(FakeEncoder):
    """Its card says nothing more from one command on, until it is lifted; or for good."""

    def __init__(self, surface: Surface, at: int, *, for_good: bool, blind: bool) -> None:
        super().__init__(surface)  # type: ignore[arg-type]
        self.trouble[at] = CardMute(self.name, "transmit")
        self._at, self._for_good, self._lifted = at, for_good, False
        self._blind = blind  # it tells of no card while it waits for an answer

    @override
    def card_present(self, deadline: Deadline) -> bool:
        present = super().card_present(deadline)
        if self._blind and self.sent >= self._at and not self._lifted and present:
            raise CardMute(self.name, "look for a card")
        self._lifted |= self.sent >= self._at and not present and not self._for_good
        return present

    @override
    def connect(self, deadline: Deadline) -> Connection:
        if self.sent >= self._at and not self._lifted:
            raise CardMute(self.name, "connect")
        return super().connect(deadline)


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize(("at", "blind"), [(8, False), (14, False), (14, True)])
def test_a_chip_that_fell_silent_on_the_desk_is_lifted_and_laid_down_anew(
    offices: Make, at: int, blind: bool, for_good: bool
) -> None:
    machine = FakeWhole()
    office = offices(machine, encoder=None)
    reader = FallsSilent(office.surface, at, for_good=for_good, blind=blind)
    office.desk = DeskReader(DESK, Catalog({}, {"desk": EncoderDriver("desk", lambda *_: reader, list, "")}, {}))
    line = office.line()
    assert office.officer is not None
    line.start()
    deadline = time.monotonic() + 15
    while line.status.cause != "card-anew-on-desk":
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    card, office.surface.chip = office.surface.chip, None
    time.sleep(0.1)
    office.surface.chip = card
    if for_good:
        line.go_on()
    while office.states() != ({JobState.HELD: 1} if for_good else {JobState.DELIVERED: 1}):
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert [id(chip) for chip in (office.officer.rejected if for_good else machine.output)] == [id(card)]


def test_a_revoked_job_gives_its_untouched_blank_back_to_the_stack(offices: Make) -> None:
    office = offices(FakeWhole(), encoder=None)
    may_start = office.line()._may_start
    line = office.line()

    def revoked_after_it_began(row: object) -> str | None:
        return may_start(row)  # type: ignore[arg-type]

    line._may_start = revoked_after_it_began
    record = office.store.record

    def revoke_at_feed(actor: str, *happened: AnyEvent) -> list[Entry]:
        entries = record(actor, *happened)
        if any(isinstance(e, events.StepObserved) and e.step == Step.FEED for e in happened):
            record("registry", events.JobRevoked(job_id="j0"))
        return entries

    office.store.record = revoke_at_feed  # type: ignore[method-assign]
    line.start()
    deadline = time.monotonic() + 15
    while office.states() != {JobState.REVOKED: 1}:
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert office.place(Place.HOPPER) == 10
    assert len(office.officer.returned) == 1


def test_what_a_printer_waits_for_while_it_has_the_card_stands_in_the_lines_status(offices: Make) -> None:
    machine = FakeWhole()
    at_work, empty = condition(Reason.BUSY), condition(Reason.MEDIA_EMPTY)
    worked, filled = threading.Event(), threading.Event()
    machine.reports = [((at_work,), worked), ((at_work, empty), filled)]
    office = offices(machine, jobs=1, encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 30
    while machine.calls.count("print") == 0 or line.status.cause:
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        time.sleep(0.005)
    assert line.status.state is LineState.WORKING, "nothing is asked of anybody while it only works"
    worked.set()
    while line.status.cause != Reason.MEDIA_EMPTY:
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    assert line.status.state is LineState.WAITING
    filled.set()
    while office.states() != {JobState.DELIVERED: 1}:
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert line.status.cause != Reason.MEDIA_EMPTY


# --- one reader on the desk, several who use it ---------------------------------------------------------------------


def test_an_accepted_card_that_nobody_has_lifted_is_not_the_next_blank(offices: Make) -> None:
    machine = FakeWhole()
    office = offices(machine, jobs=2, encoder=None)
    office.run()
    office.accept(machine.output[-1])
    finished = office.surface.chip = machine.output[-1]
    office.desk.work_with("")
    line = office.line()
    line.start()
    deadline = time.monotonic() + 15
    while line.status.cause != "card-off-desk":
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    assert office.surface.chip is finished
    assert is_live(finished)
    office.surface.chip = None
    while office.states() != {JobState.ACCEPTED: 1, JobState.DELIVERED: 1}:
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)


def beside(office: OtherOffice, machine: FakeWhole) -> Line:
    """A second line of the same desk, with a stack of its own."""
    stack = Account(Place.HOPPER, "line-2", CITIZENS, HOPPER.batch)
    loaded = Movement(Account(Place.SUPPLY), stack, 5)
    office.store.record("officer", events.HopperLoaded(line="line-2", count=5, moves=(loaded,)))
    catalog = Catalog(
        {"beside": PrinterDriver("beside", lambda *_: machine, list, "")},
        office.catalog.encoders,
        office.catalog.broken,
    )
    settings = LineSettings("line-2", DeviceSettings("beside", "printer"), None)
    return Line(settings, Opening(catalog, office.desk), office.store, office.prepare, lambda _: None)


def test_one_written_card_is_outside_on_the_whole_desk(offices: Make) -> None:
    """Two could be put into each other's printers: each whole, with the face of one and the chip of another."""
    first, second = FakeWhole(), FakeWhole()
    printed = threading.Event()
    first.reports = [((condition(Reason.BUSY),), printed)]
    office = offices(first, jobs=2, encoder=None)
    line, other = office.line(), beside(office, second)
    assert office.officer is not None
    her = office.officer
    his = Officer(other, office.surface, second)
    his.blank = lambda: CHIPS.blank("04A1B2C3D4E5F7", "wni")
    deadline = time.monotonic() + 30

    def until(seen: Callable[[], bool], *officers: Officer) -> None:
        while not seen():
            assert time.monotonic() < deadline, (line.status, other.status)
            for officer in officers:
                officer.look()
            time.sleep(0.005)

    line.start()
    until(lambda: first.calls.count("print") == 1, her)
    office.surface.chip = his.blank()  # the reader is free, and a blank lies there
    other.start()
    until(lambda: other.status.cause == "card-of-another-line")
    assert other.status.detail == "line-1"
    time.sleep(0.05)
    assert office.states() == {JobState.PRINTING: 1, JobState.ORDERED: 1}
    printed.set()
    until(lambda: (other.status.cause, other.status.detail) == ("card-to-accept", "j0"))
    until(lambda: line.status.cause == "card-to-accept")
    line.stop()
    line.join(10)
    office.accept(first.output[-1])
    until(lambda: office.states() == {JobState.ACCEPTED: 1, JobState.DELIVERED: 1}, his)
    other.stop()
    other.join(10)
    office.accept(second.output[-1])
    assert (len(first.output), len(second.output)) == (1, 1)


@pytest.mark.parametrize(("cause", "waits"), [("interrupted", True), ("card-not-found", False)])
def test_a_card_that_is_asked_about_is_outside_unless_it_was_looked_for(offices: Make, cause: str, waits: bool) -> None:
    office = offices(FakeWhole(), jobs=2, encoder=None)
    beside(office, FakeWhole())
    reservation = events.AttemptReserved(
        attempt_id="a0",
        job_id="j0",
        line="line-2",
        route="desk-then-print",
        stock=CITIZENS,
        batch=HOPPER.batch,
        printer="W-2",
        session="s",
    )
    office.store.record("press", reservation)
    fed = issuance.start(reservation)
    for event in (
        events.StepIntended(attempt_id="a0", step=Step.FEED, moves=moves.intended(fed, Step.FEED)),
        events.StepObserved(attempt_id="a0", step=Step.FEED, moves=moves.observed(fed, Step.FEED)),
    ):
        office.store.record("press", event)
        fed = issuance.apply(fed, event)
    office.store.record("press", recovery.unknown(fed, Cause(cause, "")))
    line = office.line()
    line.start()
    expected = "card-of-another-line" if waits else "blank-wanted-on-desk"
    deadline = time.monotonic() + 10
    while line.status.cause != expected:
        assert time.monotonic() < deadline, line.status
        time.sleep(0.005)
    line.stop()
    line.join(10)


def test_a_card_on_the_desk_is_one_lines_until_the_reader_was_seen_empty(offices: Make) -> None:
    office = offices(FakeWhole(), encoder=None)
    look = lambda line: getattr(office.desk.fresh_for(line, Deadline.after(1)), "word", None)  # noqa: E731
    assert look("line-1") == "blank-wanted-on-desk"
    office.surface.chip = CHIPS.blank("04A1B2C3D4E5F6", "wni")
    assert look("line-1") is None
    assert look("line-2") == "desk-reader-in-use"
    office.desk.work_with("line-1")
    assert look("line-1") == "card-off-desk"
    assert look("line-2") == "desk-reader-in-use"
    office.surface.chip = None
    assert look("line-1") == "blank-wanted-on-desk"
    office.surface.chip = CHIPS.blank("04A1B2C3D4E5F7", "wni")
    assert look("line-2") is None
