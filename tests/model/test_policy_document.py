"""The policy as a document: what is read, what is refused and where, and which version is in force."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.job import Reason
from stationd.model.policy import Bar, Policy, may_print
from stationd.model.policy_check import PolicyFault, fault, fault_on_arrival
from stationd.model.policy_history import PolicyHistory
from tests.model.policies import NOW, OFFICE, OFFICER, policy

FULL: dict[str, Any] = {
    "utc_hours": 8,
    "reasons": ["first", "changed", "lost", "damaged"],
    "urgent": ["medical"],
    "daily_most": 100,
    "shares": [{"reasons": ["first"], "percent": 50}, {"reasons": ["lost", "damaged"], "percent": 50}],
    "scarcity": {"below": 200, "serves": ["first"]},
    "daily_target": 50,
    "workdays": [1, 2, 3, 4, 5, 6],
    "holidays": ["2026-08-17"],
    "reorder": {"ahead": 7, "days": "calendar", "floor": 1000, "to": "centre", "window": 10, "covers": 20},
    "consents": {"supervisor_orders": ["lost"]},
    "shelf": {"notices": 3, "within_months": 6, "family_may_collect": True},
    "mobile": [{"kit": "7316-K1", "blanks": 60, "valid_from": NOW, "valid_until": NOW + 86_400 * 3}],
    "retention": {"documents": 3650, "processing_log": 1825},
}


def test_the_whole_document_is_read() -> None:
    read = policy(**FULL)
    assert fault(read) is None
    assert read.reasons[1] is Reason.CHANGED
    assert read.holidays == {datetime.date(2026, 8, 17)}
    assert read.mobile[0].blanks == 60
    assert read.day(1_790_006_400) == datetime.date(2026, 9, 22)  # midnight WITA is 16:00 UTC
    assert read.midnight(1_790_006_400 + 5) == 1_790_006_400


def test_a_policy_of_before_the_tables_is_still_good() -> None:
    read = policy()
    assert fault(read) is None
    assert (read.daily_most, read.scarcity.below, read.reorder.floor) == (None, 0, 0)


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"reasons": ["first", "bribe"]}, "$.reasons[1]"),
        ({"urgent": ["wedding"]}, "$.urgent[0]"),
        ({"shares": [{"reasons": ["first"], "percent": 101}]}, "$.shares[0].percent"),
        ({"shares": [{"reasons": ["first"], "percent": 0}]}, "$.shares[0].percent"),
        ({"scarcity": {"below": 10, "never_for": ["lost"]}}, "$.scarcity"),
        ({"reorder": {"to": "a friend"}}, "$.reorder.to"),
        ({"workdays": [0]}, "$.workdays[0]"),
        ({"utc_hours": 3}, "$.utc_hours"),
        ({"daily_most": 0}, "$.daily_most"),
    ],
)
def test_what_is_unknown_or_impossible_is_refused_with_its_place(members: dict[str, Any], place: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        policy(**members)
    assert f"at `{place}`" in str(refused.value)


@pytest.mark.parametrize(
    ("members", "place", "why"),
    [
        ({"valid_until": NOW - 1000}, "$.valid_until", "ends-before-it-begins"),
        ({"officers": [OFFICER, OFFICER]}, "$.officers[1].id", "named-twice"),
        ({"officers": [OFFICER | {"valid_until": 5}]}, "$.officers[0].valid_until", "ends-before-it-begins"),
        ({"reasons": ["first", "lost", "first"]}, "$.reasons[2]", "named-twice"),
        ({"shares": [{"reasons": ["first"], "percent": 50}]}, "$.shares", "needs-daily-most"),
        ({"daily_most": 10, "shares": [{"reasons": [], "percent": 50}]}, "$.shares[0].reasons", "no-reason"),
        (
            {"daily_most": 10, "shares": [{"reasons": ["first"], "percent": 5}]},
            "$.shares[0].percent",
            "comes-to-nothing",
        ),
        (
            {"daily_most": 10, "shares": [{"reasons": [r], "percent": 60} for r in ("first", "lost")]},
            "$.shares",
            "more-than-all",
        ),
        (
            {"daily_most": 10, "shares": [{"reasons": [r, "lost"], "percent": 50} for r in ("first", "damaged")]},
            "$.shares[1].reasons",
            "named-twice",
        ),
        (
            {"reasons": ["first", "lost"], "scarcity": {"below": 9, "serves": ["lost"]}},
            "$.scarcity.serves",
            "served-below-its-rank",
        ),
        ({"shelf": {"notices": 5, "within_months": 1}}, "$.shelf.notices", "more-than-weeks"),
        ({"shelf": {"notices": 9, "within_months": 2}}, "$.shelf.notices", "more-than-weeks"),
        (
            {"mobile": [{"kit": "k", "blanks": 1, "valid_from": 9, "valid_until": 9}]},
            "$.mobile[0].valid_until",
            "ends-before-it-begins",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(members: dict[str, Any], place: str, why: str) -> None:
    assert fault(policy(**members)) == PolicyFault(place, why)


@pytest.mark.parametrize(("notices", "months"), [(4, 1), (8, 2), (12, 3), (0, 1)])
def test_as_many_notices_as_weeks_are_good(notices: int, months: int) -> None:
    assert fault(policy(shelf={"notices": notices, "within_months": months})) is None


def test_a_policy_that_is_over_when_it_comes_is_not_taken() -> None:
    over = policy(valid_until=NOW)
    assert fault_on_arrival(over, NOW) == PolicyFault("$.valid_until", "ended")
    assert fault_on_arrival(over, NOW - 1) is None
    assert fault_on_arrival(over, None) is None


def test_a_policy_whose_term_is_over_lets_nobody_print() -> None:
    refused = may_print(policy(valid_until=NOW), "op-1", OFFICE, NOW)
    assert refused is not None
    assert refused.bar is Bar.POLICY_ENDED
    assert may_print(policy(valid_until=NOW + 1), "op-1", OFFICE, NOW) is None


def versions(*begins: int) -> list[Policy]:
    return [policy(version=number, valid_from=begin) for number, begin in enumerate(begins, 1)]


def test_a_policy_to_come_waits_for_its_day_and_the_one_before_goes_on() -> None:
    now, later = versions(NOW - 10, NOW + 10)
    history = PolicyHistory([now]).adopting(later)
    assert history.newest is later
    assert history.at(NOW) is now
    assert history.at(NOW + 9) is now
    assert history.at(NOW + 10) is later
    assert history.next_change(NOW) == NOW + 10


def test_an_older_policy_changes_nothing() -> None:
    older, newer = versions(NOW - 10, NOW - 20)
    history = PolicyHistory([newer])
    assert history.adopting(older) is history
    assert history.adopting(newer) is history
    assert PolicyHistory([newer, older]).at(NOW) is newer


def test_without_a_policy_there_is_none() -> None:
    assert PolicyHistory().at(NOW) is None
    assert PolicyHistory.of(None).newest is None


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8), st.integers(0, 100))
def test_the_highest_version_that_has_begun_is_in_force(begins: list[int], now: int) -> None:
    policies = versions(*begins)
    history = PolicyHistory()
    for each in policies:
        history = history.adopting(each)
    begun = [each.version for each in policies if each.valid_from <= now]
    found = history.at(now)
    assert found is not None
    assert found.version == (max(begun) if begun else len(begins))


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(list(Reason))), st.integers(1, 100)), max_size=4), st.integers(1, 500)
)
def test_a_sound_policy_never_shares_out_more_than_a_day_has(shares: list[tuple[set[Reason], int]], most: int) -> None:
    said = policy(daily_most=most, shares=[{"reasons": sorted(r), "percent": p} for r, p in shares])
    given_out = sum(share.cards(most) for share in said.shares)
    assert fault(said) is not None or given_out <= most
