"""Every route there is: nobody who is no officer is answered, and no officer acts whom the policy does not let."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from stationd.api.door import Door
from stationd.api.live import Broadcast
from stationd.api.server import Api
from stationd.desk import BookDesk
from stationd.model import events
from stationd.model.attention import Attention
from stationd.model.policy import Policy
from tests.api.house import LINE, NOW, OFFICER, House, policy
from tests.model.jobs import NIK

BODIES: dict[str, dict[str, Any]] = {
    "/v1/orders": {"count": 1},
    "/v1/orders/selected": {"jobs": ["j1"]},
    "/v1/jobs/{job}/front": {"reason": "at-counter"},
    "/v1/jobs/{job}/spoil": {"reason": "other"},
    "/v1/jobs/{job}/return": {"reason": "other"},
    "/v1/jobs/{job}/report": {"kind": "died"},
    "/v1/citizens/{citizen}/report": {"kind": "died"},
    "/v1/jobs/{job}/withdrawal": {"reason": "other"},
    "/v1/jobs/{job}/transfer": {"office": "73.16.02", "reason": "other"},
    "/v1/jobs/{job}/card-found": {"where": "shelf"},
    "/v1/questions/{question}/answer": {"answer": "out"},
    "/v1/time": {"seconds": NOW},
    "/v1/session/approvals": {"officer": "spv-1", "pin": "271828"},
    "/v1/shelf/search": {"text": ""},
    "/v1/shelf/where": {"nik": NIK},
    "/v1/shelf/transfers": {"office": "73.16.02"},
    "/v1/shelf/arrivals": {"sealed": "x"},
    "/v1/shelf/arrivals/{list}/tap": {"place": "A1"},
    "/v1/shelf/arrivals/{list}/count": {"jobs": ["j1"]},
    "/v1/shelf/cards/{job}/place": {"place": "A1"},
    "/v1/shelf/cards/{job}/hand-over": {"to": "owner", "shown": "old-card"},
    "/v1/shelf/cards/{job}/found": {"place": "A1"},
    "/v1/session/pin": {"old": "271828", "pin": "314159"},
    "/v1/blanks/deliveries": {"batch": "B-1", "count": 1},
    "/v1/blanks/loads": {"line": LINE, "count": 1},
    "/v1/blanks/unloads": {"line": LINE, "count": 1},
    "/v1/blanks/in-hand": {"count": 1},
    "/v1/blanks/put-back": {"count": 1},
    "/v1/blanks/sent-back": {"count": 1, "number": "SJ-1"},
    "/v1/blanks/destroyed": {"count": 1, "number": "BA-1"},
    "/v1/blanks/spoiled": {"place": "store", "count": 1, "reason": "other"},
    "/v1/blanks/missing": {"place": "store", "count": 1},
    "/v1/forecast/requests/{request}/drop": {"reason": "other"},
    "/v1/blanks/counts": {"counted": [{"place": "store", "count": 1}]},
    "/v1/blanks/closings": {"hoppers": {LINE: 1}, "store": {"wni": 1}},
    "/v1/lines/{line}/exchange/end": {"counted": 1},
    "/v1/mobile/allotments": {"kit": "kit-1", "count": 1},
    "/v1/mobile/homecomings": {"slip": "x", "unused": 0, "spoiled": 0, "finished": 0},
    "/v1/mobile/homecomings/names": {"names": "x"},
    "/v1/mobile/trips": {"slip": "x", "counted": 1, "jobs": 1, "until": 1},
    "/v1/mobile/trip/check": {"unused": 0, "spoiled": 0, "finished": 0},
    "/v1/mobile/trip/missing": {"count": 1},
    "/v1/mobile/trip/close": {"unused": 0, "spoiled": 0, "finished": 0},
    "/v1/discrepancies/{id}/explanation": {"explanation": "missing"},
    "/v1/discrepancies/{id}/approval": {"reference": "S-1"},
    "/v1/documents": {"kind": "daily"},
}
"""A body that each route understands; the others take none."""


def _routes() -> list[tuple[str, str]]:
    """Return method and path of every route, as the application itself has them."""
    station = type("NoStation", (), {"__getattr__": lambda *_: None})()
    door = Door(None, "", (), lambda: Attention.READY)  # type: ignore[arg-type]
    router = Api(station, door, Broadcast(None)).application().router  # type: ignore[arg-type]
    found = {(route.method, route.resource.canonical) for route in router.routes() if route.resource is not None}
    return sorted(found)


ROUTES = _routes()
ACTS = [route for route in ROUTES if route[0] not in {"GET", "HEAD"}]


def ask(house: House, method: str, path: str, token: str | None = None) -> httpx.Response:
    named = {
        "job": "j1",
        "question": "q1",
        "id": "d1",
        "officer": "off-1",
        "serial": "x",
        "document": "daily-2026-1",
        "list": "l1",
        "request": "7",
    }
    filled = path.format(line=LINE, citizen="ref-j1", **named)
    with house.http(token) as client:
        return client.request(method, filled, json=BODIES.get(path))


def test_the_routes_are_all_there() -> None:
    assert len(ACTS) > 25
    assert set(BODIES) <= {path for _, path in ACTS}


OPEN = {("GET", "/v1/door"), ("HEAD", "/v1/door"), ("POST", "/v1/sessions"), ("POST", "/v1/officers/{officer}/pin")}
"""By what an officer comes in."""


def test_a_user_from_whom_no_officer_may_ask_is_not_answered(tmp_path: Path) -> None:
    with House(tmp_path, users=()) as house:
        house.arrive("j1")
        before = house.station.status().book
        answered = {path: ask(house, method, path).status_code for method, path in ROUTES}
        assert set(answered.values()) == {403}, answered
        assert house.station.status().book == before
        assert house.line.told == []


def test_who_is_not_signed_in_is_not_answered_whatever_is_asked(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.arrive("j1")
        before = house.station.status().book
        for token in ("", "made-up"):
            for method, path in (route for route in ROUTES if route not in OPEN):
                answer = ask(house, method, path, token)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
        assert house.station.status().book == before
        assert house.line.told == []


def lapsed() -> Policy:
    (officer,) = policy().officers
    return policy(officers=(msgspec.structs.replace(officer, valid_until=int(NOW) - 1),))


def dismissed() -> Policy:
    (officer,) = policy().officers
    return policy(officers=(msgspec.structs.replace(officer, id="someone-else"),))


@pytest.mark.parametrize("ordered", [False, True], ids=["what is begun", "what is taken back"])
@pytest.mark.parametrize("bar", [lapsed, dismissed], ids=["sk-expired", "officer-unknown"])
def test_an_officer_who_may_not_act_does_nothing(tmp_path: Path, bar: Any, ordered: bool) -> None:
    with House(tmp_path) as house:
        house.arrive("j1")
        if ordered:
            house.station.order("j1", OFFICER)
        house.station.rules.go_by(bar())
        before, told = house.station.status().book, list(house.line.told)
        acts = [route for route in ACTS if route not in OPEN and (route[0] == "DELETE") == ordered]
        for method, path in sorted(acts, key=lambda route: route[1] == "/v1/time"):
            if path == "/v1/time":
                house.lose_the_time()
            answer = ask(house, method, path)
            assert answer.status_code == 403, (path, answer.text)
            assert answer.json()["subject"] == OFFICER, path
        assert house.station.status().book == before
        assert house.line.told == told


def technician() -> Policy:
    (officer,) = policy().officers
    return policy(officers=(msgspec.structs.replace(officer, roles=frozenset({"technician"})),))


@pytest.mark.parametrize("bar", [lapsed, dismissed, technician])
def test_the_picture_of_a_card_is_shown_to_whoever_may_print_it_only(tmp_path: Path, bar: Any) -> None:
    with House(tmp_path) as house:
        house.arrive("j1")
        house.station.draw = lambda job: f"picture of {job.job_id}".encode()
        shown = ask(house, "GET", "/v1/jobs/j1/preview")
        assert (shown.status_code, shown.content) == (200, b"picture of j1")
        assert shown.headers["Content-Type"] == "image/png"
        assert shown.headers["Cache-Control"] == "no-store"
        house.station.rules.go_by(bar())
        refused = ask(house, "GET", "/v1/jobs/j1/preview")
        assert refused.status_code == 403
        assert b"picture" not in refused.content


def test_a_picture_whose_content_is_gone_is_not_shown(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        house.arrive("j1")
        house.station.draw = lambda _: None
        refused = ask(house, "GET", "/v1/jobs/j1/preview")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/picture-not-here")
        house.station.draw = lambda _: b"picture"
        house.store.record("registry", events.JobRevoked(job_id="j1"))
        BookDesk(house.store).erase_settled()
        assert ask(house, "GET", "/v1/jobs/j1/preview").status_code == 409
        assert ask(house, "GET", "/v1/jobs/nope/preview").status_code == 404
