"""Blanks are conserved, whatever is moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.blank import OUTSIDE, Account, BadMovement, Movement, Overdrawn, Place, moved

accounts = st.builds(
    Account,
    place=st.sampled_from(Place),
    line=st.sampled_from(["", "line-1"]),
    stock=st.sampled_from(["wni", "oa"]),
    batch=st.sampled_from(["", "B1", "B2"]),
)
movements = st.builds(Movement, source=accounts, target=accounts, count=st.integers(-1, 5))


@given(st.lists(movements, max_size=60))
def test_whatever_is_tried_the_sum_is_nought_and_nothing_inside_is_negative(tried: list[Movement]) -> None:
    balances: dict[Account, int] = {}
    for movement in tried:
        before = dict(balances)
        try:
            balances = moved(balances, [movement])
        except (BadMovement, Overdrawn):
            assert balances == before
            continue
        assert sum(balances.values()) == 0
        assert all(count > 0 for account, count in balances.items() if account.place not in OUTSIDE)
        assert balances.get(movement.target, 0) - before.get(movement.target, 0) == movement.count


def test_a_hopper_cannot_give_what_it_does_not_hold() -> None:
    hopper = Account(Place.HOPPER, "line-1")
    with pytest.raises(Overdrawn, match="hopper/line-1/wni holds 0, but 1 would leave it"):
        moved({}, [Movement(hopper, Account(Place.MACHINE, "line-1"), 1)])


def test_several_movements_are_one_or_none() -> None:
    store, hopper = Account(Place.STORE), Account(Place.HOPPER, "line-1")
    balances = moved({}, [Movement(Account(Place.SUPPLY), store, 5)])
    with pytest.raises(Overdrawn):
        moved(balances, [Movement(store, hopper, 3), Movement(store, hopper, 3)])
    assert balances[store] == 5
