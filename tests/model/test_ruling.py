"""May a card be made: each rule against its opposite."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.job import Hold, HoldCause, Reason, RefusalCause, check_citizen, check_job
from stationd.model.ruling import COMES_BACK, REMEDIES, Held, Refused, Remedy, Yes
from tests.model.jobs import card, job
from tests.model.policies import NOW, OFFICER, SUPERVISOR, decide, policy, wanted

REASONS = [reason.value for reason in Reason]


def test_a_good_job_is_printed() -> None:
    assert decide(wanted(), policy()) == Yes()


@pytest.mark.parametrize(
    ("members", "cause", "remedy"),
    [
        ({"services": ["SIAK", "REKAM"]}, "station-has-no-cetak", Remedy.POLICY),
        ({"station": "7316-03"}, "policy-for-another-station", Remedy.POLICY),
        ({"valid_from": NOW + 1}, "policy-not-yet-valid", Remedy.TIME),
        ({"valid_until": NOW}, "policy-ended", Remedy.POLICY),
    ],
)
def test_rule_1_a_station_without_cetak_refuses(members: dict[str, Any], cause: str, remedy: Remedy) -> None:
    assert decide(wanted(), policy(**members)) == Refused(cause, remedy)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"id": "op-2"}, "officer-unknown"),
        ({"kecamatan": "73.16.12"}, "officer-of-another-kecamatan"),
        ({"valid_until": NOW}, "sk-expired"),
        ({"valid_from": NOW + 1}, "sk-not-yet-valid"),
        ({"trained": False}, "officer-not-trained"),
        ({"roles": ["technician"]}, "officer-has-no-printing-role"),
    ],
)
def test_rule_2_only_a_named_officer_prints(changes: dict[str, Any], cause: str) -> None:
    said = policy(officers=[OFFICER | changes])
    assert decide(wanted(), said) == Refused(cause, Remedy.OFFICER, "op-1")
    assert decide(wanted(), said, officer=None) == Yes()


NOON = 1_789_966_800
"""12:00 at an office in WIB."""


@given(st.integers(-7200, 7200))
def test_rule_2_a_decree_that_ends_at_noon_ends_at_noon(seconds: int) -> None:
    said = policy(valid_from=0, officers=[OFFICER | {"valid_from": 0, "valid_until": NOON}])
    verdict = decide(wanted(), said, now=NOON + seconds)
    assert (verdict == Yes()) == (seconds < 0)


@given(st.sampled_from(REASONS), st.sampled_from(["op-1", "spv-1"]), st.sets(st.sampled_from(REASONS)))
def test_rule_2_what_is_a_supervisors_to_order_no_operator_orders(reason: str, who: str, theirs: set[str]) -> None:
    said = policy(officers=[OFFICER, SUPERVISOR], consents={"supervisor_orders": sorted(theirs)})
    refused = decide(wanted(reason), said, officer=who) == Refused("supervisor-orders", Remedy.SUPERVISOR, reason)
    assert refused == (reason in theirs and who == "op-1")


@given(st.sampled_from(REASONS), st.sampled_from([None, "", "400.12/5/2026"]))
def test_rule_3_a_changed_element_takes_the_offices_authorisation(reason: str, authorisation: str | None) -> None:
    verdict = check_job(
        job(reason=reason, office_authorisation=authorisation),
        station="7316-02",
        now=NOW,
        known_layouts={"ktp-el"},
        known_profiles={"lab-iso7816"},
    )
    refused = getattr(verdict, "cause", None) is RefusalCause.CHANGED_WITHOUT_AUTHORISATION
    assert refused == (reason == "changed" and not authorisation)


@pytest.mark.parametrize(
    ("claims", "cause"),
    [
        ({"nik_status": "blocked"}, HoldCause.NIK_BLOCKED),
        ({"nik_status": "died"}, HoldCause.DIED),
        ({"nik_status": "moved"}, HoldCause.MOVED),
        ({"kk_status": "absent"}, HoldCause.NO_FAMILY_CARD),
        ({"kk": None}, HoldCause.NO_FAMILY_CARD),
    ],
)
def test_rule_4_a_citizen_whose_record_is_not_in_order_gets_no_card(claims: dict[str, Any], cause: HoldCause) -> None:
    found = check_citizen(job(**claims), NOW)
    assert found is not None
    assert found.cause is cause
    assert decide(wanted(hold=found), policy()) == Held(cause, Remedy.REGISTRY)
    assert check_citizen(job(), NOW) is None


def test_rule_4_a_revoked_job_is_not_begun() -> None:
    assert decide(wanted(revoked=True), policy()) == Refused("job-was-revoked", Remedy.REGISTRY)


SCARCE: dict[str, Any] = {"scarcity": {"below": 200, "serves": ["first", "changed"]}}


@given(st.sampled_from(REASONS), st.integers(0, 400), st.sampled_from([None, "medical", "pilgrimage"]))
def test_rule_6_while_blanks_are_scarce_only_who_is_served_prints(reason: str, blanks: int, urgent: str | None) -> None:
    said = policy(**SCARCE, urgent=["medical"])
    verdict = decide(wanted(reason, urgent=urgent), said, blanks=blanks)
    waits = blanks < 200 and reason not in {"first", "changed"} and urgent != "medical"
    assert verdict == (Held(HoldCause.BLANKS_SCARCE, Remedy.BLANKS, reason) if waits else Yes())


TASIKMALAYA: dict[str, Any] = {
    "daily_most": 100,
    "shares": [
        {"reasons": ["first"], "percent": 50},
        {"reasons": ["lost", "damaged", "changed", "renewal", "transfer"], "percent": 50},
    ],
}
COUNTS = st.dictionaries(st.sampled_from(REASONS), st.integers(0, 60))


@given(st.sampled_from(REASONS), COUNTS, st.sampled_from([None, "medical"]))
def test_rule_6_each_share_of_a_day_is_its_own(reason: str, begun: dict[str, int], urgent: str | None) -> None:
    verdict = decide(wanted(reason, urgent=urgent), policy(**TASIKMALAYA), begun=begun)
    firsts = begun.get("first", 0)
    others = sum(begun.values()) - firsts
    if urgent is None and firsts + others >= 100:
        assert verdict == Held(HoldCause.DAY_IS_FULL, Remedy.TOMORROW)
    elif urgent is None and (firsts if reason == "first" else others) >= 50:
        assert verdict == Held(HoldCause.SHARE_USED_UP, Remedy.TOMORROW, reason)
    else:
        assert verdict == Yes()


def test_rule_6_reasons_without_a_share_have_what_the_shares_leave() -> None:
    said = policy(daily_most=10, shares=[{"reasons": ["first"], "percent": 70}])
    assert decide(wanted("lost"), said, begun={"damaged": 2}) == Yes()
    assert decide(wanted("lost"), said, begun={"damaged": 3}) == Held(HoldCause.SHARE_USED_UP, Remedy.TOMORROW, "lost")
    assert decide(wanted("first"), said, begun={"damaged": 3}) == Yes()


@given(st.sampled_from(REASONS), st.sampled_from(["", "J-0007"]))
def test_rule_9_a_card_on_the_shelf_blocks_a_reprint_for_lost(reason: str, lies: str) -> None:
    verdict = decide(wanted(reason, lies_here=lies), policy())
    blocked = reason == "lost" and bool(lies)
    assert verdict == (Held(HoldCause.LIES_HERE, Remedy.COLLECTION, lies) if blocked else Yes())


def test_rule_9_a_card_at_another_office_blocks_it_too_and_says_where() -> None:
    found = check_citizen(job(reason="lost", uncollected_at="73.16.05"), NOW)
    assert found == Hold(HoldCause.UNCOLLECTED, "73.16.05")
    assert decide(wanted("lost", hold=found), policy()) == Held(HoldCause.UNCOLLECTED, Remedy.COLLECTION, "73.16.05")
    assert check_citizen(job(reason="first", uncollected_at="73.16.05"), NOW) is None


@given(st.integers(0, 23), st.integers(1, 7))
def test_rule_12_no_hour_and_no_weekday_is_closed(hour: int, day: int) -> None:
    said = policy(valid_from=0, workdays=[], officers=[OFFICER | {"valid_from": 0, "valid_until": 2 * NOW}])
    moment = NOW + 86_400 * day + 3600 * hour
    assert decide(wanted(start_before=2 * NOW), said, now=moment) == Yes()


@pytest.mark.parametrize(
    ("born", "nik", "held"), [("2009-09-21", "7316026109090001", False), ("2009-09-22", "7316026209090001", True)]
)
def test_rule_20_who_is_not_seventeen_waits_for_the_birthday(born: str, nik: str, *, held: bool) -> None:
    young = job(nik=nik, marital_status="BELUM KAWIN", card=card(nik=nik, tanggal_lahir=born))
    found = check_citizen(young, NOW)
    assert (found == Hold(HoldCause.UNDER_AGE)) == held
    assert check_citizen(young, NOW + 86_400) is None
    assert REMEDIES[HoldCause.UNDER_AGE] is Remedy.BIRTHDAY


def test_rule_20_a_nik_that_disagrees_with_the_birth_is_held() -> None:
    found = check_citizen(job(card=card(tanggal_lahir="1990-03-16")), NOW)
    assert found == Hold(HoldCause.NIK_BIRTH_DIFFERS, "tanggal_lahir")
    assert decide(wanted(hold=found), policy()) == Held(HoldCause.NIK_BIRTH_DIFFERS, Remedy.REGISTRY, "tanggal_lahir")


def test_a_lease_that_is_over_is_refused_and_unknown_time_too() -> None:
    assert decide(wanted(start_before=NOW), policy()) == Refused("lease-over", Remedy.REGISTRY)
    assert decide(wanted(), policy(), now=None) == Refused("time-unknown", Remedy.TIME)
    assert decide(wanted(), None) == Refused("no-policy", Remedy.POLICY)


def test_every_cause_of_a_hold_has_its_remedy() -> None:
    assert set(REMEDIES) == set(HoldCause)
    assert {REMEDIES[cause] for cause in COMES_BACK} == {Remedy.BLANKS, Remedy.TOMORROW, Remedy.COLLECTION}
