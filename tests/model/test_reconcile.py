"""A printer's counter against the book: what agrees, what differs, what is never compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stationd.model.issuance import Step
from stationd.model.reconcile import COUNTED, Booked, Finding, Reading, Tally, compare, settles
from stationd.model.stock_events import SupplyRead
from stationd.model.supplies import worth_noting

numbers = st.integers(0, 10_000)


@given(numbers, numbers, numbers)
def test_a_clean_day_agrees_whatever_the_printer_did_before(before: int, booked: int, made: int) -> None:
    base = Reading(before, Booked(booked))
    assert compare(base, Reading(before + made, Booked(booked + made))).finding is Finding.AGREED


@given(numbers, numbers, numbers, st.integers(1, 50))
def test_one_card_more_or_less_is_named_with_its_number(before: int, booked: int, made: int, extra: int) -> None:
    base = Reading(before, Booked(booked))
    more = compare(base, Reading(before + made + extra, Booked(booked + made)))
    assert (more.finding, more.expected, more.counted) == (Finding.DIFFERS, made, made + extra)
    less = compare(base, Reading(before + made, Booked(booked + made + extra)))
    assert (less.finding, less.expected, less.counted) == (Finding.DIFFERS, made + extra, made)


@given(numbers, numbers, st.integers(1, 50), numbers)
def test_a_counter_that_runs_backwards_is_named(now: int, booked: int, back: int, made: int) -> None:
    base = Reading(now + back, Booked(booked))
    assert compare(base, Reading(now, Booked(booked + made))).finding is Finding.BACKWARDS


def test_a_counter_never_seen_is_only_noted() -> None:
    assert compare(None, Reading(5000, Booked())).finding is Finding.FIRST
    assert compare(None, Reading(5000, Booked()), known_line=True).finding is Finding.SWAPPED


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.data())
def test_cards_in_doubt_may_have_been_counted_or_not(
    made: int, doubted: int, going_on: int, data: st.DataObject
) -> None:
    through = data.draw(st.integers(0, doubted + going_on))
    base = Reading(100, Booked(7, 2))
    now = Reading(100 + made + through, Booked(7 + made, 2 + doubted, going_on))
    assert compare(base, now).finding is Finding.AGREED
    over = Reading(100 + made + doubted + going_on + 1, now.booked)
    assert compare(base, over).finding is Finding.DIFFERS


@given(st.integers(0, 3), st.booleans(), st.booleans())
def test_what_was_open_at_the_last_agreement_may_turn_out_either_way(made: int, counted: bool, sure: bool) -> None:
    """It is counted before or after the base was read, and is then seen to be done, or not done."""
    base = Reading(100, Booked(7, 0, open=1))
    now = Reading(100 + made + (not counted and sure), Booked(7 + made + sure))
    assert compare(base, now).finding is Finding.AGREED
    assert settles(base, now)


def test_an_agreement_without_doubt_needs_no_note() -> None:
    assert not settles(Reading(100, Booked(7)), Reading(101, Booked(8)))
    assert settles(Reading(100, Booked(7)), Reading(101, Booked(7, 1)))


def test_a_card_spoiled_before_the_transfer_is_fed_and_comes_out_but_is_not_printed() -> None:
    steps = {Step.FEED, Step.IDENTIFY, Step.REJECT}
    counted = {tally: len(steps & counts) for tally, counts in COUNTED.items()}
    assert counted == {Tally.CARDS_FED: 1, Tally.CARDS_PRINTED: 0, Tally.CARDS_TOTAL: 1}


# --- ribbon and film --------------------------------------------------------------------------------------------------


def test_supplies_are_noted_in_steps() -> None:
    full = [SupplyRead("ribbon", 500, 500, "L1")]
    assert worth_noting([], full)
    assert not worth_noting(full, full)
    assert not worth_noting(full, [SupplyRead("ribbon", 491, 500, "L1")])
    assert worth_noting(full, [SupplyRead("ribbon", 490, 500, "L1")])
    assert worth_noting([SupplyRead("ribbon", 3, 500, "L1")], [SupplyRead("ribbon", 0, 500, "L1")])


def test_another_ribbon_is_noted_at_once() -> None:
    worn = [SupplyRead("ribbon", 491, 500, "L1")]
    assert worth_noting(worn, [SupplyRead("ribbon", 491, 500, "L2")])
    assert worth_noting(worn, [SupplyRead("ribbon", 500, 500, "L1")])
    assert worth_noting(worn, [*worn, SupplyRead("film", 900, 1000, None)])


def test_a_machine_that_does_not_tell_the_capacity() -> None:
    assert not worth_noting([SupplyRead("film", 100)], [SupplyRead("film", 91)])
    assert worth_noting([SupplyRead("film", 100)], [SupplyRead("film", 90)])
    assert not worth_noting([SupplyRead("film")], [SupplyRead("film")])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=300))
def test_what_is_in_the_book_is_never_more_than_a_step_behind(used: list[int]) -> None:
    left, noted, entries = 500, [SupplyRead("ribbon", 500, 500)], 0
    for cards in used:
        left = max(0, left - cards)
        now = [SupplyRead("ribbon", left, 500)]
        if worth_noting(noted, now):
            noted, entries = now, entries + 1
        assert (noted[0].remaining or 0) - left < 10
    assert entries <= 51
