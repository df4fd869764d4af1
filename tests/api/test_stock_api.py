"""The api's routes about blanks: bodies that cannot be, and callers who may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.house import LINE, House

ROUTES = [
    "blanks/deliveries", "blanks/loads", "blanks/unloads", "blanks/in-hand", "blanks/put-back", "blanks/sent-back",
    "blanks/destroyed", "blanks/spoiled", "blanks/missing", "blanks/counts", "blanks/closings", "blanks/openings",
    f"lines/{LINE}/exchange", f"lines/{LINE}/exchange/end", "jobs/j1/withdrawal", "discrepancies/d1/explanation",
    "discrepancies/d1/settlement", "discrepancies/d1/approval",
]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


def http(house: House) -> httpx.Client:
    return house.http()


def test_who_is_no_officer_may_do_nothing(tmp_path: Path) -> None:
    with House(tmp_path, users=()) as house, http(house) as client:
        bodies: dict[str, object] = {
            "blanks/openings": None,
            f"lines/{LINE}/exchange": None,
            "discrepancies/d1/settlement": None,
            "blanks/in-hand": {"count": 1},
        }
        for route, body in bodies.items():
            assert client.post(f"/v1/{route}", json=body).status_code == 403, route
        assert client.get("/v1/discrepancies").status_code == 403
        assert house.station.status().book == 1


@pytest.mark.parametrize("route", [r for r in ROUTES if r.split("/")[-1] not in {"openings", "exchange", "settlement"}])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"count": "many"}', b'{"unheard": 1}', b"\xff", b"{" * 2000])
def test_a_body_that_is_not_understood_is_answered_as_such(house: House, route: str, body: bytes) -> None:
    with http(house) as client:
        answer = client.post(f"/v1/{route}", content=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/bad-request"
    assert house.station.status().book == 1


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"counted": [{"place": "roof", "count": 1}]}, "bad-request"),
        ({"counted": [{"place": "store", "count": 1.5}]}, "bad-request"),
        ({"counted": [{"place": "store", "count": 10**15}]}, "count-too-large"),
        ({"counted": [{"place": "store", "count": -1}]}, "count-negative"),
        ({"counted": []}, "nothing-counted"),
        ({"counted": [{"place": "citizen", "count": 1}]}, "no-such-place"),
    ],
)
def test_a_count_that_cannot_be(house: House, body: object, cause: str) -> None:
    with http(house) as client:
        answer = client.post("/v1/blanks/counts", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{cause}")


def test_what_a_count_finds_is_answered_with_numbers_that_can_be_followed(house: House) -> None:
    house.stock(100, 10)
    with http(house) as client:
        (found,) = client.post("/v1/blanks/counts", json={"counted": [{"place": "store", "count": 89}]}).json()
        (shown,) = client.get("/v1/discrepancies").json()
        assert shown["discrepancy_id"] == found
        answer = client.post(f"/v1/discrepancies/{found}/explanation", json={"explanation": "missing"})
        assert answer.status_code == 204
        assert client.post(f"/v1/discrepancies/{found}/settlement").json() == {"state": "provisional"}
        answer = client.post(f"/v1/discrepancies/{found}/approval", json={"reference": "K/1"})
        assert answer.status_code == 204
