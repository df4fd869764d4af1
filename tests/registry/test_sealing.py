import base64
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from stationd.registry.sealing import MAX_SEALED, SealCause, SealRefused, Seals
from tests.model.jobs import NIK, STATION, b64, card, claims, job, label
from tests.registry.authority import Authority, private, public

REGISTRY = Authority()
STRANGER = Authority()
SEALS = Seals(private(REGISTRY.station), public(REGISTRY.signing))
SEALED = REGISTRY.sealed(claims())


def refusal(what: Callable[[], object]) -> SealRefused:
    with pytest.raises(SealRefused) as caught:
        what()
    return caught.value


def cause(sealed: str) -> SealCause:
    return refusal(lambda: SEALS.open_job(sealed)).cause


def test_a_sealed_job_opens_to_its_claims() -> None:
    assert SEALS.open_job(SEALED) == job()


def test_a_sealed_label_opens_to_its_claims() -> None:
    opened = SEALS.open_label(REGISTRY.sealed(label()))
    assert (opened.job_id, opened.name, opened.nik.digits) == ("J-0001", "SITTI CONTOH", NIK)


def test_a_job_is_not_a_label() -> None:
    assert refusal(lambda: SEALS.open_label(SEALED)).cause is SealCause.NOT_UNDERSTOOD
    assert cause(REGISTRY.sealed(label())) is SealCause.NOT_UNDERSTOOD


def test_a_job_as_large_as_the_contract_allows_opens() -> None:
    spare = MAX_SEALED - len(SEALED)
    large = REGISTRY.sealed(claims(photo=b64(b"x" * (spare * 27 // 64 // 3 * 3))))
    assert MAX_SEALED * 0.9 < len(large) <= MAX_SEALED
    assert SEALS.open_job(large).job_id == "J-0001"


@pytest.mark.parametrize(
    ("sealed", "why"),
    [
        (REGISTRY.sealed(claims(photo=b64(b"x" * MAX_SEALED))), SealCause.OVERSIZED),
        ("", SealCause.TRUNCATED),
        (SEALED[:-1], SealCause.TRUNCATED),
        (SEALED[: len(SEALED) // 2], SealCause.TRUNCATED),
        (STRANGER.seal(STRANGER.sign(claims())), SealCause.OTHER_KEY),
        (REGISTRY.seal(REGISTRY.sign(claims()), kid="another"), SealCause.OTHER_KEY),
        (STRANGER.seal(REGISTRY.sign(claims()), kid=REGISTRY.station.thumbprint()), SealCause.ALTERED),
        (REGISTRY.seal(STRANGER.sign(claims())), SealCause.WRONG_SIGNATURE),
        (REGISTRY.seal(json.dumps(claims())), SealCause.WRONG_SIGNATURE),
        (REGISTRY.seal(REGISTRY.sign(claims()), enc="A128GCM"), SealCause.NOT_UNDERSTOOD),
        (REGISTRY.seal(REGISTRY.sign(claims()), alg="ECDH-ES+A256KW"), SealCause.NOT_UNDERSTOOD),
        (REGISTRY.seal(REGISTRY.sign(claims()), zip="DEF"), SealCause.ALTERED),
        (REGISTRY.seal(REGISTRY.sign(b"not json")), SealCause.NOT_UNDERSTOOD),
        (REGISTRY.seal(REGISTRY.sign(b"[" * 100_000)), SealCause.NOT_UNDERSTOOD),
        ("WzFd" + SEALED[SEALED.index(".") :], SealCause.NOT_UNDERSTOOD),
        ("é" + SEALED, SealCause.NOT_UNDERSTOOD),
    ],
)
def test_each_way_to_be_wrong_has_its_name(sealed: str, why: SealCause) -> None:
    assert cause(sealed) is why


def test_no_header_chooses_a_weaker_signature() -> None:
    known_to_all = OctKey.import_key(public(REGISTRY.signing)["x"])
    hashed = jws.serialize_compact({"alg": "HS256"}, json.dumps(claims()), known_to_all, algorithms=["HS256"])
    _, payload, _ = hashed.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + f".{payload}."
    assert {cause(REGISTRY.seal(text)) for text in (hashed, unsigned)} == {SealCause.WRONG_SIGNATURE}


@settings(max_examples=60)
@given(st.integers(0, len(SEALED) - 1), st.characters(codec="ascii"))
def test_any_changed_character_is_noticed(place: int, put: str) -> None:
    changed = SEALED[:place] + put + SEALED[place + 1 :]
    try:
        assert SEALS.open_job(changed) == job()
    except SealRefused:
        assert changed != SEALED


@given(st.text(max_size=300))
def test_any_text_is_refused_by_name(text: str) -> None:
    assert cause(text) in SealCause


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"nik": "1234567890123456"}, "$.nik"),
        ({"reason": "SECRETREASON"}, "$.reason"),
        ({"card": card(nama="")}, "$.card"),
        ({"photo": "***"}, "$.photo"),
        ({"SECRETCLAIM": 1}, "claims"),
        ({"chip": {"SECRETNAME": 1}}, "$.chip[...]"),
    ],
)
def test_claims_not_understood_name_the_place_and_no_value(changes: dict[str, Any], where: str) -> None:
    error = refusal(lambda: SEALS.open_job(REGISTRY.sealed(claims(**changes))))
    assert (error.cause, error.where) == (SealCause.NOT_UNDERSTOOD, where)
    shown = "".join(traceback.format_exception(error))
    assert not any(value in shown for value in ("1234567890123456", "SECRET", "SITTI"))


def policy(**changes: Any) -> dict[str, Any]:
    return {"version": 2, "valid_from": 0, "station": STATION, "services": ["CETAK"], "officers": [], **changes}


def test_a_policy_is_taken_only_if_signed_and_for_this_station() -> None:
    assert SEALS.policy(REGISTRY.sign(policy(parade={"days": 180})), STATION).version == 2  # a later registry's table
    unknown = refusal(lambda: SEALS.policy(REGISTRY.sign(policy(shelf={"days": 180})), STATION))
    assert (unknown.cause, unknown.where) == (SealCause.NOT_UNDERSTOOD, "$.shelf")
    assert refusal(lambda: SEALS.policy(STRANGER.sign(policy()), STATION)).cause is SealCause.WRONG_SIGNATURE
    assert refusal(lambda: SEALS.policy(REGISTRY.sign(policy()), "7316-03")).cause is SealCause.OTHER_SUBJECT


def test_time_is_taken_only_for_the_nonce_that_was_asked_with() -> None:
    signed = REGISTRY.sign({"nonce": "n-1", "time": 1_790_000_000.5})
    assert SEALS.time(signed, "n-1") == 1_790_000_000.5
    assert refusal(lambda: SEALS.time(signed, "n-2")).cause is SealCause.OTHER_SUBJECT
    assert refusal(lambda: SEALS.time(STRANGER.sign({"nonce": "n-1", "time": 1}), "n-1")).cause is (
        SealCause.WRONG_SIGNATURE
    )


def test_a_countersignature_is_taken_only_for_this_book() -> None:
    signed = REGISTRY.sign({"station": STATION, "incarnation": "i-1", "seq": 9, "head": "ab", "time": 1.0})
    assert SEALS.countersignature(signed, STATION, "i-1").seq == 9
    assert refusal(lambda: SEALS.countersignature(signed, STATION, "i-2")).cause is SealCause.OTHER_SUBJECT


def test_no_key_is_in_a_repr() -> None:
    assert private(REGISTRY.station)["d"] not in repr(vars(SEALS)) + repr(SEALS)


def test_a_key_of_the_wrong_kind_is_not_taken_for_a_station() -> None:
    other = Seals(private(OKPKey.generate_key("X25519")), public(REGISTRY.signing))
    assert refusal(lambda: other.open_job(SEALED)).cause is SealCause.OTHER_KEY
