"""Counting: exchanges, the close of the day, stock-takes, and how differences are settled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model import events, issuance, moves
from stationd.model.blank import Place
from stationd.model.pile import Counted
from stationd.station import Refused
from tests.api.house import LINE, NOW, OFFICER, House, policy
from tests.station.test_blanks import blanks, refused

SUPERVISOR = "off-2"
SECOND = "off-3"


def staff(*supervisors: str) -> object:
    """A policy whose operator is `OFFICER`, with supervisors and a second operator."""
    (operator,) = policy().officers
    others = [msgspec.structs.replace(operator, id=name, roles=frozenset({"supervisor"})) for name in supervisors]
    second = msgspec.structs.replace(operator, id=SECOND)
    return policy(officers=(operator, second, *others))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.station.rules.go_by(staff(SUPERVISOR))
        served.stock(100, 10)
        yield served
        assert asyncio.run(served.station.verify()).passed


# --- exchange ---------------------------------------------------------------------------------------------------------


def test_an_exchange_is_guarded_and_ends_with_a_count(house: House) -> None:
    house.station.begin_exchange(LINE, OFFICER)
    refused("exchange-open", lambda: house.station.begin_exchange(LINE, SUPERVISOR))
    with house.store.read() as view:
        assert view.exchange_open(LINE)
    house.station.load_blanks(LINE, 20, OFFICER)
    house.station.unload_blanks(LINE, 5, OFFICER)
    assert house.station.end_exchange(LINE, 25, OFFICER) == []
    assert blanks(house) == {"store": 75, f"hopper/{LINE}": 25}
    refused("no-exchange", lambda: house.station.end_exchange(LINE, 25, OFFICER))


def test_an_exchange_left_open_is_shown_and_survives_a_restart(tmp_path: Path) -> None:
    with House(tmp_path) as before:
        before.station.begin_exchange(LINE, OFFICER)
    with House(tmp_path) as after:
        (opened,) = after.station.status().exchanges
        assert (opened.line, opened.by) == (LINE, OFFICER)
        assert opened.since == pytest.approx(NOW, abs=60)
        after.station.end_exchange(LINE, 0, OFFICER)
        assert after.station.status().exchanges == []


def test_a_double_feed_surfaces_at_the_next_count(house: House) -> None:
    """Two cards left the hopper for one. The second lies unprinted in the output."""
    house.deliver("j1")
    house.station.begin_exchange(LINE, OFFICER)
    (short,) = house.station.end_exchange(LINE, 8, OFFICER)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 8, f"output/{LINE}": 1, f"in-question/{LINE}": 1}
    (over,) = house.station.take_stock([Counted(Place.OUTPUT, 2, LINE)], OFFICER)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 8, f"output/{LINE}": 2}
    house.station.explain(short, "found-elsewhere", OFFICER)
    house.station.explain(over, "double-feed", OFFICER)
    assert [house.station.settle(each, SUPERVISOR) for each in (short, over)] == ["settled", "settled"]
    assert house.station.status().discrepancies == []
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 8, f"output/{LINE}": 2}


def test_cards_taken_by_hand_surface_at_the_next_count_and_are_declared(house: House) -> None:
    (short,) = house.station.take_stock([Counted(Place.STORE, 87), Counted(Place.HOPPER, 10, LINE)], OFFICER)
    assert blanks(house) == {"store": 87, f"hopper/{LINE}": 10, "in-question": 3}
    (open_,) = house.station.status().discrepancies
    assert (open_.origin, open_.subject, open_.expected, open_.found) == ("stock-take", "store/wni", 90, 87)
    assert (open_.found_by, open_.state) == (OFFICER, "open")
    assert open_.since == pytest.approx(NOW, abs=60)
    house.station.explain(short, "missing", OFFICER)
    house.station.settle(short, SUPERVISOR)
    assert blanks(house) == {"store": 87, f"hopper/{LINE}": 10, "missing": 3}


def test_nothing_is_counted_while_a_card_enters_or_leaves(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.begin("j1")
    feed = issuance.Step.FEED
    declared = events.StepIntended(attempt_id=attempt.attempt_id, step=feed, moves=moves.intended(attempt, feed))
    attempt = house.happen(attempt, declared)
    house.station.begin_exchange(LINE, OFFICER)
    refused("card-under-way", lambda: house.station.end_exchange(LINE, 9, OFFICER))
    refused("card-under-way", lambda: house.station.take_stock([Counted(Place.OUTPUT, 0, LINE)], OFFICER))
    assert house.station.take_stock([Counted(Place.STORE, 90)], OFFICER) == []
    seen = events.StepObserved(attempt_id=attempt.attempt_id, step=feed, moves=moves.observed(attempt, feed))
    house.happen(attempt, seen)
    assert house.station.end_exchange(LINE, 9, OFFICER) == []


# --- the day ----------------------------------------------------------------------------------------------------------


def test_closing_the_day_empties_the_hoppers_counts_and_locks(house: House) -> None:
    refused("hopper-not-counted", lambda: house.station.close_day({}, {"wni": 100}, OFFICER))
    refused("store-not-counted", lambda: house.station.close_day({LINE: 10}, {}, OFFICER))
    assert house.station.close_day({LINE: 10}, {"wni": 100}, OFFICER) == []
    assert blanks(house) == {"store": 100}
    closed = house.station.status().closed_day
    assert closed is not None
    assert closed.by == OFFICER
    for act in (
        lambda: house.station.load_blanks(LINE, 1, OFFICER),
        lambda: house.station.receive_blanks("B", 1, OFFICER),
        lambda: house.station.take_in_hand(1, OFFICER),
        lambda: house.station.send_back_blanks(1, "K/1", OFFICER),
        lambda: house.station.spoil_blanks("store", 1, "other", OFFICER),
        lambda: house.station.close_day({}, {"wni": 100}, OFFICER),
    ):
        refused("store-locked", act)
    house.station.open_day(SUPERVISOR)
    assert house.station.status().closed_day is None
    house.station.load_blanks(LINE, 1, OFFICER)
    refused("store-open", lambda: house.station.open_day(OFFICER))


def test_what_does_not_agree_at_the_close_is_named_and_the_store_is_locked_all_the_same(house: House) -> None:
    found = house.station.close_day({LINE: 9}, {"wni": 100}, OFFICER)
    assert blanks(house) == {"store": 100}
    named = [(d.discrepancy_id, d.origin, d.expected, d.found) for d in house.station.discrepancies()]
    assert named == [(found[0], "closing", 10, 9), (found[1], "closing", 99, 100)]


def test_a_day_is_not_closed_over_an_open_hopper(house: House) -> None:
    house.station.begin_exchange(LINE, OFFICER)
    refused("exchange-open", lambda: house.station.close_day({LINE: 10}, {"wni": 100}, OFFICER))


# --- bad counts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "counted"),
    [
        ("nothing-counted", []),
        ("count-negative", [Counted(Place.STORE, -1)]),
        ("count-too-large", [Counted(Place.STORE, 10**12)]),
        ("no-such-place", [Counted(Place.SUPPLY, 1)]),
        ("no-such-place", [Counted(Place.IN_QUESTION, 0, LINE)]),
        ("line-not-named", [Counted(Place.HOPPER, 1)]),
        ("no-such-line", [Counted(Place.HOPPER, 1, "line-9")]),
        ("place-has-no-line", [Counted(Place.STORE, 1, LINE)]),
        ("no-such-stock", [Counted(Place.STORE, 1, stock="gold")]),
        ("not-a-number", [Counted(Place.STORE, 1, batch="Siti, Aminah")]),
        ("counted-twice", [Counted(Place.STORE, 1), Counted(Place.STORE, 2)]),
        ("counted-twice", [Counted(Place.STORE, 1), Counted(Place.STORE, 2, batch="B-2026-07")]),
    ],
)
def test_a_count_that_cannot_be_is_refused(house: House, cause: str, counted: list[Counted]) -> None:
    before = house.station.status().book
    refused(cause, lambda: house.station.take_stock(counted, OFFICER))
    assert house.station.status().book == before


def test_zero_is_a_count(house: House) -> None:
    house.station.take_stock([Counted(Place.HOPPER, 0, LINE)], OFFICER)
    assert blanks(house) == {"store": 90, f"in-question/{LINE}": 10}


# --- settling ---------------------------------------------------------------------------------------------------------


def test_who_explains_a_difference_does_not_approve_it(house: House) -> None:
    found = house.station.declare_missing("store", 2, SUPERVISOR)
    assert blanks(house)["in-question"] == 2
    house.station.rules.go_by(staff(SUPERVISOR, "off-4"))
    refused("approver-is-requester", lambda: house.station.settle(found, SUPERVISOR))
    refused("approver-not-supervisor", lambda: house.station.settle(found, OFFICER))
    assert house.station.settle(found, "off-4") == "settled"
    assert blanks(house)["missing"] == 2
    refused("discrepancy-is-settled", lambda: house.station.settle(found, "off-4"))


def test_an_office_of_one_settles_provisionally_and_the_kabupaten_approves_afterwards(house: House) -> None:
    house.station.rules.go_by(policy())
    found = house.station.declare_missing("hopper", 1, OFFICER, LINE)
    refused("discrepancy-is-requested", lambda: house.station.record_approval(found, "K/12", OFFICER))
    assert house.station.settle(found, OFFICER) == "provisional"
    assert blanks(house)["missing"] == 1
    (waiting,) = house.station.status().discrepancies
    assert waiting.state == "provisional"
    refused("number-missing", lambda: house.station.record_approval(found, "", OFFICER))
    house.station.record_approval(found, "470/12/2026", OFFICER)
    (done,) = house.station.discrepancies()
    assert (done.state, done.reference) == ("settled", "470/12/2026")


def test_what_cannot_explain_a_difference_is_refused(house: House) -> None:
    (over,) = house.station.take_stock([Counted(Place.STORE, 91)], OFFICER)
    refused("no-such-discrepancy", lambda: house.station.explain("d0", "missing", OFFICER))
    refused("no-such-reason", lambda: house.station.explain(over, "Siti has it", OFFICER))
    refused("explanation-does-not-fit", lambda: house.station.explain(over, "missing", OFFICER))
    refused("discrepancy-is-open", lambda: house.station.settle(over, SUPERVISOR))
    house.station.explain(over, "miscounted", OFFICER)
    house.station.settle(over, SUPERVISOR)
    assert blanks(house)["store"] == 90


def test_a_card_in_question_is_settled_by_a_count(house: House) -> None:
    house.lose("j1")
    assert blanks(house)[f"in-question/{LINE}"] == 1
    (question,) = house.station.status().questions
    house.station.answer(question.question_id, "missing", OFFICER)
    assert blanks(house)["missing"] == 1
    (found,) = house.station.take_stock([Counted(Place.REJECT, 1, LINE)], OFFICER)
    assert "missing" not in blanks(house)
    house.station.explain(found, "came-to-light", OFFICER)
    house.station.settle(found, SUPERVISOR)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 9, f"reject/{LINE}": 1}


def test_an_answer_after_its_blank_was_found_by_a_count_does_not_stop_anybody(house: House) -> None:
    house.lose("j1")
    house.station.take_stock([Counted(Place.HOPPER, 10, LINE)], OFFICER)
    (question,) = house.station.status().questions
    house.station.answer(question.question_id, "spoiled", OFFICER)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 10, f"reject/{LINE}": 1}
    assert [d.origin for d in house.station.discrepancies()] == ["stock-take", "observation"]


def test_a_blank_fed_from_a_hopper_that_is_empty_by_the_book_is_booked_and_named(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.begin("j1")
    house.station.take_stock([Counted(Place.HOPPER, 0, LINE)], OFFICER)
    house.go_on(attempt)
    assert blanks(house) == {"store": 90, f"in-question/{LINE}": 9, f"output/{LINE}": 1}
    named = [(d.origin, d.expected, d.found) for d in house.station.discrepancies()]
    assert named == [("stock-take", 10, 0), ("observation", 0, 1)]


def test_two_officers_answer_at_once_and_one_answer_counts(house: House) -> None:
    house.lose("j1")
    (question,) = house.station.status().questions
    ready, said = threading.Barrier(2), []

    def answer(officer: str, word: str) -> None:
        ready.wait()
        try:
            house.station.answer(question.question_id, word, officer)
            said.append("taken")
        except Refused as refusal:
            said.append(refusal.cause)

    threads = [threading.Thread(target=answer, args=each) for each in ((OFFICER, "spoiled"), (SUPERVISOR, "missing"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["already-answered", "taken"]
    assert sum(blanks(house).get(place, 0) for place in ("missing", f"reject/{LINE}")) == 1


def test_two_officers_settle_at_once_and_the_blanks_move_once(house: House) -> None:
    found = house.station.declare_missing("store", 2, OFFICER)
    house.station.settle(found, SUPERVISOR)
    refused("discrepancy-is-settled", lambda: house.station.settle(found, SUPERVISOR))
    assert blanks(house)["missing"] == 2
