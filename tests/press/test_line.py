"""A line that is ended at any moment goes on by itself afterwards, and never makes a second live card."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.printer import Image, Reason, Station, Status
from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.model.entry import AnyEvent, Entry
from stationd.model.issuance import Step
from stationd.press import line as line_module
from stationd.press.desk_reader import DeskReader
from stationd.press.line import Line
from stationd.press.notice import LineState
from stationd.press.opening import Opening
from stationd.press.prepare import Prepared
from stationd.settings import DeviceSettings, LineSettings, ReaderSettings
from stationd.store.rows import JobRow, JobState
from stationd.store.store import CommitFailed
from stationd.store.verify import verify
from tests.press.fakes import FakeEncoder, FakePrinter, Killed, condition, declined, vanished
from tests.press.test_making import OBJECTS, PROFILE, is_live
from tests.rig.truth import balances
from tests.store.memory_keys import MemoryKeys
from tests.store.test_store import HOPPER, open_store

SETTINGS = LineSettings(
    "line-1", DeviceSettings("fake", "printer"), ReaderSettings("fake", "encoder"), film_beside_chip=True
)


class Office:
    """A store with blanks and ordered jobs, and devices that outlive every daemon."""

    def __init__(self, folder: Path, jobs: int = 1) -> None:
        self.keys = MemoryKeys()
        self.store = open_store(folder, self.keys)
        self.store._db.execute("PRAGMA synchronous=OFF")  # daemons end here, the mains never do
        self.printer = FakePrinter()
        self.encoder = FakeEncoder(self.printer)
        received = Movement(Account(Place.SUPPLY), HOPPER, 10)
        self.store.record("officer", events.HopperLoaded(line="line-1", count=10, moves=(received,)))
        for number in range(jobs):
            arrived = events.JobArrived(
                job_id=f"j{number}",
                citizen_ref=f"citizen-{number}",
                issue_no=1,
                epoch=1,
                start_before=9,
                reason="first",
                urgent=None,
                layout="ktp-el",
                profile="lab-iso7816",
                policy_version=1,
                sealed_digest="00",
            )
            self.store.record("registry", arrived, events.PrintOrdered(job_id=f"j{number}"))
        self.bar: str | None = None
        self.unpreparable: str | None = None
        self.catalog = Catalog(
            {"fake": PrinterDriver("fake", lambda *_: self.printer, list, "")},
            {"fake": EncoderDriver("fake", lambda *_: self.encoder, list, "")},
            {},
        )

    def prepare(self, job: JobRow, *_: object) -> Prepared:
        if job.job_id == self.unpreparable:
            raise ValueError("cannot draw SUSI SUSANTI")
        return Prepared(job.job_id, Image(1, 1, {}), PROFILE, OBJECTS)

    def line(self) -> Line:
        opening = Opening(self.catalog, DeskReader(None, self.catalog))
        return Line(SETTINGS, opening, self.store, self.prepare, lambda _: self.bar)

    def run(self, seconds: float = 20.0) -> Line:
        """Let a line work until it has nothing to do or asks; a daemon that is ended ends the line."""
        line = self.line()
        line.start()
        deadline = time.monotonic() + seconds
        try:
            while line.is_alive() and not self.settled(line):
                assert time.monotonic() < deadline, line.status
                time.sleep(0.005)
        finally:
            line.stop()
            line.join(seconds)
        return line

    def settled(self, line: Line) -> bool:
        with self.store.read() as view:
            busy = view.jobs(JobState.ORDERED, JobState.PRINTING) or view.attempts_inside()
            # A question about a card that is surely not inside holds its job, and the line goes on with the next.
            return (
                not busy
                or line.status.state is LineState.ASKING
                or line.status.cause in {"spoils-in-a-row", "unfit-in-a-row"}
            )

    def states(self) -> Counter[JobState]:
        with self.store.read() as view:
            return Counter(job.state for job in view.jobs())

    def check(self) -> None:
        """Hold the book against what the devices hold."""
        assert verify(self.store.path, self.keys).passed
        with self.store.read() as view:
            entries = [json.loads(text) for text in view.texts(0, 10_000)]
        said = balances(entries)
        printer = self.printer
        places = ("hopper", "machine", "output", "reject", "unfit", "in-question")
        assert sum(said[place] for place in places) == 10
        assert said["output"] + said["unfit"] <= len(printer.output)
        assert said["reject"] <= len(printer.rejected)
        # A blank that may have been fed is in question, never back in the hopper; none is fed unseen.
        assert 10 - printer.fed - said["in-question"] <= said["hopper"] <= 10 - printer.fed
        for chip in printer.output:
            if is_live(chip):
                assert printer.printed[id(chip)]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, jobs=3)
    yield office
    office.check()
    office.store.close()


def test_ordered_jobs_are_made_one_after_another(office: Office) -> None:
    office.run()
    assert office.states() == {JobState.DELIVERED: 3}
    assert len(office.printer.output) == 3


def test_an_open_lid_is_named_and_the_line_goes_on_when_it_is_closed(office: Office) -> None:
    office.printer.conditions = (condition(Reason.COVER_OPEN),)
    line = office.line()
    line.start()
    try:
        while line.status.cause != "cover-open":
            time.sleep(0.005)
        assert line.status.state is LineState.WAITING
        office.printer.conditions = ()
        line.wake()
        while not office.settled(line):
            seen = line.status
            assert seen.state is not LineState.WORKING or not seen.cause
            time.sleep(0.005)
    finally:
        line.stop()
        line.join(10)
    assert line.status.cause == ""
    assert office.states() == {JobState.DELIVERED: 3}


def test_a_printer_unplugged_between_two_steps_is_opened_again(
    office: Office,
) -> None:
    """Nothing had been sent for the step, so it may be done later: but not over a connection that is gone."""
    plugged, opened = [True], []

    class Unplugged(FakePrinter):
        @override
        def _do(self, call: str) -> None:
            if call == "move" and len(opened) == 1:
                plugged[0] = False
            if not plugged[0]:
                raise vanished()
            super()._do(call)

        @override
        def status(self, deadline: Deadline) -> Status:
            if not plugged[0]:
                raise vanished()
            return super().status(deadline)

    def open_again(*_: object) -> Unplugged:
        plugged[0] = True
        opened.append(office.printer)
        return printer

    printer = office.printer = Unplugged()
    office.encoder = FakeEncoder(printer)
    office.catalog.printers["fake"] = PrinterDriver("fake", open_again, list, "")
    office.catalog.encoders["fake"] = EncoderDriver("fake", lambda *_: office.encoder, list, "")
    office.run()
    assert len(opened) == 2
    assert office.states() == {JobState.DELIVERED: 3}


def test_a_card_taken_out_between_two_steps_is_looked_for_once(office: Office) -> None:
    """The machine refuses to go on without a card: asking again would only fill the book."""
    taken: list[bool] = []

    class Taken(FakePrinter):
        @override
        def release(self, at: Station, deadline: Deadline) -> None:
            if not taken:
                taken.append(True)
                self.chip, self.engaged = None, False
            if self.chip is None:
                raise declined(Reason.BAD_COMMAND)
            super().release(at, deadline)

    office.printer = Taken()
    office.encoder = FakeEncoder(office.printer)
    office.catalog.printers["fake"] = PrinterDriver("fake", lambda *_: office.printer, list, "")
    office.catalog.encoders["fake"] = EncoderDriver("fake", lambda *_: office.encoder, list, "")
    office.run()
    with office.store.read() as view:
        types = [json.loads(text)["type"] for text in view.texts(0, 10_000)]
    assert types.count("step-declined") <= 1
    assert types.count("attempt-given-up") == 1
    assert len(office.printer.output) == 2, "the job whose card was written to waits for a word; the others are made"


def test_two_ruined_blanks_in_a_row_stop_the_line_until_somebody_has_looked(office: Office) -> None:
    office.encoder.blind = True
    line = office.run()
    assert line.status.cause == "spoils-in-a-row"
    assert office.states() == {JobState.HELD: 2, JobState.ORDERED: 1}
    assert len(office.printer.rejected) == 2


def test_an_empty_hopper_in_the_book_feeds_nothing(office: Office) -> None:
    taken = Movement(HOPPER, Account(Place.STORE, batch="B1"), 10)
    office.store.record("officer", events.HopperLoaded(line="line-1", count=0, moves=(taken,)))
    line = office.line()
    line.start()
    try:
        while line.status.cause != "hopper-empty-in-book":
            time.sleep(0.005)
        with office.store.read() as view:
            written = view.head().seq
        time.sleep(0.2)
        with office.store.read() as view:
            assert view.head().seq == written, "a cause that lasts stands in the book once"
    finally:
        line.stop()
        line.join(10)
    assert office.printer.fed == 0
    office.store.record(
        "officer", events.HopperLoaded(line="line-1", count=10, moves=(Movement(taken.target, HOPPER, 10),))
    )


@pytest.mark.parametrize("bar", ["lease-over", "time-unknown", "station-has-no-cetak"])
def test_an_order_that_may_not_begin_any_more_is_taken_back(office: Office, bar: str) -> None:
    office.bar = bar
    office.run()
    assert office.states() == {JobState.QUEUED: 3}
    assert office.printer.fed == 0


def test_a_next_card_that_cannot_be_drawn_does_not_touch_this_one(office: Office) -> None:
    office.unpreparable = "j1"
    line = office.line()
    line.start()
    try:
        while office.states()[JobState.DELIVERED] < 1 or line.status.cause != "line-failed":
            time.sleep(0.005)
    finally:
        line.stop()
        line.join(10)
    assert office.printer.rejected == []
    assert office.states()[JobState.ORDERED] == 2


def test_a_reader_that_is_gone_is_waited_for_without_filling_the_book(office: Office) -> None:
    office.encoder.gone = True
    line = office.line()
    line.start()
    try:
        while line.status.cause != "service-gone":
            time.sleep(0.005)
        time.sleep(0.5)
        with office.store.read() as view:
            written = view.head().seq
        office.encoder.gone = False
        while not office.settled(line):
            time.sleep(0.005)
    finally:
        line.stop()
        line.join(10)
    assert written < 30
    assert office.states() == {JobState.DELIVERED: 3}


def test_a_card_that_nobody_put_there_keeps_the_line_from_feeding(office: Office) -> None:
    office.printer.chip = office.printer.new_chip()
    line = office.line()
    line.start()
    try:
        while line.status.cause != "card-in-machine":
            time.sleep(0.005)
        time.sleep(0.1)
        assert office.printer.fed == 0
        office.printer.chip = None
        while not office.settled(line):
            time.sleep(0.005)
    finally:
        line.stop()
        line.join(10)
    assert office.states() == {JobState.DELIVERED: 3}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fails=st.sets(st.integers(1, 45), min_size=1, max_size=4))
@example({18, 25, 28})  # what the card that is rejected is declared, observed and ended by
@example({18, 25, 29})
@example({18, 25, 30})
@example({18, 25, 31})
def test_a_commit_that_fails_loses_no_blank_and_makes_no_second_card(
    tmp_path_factory: pytest.TempPathFactory, fails: set[int]
) -> None:
    office = Office(tmp_path_factory.mktemp("office"), jobs=1)
    record, commits = office.store.record, 0

    def failing(actor: str, *happened: AnyEvent) -> list[Entry]:
        nonlocal commits
        commits += 1
        if commits in fails:
            raise CommitFailed(office.store.path, "no space left")
        return record(actor, *happened)

    office.store.record = failing  # type: ignore[method-assign]
    try:
        line = office.run()
        office.check()
        live = [chip for chip in [*office.printer.output, *office.printer.rejected] if is_live(chip)]
        assert len(live) <= 1
        assert line.status.job_id == ""
        with office.store.read() as view:
            asked = view.open_questions()
        assert office.states()[JobState.DELIVERED] + len(asked) + office.states()[JobState.HELD] >= 1
    finally:
        office.store.close()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.integers(1, 420), min_size=1, max_size=4), taken=st.booleans())
@example(ends=[127, 127], taken=False)
def test_a_daemon_ended_at_any_moments_leaves_every_blank_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, ends: list[int], taken: bool
) -> None:
    """Before or after any act of any device; the card stays in the machine, or somebody takes it out meanwhile."""
    office = Office(tmp_path_factory.mktemp("office"), jobs=2)
    hook, threading.excepthook = threading.excepthook, _silence
    try:
        removed = 0
        for moment in ends:
            office.printer.now.moments, office.printer.now.last = 0, moment
            office.run()
            office.printer.engaged = office.printer.engaged and not taken
            if taken and office.printer.chip is not None:
                office.printer.output.append(office.printer._out())
                removed += 1
        office.printer.now.last = None
        line = office.run()
        office.check()
        with office.store.read() as view:
            questions = view.open_questions()
            asked = {question.job_id for question in questions}
            unknown = [attempt for q in questions if (attempt := view.attempt(q.attempt_id))]
        assert all(attempt.may_be_live for attempt in unknown), "nobody is asked about a card that cannot be live"
        if not taken:
            on_the_way_out = all(Step.DELIVER in attempt.open for attempt in unknown)
            assert on_the_way_out, "a card that is still there is settled without a person"
        live = [chip for chip in [*office.printer.output, *office.printer.rejected] if is_live(chip)]
        assert len(live) <= 2, "no second live card for a job"
        assert office.states()[JobState.DELIVERED] + len(asked) >= len(live) - removed
        assert line.status.state is not LineState.STOPPED
    finally:
        threading.excepthook = hook
        office.store.close()


def _silence(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_type is not Killed:
        threading.__excepthook__(arguments)


def test_what_was_drawn_ahead_for_an_older_lease_is_not_printed(office: Office) -> None:
    """The same job may come again with other data before it is ordered."""
    drawn: list[tuple[str, str]] = []
    prepare = office.prepare

    def noted(job: JobRow, *rest: object) -> Prepared:
        drawn.append((job.job_id, job.sealed_digest))
        return prepare(job, *rest)

    office.prepare = noted  # type: ignore[method-assign]
    ahead = office.line()
    with office.store.read() as view:
        (first, *_) = view.next_ordered()
    older = msgspec.structs.replace(first, sealed_digest="older")
    ahead._ahead.begin(older, lambda: prepare(older))
    ahead.start()
    deadline = time.monotonic() + 20
    while not office.settled(ahead):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    ahead.stop()
    ahead.join(10)
    assert (first.job_id, first.sealed_digest) in drawn
