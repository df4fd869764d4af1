"""The contract itself: a valid document, held on both sides of every exchange."""

from __future__ import annotations

import copy
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from simulators.registry.contract import Contract, document_text

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station

_CONTRACT = Contract()

_LEASE: dict[str, Any] = {
    "station": "kec-1",
    "want": 3,
    "holding": ["job-1"],
    "policy_version": 0,
    "book": {"incarnation": "a", "seq": 0, "head": "0" * 64},
}
_HEADERS = {"Idempotency-Key": "12345678"}


def test_the_document_is_valid_openapi() -> None:
    validate(yaml.safe_load(document_text()))


def test_every_body_is_closed_or_said_to_be_open() -> None:
    schemas = yaml.safe_load(document_text())["components"]["schemas"]
    objects = {name for name, schema in schemas.items() if schema.get("type") == "object"}
    closed = {name for name in objects if schemas[name].get("additionalProperties") is False}
    assert objects - closed == {"Problem", "PolicyClaims"}


def test_a_sound_request_has_no_breach() -> None:
    assert _CONTRACT.request_breaches("lease", {}, _HEADERS, _LEASE) == []


@given(st.sampled_from(sorted(_LEASE)))
def test_a_missing_member_is_a_breach(member: str) -> None:
    body = {name: value for name, value in _LEASE.items() if name != member}
    assert _CONTRACT.request_breaches("lease", {}, _HEADERS, body)


@given(st.text(), st.recursive(st.none() | st.text(), st.lists))
def test_an_unknown_member_is_a_breach_that_does_not_repeat_it(name: str, value: object) -> None:
    if name in _LEASE:
        return
    found = _CONTRACT.request_breaches("lease", {}, _HEADERS, {**_LEASE, name: value})
    assert [breach.where for breach in found] == ["body"]
    assert found[0].rule == "has members that are not in the contract"


@given(st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.integers()))
def test_any_json_is_judged_without_failing(body: object) -> None:
    assert _CONTRACT.request_breaches("lease", {}, _HEADERS, body)


@pytest.mark.parametrize(
    ("query", "headers"),
    [({}, {}), ({"colour": "blue"}, _HEADERS), ({}, {"Idempotency-Key": "short"})],
)
def test_parameters_are_held_too(query: dict[str, str], headers: dict[str, str]) -> None:
    assert _CONTRACT.request_breaches("lease", query, headers, _LEASE)


@pytest.mark.parametrize(("text", "sound"), [("1", True), ("0", False), ("x", False), ("-1", False), ("9" * 30, False)])
def test_numbers_in_a_query_are_read_as_numbers(text: str, sound: bool) -> None:
    found = _CONTRACT.request_breaches("readBook", {"station": "a", "from": text}, {}, None)
    assert (not found) == sound


@pytest.mark.parametrize(
    ("status", "content_type", "headers", "body"),
    [
        (200, "application/json", {}, {"policy": "a.b." + "c" * 86}),  # no ETag
        (200, "text/plain", {"ETag": '"1"'}, {"policy": "a.b." + "c" * 86}),
        (200, "application/json", {"ETag": '"1"'}, {"policy": "not a token"}),
        (204, "application/json", {}, None),
        (304, "application/json", {}, {"policy": "a.b." + "c" * 86}),
        (404, "application/problem+json", {}, {"title": "no type"}),
    ],
)
def test_wrong_answers_are_breaches(status: int, content_type: str, headers: dict[str, str], body: object) -> None:
    assert _CONTRACT.response_breaches("policy", status, content_type, headers, body)


def test_a_right_answer_is_none() -> None:
    body = {"policy": "a.b." + "c" * 86}
    assert _CONTRACT.response_breaches("policy", 200, "application/json", {"ETag": '"1"'}, body) == []
    assert _CONTRACT.response_breaches("policy", 304, "application/json", {}, None) == []


def test_the_document_is_served_to_anyone(registry: RegistryProcess) -> None:
    with registry.stranger() as client:
        answer = client.get("/openapi.yaml")
    assert answer.headers["Content-Type"].startswith("application/yaml")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text == document_text()


def test_large_answers_are_packed_only_for_those_who_can_unpack(registry: RegistryProcess) -> None:
    with registry.stranger() as client:
        answer = client.get("/openapi.yaml", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert answer.text == document_text()


def test_breaches_are_refused_and_recorded_without_their_content(
    own_registry: RegistryProcess, make_station: Any
) -> None:
    station: Station = make_station(own_registry)
    secret = "7316021234560001"
    refusals = [
        (station.lease(want=-1), 400, "contract"),
        (station.lease(surplus=secret), 400, "contract"),
        (station.client.post("/v1/cards", json={"station": station.name, "nik": f"{secret}x"}), 400, "contract"),
        (station.client.post("/v1/leases", content=b"{", headers={"Idempotency-Key": "k" * 8}), 400, "not-json"),
        (station.client.post("/v1/leases", content=b'"\xff"', headers={"Idempotency-Key": "k" * 8}), 400, "not-json"),
        (station.client.post("/v1/leases", content=b"[" * 100_000), 400, "not-json"),
        (station.client.post("/v1/leases", json="x", headers={"Content-Encoding": "br"}), 415, "encoding"),
        (station.client.post("/v1/leases", json="x", headers={"Content-Encoding": "gzip"}), 415, "encoding"),
        (station.client.post("/v1/leases", content=_bomb(), headers={"Content-Encoding": "gzip"}), 413, "too-large"),
        (station.client.get("/v1/nothing"), 404, "not-found"),
        (station.client.delete("/v1/leases"), 405, "method-not-allowed"),
    ]
    for answer, status, name in refusals:
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        problem = answer.json()
        assert problem["type"].endswith(f"/{name}")
        assert problem["status"] == status
        assert problem["detail"]
    written = own_registry.violations()
    assert {line["side"] for line in written} == {"station"}
    assert {line["operation"] for line in written} == {"lease", "findTheCard", "none"}
    assert secret not in json.dumps(written)
    assert secret not in own_registry.log
    assert secret not in "".join(answer.text for answer, _, _ in refusals)


def _bomb() -> bytes:
    return gzip.compress(bytes(40 * 1024 * 1024))


def test_signed_claims_can_be_held_against_the_document(contract: Contract, station: Station) -> None:
    station.registry.desk.add_jobs(station.name)
    (claims,) = station.jobs()
    assert contract.claims_breaches("JobClaims", claims) == []
    wrong = copy.deepcopy(claims)
    wrong["card"]["nik"] = "x"
    assert [breach.where for breach in contract.claims_breaches("JobClaims", wrong)] == ["claims/card/nik"]
