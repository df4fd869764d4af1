"""Where a person looks for a card: never where the attempt cannot have brought it."""

from __future__ import annotations

import pytest

from stationd.model.attempt import ROUTES, Step
from stationd.model.whereabouts import Spot, spots


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("step", [*Step, "of a newer program"])
def test_there_is_always_somewhere_to_look_and_each_place_once(route: str, step: str) -> None:
    found = spots(route, step)
    assert found
    assert list(found) == [spot for spot in (*Spot,) if spot in found] or step == Step.ACTIVATE
    assert (Spot.REJECT in found) == (step == Step.REJECT and route != "desk-then-print")


@pytest.mark.parametrize(
    ("route", "step", "found"),
    [
        ("inline-beside", "feed", "hopper machine"),
        ("inline-beside", "transfer", "machine"),
        ("inline-beside", "activate", "machine"),
        ("inline-in-turn", "deliver", "machine output"),
        ("inline-direct", "print", "machine output"),
        ("inline-direct", "activate", "hand desk-reader output"),
        ("inline-direct", "reject", "machine reject"),
        ("desk-then-print", "feed", "hopper hand desk-reader"),
        ("desk-then-print", "write", "hand desk-reader"),
        ("desk-then-print", "print", "hand desk-reader machine output"),
    ],
)
def test_where_a_card_may_be(route: str, step: str, found: str) -> None:
    assert " ".join(spots(route, step)) == found
