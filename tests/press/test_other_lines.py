"""Lines of other kinds: a direct printer with a reader inside, and a printer that is fed with cards from the desk."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.printer import Printer, Reason
from simulators.devices.chip_iso7816 import CHIPS
from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.issuance import ChipRegion, Step
from stationd.press import desk_line
from stationd.press import line as line_module
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.notice import LineState
from stationd.press.opening import Opening
from stationd.press.plan import LineUnfit
from stationd.press.tap import ChipContent, Tap
from stationd.settings import DeviceSettings, LineSettings
from stationd.store.rows import JobState
from stationd.store.verify import verify
from tests.press.fakes import FakeEncoder, FakePrinter, condition, declined
from tests.press.other_machines import CountingWhole, FakeDirect, FakeFed, FakeWhole, Officer, Surface, cable, silence
from tests.press.test_line import Office
from tests.press.test_making import OBJECTS, PROFILE, is_live, written_before

READER = DeviceSettings("fake", "encoder")
DESK = DeviceSettings("desk", "desk")


class OtherOffice(Office):
    """An office whose line has another printer, and a reader on the desk."""

    def __init__(self, folder: Path, printer: Printer, jobs: int = 1, encoder: DeviceSettings | None = READER) -> None:
        super().__init__(folder, jobs)
        self.machine = printer
        self.surface = Surface()
        desk = FakeEncoder(self.surface)  # type: ignore[arg-type]
        inside = FakeEncoder(printer if isinstance(printer, FakeDirect) else self.surface)  # type: ignore[arg-type]
        self.catalog = Catalog(
            {"fake": PrinterDriver("fake", lambda *_: printer, list, "")},
            {
                "fake": EncoderDriver("fake", lambda *_: inside, list, ""),
                "desk": EncoderDriver("desk", lambda *_: desk, list, ""),
            },
            {},
        )
        self.desk = DeskReader(DESK, self.catalog)
        self.settings = LineSettings("line-1", DeviceSettings("fake", "printer"), encoder)
        self.officer: Officer | None = None
        self.tap = Tap(self.store, self.desk, lambda _: ChipContent(PROFILE, OBJECTS))

    def line(self) -> Line:
        line = Line(self.settings, Opening(self.catalog, self.desk), self.store, self.prepare, lambda _: self.bar)
        if isinstance(self.machine, FakeWhole | FakeFed):
            officer, self.officer = self.officer, Officer(line, self.surface, self.machine)
            if officer is not None:
                self.officer.asked, self.officer.rejected = officer.asked, officer.rejected
                self.officer.blank = officer.blank
        return line

    def settled(self, line: Line) -> bool:
        if self.officer is not None:
            self.officer.look()
        return super().settled(line) or line.status.cause in {"card-to-accept", "line-unfit"}

    def place(self, place: Place) -> int:
        with self.store.read() as view:
            return sum(count for account, count in view.balances().items() if account.place is place)

    def accept(self, chip: object) -> None:
        """Lay a card that came out on the desk reader, and find it good."""
        self.surface.chip = chip  # type: ignore[assignment]
        with self.store.read() as view:
            delivered = view.attempts_delivered()
            job = view.job(delivered[0].job_id)
        assert job is not None
        attempt = self.tap.activate(job, delivered[0], "op-1")
        assert attempt.chip is ChipRegion.ACTIVE
        self.surface.chip = None
        self.store.record(
            "op-1",
            events.CardAccepted(
                attempt_id=attempt.attempt_id,
                job_id=job.job_id,
                citizen_ref=job.citizen_ref,
                issue_no=1,
                identity=attempt.identity,
                moves=(Movement(attempt.account(Place.OUTPUT), Account(Place.SHELF, "", "wni", attempt.batch), 1),),
            ),
        )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)
    monkeypatch.setattr(desk_line, "POLL", 0.005)


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Callable[..., OtherOffice]]:
    made: list[OtherOffice] = []

    def make(*arguments: object, **options: object) -> OtherOffice:
        made.append(OtherOffice(tmp_path, *arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for office in made:
        assert verify(office.store.path, office.keys).passed
        office.store.close()


Make = Callable[..., OtherOffice]


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


def test_a_used_chip_is_rejected_by_a_direct_printer_before_anything_is_printed(offices: Make) -> None:
    machine = FakeDirect()
    feed = machine.feed

    def feed_used(*arguments: object) -> None:
        feed(*arguments)  # type: ignore[arg-type]
        machine.chip = written_before()

    machine.feed = feed_used  # type: ignore[method-assign,assignment]
    office = offices(machine)
    office.run()
    assert office.states() == {JobState.HELD: 1}
    assert not machine.printed
    assert office.place(Place.REJECT) == len(machine.rejected) == 1


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


def test_a_used_chip_laid_on_the_desk_goes_to_the_reject_bin_by_hand(offices: Make) -> None:
    machine = FakeWhole()
    office = offices(machine, encoder=None)
    line = office.line()
    assert office.officer is not None
    office.officer.blank = written_before
    line.start()
    deadline = time.monotonic() + 15
    while office.states() != {JobState.HELD: 1}:
        assert time.monotonic() < deadline, line.status
        office.officer.look()
        time.sleep(0.005)
    line.stop()
    line.join(10)
    assert len(office.officer.rejected) == office.place(Place.REJECT) == 1
    assert not machine.calls.count("print")


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


def test_a_revoked_job_gives_its_untouched_blank_back_to_the_stack(offices: Make) -> None:
    office = offices(FakeWhole(), encoder=None)
    may_start = office.line()._may_start
    line = office.line()

    def revoked_after_it_began(row: object) -> str | None:
        return may_start(row)  # type: ignore[arg-type]

    line._may_start = revoked_after_it_began
    record = office.store.record

    def revoke_at_feed(actor: str, *happened: events.AnyEvent) -> list[events.Entry]:
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
def test_a_slow_cable_has_the_time_that_a_picture_takes_on_it(offices: Make, encoder: DeviceSettings | None) -> None:
    machine = FakeFed() if encoder is None else FakeDirect()
    machine.sending = 1600.0
    office = offices(machine, jobs=1, encoder=encoder)
    office.run()
    assert office.states() == {JobState.DELIVERED: 1}
    assert 1600.0 < machine.times_to_print[0] < 2000.0


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


def entries(office: OtherOffice) -> list[dict[str, object]]:
    with office.store.read() as view:
        return [json.loads(text) for text in view.texts(0, 10_000)]


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
