"""The short form of the campaign: a year of Palopo by its rule, and by the opposite of it."""

from __future__ import annotations

import pytest

from stationd.model.job import Reason
from tests.campaigns.year import bureau, policy_of

DAYS = 250


@pytest.mark.parametrize("seed", range(2))
def test_where_the_post_is_reliable_no_day_is_without_blanks(seed: int) -> None:
    year = bureau("palopo", seed, post=False).run(DAYS)
    assert (year.without, year.waiting) == (0, 0)
    assert abs(year.made - 21_685) < 1500
    assert 15 <= year.requests <= 30


@pytest.mark.parametrize("ahead", [1, 2])
def test_by_another_rule_than_a_week_ahead_days_are_lost(ahead: int) -> None:
    policy = policy_of("palopo", reorder={"ahead": ahead, "covers": 10})
    assert bureau("palopo", 0, policy, post=False).run(DAYS).without > 0


def test_what_deliveries_that_are_late_or_short_cost_is_not_the_rules_fault() -> None:
    year = bureau("palopo", 0).run(DAYS)
    assert year.without > 0
    assert year.avoidable == 0


def test_while_blanks_are_scarce_first_time_citizens_are_served_before_all_others() -> None:
    scarce = policy_of("palopo", scarcity={"below": 400, "serves": ["first"]}, reorder={"ahead": 2, "covers": 5})
    by_rule = bureau("palopo", 0, scarce, post=False).run(60)
    without = bureau("palopo", 0, policy_of("palopo", reorder={"ahead": 2, "covers": 5}), post=False).run(60)

    def share(counts: dict[str, int]) -> float:
        return counts[Reason.FIRST] / sum(counts.values())

    assert share(by_rule.by_reason) > share(without.by_reason) + 0.02
