from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.officer import Officer
from stationd.model.policy import Bar, Office, Policy, may_print

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
