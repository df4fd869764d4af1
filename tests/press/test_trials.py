"""A blank spent on trying a line out is counted like any other, whatever comes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import CardFlipper, Image, Reason
from stationd.model import stock_events
from stationd.model.blank import Account, Movement, Place
from stationd.press import line as line_module
from stationd.press.errands import LineBusy
from stationd.press.line import Line
from stationd.press.trials import ANSWERS, Side, Trial, Tried
from stationd.store.rows import JobState
from stationd.store.verify import verify
from tests.press.fakes import FakePrinter, condition, declined, vanished
from tests.press.other_machines import CountingWhole, FakeDirect
from tests.press.other_office import OtherOffice
from tests.press.test_line import Office
from tests.press.test_making import is_live

PICTURE = Image(1, 1, {})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.005)
    monkeypatch.setattr(line_module, "ERRAND", 2.0)


class Busy(FakePrinter):
    """Says that it prints for as long as the chip was asked so often."""

    looks = 0
    enough = ANSWERS

    @override
    def start_film(self, image: Image, deadline: Deadline) -> None:
        super().start_film(image, deadline)
        self.conditions = (condition(Reason.BUSY),)

    @override
    def status(self, deadline: Deadline) -> object:  # type: ignore[override]
        told = super().status(deadline)
        if self.film:
            self.looks += 1
            if self.looks >= self.enough:
                self.conditions = ()
        return told


class Turning(FakePrinter, CardFlipper):
    """Can turn a card over."""

    @override
    def flip(self, deadline: Deadline) -> None:
        self._do("flip")


class TurningDirect(FakeDirect, CardFlipper):
    """So can this one, before it prints."""

    @override
    def flip(self, deadline: Deadline) -> None:
        self._do("flip")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, jobs=0)
    yield office
    assert verify(office.store.path, office.keys).passed
    office.store.close()


def tried(office: Office, kind: Trial) -> Tried:
    return at_work(office, lambda line: line.try_out(kind, lambda _: PICTURE, "op-1"))


def tried_behind(office: Office) -> Tried:
    return at_work(office, lambda line: line.try_out(Trial.TEST_PRINT, lambda _: PICTURE, "op-1", Side.BACK))


def at_work(office: Office, ask: Callable[[Line], Tried]) -> Tried:
    line = office.line()
    line.start()
    try:
        return ask(line)
    finally:
        line.stop()
        line.join(10)


def place(office: Office, where: Place) -> int:
    with office.store.read() as view:
        return sum(count for account, count in view.balances().items() if account.place is where)


def texts(office: Office) -> list[str]:
    with office.store.read() as view:
        return view.texts(0, 1000)


def types(office: Office) -> list[str]:
    return [json.loads(text)["type"] for text in texts(office)]


def test_a_test_print_ends_in_the_reject_bin_and_in_the_book(office: Office) -> None:
    assert tried(office, Trial.TEST_PRINT) == Tried("done", "", Place.REJECT)
    assert (place(office, Place.HOPPER), place(office, Place.REJECT)) == (9, 1)
    assert len(office.printer.rejected) == 1
    assert office.printer.printed
    assert not is_live(office.printer.rejected[0])


def test_the_printers_counter_agrees_after_a_test_print(office: Office) -> None:
    line = office.line()
    line.start()
    line.try_out(Trial.TEST_PRINT, lambda _: PICTURE, "op-1")
    line.stop()
    line.join(10)
    office.run()
    assert "discrepancy-found" not in types(office)


def test_a_direct_printers_test_print_lies_in_the_output(tmp_path: Path) -> None:
    office = OtherOffice(tmp_path, FakeDirect(), jobs=0)
    assert tried(office, Trial.TEST_PRINT) == Tried("done", "", Place.OUTPUT)
    assert place(office, Place.OUTPUT) == 1
    office.store.close()


def sides(office: Office) -> list[str]:
    told = [json.loads(text) for text in texts(office)]
    return [entry.get("side", "front") for entry in told if entry["type"] == "trial-began"]


def test_the_other_side_is_printed_of_a_card_that_was_turned_over(office: Office) -> None:
    office.printer = Turning()
    office.encoder._printer = office.printer
    assert tried_behind(office) == Tried("done", "", Place.REJECT)
    calls = [call for call in office.printer.calls if call in {"feed", "flip", "start_film", "transfer", "reject"}]
    assert calls == ["feed", "flip", "start_film", "transfer", "reject"]
    office.printer.calls.clear()
    assert tried(office, Trial.TEST_PRINT).outcome == "done"
    assert "flip" not in office.printer.calls
    assert sides(office) == ["back", "front"]


def test_so_it_is_where_the_card_is_printed_on_its_way_out(tmp_path: Path) -> None:
    printer = TurningDirect()
    office = OtherOffice(tmp_path, printer, jobs=0)
    assert tried_behind(office) == Tried("done", "", Place.OUTPUT)
    assert [call for call in printer.calls if call in {"feed", "flip", "print"}] == ["feed", "flip", "print"]
    office.store.close()


def test_a_card_that_was_perhaps_turned_is_in_question(office: Office) -> None:
    office.printer = Turning()
    office.encoder._printer = office.printer
    office.printer.trouble["flip"] = [vanished()]
    assert tried_behind(office) == Tried("failed", "disconnected", Place.IN_QUESTION)
    assert "start_film" not in office.printer.calls


def offices(folder: Path) -> dict[str, Callable[[], Office]]:
    return {
        "retransfer": lambda: Office(folder, jobs=0),
        "direct": lambda: OtherOffice(folder, FakeDirect(), jobs=0),
        "whole cards": lambda: OtherOffice(folder, CountingWhole(), jobs=0, encoder=None),
    }


@pytest.mark.parametrize("kind", ["retransfer", "direct", "whole cards"])
def test_a_machine_that_cannot_turn_a_card_over_is_not_asked_to(tmp_path: Path, kind: str) -> None:
    office = offices(tmp_path)[kind]()
    with pytest.raises(LineBusy) as busy:
        tried_behind(office)
    assert busy.value.cause == "card-cannot-be-turned"
    assert place(office, Place.HOPPER) == 10
    assert "trial-began" not in types(office)
    office.store.close()


def test_a_hopper_that_gives_nothing_costs_no_blank(office: Office) -> None:
    office.printer.trouble["feed"] = [declined(Reason.MEDIA_EMPTY)]
    assert tried(office, Trial.TEST_PRINT) == Tried("not-begun", "media-empty", Place.HOPPER)
    assert place(office, Place.HOPPER) == 10


def test_a_blank_in_the_slot_of_a_machine_that_drew_none_in_is_not_passed_over(tmp_path: Path) -> None:
    printer = CountingWhole()
    printer.trouble["print"] = [declined(Reason.COVER_OPEN)]
    office = OtherOffice(tmp_path, printer, jobs=0, encoder=None)

    def handed(line: Line) -> Tried:
        ended = threading.Event()

        def put_in() -> None:
            while not ended.wait(0.01):
                if line.status.cause == "blank-into-printer":
                    line.go_on()

        person = threading.Thread(target=put_in)
        person.start()
        try:
            return line.try_out(Trial.TEST_PRINT, lambda _: PICTURE, "op-1")
        finally:
            ended.set()
            person.join(10)

    assert at_work(office, handed) == Tried("not-drawn-in", "cover-open", Place.HOPPER)
    assert place(office, Place.HOPPER) == 10
    assert verify(office.store.path, office.keys).passed
    office.store.close()


@pytest.mark.parametrize("call", ["feed", "start_film", "await_film", "transfer", "reject"])
def test_whatever_fails_the_blank_is_in_question(office: Office, call: str) -> None:
    office.printer.trouble[call] = [vanished()]
    assert tried(office, Trial.TEST_PRINT) == Tried("failed", "disconnected", Place.IN_QUESTION)
    assert place(office, Place.IN_QUESTION) == 1


def test_what_a_machine_declines_with_a_card_inside_does_not_put_the_blank_back(office: Office) -> None:
    office.printer.trouble["transfer"] = [declined(Reason.COVER_OPEN)]
    assert tried(office, Trial.TEST_PRINT).place is Place.IN_QUESTION


@pytest.mark.parametrize(("enough", "outcome"), [(ANSWERS + 1, "proven"), (2, "disproven")])
def test_film_and_chip_are_shown_to_run_side_by_side_or_not(office: Office, enough: int, outcome: str) -> None:
    office.printer = Busy()
    office.printer.enough = enough
    office.encoder._printer = office.printer
    assert tried(office, Trial.PROVE) == Tried(outcome, "", Place.OUTPUT)
    (chip,) = office.printer.output
    assert not is_live(chip)
    assert not office.printer.printed, "the blank comes out as it was"


def test_a_line_that_waits_for_somebody_says_so(office: Office) -> None:
    office.printer.conditions = (condition(Reason.COVER_OPEN),)
    with pytest.raises(LineBusy):
        tried(office, Trial.TEST_PRINT)
    assert "trial-began" not in types(office)


def test_a_line_without_a_blank_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=0)
    with office.store.write("op-1") as transaction:
        held = next(account for account in transaction.balances() if account.place is Place.HOPPER)
    emptied = Movement(held, Account(Place.STORE, "", held.stock, held.batch), 10)
    office.store.record("op-1", stock_events.HopperUnloaded(line="line-1", count=10, moves=(emptied,)))
    with pytest.raises(LineBusy) as busy:
        tried(office, Trial.TEST_PRINT)
    assert busy.value.cause == "hopper-empty-in-book"
    told = [json.loads(text) for text in texts(office)]
    assert "line-failed" not in {entry.get("cause") for entry in told}, "the line itself is well"
    office.store.close()


def test_what_cannot_be_proven_here_costs_no_blank(tmp_path: Path) -> None:
    office = OtherOffice(tmp_path, FakeDirect(), jobs=0)
    with pytest.raises(LineBusy) as busy:
        tried(office, Trial.PROVE)
    assert busy.value.cause == "line-unfit"
    assert place(office, Place.HOPPER) == 10
    office.store.close()


def test_a_trial_waits_for_the_card_that_is_being_made(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=1)
    assert tried(office, Trial.TEST_PRINT).outcome == "done"
    office.run()
    assert office.states() == {JobState.DELIVERED: 1}
    office.store.close()
