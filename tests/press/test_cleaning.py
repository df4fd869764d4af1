"""A cleaning is in the book, counts no blank, and is not begun with a card inside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import Cleanable, Cleanings, Image, Preparation, ReadyImage, Reason, Supply
from stationd.model import stock_events
from stationd.model.blank import Place
from stationd.press import cleaning
from stationd.press import line as line_module
from stationd.press.cleaning import Cleaned, Guide
from stationd.press.errands import LineBusy
from stationd.press.line import Line
from stationd.store.verify import verify
from tests.press.fakes import FakePrinter, condition, declined, vanished
from tests.press.other_machines import FakeFed
from tests.press.other_office import OtherOffice
from tests.press.test_line import Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)
    monkeypatch.setattr(line_module, "ERRAND", 2.0)


class Washable(FakePrinter, Cleanable):
    """Counts a cleaning card as a card where `counts` says so."""

    done = 3
    counts = 0

    @property
    @override
    def preparations(self) -> tuple[Preparation, ...]:
        return (Preparation.BLANKS_OUT, Preparation.CLEANING_CARD_IN)

    @override
    def cleanings(self, deadline: Deadline) -> Cleanings:
        return Cleanings(self.done, 0 if self.done > 3 else 701, 700, due=self.done == 3)

    @override
    def clean(self, deadline: Deadline) -> None:
        self._do("clean")
        self.done += 1
        self.fed += self.counts


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, jobs=0)
    office.printer = Washable()
    office.encoder._printer = office.printer
    yield office
    assert verify(office.store.path, office.keys).passed
    office.store.close()


def book(office: Office) -> list[dict[str, object]]:
    with office.store.read() as view:
        return [json.loads(text) for text in view.texts(0, 1000)]


def at_work(office: Office) -> Line:
    line = office.line()
    line.start()
    return line


def cleaned(office: Office) -> Cleaned:
    line = at_work(office)
    try:
        return line.look_after(lambda bench: cleaning.clean(office.store, line.name, "tek-1", bench))
    finally:
        line.stop()
        line.join(10)


def test_a_cleaning_is_in_the_book_under_its_technician_and_moves_no_blank(office: Office) -> None:
    done = cleaned(office)
    assert (done.outcome, done.cleanings) == ("done", Cleanings(4, 0, 700, due=False))
    told = [entry for entry in book(office) if str(entry["type"]).startswith("cleaning-")]
    assert [(entry["type"], entry["actor"]) for entry in told] == [
        ("cleaning-began", "tek-1"),
        ("cleaning-ended", "tek-1"),
    ]
    assert told[1]["cleanings"] == 4
    assert not any(entry.get("moves") for entry in told)
    with office.store.read() as view:
        assert {account.place: count for account, count in view.balances().items()}[Place.HOPPER] == 10


@pytest.mark.parametrize("counts", [0, 1])
def test_a_cleaning_card_is_no_difference_whether_or_not_the_machine_counts_it(office: Office, counts: int) -> None:
    office.printer.counts = counts
    assert cleaned(office).outcome == "done"
    office.run()
    assert "discrepancy-found" not in {entry["type"] for entry in book(office)}


def test_a_blank_that_went_through_with_it_is_a_difference(office: Office) -> None:
    office.printer.counts = 2
    cleaned(office)
    office.run()
    assert "discrepancy-found" in {entry["type"] for entry in book(office)}


def test_without_ribbon_and_blanks_it_is_cleaned_all_the_same(office: Office) -> None:
    office.printer.conditions = (condition(Reason.MARKER_SUPPLY_EMPTY), condition(Reason.MEDIA_EMPTY))
    assert cleaned(office).outcome == "done"


def test_with_a_card_inside_nothing_is_begun(office: Office) -> None:
    office.printer.chip = office.printer.new_chip()
    with pytest.raises(LineBusy) as busy:
        cleaned(office)
    assert busy.value.cause == "card-in-machine"
    assert "cleaning-began" not in {entry["type"] for entry in book(office)}
    assert "clean" not in office.printer.calls


@pytest.mark.parametrize(
    ("trouble", "outcome", "cause"),
    [(declined(Reason.COVER_OPEN), "not-begun", "cover-open"), (vanished(), "failed", "disconnected")],
)
def test_what_fails_is_in_the_book_with_its_cause(office: Office, trouble: Exception, outcome: str, cause: str) -> None:
    office.printer.trouble["clean"] = [trouble]
    done = cleaned(office)
    assert (done.outcome, done.cause) == (outcome, cause)
    ended = next(entry for entry in book(office) if entry["type"] == "cleaning-ended")
    assert (ended["outcome"], ended["cause"]) == (outcome, cause)
    office.run()
    assert "discrepancy-found" not in {entry["type"] for entry in book(office)}


def test_a_printer_that_cannot_be_told_to_is_cleaned_by_hand(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=0)
    with pytest.raises(LineBusy) as busy:
        cleaned(office)
    assert busy.value.cause == "cleaning-by-hand"
    office.store.close()


def test_the_line_tells_what_is_due_until_it_was_cleaned(office: Office) -> None:
    office.printer.conditions = (condition(Reason.CLEANING_DUE),)
    line = at_work(office)
    try:
        said = line.look_after(lambda bench: cleaning.guide(line.name, bench))
        assert said == Guide("F-1:0001", office.printer.preparations, Cleanings(3, 701, 700, due=True))
        before = line.status
        assert before.cleanings is not None
        assert before.cleanings.due
        line.look_after(lambda bench: cleaning.clean(office.store, line.name, "tek-1", bench))
        office.printer.conditions = ()
        line.look_after(lambda bench: bench.machine)  # until then the line has told what came of it
        assert line.status.cleanings is not None
        assert not line.status.cleanings.due
    finally:
        line.stop()
        line.join(10)
    assert {"cleaning-due"} == {told.reason for told in before.conditions} or before.conditions == ()


def test_a_ribbon_that_is_out_for_the_cleaning_is_not_put_down_as_used_up(office: Office) -> None:
    left = [300]
    office.printer.supplies = lambda _: (Supply("ribbon", left[0], None, None),)
    line = at_work(office)
    try:
        line.look_after(lambda bench: bench.machine)
        left[0] = 0
        line.look_after(lambda bench: cleaning.clean(office.store, line.name, "tek-1", bench))
        line.look_after(lambda bench: bench.machine)
    finally:
        line.stop()
        line.join(10)
    read = [entry["supplies"] for entry in book(office) if entry["type"] == "supplies-read"]
    assert read == [[{"name": "ribbon", "remaining": 300}]]


def test_an_open_hopper_does_not_keep_a_line_from_being_cleaned(office: Office) -> None:
    office.store.record("op-1", stock_events.ExchangeBegan(line="line-1"))
    assert cleaned(office).outcome == "done"


class WashableFed(FakeFed, Cleanable):
    """One without a reader inside: its line works it as a printer of whole cards."""

    done = 3
    worked_out: Image | None = None

    @property
    @override
    def preparations(self) -> tuple[Preparation, ...]:
        return (Preparation.BLANKS_OUT, Preparation.CLEANING_CARD_IN)

    @override
    def cleanings(self, deadline: Deadline) -> Cleanings:
        return Cleanings(self.done, None, None, due=self.done == 3)

    @override
    def clean(self, deadline: Deadline) -> None:
        self.done, self.fed = self.done + 1, self.fed + 1

    @override
    def make_ready(self, image: Image) -> Image:
        self.worked_out = ReadyImage(image.width, image.height, image.panels, work=b"")
        return self.worked_out


def test_what_a_printer_can_is_known_though_it_is_fed_by_hand(offices: Callable[..., OtherOffice]) -> None:
    machine = WashableFed()
    office = offices(machine, jobs=1, encoder=None)
    office.run()
    assert machine.worked_out is not None, "a picture is made ready for it while the chip is written"
    line = at_work(office)
    try:
        line.look_after(lambda bench: bench.machine)
        assert line.status.cleanings is not None
        assert line.status.cleanings.due
        done = line.look_after(lambda bench: cleaning.clean(office.store, line.name, "tek-1", bench))
        assert (done.outcome, done.cleanings) == ("done", Cleanings(4, None, None, due=False))
        line.look_after(lambda bench: bench.machine)
    finally:
        line.stop()
        line.join(10)
    assert "discrepancy-found" not in {entry["type"] for entry in book(office)}
