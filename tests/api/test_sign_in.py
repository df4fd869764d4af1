"""Officers' sessions over the real socket."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from stationd.api.door import HEADER, VERSION
from stationd.client.client import Client
from stationd.client.problems import StationProblem
from stationd.model import pins
from stationd.model.policy import PinCode
from tests.api.house import LINE, NOW, OFFICER, STATION, House, policy

CODE = "0123-4567-89AB-CDEF"
PIN = "271828"


@pytest.fixture(autouse=True)
def code(house: House) -> None:
    digest = pins.code_digest(STATION, OFFICER, CODE)
    house.station.rules.go_by(policy(pin_codes=(PinCode(officer=OFFICER, digest=digest, valid_until=int(NOW) + 3600),)))


def test_an_officer_comes_works_and_goes(house: House) -> None:
    house.arrive("j1")
    with Client(house.socket) as client:
        client.set_pin(OFFICER, CODE, PIN)
        assert client.sign_in(OFFICER, PIN).roles == ("operator",)
        assert (client.whoami().officer, client.whoami().token) == (OFFICER, "")
        client.order("j1")
        client.change_pin(PIN, "314159")
        with pytest.raises(StationProblem, match="not-signed-in"):
            client.status()
        client.sign_in(OFFICER, "314159")
        client.sign_out()
        with pytest.raises(StationProblem, match="not-signed-in"):
            client.status()


def test_a_session_locks_without_acts_and_looking_is_none(house: House) -> None:
    with house.client() as client:
        house.later = 200
        assert client.status().station == STATION
        client.present()
        house.later = 450
        assert client.status().station == STATION
        house.later = 501
        with pytest.raises(StationProblem) as locked:
            client.status()
    assert (locked.value.cause, locked.value.status) == ("not-signed-in", 401)


def test_a_session_that_idles_in_mid_print_leaves_the_card_to_be_finished(house: House) -> None:
    house.stock()
    house.arrive("j1")
    with house.client() as client, client.listening() as heard:
        client.order("j1")
        attempt = house.go_on(house.begin("j1"), steps=2)
        before = house.station.status().book
        house.later = 301
        house.go_on(attempt)
        assert all(entry["seq"] <= before for entry in heard), "what is heard ends with the session"
        with pytest.raises(StationProblem):
            client.accept("j1")
    with house.client() as client:
        assert client.status().jobs == {"delivered": 1}
        client.accept("j1")


def test_a_token_is_good_for_one_user_of_this_computer(house: House) -> None:
    from stationd.model.session import Means  # noqa: PLC0415 - for this alone

    other = house.sessions.begin(OFFICER, os.getuid() + 1, Means.PIN)
    with house.http(other) as http:
        assert http.get("/v1/status").status_code == 401


def test_a_restart_of_the_daemon_ends_every_session(tmp_path: Path) -> None:
    with House(tmp_path / "station") as before:
        token = before.signed_in()
    with House(tmp_path / "station") as again, again.http(token) as http:
        assert http.get("/v1/status").status_code == 401


def test_an_older_program_and_an_older_station_are_told_apart(house: House) -> None:
    transport = httpx.HTTPTransport(uds=str(house.socket))
    with httpx.Client(transport=transport, base_url="http://station") as older:
        told = older.post("/v1/jobs/j1/order")
        assert (told.status_code, told.json()["type"]) == (401, "/problems/client-older")
        assert told.headers[HEADER] == str(VERSION)
    with Client(house.socket) as client:
        assert client.door().station == STATION


@pytest.mark.parametrize("body", [b"", b"[]", b'{"pin": 1}', b'{"officer": "a", "pin": "b", "more": 1}', b"\xff"])
@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/officers/x/pin"])
def test_what_is_not_understood_is_said_without_what_was_typed(house: House, path: str, body: bytes) -> None:
    with house.http("") as http:
        answer = http.post(path, content=body)
    assert answer.json()["type"] == "/problems/bad-request"


def test_a_supervisor_makes_a_code_and_a_technician_gets_no_further_than_the_machines(house: House) -> None:
    (officer,) = policy().officers

    def one(who: str, role: str) -> Any:
        return msgspec.structs.replace(officer, id=who, roles=frozenset({role}))

    house.station.rules.go_by(policy(officers=(officer, one("spv-1", "supervisor"), one("tek-1", "technician"))))
    with Client(house.socket, token=house.signed_in("spv-1")) as chief:
        given = chief.give_pin_code("tek-1")
    with Client(house.socket) as technician:
        technician.set_pin("tek-1", given.code, PIN)
        technician.sign_in("tek-1", PIN)
        assert technician.status().lines[0].name == LINE
        house.arrive("j1")
        with pytest.raises(StationProblem) as refused:
            technician.order("j1")
    assert refused.value.cause == "officer-has-no-printing-role"


def test_who_tries_too_often_waits_and_is_told_how_long(house: House) -> None:
    with house.http("") as http:
        answers = [http.post("/v1/sessions", json={"officer": OFFICER, "pin": "111222"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].json()["type"] == "/problems/sign-in-locked"
    assert 0 < int(answers[3].json()["subject"]) <= pins.FIRST_WAIT
