"""A trip's arithmetic over two books: whatever happens to the blanks, it adds up, or it is said what is off."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.blank import CITIZENS, OUTSIDE, Account, Movement, Place, moved
from stationd.model.mobile import (
    GONE,
    Away,
    Finished,
    InBags,
    NotAway,
    Off,
    Tally,
    TripState,
    Wrong,
    barred,
    by_place,
    grant_for,
    handed_in,
    not_empty,
    off,
    statement,
    taken_back,
    taken_by_kit,
    tally,
)
from stationd.model.policy_tables import MobileGrant
from stationd.model.ruling import Day, Refused, Remedy, Station, Stock, Yes, may_print
from tests.model.policies import NOW, OFFICE, policy, wanted

AL = "al-1"
ENDS = (Place.SHELF, Place.CITIZEN, Place.TRANSFERRED, Place.REJECT, Place.DESTROYED, Place.WITHDRAWN, Place.UNFIT)
AFTER = (*ENDS, Place.SENT_BACK, Place.MISSING, Place.IN_QUESTION, Place.HOPPER, Place.OUTPUT, Place.HAND)

batches = st.dictionaries(st.sampled_from(["A-1", "B-2", "C-3"]), st.integers(1, 30), min_size=1)
fates = st.lists(st.tuples(st.sampled_from(AFTER), st.integers(1, 9)), max_size=12)


def taken(given_: dict[str, int], counted: int) -> dict[Account, int]:
    came, differs = taken_by_kit(AL, given_, counted)
    return moved({}, [*came, *differs])


def lived(balances: dict[Account, int], what: list[tuple[Place, int]]) -> dict[Account, int]:
    """Let blanks of the store come to different ends."""
    for place, wanted_ in what:
        left = wanted_
        for account in sorted(account for account in balances if account.place is Place.STORE):
            share = min(left, balances.get(account, 0))
            if share:
                line = "l1" if place in {Place.HOPPER, Place.OUTPUT, Place.REJECT, Place.UNFIT} else ""
                balances = moved(balances, [Movement(account, Account(place, line, CITIZENS, account.batch), share)])
                left -= share
    return balances


def bags(said: Tally) -> InBags:
    return InBags(said.unused, said.bin, said.shelf, said.unfit)


@given(batches, st.integers(-5, 5), fates, st.dictionaries(st.sampled_from(list(GONE)), st.integers(1, 50)))
def test_a_trip_is_off_only_by_what_is_in_question_or_loose_and_otherwise_adds_up(
    given_: dict[str, int], differ: int, what: list[tuple[Place, int]], earlier: dict[Place, int]
) -> None:
    before = {Account(place): count for place, count in earlier.items()}
    before[Account(Place.SUPPLY)] = -sum(earlier.values())
    base = {place.value: count for place, count in by_place(before).items()}
    counted = max(0, sum(given_.values()) + differ)
    came, differs = taken_by_kit(AL, given_, counted)
    balances = lived(moved(before, [*came, *differs]), what)
    assert sum(balances.values()) == 0
    said = tally(balances, AL, base)
    assert said.allotted == max(sum(given_.values()), counted)
    assert said.accounted + said.in_question + sum(said.loose.values()) == said.allotted
    found = off(said, bags(said))
    assert bool(found) == bool(said.in_question or said.loose)
    assert {one.wrong for one in found} <= {Wrong.IN_QUESTION, Wrong.LOOSE}


@given(batches, fates, st.integers(-3, 3), st.integers(-3, 3))
def test_a_blank_too_few_or_too_many_in_the_bags_is_named_with_both_numbers(
    given_: dict[str, int], what: list[tuple[Place, int]], blanks: int, cards: int
) -> None:
    settled = [fate for fate in what if fate[0] in {*ENDS, Place.MISSING}]
    said = tally(lived(taken(given_, sum(given_.values())), settled), AL, {})
    counted = InBags(said.unused + blanks, said.bin, said.shelf + cards, said.unfit)
    wrong = [Off(Wrong.DIFFERS, Place.STORE, said.unused, said.unused + blanks)] if blanks else []
    wrong += [Off(Wrong.DIFFERS, Place.SHELF, said.shelf, said.shelf + cards)] if cards else []
    assert list(off(said, counted)) == wrong


@given(batches, fates, st.tuples(*[st.integers(-2, 2)] * 4), st.integers(0, 5))
def test_what_a_kit_hands_in_leaves_nothing_of_the_allotment_open_at_either_book(
    given_: dict[str, int], what: list[tuple[Place, int]], differ: tuple[int, int, int, int], elsewhere: int
) -> None:
    settled = [fate for fate in what if fate[0] in {*ENDS, Place.MISSING, Place.SENT_BACK}]
    kit = lived(taken(given_, sum(given_.values())), settled)
    shelf = by_place(kit).get(Place.SHELF, 0)
    cards = [Finished(f"job-{number}", "ref", 1, "c0") for number in range(shelf)]
    said = statement(kit, {}, cards)
    assert said.total == sum(given_.values())
    left = moved(kit, handed_in(kit, AL))
    assert set(not_empty(left)) <= {"shelf"}

    store = Account(Place.STORE, batch="A-1")
    office = moved({}, [Movement(Account(Place.SUPPLY), store, sum(given_.values()) + elsewhere)])
    office = moved(office, [Movement(store, Account(Place.ALLOTTED, AL), sum(given_.values()))])
    true = said.bags
    counted = InBags(
        max(0, true.unused + differ[0]),
        max(0, true.spoiled + differ[1]),
        max(0, min(true.finished, true.finished + differ[2])),
        max(0, true.unfit + differ[3]),
    )
    result = taken_back(office, AL, said, counted)
    assert result.beyond == (0, ())
    after = moved(office, result.moves)
    for pile, stated, there, moves in result.differences:
        assert stated != there
        assert pile in {"store", "unfit", "reject", "shelf"}
        after = moved(after, moves)
    onto_shelf = min(counted.finished, len(said.finished))
    if onto_shelf:
        after = moved(after, [Movement(Account(Place.ALLOTTED, AL), Account(Place.SHELF), onto_shelf)])
    places = by_place(after)
    assert Place.ALLOTTED not in places
    assert places.get(Place.STORE, 0) == elsewhere + counted.unused
    assert places.get(Place.REJECT, 0) == counted.spoiled
    assert all(count > 0 for place, count in places.items() if place not in OUTSIDE)
    short = sum(max(0, stated - there) for _, stated, there, _ in result.differences)
    assert places.get(Place.IN_QUESTION, 0) == short


def test_a_kit_that_accounts_for_more_or_less_than_it_was_given_is_told_so() -> None:
    office = {Account(Place.ALLOTTED, AL): 10, Account(Place.SUPPLY): -10}
    more = statement(taken({"A": 11}, 11), {}, [])
    result = taken_back(office, AL, more, more.bags)
    assert result.beyond[0] == 1
    after = moved(moved(office, result.beyond[1]), result.moves)
    assert by_place(after) == {Place.STORE: 11, Place.SUPPLY: -11}
    less = statement(taken({"A": 9}, 9), {}, [])
    result = taken_back(office, AL, less, less.bags)
    assert result.beyond[0] == -1
    after = moved(moved(office, result.moves), result.beyond[1])
    assert by_place(after) == {Place.STORE: 9, Place.IN_QUESTION: 1, Place.SUPPLY: -10}


def test_one_short_is_in_question_until_it_is_missing() -> None:
    balances = taken({"A-1": 4}, 3)
    said = tally(balances, AL, {})
    assert (said.allotted, said.unused, said.in_question) == (4, 3, 1)
    assert off(said, bags(said)) == (Off(Wrong.IN_QUESTION, found=1),)
    question = Account(Place.IN_QUESTION, batch="A-1")
    said = tally(moved(balances, [Movement(question, Account(Place.MISSING, batch="A-1"), 1)]), AL, {})
    assert (said.accounted, off(said, bags(said))) == (4, ())


# --- may a card be made ---------------------------------------------------------------------------------------------

TRIP: dict[str, Any] = {"state": TripState.OPEN, "begins": NOW, "ends": NOW + 100, "online": True}


@pytest.mark.parametrize(
    ("changes", "now", "bar"),
    [
        ({}, NOW, None),
        ({"state": None}, NOW, NotAway.NO_TRIP),
        ({"state": TripState.CLOSING}, NOW, NotAway.CLOSING),
        ({}, NOW - 1, NotAway.NOT_BEGUN),
        ({}, NOW + 100, NotAway.OVER),
        ({"online": False}, NOW, NotAway.OFFLINE),
        ({"online": False, "offline": True}, NOW, None),
    ],
)
def test_rule_13_a_kit_prints_on_an_open_trip_and_offline_only_if_that_is_granted(
    changes: dict[str, Any], now: int, bar: NotAway | None
) -> None:
    away = Away(**(TRIP | changes))
    assert barred(away, now) is bar
    verdict = may_print(wanted(), "op-1", Station(OFFICE, policy(), away), Stock(5), Day(now))
    remedies = {NotAway.OFFLINE: Remedy.NETWORK, NotAway.NOT_BEGUN: Remedy.TIME}
    assert verdict == (Yes() if bar is None else Refused(bar, remedies.get(bar, Remedy.SUPERVISOR)))


def test_an_office_without_network_goes_on_printing() -> None:
    assert may_print(wanted(), "op-1", Station(OFFICE, policy()), Stock(5), Day(NOW)) == Yes()


@pytest.mark.parametrize(
    ("kit", "office", "now", "until", "found"),
    [
        ("kit-1", "kec-1", 10, 20, True),
        ("kit-1", "kec-2", 10, 20, False),
        ("kit-2", "kec-1", 10, 20, False),
        ("kit-1", "kec-1", 9, 20, False),
        ("kit-1", "kec-1", 20, None, False),
        ("kit-1", "kec-1", 10, 21, False),
    ],
)
def test_a_grant_is_for_one_kit_one_office_and_its_days(
    kit: str, office: str, now: int, until: int | None, found: bool
) -> None:
    grant = MobileGrant(kit="kit-1", blanks=60, valid_from=10, valid_until=20, office="kec-1")
    assert (grant_for([grant], kit, office, now, until) is grant) is found
