"""A card's life on the shelf, under a fake clock: what falls due when, and what a late or doubled word changes."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import shelf
from stationd.model.policy_tables import ShelfRule
from stationd.model.shelf import (
    AGAIN,
    DAY,
    GAP,
    TRIES,
    Delivery,
    Notice,
    NoticeDue,
    OutOfTurn,
    TransferDue,
    Wait,
    due,
    follow,
    months_later,
    schedule,
)

WITA = datetime.timezone(datetime.timedelta(hours=8))
SINCE = datetime.datetime(2026, 8, 31, 9, 30, tzinfo=WITA).timestamp()

rules = st.builds(ShelfRule, notices=st.integers(0, 12), within_months=st.integers(1, 60))
moments = st.floats(1.6e9, 2.5e9)


def day(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, WITA).strftime("%Y-%m-%d %H:%M")


def test_rule_10_three_notices_fall_due_within_six_months_and_then_the_transfer() -> None:
    """The rule's own numbers, lived through hour by hour: each notice on its day, once, and the transfer after."""
    now, notices, seen = SINCE, (), []  # type: ignore[var-annotated]
    while not seen or seen[-1][0] != "transfer":
        match due(SINCE, notices, ShelfRule(), WITA, now):
            case NoticeDue(number):
                seen.append((f"notice {number}", day(now)))
                notices = follow(notices, number, "registry", Delivery.ASKED, now)
            case TransferDue():
                seen.append(("transfer", day(now)))
            case Wait():
                now += 1800
    assert seen == [
        ("notice 1", "2026-08-31 09:30"),
        ("notice 2", "2026-10-30 17:30"),
        ("notice 3", "2026-12-30 01:30"),
        ("transfer", "2027-02-28 09:30"),
    ]


def test_the_end_of_a_month_without_that_day_is_its_last_day() -> None:
    assert day(months_later(SINCE, 6, WITA)) == "2027-02-28 09:30"
    assert day(months_later(SINCE, 18, WITA)) == "2028-02-29 09:30"


@given(since=moments, rule=rules, months=st.integers(0, 60))
def test_notices_are_within_the_months_and_in_order(since: float, rule: ShelfRule, months: int) -> None:
    notices, end = schedule(since, rule, WITA)
    assert len(notices) == rule.notices
    assert notices == sorted(notices)
    assert all(since <= moment < end for moment in notices)
    assert months_later(since, months, WITA) <= months_later(since, months + 1, WITA)


@given(since=moments, rule=rules)
def test_nothing_falls_due_while_the_time_is_unknown(since: float, rule: ShelfRule) -> None:
    assert due(since, (), rule, WITA, None) == Wait(None)


class Modem:
    """Answers each try with the next of some words, or not at all."""

    def __init__(self, answers: list[Delivery | None]) -> None:
        self.answers = answers

    def answer(self) -> Delivery | None:
        return self.answers.pop(0) if self.answers else Delivery.SENT


@given(
    rule=rules,
    answers=st.lists(st.sampled_from([None, *Delivery])),
    steps=st.lists(st.floats(0, 200 * DAY), max_size=60),
)
def test_however_the_clock_and_the_modem_behave(
    rule: ShelfRule, answers: list[Delivery | None], steps: list[float]
) -> None:
    """A station that is off for months, a modem that fails: never two notices at once, never one too many."""
    now, modem = SINCE, Modem(answers)
    notices: tuple[Notice, ...] = ()
    begun: list[float] = []
    for step in [*steps, *[200 * DAY] * 60]:
        now += step
        match due(SINCE, notices, rule, WITA, now):
            case NoticeDue(number):
                if begun:
                    apart = AGAIN if number == len(notices) else GAP
                    assert now - begun[-1] >= apart
                begun.append(now)
                notices = follow(notices, number, "sms", Delivery.BEGUN, now)
                if (answer := modem.answer()) is not None and answer not in shelf.OPENING:
                    notices = follow(notices, number, "sms", answer, now)
            case TransferDue(since):
                assert len(notices) == rule.notices
                assert all(notice.given for notice in notices)
                assert since >= schedule(SINCE, rule, WITA)[1]
                assert not begun or now - begun[-1] >= GAP
            case Wait(until):
                assert until is not None
                assert until > now
    assert isinstance(due(SINCE, notices, rule, WITA, now), TransferDue)
    assert [notice.number for notice in notices] == list(range(1, rule.notices + 1))
    assert all(notice.tries <= TRIES for notice in notices)


def test_a_notice_that_fails_is_tried_again_the_next_day_and_thrice_in_all() -> None:
    notices: tuple[Notice, ...] = ()
    now = SINCE
    for attempt in range(1, TRIES + 1):
        assert due(SINCE, notices, ShelfRule(), WITA, now) == NoticeDue(1)
        notices = follow(notices, 1, "sms", Delivery.BEGUN, now)
        notices = follow(notices, 1, "sms", Delivery.FAILED, now)
        assert notices[0].tries == attempt
        now += AGAIN
    assert notices[0].given
    assert isinstance(due(SINCE, notices, ShelfRule(), WITA, now), Wait)


def test_a_doubtful_notice_is_not_sent_again() -> None:
    notices = follow(follow((), 1, "sms", Delivery.BEGUN, SINCE), 1, "sms", Delivery.DOUBTFUL, SINCE)
    assert isinstance(due(SINCE, notices, ShelfRule(), WITA, SINCE + AGAIN), Wait)


@given(words=st.lists(st.sampled_from([d for d in Delivery if d not in shelf.OPENING]), min_size=1))
def test_what_is_said_late_or_twice_takes_nothing_back(words: list[Delivery]) -> None:
    notices = follow((), 1, "sms", Delivery.BEGUN, SINCE)
    for word in words:
        notices = follow(notices, 1, "sms", word, SINCE)
    assert notices[0].delivery == max(words, key=lambda word: shelf.RANK[word])
    assert follow(notices, 1, "sms", words[-1], SINCE + 9) == notices


@pytest.mark.parametrize(("number", "delivery"), [(2, Delivery.ASKED), (1, Delivery.SENT), (0, Delivery.FAILED)])
def test_a_notice_out_of_turn_is_refused(number: int, delivery: Delivery) -> None:
    with pytest.raises(OutOfTurn):
        follow((), number, "sms", delivery, SINCE)
    given_already = (Notice(1, "sms", Delivery.SENT, SINCE),)
    with pytest.raises(OutOfTurn):
        follow(given_already, 1, "sms", Delivery.BEGUN, SINCE)


@pytest.mark.parametrize("place", ["A3", "B/12", "2/A/7", "R-1", "10"])
def test_a_box_and_row_is_a_place(place: str) -> None:
    assert shelf.PLACE.fullmatch(place)


@pytest.mark.parametrize("place", ["", "SITI", "a3", "A 3", "7316025503900001", "SITI-RAHMA", "A3\n", "A3/", "ABCDE1"])
def test_what_could_be_a_name_or_a_nik_is_none(place: str) -> None:
    assert not shelf.PLACE.fullmatch(place)
