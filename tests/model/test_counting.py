"""Piles, counts and settlements: nothing is lost, and the accounts say what was counted."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stationd.model.blank import OUTSIDE, Account, Movement, Place, moved
from stationd.model.counting import difference, differences, found, uncovered
from stationd.model.pile import COUNTABLE, OF_A_LINE, Counted, Pile, TooFew, held, is_number, moved_by_hand
from stationd.model.settling import Explanation, Origin, explanations, settled

PLACES = sorted(COUNTABLE | {Place.IN_QUESTION, Place.MISSING, Place.MACHINE})


def _account(place: Place, line: str, stock: str, batch: str) -> Account:
    of_line = place in OF_A_LINE | {Place.IN_QUESTION, Place.MACHINE}
    return Account(place, line if of_line else "", stock, batch)


accounts = st.builds(
    _account,
    st.sampled_from(PLACES),
    st.sampled_from(["l1", "l2"]),
    st.sampled_from(["wni", "wna"]),
    st.sampled_from(["B1", "B2"]),
)
holdings = st.dictionaries(accounts, st.integers(1, 20), max_size=12)
counted_piles = st.builds(
    lambda account, count, whole: Counted(
        account.place, count, account.line, account.stock, None if whole else account.batch
    ),
    accounts.filter(lambda a: a.place in COUNTABLE),
    st.integers(0, 30),
    st.booleans(),
)


def stocked(holding: Mapping[Account, int]) -> dict[Account, int]:
    return moved({}, [Movement(Account(Place.SUPPLY, stock=a.stock), a, n) for a, n in holding.items()])


def within(balances: Mapping[Account, int]) -> int:
    return sum(count for account, count in balances.items() if account.place not in OUTSIDE)


@given(holdings, counted_piles)
def test_after_a_count_the_accounts_say_what_was_counted(holding: dict[Account, int], counted: Counted) -> None:
    before = stocked(holding)
    discrepancy = difference(before, counted, Origin.STOCK_TAKE)
    after = moved(before, discrepancy.moves if discrepancy else ())
    assert held(after, counted.pile) == counted.count
    assert (discrepancy is None) == (held(before, counted.pile) == counted.count)
    assert within(after) >= within(before)


@given(holdings, st.lists(counted_piles, max_size=6, unique_by=lambda c: (c.place, c.line, c.stock)))
def test_several_piles_are_counted_at_one_moment(holding: dict[Account, int], counted: list[Counted]) -> None:
    after = before = stocked(holding)
    for discrepancy in differences(before, counted, Origin.STOCK_TAKE):
        after = moved(after, discrepancy.moves)
    assert all(held(after, each.pile) == each.count for each in counted)


def test_a_blank_short_here_and_over_there_is_found_and_none_comes_from_outside() -> None:
    """A double feed: two cards left the hopper for one, and both lie in the output."""
    hopper, output = Account(Place.HOPPER, "l1", batch="B1"), Account(Place.OUTPUT, "l1", batch="B1")
    before = stocked({hopper: 9, output: 1})
    counted = [Counted(Place.OUTPUT, 2, "l1"), Counted(Place.HOPPER, 8, "l1")]
    short, over = differences(before, counted, Origin.STOCK_TAKE)
    after = moved(moved(before, short.moves), over.moves)
    assert (after[hopper], after[output], within(after)) == (8, 2, 10)
    assert not any(account.place in {Place.IN_QUESTION, Place.MISSING} for account in after)


def test_what_is_over_is_taken_from_what_is_in_question_then_missing_then_from_outside() -> None:
    hopper = Account(Place.HOPPER, "l1", batch="B1")
    lost, gone = Account(Place.IN_QUESTION, "l1", batch="B1"), Account(Place.MISSING, batch="B1")
    other = Account(Place.IN_QUESTION, "l2", batch="B1")
    before = stocked({lost: 1, gone: 1, other: 1})
    assert [m.source for m in found(before, hopper, 4)] == [lost, other, gone, Account(Place.SUPPLY)]


def test_the_card_of_an_attempt_that_goes_on_is_not_found_elsewhere() -> None:
    lost = Account(Place.IN_QUESTION, "l1", batch="B1")
    counted = [Counted(Place.STORE, 1)]
    (over,) = differences(stocked({lost: 1}), counted, Origin.STOCK_TAKE, bound=[lost])
    assert [m.source.place for m in over.moves] == [Place.SUPPLY]


@given(holdings, st.lists(st.builds(Movement, accounts, accounts, st.integers(1, 9)), max_size=4))
def test_whatever_is_observed_can_be_booked(holding: dict[Account, int], observed: list[Movement]) -> None:
    assume(all(m.source != m.target for m in observed))
    balances = stocked(holding)
    discrepancies = uncovered(balances, observed)
    for discrepancy in discrepancies:
        assert discrepancy.found > discrepancy.expected
    if not discrepancies:
        moved(balances, observed)


@given(holdings, accounts, accounts, st.integers(1, 9))
def test_one_observed_movement_can_be_made_after_what_it_showed(
    holding: dict[Account, int], source: Account, target: Account, count: int
) -> None:
    assume(source != target)
    movement, balances = Movement(source, target, count), stocked(holding)
    for discrepancy in uncovered(balances, [movement]):
        balances = moved(balances, discrepancy.moves)
    moved(balances, [movement])


@given(holdings, counted_piles, st.sampled_from(Explanation), st.integers(0, 3))
def test_settling_never_overdraws_and_makes_nothing(
    holding: dict[Account, int], counted: Counted, explanation: Explanation, used: int
) -> None:
    before = stocked(holding)
    discrepancy = difference(before, counted, Origin.STOCK_TAKE)
    assume(discrepancy is not None and discrepancy.moves)
    assert discrepancy is not None
    after = moved(before, discrepancy.moves)
    target = discrepancy.moves[0].target
    taken = min(used, after.get(target, 0))
    if taken:  # meanwhile some have gone on
        after = moved(after, [Movement(target, Account(Place.CITIZEN), taken)])
    settlement = settled(after, discrepancy.moves, explanation)
    moved(after, settlement)
    if explanation is Explanation.MISCOUNTED and not taken:
        assert moved(after, settlement) == before


def test_what_is_short_may_be_missing_and_what_is_over_may_not() -> None:
    assert Explanation.MISSING in explanations(Origin.STOCK_TAKE, 5, 4)
    assert Explanation.MISSING not in explanations(Origin.STOCK_TAKE, 4, 5)
    assert Explanation.MISSING not in explanations(Origin.COUNTERS, 5, 4)
    assert Explanation.PRINTER_SWAPPED in explanations(Origin.COUNTERS_BACKWARDS, 0, -4)


@given(holdings, accounts, st.integers(1, 30))
def test_by_hand_no_more_is_moved_than_is_there_and_batches_stay(
    holding: dict[Account, int], of: Account, count: int
) -> None:
    before = stocked(holding)
    pile = Pile(of.place, of.line, of.stock)
    there = held(before, pile)
    target = Pile(Place.SENT_BACK)
    if there < count:
        with pytest.raises(TooFew):
            moved_by_hand(before, [pile], target, count)
        return
    movements = moved_by_hand(before, [pile], target, count)
    assert sum(m.count for m in movements) == count
    assert all((m.source.batch, m.source.stock) == (m.target.batch, m.target.stock) for m in movements)
    moved(before, movements)


@pytest.mark.parametrize("text", ["B-2026-07", "470/12/BA/2026", "12 a_b.c", "x" * 40])
def test_numbers_of_papers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", " a", "x" * 41, "a\n", "7316014507900001", "7316-0145-0790-0001", "Siti, Aminah"])
def test_what_could_be_a_citizen_is_no_number(text: str) -> None:
    assert not is_number(text)
