"""Whose word on the time is taken, and which."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.declared_time import NoDeclaration, may_declare
from stationd.model.policy import Bar
from tests.model.test_policy import NOW, OFFICE, officer, policy

SUPERVISOR = policy(officer(roles=frozenset({"supervisor"})))


def verdict(seconds: float = NOW, **changes: Any) -> NoDeclaration | Bar | None:
    facts: dict[str, Any] = {
        "policy": SUPERVISOR,
        "officer_id": "op-1",
        "office": OFFICE,
        "known": None,
        "floor": NOW - 100,
        "leases_end": (NOW + 10, NOW + 500),
    }
    return may_declare(seconds, **(facts | changes))


def test_a_supervisor_is_believed_within_the_window_of_the_leases() -> None:
    assert verdict() is None


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"known": float(NOW)}, NoDeclaration.TIME_IS_KNOWN),
        ({"policy": policy()}, NoDeclaration.NOT_A_SUPERVISOR),
        ({"officer_id": "nobody"}, Bar.OFFICER_UNKNOWN),
        ({"policy": None}, Bar.NO_POLICY),
        ({"floor": None}, NoDeclaration.BEFORE_WHAT_IS_KNOWN),
        ({"floor": NOW + 1}, NoDeclaration.BEFORE_WHAT_IS_KNOWN),
        ({"leases_end": ()}, NoDeclaration.OUTSIDE_THE_SESSION),
        ({"leases_end": (NOW,)}, NoDeclaration.OUTSIDE_THE_SESSION),
        ({"seconds": NOW + 2000}, Bar.SK_EXPIRED),
    ],
)
def test_why_a_declared_time_is_not_taken(changes: dict[str, Any], because: NoDeclaration | Bar) -> None:
    assert verdict(**changes) is because


@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.lists(st.integers(0, 2**36)))
def test_a_time_that_is_taken_lies_between_floor_and_the_last_lease(
    seconds: float, floor: float, leases_end: list[int]
) -> None:
    if verdict(seconds, floor=floor, leases_end=leases_end) is None:
        assert floor <= seconds < max(leases_end)
