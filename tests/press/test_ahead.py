"""The next card is ready to be sent before the last one leaves, and is used for its own lease or not at all."""

from __future__ import annotations

import threading
import time
import weakref
from pathlib import Path

import msgspec
import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import Completion, Image, ReadyImage
from stationd.press import ahead, desk_line
from stationd.press import line as line_module
from stationd.press.ahead import Ahead
from stationd.press.prepare import Prepared
from stationd.store.rows import JobRow, JobState
from tests.press.fakes import FakePrinter
from tests.press.other_machines import FakeDirect, FakeWhole
from tests.press.test_line import Office
from tests.press.test_making import OBJECTS, PROFILE
from tests.press.test_other_lines import OtherOffice

SOON = 10.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.01)
    for module, name in ((line_module, "IDLE"), (line_module, "POLL"), (line_module, "GLANCE"), (desk_line, "POLL")):
        monkeypatch.setattr(module, name, 0.005)


class Clerk:
    """Notes when a card was ready and when one left, and lets none leave before the next is ready."""

    def __init__(self, cards: int) -> None:
        self.cards = cards
        self.ready: list[float] = []
        self.out: list[float] = []
        self.ahead: list[int] = []
        self._changed = threading.Condition()

    def made(self, image: Image) -> Image:
        with self._changed:
            self.ready.append(time.monotonic())
            self._changed.notify_all()
        return ReadyImage(image.width, image.height, image.panels, f"wire {len(self.ready)}")

    def leaves(self, image: Image) -> None:
        assert isinstance(image, ReadyImage), "printed from what was worked out before"
        assert image.work == f"wire {len(self.out) + 1}", "and each card from its own"
        with self._changed:
            self._changed.wait_for(lambda: len(self.ready) >= min(len(self.out) + 2, self.cards), SOON)
        self.ahead.append(len(self.ready) - len(self.out) - 1)
        self.out.append(time.monotonic())


class NotedDirect(FakeDirect):
    def __init__(self, clerk: Clerk) -> None:
        super().__init__()
        self.clerk = clerk

    @override
    def make_ready(self, image: Image) -> Image:
        return self.clerk.made(image)

    @override
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        self.clerk.leaves(image)
        super().print_and_deliver(image, deadline)


class NotedWhole(FakeWhole):
    def __init__(self, clerk: Clerk) -> None:
        super().__init__()
        self.clerk = clerk

    @override
    def make_ready(self, image: Image) -> Image:
        return self.clerk.made(image)

    @override
    def print_card(self, image: Image, deadline: Deadline, *more: object) -> Completion:
        self.clerk.leaves(image)
        return super().print_card(image, deadline, *more)  # type: ignore[arg-type]


class NotedRetransfer(FakePrinter):
    def __init__(self, clerk: Clerk) -> None:
        super().__init__()
        self.clerk = clerk
        self._image: Image | None = None

    @override
    def make_ready(self, image: Image) -> Image:
        return self.clerk.made(image)

    @override
    def start_film(self, image: Image, deadline: Deadline) -> None:
        self._image = image
        super().start_film(image, deadline)

    @override
    def await_film(self, deadline: Deadline) -> None:
        assert self._image is not None
        self.clerk.leaves(self._image)
        super().await_film(deadline)


def held_against(clerk: Clerk) -> None:
    assert len(clerk.out) == len(clerk.ready) == clerk.cards
    for number in range(1, clerk.cards):
        assert clerk.ready[number] < clerk.out[number - 1]
    assert clerk.ahead == [*[1] * (clerk.cards - 1), 0], "one card ahead, never more"


def test_a_direct_printers_next_card_is_ready_before_the_last_one_leaves(tmp_path: Path) -> None:
    clerk = Clerk(3)
    office = OtherOffice(tmp_path, NotedDirect(clerk), jobs=3)
    office.run()
    assert office.states() == {JobState.DELIVERED: 3}
    held_against(clerk)
    office.store.close()


def test_a_whole_card_printers_next_card_is_ready_before_the_last_one_leaves(tmp_path: Path) -> None:
    clerk = Clerk(2)
    machine = NotedWhole(clerk)
    office = OtherOffice(tmp_path, machine, jobs=2, encoder=None)
    line = office.line()
    line.start()
    deadline = time.monotonic() + 2 * SOON
    while office.states() != {JobState.ACCEPTED: 2}:
        assert time.monotonic() < deadline, line.status
        assert office.officer is not None
        office.officer.look()
        if office.states()[JobState.DELIVERED]:
            office.accept(machine.output[-1])
        time.sleep(0.005)
    line.stop()
    line.join(SOON)
    held_against(clerk)
    office.store.close()


def test_a_retransfer_printers_next_card_is_ready_before_the_film_of_the_last_one(tmp_path: Path) -> None:
    clerk = Clerk(3)
    office = Office(tmp_path, jobs=3)
    office.printer = NotedRetransfer(clerk)
    office.encoder._printer = office.printer
    office.run()
    assert office.states() == {JobState.DELIVERED: 3}
    held_against(clerk)
    office.store.close()


# --- by itself --------------------------------------------------------------------------------------------------------


@pytest.fixture
def job(tmp_path: Path) -> JobRow:
    office = Office(tmp_path)
    with office.store.read() as view:
        (row,) = view.next_ordered()
    office.store.close()
    return row


def card(job: JobRow) -> Prepared:
    return Prepared(job.job_id, Image(1, 1, {}), PROFILE, OBJECTS)


def test_a_card_is_taken_once_and_for_the_lease_that_it_was_made_from(job: JobRow) -> None:
    made, begun = card(job), Ahead("line-1")
    begun.begin(job, lambda: made)
    assert begun.take(job) is made
    assert begun.take(job) is None
    begun.begin(job, lambda: made)
    assert begun.take(msgspec.structs.replace(job, sealed_digest="newer")) is None
    assert begun.idle, "what another lease had brought is not kept for later"


def test_whoever_needs_the_card_now_does_not_wait_for_it_to_be_begun(
    job: JobRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 60.0)
    made, begun = card(job), Ahead("line-1")
    begun.begin(job, lambda: made)
    assert begun.take(job) is made


def test_a_job_that_is_forgotten_before_it_was_begun_is_never_opened(
    job: JobRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 60.0)
    opened: list[str] = []
    begun = Ahead("line-1")
    begun.begin(job, lambda: opened.append(job.job_id))
    thread = begun._card
    begun.forget()
    assert thread is not None
    thread.join(SOON)
    assert not thread.is_alive()
    assert not opened


def test_nothing_of_a_citizen_outlives_being_forgotten(job: JobRow) -> None:
    begun = Ahead("line-1")
    made: list[weakref.ref[Prepared]] = []

    def make() -> Prepared:
        prepared = card(job)
        made.append(weakref.ref(prepared))
        return prepared

    begun.begin(job, make)
    thread = begun._card
    assert thread is not None
    thread.join(SOON)
    assert made[0]() is not None
    begun.forget()
    del thread
    assert made[0]() is None


def test_a_card_that_cannot_be_made_ready_is_tried_again_when_its_turn_comes(job: JobRow) -> None:
    def fails() -> Prepared:
        raise ValueError("cannot draw SUSI SUSANTI")

    begun = Ahead("line-1")
    begun.begin(job, fails)
    assert begun.take(job) is None
