"""The short form of the year at a real station: a tenth of Palopo for some weeks, by its rule and by the opposite."""

from __future__ import annotations

import pytest

from tests.campaigns.book_year import book_bureau, timed
from tests.campaigns.year import policy_of

TENTH = {"daily_target": 5}


@pytest.mark.parametrize(("ahead", "lost"), [(7, False), (1, True)])
def test_a_station_that_asks_a_week_ahead_loses_no_day_and_one_that_asks_on_the_last_does(
    ahead: int, *, lost: bool
) -> None:
    policy = policy_of("palopo", **TENTH, reorder={"ahead": ahead, "covers": 10})
    with book_bureau(policy, 40, 6, seed=1, post=False, check=True) as office:
        timed(office, 18)
        with office.store.read() as view:
            shelf = len(view.shelf())
            asked = sum('"type":"stock-requested"' in text for text in view.texts(0, 100_000))
            closed = sum('"type":"stock-arrived"' in text for text in view.texts(0, 100_000))
            still_open = len(view.requests())
    year = office.year
    assert (year.without > 0) == lost
    assert asked == year.requests == closed + still_open
    assert year.requests >= 1
    assert 0 < shelf < year.made
