"""The printer's counter against the book, over days with spoils, doubts, test cards, resets and another printer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from drivers.printer import CounterKind, Counters, Identity, Supply
from stationd.model import events, issuance, moves
from stationd.model.reconcile import Finding
from stationd.model.recovery import ChipSeen, Evidence, conclude
from stationd.press.reconcile import machine_of, note_supplies, reconcile_after
from stationd.press.recovery import settle
from tests.api.house import LINE, OFFICER, House

A1 = Identity("Matica", "XID8300", "A1", "2.1")
B2 = Identity("Matica", "XID8300", "B2", "2.1")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock()
        yield served
        assert asyncio.run(served.station.verify()).passed


def read(house: House, cards: int, kind: CounterKind = CounterKind.CARDS_TOTAL, identity: Identity = A1) -> Finding:
    return reconcile_after(house.store, LINE, identity, Counters(kind, cards, {})).finding


def test_the_book_names_a_printer_as_the_attempts_do(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.begin("j1")
    with house.store.read() as view:
        texts = view.texts(0, -1)
    assert any(f'"printer":"{machine_of(A1)}"' in text for text in texts)


def test_a_clean_day_writes_one_entry(house: House) -> None:
    assert read(house, 41_000) is Finding.FIRST
    book = house.station.status().book
    for number, job in enumerate(("j1", "j2", "j3"), start=1):
        house.deliver(job)
        before = house.station.status().book
        assert read(house, 41_000 + number) is Finding.AGREED
        assert house.station.status().book == before
    assert house.station.status().book > book


@pytest.mark.parametrize(
    ("kind", "through"),
    [(CounterKind.CARDS_FED, 1), (CounterKind.CARDS_PRINTED, 0), (CounterKind.CARDS_TOTAL, 1)],
)
def test_a_card_spoiled_before_the_transfer_counts_as_its_kind_says(
    house: House, kind: CounterKind, through: int
) -> None:
    read(house, 100, kind)
    house.ruin("bad")
    assert read(house, 100 + through, kind) is Finding.AGREED
    house.deliver("good")
    assert read(house, 101 + through, kind) is Finding.AGREED


def test_a_difference_is_named_once_and_stays_until_it_is_settled(house: House) -> None:
    read(house, 100)
    house.deliver("j1")
    assert read(house, 103) is Finding.DIFFERS
    assert read(house, 103) is Finding.AGREED
    (named,) = house.station.status().discrepancies
    assert (named.origin, named.subject, named.line) == ("counters", "XID8300:A1 cards-total", LINE)
    assert (named.expected, named.found, named.found_by) == (1, 3, "press")
    house.station.explain(named.discrepancy_id, "test-cards", OFFICER)
    before = house.station.status().blanks
    house.station.settle(named.discrepancy_id, OFFICER)
    house.station.record_approval(named.discrepancy_id, "K/1", OFFICER)
    assert house.station.status().discrepancies == []
    assert house.station.status().blanks == before


def test_a_counter_that_ran_backwards_is_named_and_begins_anew(house: House) -> None:
    read(house, 100)
    house.deliver("j1")
    assert read(house, 1) is Finding.BACKWARDS
    assert [d.origin for d in house.station.status().discrepancies] == ["counters-backwards"]
    house.deliver("j2")
    assert read(house, 2) is Finding.AGREED


def test_another_printer_is_never_compared_with_the_one_before(house: House) -> None:
    read(house, 100)
    house.deliver("j1")
    assert read(house, 7, identity=B2) is Finding.SWAPPED
    assert read(house, 7, identity=B2) is Finding.AGREED
    assert read(house, 101) is Finding.AGREED
    assert house.station.status().discrepancies == []


@pytest.mark.parametrize("counted", [0, 1])
def test_a_card_in_doubt_may_have_been_counted_or_not_but_no_second_one(house: House, counted: int) -> None:
    """The daemon died in a feed that nobody saw the end of."""
    read(house, 100, CounterKind.CARDS_FED)
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.begin("j1")
    feed = issuance.Step.FEED
    moved = moves.intended(attempt, feed)
    attempt = house.happen(attempt, events.StepIntended(attempt_id=attempt.attempt_id, step=feed, moves=moved))
    assert read(house, 100 + counted, CounterKind.CARDS_FED) is Finding.AGREED
    given_up = events.AttemptGivenUp(attempt_id=attempt.attempt_id, job_id="j1", cause="card-not-found")
    house.happen(attempt, given_up)
    assert read(house, 100 + counted, CounterKind.CARDS_FED) is Finding.AGREED
    assert read(house, 101 + counted, CounterKind.CARDS_FED) is Finding.DIFFERS


@pytest.mark.parametrize("counted", [0, 1])
def test_a_card_whose_print_was_cut_off_may_have_been_counted_wherever_it_is_found(house: House, counted: int) -> None:
    """The officer brings it back from the printer: that says where it is, and nothing of what was done with it."""
    read(house, 100, CounterKind.CARDS_PRINTED)
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    attempt = house.go_on(house.begin("j1", "desk-then-print"), steps=4)
    step = issuance.Step.PRINT
    moved = moves.intended(attempt, step)
    attempt = house.happen(attempt, events.StepIntended(attempt_id=attempt.attempt_id, step=step, moves=moved))
    found = Evidence(inside=True, chip=ChipSeen.OURS, locked=True)
    for event in settle(attempt, conclude(attempt, found), "s2", found):
        attempt = house.happen(attempt, event)
    assert read(house, 100 + counted, CounterKind.CARDS_PRINTED) is Finding.AGREED
    assert read(house, 101 + counted, CounterKind.CARDS_PRINTED) is Finding.DIFFERS


def test_ribbon_and_film_are_noted_when_they_change_noticeably_and_shown(house: House) -> None:
    ribbon, film = Supply("ribbon", 500, 500, "R7"), Supply("film", None, None, None)
    assert note_supplies(house.store, LINE, A1, (ribbon, film))
    assert not note_supplies(house.store, LINE, A1, (ribbon, film))
    less = Supply("ribbon", 480, 500, "R7")
    assert note_supplies(house.store, LINE, A1, (less, film))
    shown = [msgspec.to_builtins(row) for row in house.station.status().supplies]
    assert [(row["name"], row["remaining"], row["capacity"], row["lot"]) for row in shown] == [
        ("ribbon", 480, 500, "R7"),
        ("film", None, None, None),
    ]
    assert note_supplies(house.store, LINE, B2, (less, film))
