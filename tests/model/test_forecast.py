"""How long blanks last, and that a shortage is asked for once."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.forecast import Ask, Asked, Close, forecast, next_step, rate, working_days
from stationd.model.policy import Policy
from tests.model.policies import policy

MONDAY = datetime.date(2026, 9, 21)
DAY = datetime.timedelta(days=1)


def used(*counts: int, before: datetime.date = MONDAY) -> dict[datetime.date, int]:
    """So many on each of the days before, the last one first."""
    return {before - (number + 1) * DAY: count for number, count in enumerate(counts)}


@given(st.integers(0, 200), st.lists(st.integers(0, 200), max_size=40), st.integers(1, 30))
def test_the_rate_is_the_larger_of_target_and_mean(target: int, counts: list[int], window: int) -> None:
    worked = [count for count in counts if count][:window]
    mean = sum(worked) / len(worked) if worked else 0
    assert rate(target, used(*counts), MONDAY, window) == max(target, mean)


def test_today_is_not_over_and_does_not_count() -> None:
    assert rate(0, used(90, 90) | {MONDAY: 3}, MONDAY, 20) == 90


def palopo(**reorder: Any) -> Policy:
    return policy(daily_target=50, reorder=reorder)


def test_rule_5_palopo_asks_a_week_ahead_of_its_real_use_and_not_of_its_target() -> None:
    ninety = used(*[90] * 20)
    assert forecast(1000, {}, MONDAY, palopo()).threshold == 350  # the target alone understates
    seen = forecast(1000, ninety, MONDAY, palopo())
    assert (seen.rate, seen.threshold, seen.days_left, seen.short) == (90, 630, 11, False)
    assert seen.runs_out == datetime.date(2026, 10, 6)  # eleven working days from Monday on are enough
    assert forecast(631, ninety, MONDAY, palopo()).short is False
    assert forecast(630, ninety, MONDAY, palopo()).short is True


def test_rule_5_calendar_days_are_fewer_working_days() -> None:
    ninety = used(*[90] * 20)
    assert forecast(1000, ninety, MONDAY, palopo(days="calendar")).threshold == 450
    holidays = policy(daily_target=50, reorder={"days": "calendar"}, holidays=["2026-09-22", "2026-09-23"])
    assert forecast(1000, ninety, MONDAY, holidays).threshold == 270
    assert working_days(holidays, MONDAY, 7) == 3


def test_rule_5_a_fixed_floor_asks_however_long_it_lasts() -> None:
    kotim = policy(reorder={"floor": 1000})
    assert forecast(1001, {}, MONDAY, kotim).short is False
    assert forecast(1000, {}, MONDAY, kotim).short is True
    assert forecast(1000, {}, MONDAY, kotim, floor=False).short is False
    assert forecast(0, {}, MONDAY, policy()).short is False  # nothing is used and nothing is wanted


def test_what_is_asked_for_covers_the_days_that_the_policy_has_covered() -> None:
    assert forecast(500, used(*[100] * 5), MONDAY, palopo(covers=30)).wanted == 3000 + 700 - 500


@pytest.mark.parametrize(
    ("left", "asked", "arrived", "step"),
    [
        (631, None, 0, None),
        (630, None, 0, Ask()),
        (400, 630, 0, None),
        (500, 400, 300, None),  # a short delivery: the shortage goes on, and was asked for
        (631, 400, 300, Close()),
        (631, 631, 0, None),  # nothing has arrived: the rate has sunk
        (500, 600, 1000, Close()),  # all of it has arrived, late, and much was used up meanwhile
    ],
)
def test_one_request_is_made_for_a_shortage_and_closed_when_it_arrives(
    left: int, asked: int | None, arrived: int, step: object
) -> None:
    seen = forecast(left, used(*[90] * 20), MONDAY, palopo())
    assert next_step(seen, None if asked is None else Asked(asked, 1000, arrived)) == step


@pytest.mark.parametrize(("left", "step"), [(500, Close()), (10, None), (9, None)])
def test_a_ribbon_has_arrived_when_there_is_more_of_it(left: int, step: object) -> None:
    seen = forecast(left, used(*[90] * 20), MONDAY, palopo(), floor=False)
    assert next_step(seen, Asked(10, 1000), replaced=True) == step


@given(st.lists(st.tuples(st.integers(1, 120), st.sampled_from([0, 0, 0, 0, 300, 3000])), max_size=80))
def test_rule_5_however_blanks_come_and_go_a_shortage_is_asked_for_exactly_once(days: list[tuple[int, int]]) -> None:
    left, today, history = 1000, MONDAY, {}
    asked: Asked | None = None
    for demand, delivery in days:
        made = min(left, demand)
        history[today] = made
        left += delivery - made
        today += DAY
        asked = asked and replace(asked, arrived=asked.arrived + delivery)
        seen = forecast(left, history, today, palopo())
        step = next_step(seen, asked)
        if isinstance(step, Close):
            assert asked is not None
            assert asked.arrived >= asked.wanted or (asked.arrived and not seen.short)
            asked = None
            step = next_step(seen, None)
        assert (step == Ask()) == (asked is None and seen.short)
        if step == Ask():
            asked = Asked(left, seen.wanted)
        assert asked is not None or not seen.short


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=120))
def test_rule_17_however_ribbons_are_used_and_replaced_each_shortage_is_asked_for_once(
    days: list[tuple[int, bool]],
) -> None:
    left, asked, closed = 500, None, 0
    asks: list[int] = []
    for demand, new_one in days:
        left = 500 if new_one else max(0, left - demand)
        seen = forecast(left, used(*[40] * 20), MONDAY, palopo(), floor=False)
        step = next_step(seen, asked, replaced=True)
        if isinstance(step, Close):
            assert asked is not None
            assert left > asked.left
            asked, closed = None, closed + 1
            step = next_step(seen, None, replaced=True)
        if step == Ask():
            assert asked is None
            asked = Asked(left, seen.wanted)
            asks.append(left)
        assert asked is not None or not seen.short
    assert len(asks) == closed + (asked is not None)
