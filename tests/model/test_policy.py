from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.officer import Officer
from stationd.model.policy import (
    Bar,
    Consent,
    Office,
    Policy,
    consent_to_retry,
    may_print,
    may_set_aside,
    supervisors,
)

NOW = 1_790_000_000
OFFICE = Office(station="7316-02", kecamatan="Maiwa")


def officer(**changes: Any) -> Officer:
    facts: dict[str, Any] = {
        "id": "op-1",
        "name": "Sitti Contoh",
        "sk": "821/17/2026",
        "roles": frozenset({"operator"}),
        "kecamatan": "Maiwa",
        "valid_from": NOW - 1000,
        "valid_until": NOW + 1000,
        "trained": True,
    }
    return Officer(**(facts | changes))


def policy(*officers: Officer, **changes: Any) -> Policy:
    facts: dict[str, Any] = {
        "version": 3,
        "valid_from": NOW - 500,
        "station": "7316-02",
        "services": frozenset({"SIAK", "REKAM", "CETAK"}),
        "officers": officers or (officer(),),
    }
    return Policy(**(facts | changes))


def bar(policy: Policy | None, officer_id: str = "op-1", now: float | None = NOW) -> Bar | None:
    refused = may_print(policy, officer_id, OFFICE, now)
    return None if refused is None else refused.bar


def test_a_trained_officer_with_a_valid_decree_prints_at_a_licensed_station() -> None:
    assert bar(policy()) is None
    assert bar(policy(officer(roles=frozenset({"supervisor"})))) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"services": frozenset({"SIAK", "REKAM"})}, Bar.NO_CETAK),
        ({"station": "7316-03"}, Bar.OTHER_STATION),
        ({"valid_from": NOW + 1}, Bar.POLICY_NOT_YET_VALID),
    ],
)
def test_a_station_that_may_not_print_says_why(changes: dict[str, Any], why: Bar) -> None:
    assert bar(policy(**changes)) is why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "op-2"}, Bar.OFFICER_UNKNOWN),
        ({"roles": frozenset({"technician"})}, Bar.NO_ROLE),
        ({"roles": frozenset({"printer-of-everything"})}, Bar.NO_ROLE),
        ({"kecamatan": "Curio"}, Bar.OTHER_KECAMATAN),
        ({"valid_from": NOW + 1}, Bar.SK_NOT_YET_VALID),
        ({"valid_until": NOW}, Bar.SK_EXPIRED),
        ({"trained": False}, Bar.NOT_TRAINED),
    ],
)
def test_an_officer_who_may_not_print_is_told_why(changes: dict[str, Any], why: Bar) -> None:
    assert bar(policy(officer(**changes))) is why


def test_nothing_is_allowed_without_a_policy_or_on_unknown_time() -> None:
    assert bar(None) is Bar.NO_POLICY
    assert bar(policy(), now=None) is Bar.TIME_UNKNOWN


@given(st.integers(NOW - 2000, NOW + 2000))
def test_a_decree_is_valid_for_its_term_only(now: int) -> None:
    allowed = bar(policy(valid_from=0), now=now) is None
    assert allowed == (NOW - 1000 <= now < NOW + 1000)


def test_a_policy_from_a_later_registry_is_read_as_far_as_it_is_known() -> None:
    raw = msgspec.json.encode(policy())
    later = msgspec.json.decode(raw) | {"shelf": {"notices": 3}, "services": ["CETAK", "TERBANG"]}
    assert bar(msgspec.json.decode(msgspec.json.encode(later), type=Policy)) is None


def test_an_officers_name_is_not_in_a_repr() -> None:
    assert "Sitti" not in repr(policy())


SUPERVISOR = officer(id="spv-1", roles=frozenset({"supervisor"}))


@pytest.mark.parametrize(
    ("retry", "asker", "consent"),
    [
        ("supervisor", "op-1", None),
        ("supervisor", "spv-1", Consent.SUPERVISOR),
        ("operator", "op-1", Consent.POLICY),
        ("operator", "spv-1", Consent.SUPERVISOR),
        ("whoever-is-there", "op-1", None),
    ],
)
def test_a_retry_takes_a_supervisor_or_the_policys_standing_consent(
    retry: str, asker: str, consent: Consent | None
) -> None:
    said = policy(officer(), SUPERVISOR, retry_after_spoil=retry)
    assert consent_to_retry(said, asker, OFFICE, NOW) is consent


def test_a_policy_that_says_nothing_of_retries_leaves_them_to_a_supervisor() -> None:
    assert consent_to_retry(policy(), "op-1", OFFICE, NOW) is None
    assert consent_to_retry(None, "op-1", OFFICE, NOW) is None


def test_only_a_supervisor_who_may_act_now_is_one() -> None:
    lapsed = officer(id="spv-2", roles=frozenset({"supervisor"}), valid_until=NOW)
    said = policy(officer(), SUPERVISOR, lapsed)
    assert supervisors(said, OFFICE, NOW) == {"spv-1"}
    assert supervisors(said, OFFICE, None) == set()
    assert consent_to_retry(said, "spv-2", OFFICE, NOW) is None


def test_a_station_that_may_not_print_any_more_may_still_set_jobs_aside() -> None:
    said = policy(services=frozenset({"SIAK"}))
    refused = may_print(said, "op-1", OFFICE, NOW)
    assert refused is not None
    assert refused.bar is Bar.NO_CETAK
    assert may_set_aside(said, "op-1", OFFICE, NOW) is None


@pytest.mark.parametrize("changes", [{"valid_until": NOW}, {"trained": False}, {"roles": frozenset({"technician"})}])
def test_who_may_not_print_may_not_set_jobs_aside_either(changes: dict[str, Any]) -> None:
    said = policy(officer(**changes))
    assert may_set_aside(said, "op-1", OFFICE, NOW) == may_print(said, "op-1", OFFICE, NOW) is not None
