"""The api over its socket: who is let in, what a refusal looks like, and what the socket itself is."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from stationd.api.problems import CONTENT_TYPE
from stationd.api.server import LARGEST_REQUEST
from stationd.store.store import CommitFailed
from tests.api.house import LINE, NOW, OFFICER, House, policy


@pytest.fixture
def http(house: House) -> Iterator[httpx.Client]:
    with house.http() as client:
        yield client


def problem(answer: httpx.Response) -> dict[str, Any]:
    """What a problem document holds (RFC 9457)."""
    assert answer.headers["content-type"] == CONTENT_TYPE
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    return document


class TestSocket:
    def test_only_its_owner_and_group_may_open_it(self, house: House) -> None:
        found = house.socket.stat().st_mode
        assert stat.S_ISSOCK(found)
        assert stat.S_IMODE(found) == 0o660

    def test_one_left_behind_by_a_dead_daemon_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "run" / "api.sock"
        path.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        assert path.is_socket()
        with House(tmp_path) as house, house.http() as client:
            assert client.get("/v1/status").json()["station"] == house.store.station

    def test_it_is_gone_when_the_daemon_has_ended(self, tmp_path: Path) -> None:
        with House(tmp_path) as house:
            assert house.socket.exists()
        assert not house.socket.exists()


class TestWhoMayAsk:
    @pytest.mark.parametrize("path", ["/v1/status", "/v1/jobs", "/v1/shelf", "/v1/blanks", "/v1/events"])
    def test_a_user_from_whom_no_officer_may_ask_sees_nothing(self, tmp_path: Path, path: str) -> None:
        with (
            House(tmp_path, users={os.getuid() + 1}) as house,
            house.http() as client,
        ):
            answer = client.get(path)
            assert answer.status_code == 403
            assert problem(answer)["type"] == "/problems/http-403"

    def test_a_user_from_whom_no_officer_may_ask_does_nothing(self, tmp_path: Path) -> None:
        with (
            House(tmp_path, users=()) as house,
            house.http() as client,
        ):
            house.arrive("j1")
            before = house.station.status().book
            assert client.post("/v1/jobs/j1/order").status_code == 403
            assert client.post("/v1/orders", json={"count": 1}).status_code == 403
            assert client.delete("/v1/jobs/j1/order").status_code == 403
            assert house.station.status().book == before

    def test_the_kernel_says_who_asks_and_the_book_says_who_asked(self, house: House, http: httpx.Client) -> None:
        house.arrive("j1")
        assert http.post("/v1/jobs/j1/order", headers={"X-User": "someone"}).status_code == 204
        with house.store.read() as view:
            last = json.loads(view.texts(view.head().seq - 1, 1)[0])
        assert (last["type"], last["actor"]) == ("print-ordered", OFFICER)


class TestProblems:
    def test_a_refusal_names_cause_and_subject(self, http: httpx.Client) -> None:
        answer = http.post("/v1/jobs/nope/order")
        assert answer.status_code == 404
        assert problem(answer) | {"detail": ""} == {
            "type": "/problems/no-such-job",
            "title": "not-found",
            "status": 404,
            "subject": "nope",
            "detail": "",
        }

    def test_each_kind_of_no_has_its_status(self, house: House, http: httpx.Client) -> None:
        house.arrive("j1")
        assert http.delete("/v1/jobs/j1/order").status_code == 409
        assert http.post("/v1/orders", json={"count": 0}).status_code == 422
        house.station.rules.go_by(policy(services=frozenset()))
        refused = http.post("/v1/jobs/j1/order")
        assert (refused.status_code, problem(refused)["type"]) == (403, "/problems/station-has-no-cetak")

    def test_free_words_stay_out_of_the_book(self, house: House, http: httpx.Client) -> None:
        house.stock()
        house.deliver("j1")
        before = house.station.status().book
        for path in ("/v1/jobs/j1/spoil", "/v1/jobs/j1/return"):
            answer = http.post(path, json={"reason": "Bu Siti membatalkan"})
            assert (answer.status_code, problem(answer)["type"]) == (422, "/problems/no-such-reason")
        assert house.station.status().book == before

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b'{"count": "1"}', b'{"count": 1, "force": true}', b'{"count": 1.5}', b"\xff\xfe"],
    )
    def test_a_body_that_is_not_as_it_should_be_changes_nothing(
        self, house: House, http: httpx.Client, body: bytes
    ) -> None:
        house.arrive("j1")
        answer = http.post("/v1/orders", content=body)
        assert answer.status_code == 422
        assert problem(answer)["type"] == "/problems/bad-request"
        assert house.station.jobs()[0].state == "queued"

    def test_a_body_that_is_too_large_is_not_read(self, http: httpx.Client) -> None:
        answer = http.post("/v1/orders", content=b" " * (LARGEST_REQUEST + 1))
        assert answer.status_code == 413
        assert problem(answer)["type"] == "/problems/http-413"

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nope", 404), ("PUT", "/v1/status", 405)])
    def test_what_is_not_there_is_a_problem_too(self, http: httpx.Client, method: str, path: str, status: int) -> None:
        answer = http.request(method, path)
        assert answer.status_code == status
        assert problem(answer)["type"] == f"/problems/http-{status}"

    def test_a_disk_that_is_full_is_said_as_that(
        self, house: House, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise CommitFailed(house.store.path, "database or disk is full")

        monkeypatch.setattr(house.station, "receive_blanks", full)
        monkeypatch.setattr(house.store, "record", full)
        answer = http.post("/v1/blanks/deliveries", json={"batch": "B", "count": 1})
        assert answer.status_code == 507
        assert problem(answer)["type"] == "/problems/disk"

    def test_what_goes_wrong_inside_is_said_without_its_entrails(
        self, house: House, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr(house.line, "resume", broken)
        answer = http.post(f"/v1/lines/{LINE}/resume")
        assert answer.status_code == 500
        assert problem(answer)["type"] == "/problems/internal"
        assert "secret" not in answer.text


class TestWhatIsAsked:
    def test_a_day_at_the_counter(self, house: House, http: httpx.Client) -> None:
        """Blanks come, a card is ordered, made, looked at and accepted; then the book is verified."""
        assert http.post("/v1/blanks/deliveries", json={"batch": "B-2026-07", "count": 20}).status_code == 204
        assert http.post("/v1/blanks/loads", json={"line": LINE, "count": 5}).status_code == 204
        house.arrive("j1")
        house.arrive("j2")
        ordered = http.post("/v1/orders", json={"count": 5})
        assert ordered.json() == ["j1", "j2"]
        assert http.delete("/v1/jobs/j2/order").status_code == 204
        house.make("j1")
        assert http.get("/v1/jobs").json()[0]["state"] == "delivered"
        assert http.post("/v1/jobs/j1/acceptance").status_code == 204
        assert [card["job_id"] for card in http.get("/v1/shelf").json()] == ["j1"]
        assert {(b["place"], b["count"]) for b in http.get("/v1/blanks").json()} == {
            ("supply", -20),
            ("store", 15),
            ("hopper", 4),
            ("shelf", 1),
        }
        report = http.get("/v1/verification").json()
        assert (report["findings"], report["entries"]) == ([], house.station.status().book)
        assert house.line.told.count("wake") == 2  # at the load and at the order

    def test_a_question_is_answered_once(self, house: House, http: httpx.Client) -> None:
        house.stock()
        house.lose("j1")
        question = http.get("/v1/status").json()["questions"][0]["question_id"]
        assert http.post(f"/v1/questions/{question}/answer", json={"answer": "missing"}).status_code == 204
        again = http.post(f"/v1/questions/{question}/answer", json={"answer": "spoiled"})
        assert (again.status_code, problem(again)["type"]) == (409, "/problems/already-answered")

    def test_a_job_whose_time_has_passed_does_not_keep_the_next_from_being_ordered(
        self, house: House, http: httpx.Client
    ) -> None:
        house.arrive("late", start_before=int(NOW) - 1)
        house.arrive("j2")
        assert http.post("/v1/orders", json={"count": 1}).json() == ["j2"]
        late = http.post("/v1/jobs/late/order")
        assert (late.status_code, problem(late)["type"]) == (409, "/problems/lease-over")

    def test_many_may_ask_at_once(self, house: House) -> None:
        house.stock()
        for number in range(20):
            house.arrive(f"j{number}")
        ordered: list[str] = []

        def take() -> None:
            with house.http() as client:
                ordered.extend(client.post("/v1/orders", json={"count": 3}).json())

        threads = [threading.Thread(target=take) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ordered) == len(set(ordered)) == 15


class TestVerification:
    def test_it_is_another_process_and_one_at_a_time(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """The whole book is replayed: the daemon has the machine to drive meanwhile."""
        begin = asyncio.create_subprocess_exec
        running, most, at_work = 0, 0, set()

        async def watched(*command: str, **pipes: Any) -> asyncio.subprocess.Process:
            nonlocal running, most
            process = await begin(*command, **pipes)
            wait = process.communicate
            running, most = running + 1, max(most, running + 1)
            at_work.add(process.pid)

            async def communicate(given: bytes) -> tuple[bytes, bytes]:
                nonlocal running
                said = await wait(given)
                running -= 1
                return said

            monkeypatch.setattr(process, "communicate", communicate)
            return process

        monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
        found: list[int] = []

        def ask() -> None:
            with house.http(timeout=60) as client:
                found.append(client.get("/v1/verification").status_code)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [200, 200, 200]
        assert (len(at_work - {os.getpid()}), most) == (3, 1)

    def test_one_that_cannot_begin_is_no_clean_book(self, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        answer = http.get("/v1/verification")
        assert answer.status_code == 409
        assert problem(answer)["type"] == "/problems/not-verified"


class TestLines:
    @pytest.mark.parametrize(
        ("begun", "alive", "shown"), [(None, False, "ready"), (1, True, "ready"), (1, False, "stopped")]
    )
    def test_a_line_whose_thread_has_ended_is_shown_as_stopped(
        self, house: House, http: httpx.Client, begun: int | None, alive: bool, shown: str
    ) -> None:
        house.line.ident, house.line.alive = begun, alive
        (line,) = http.get("/v1/status").json()["lines"]
        assert (line["state"], line["printer"]) == (shown, "XID8300:A1")


class TestTime:
    def test_a_supervisor_declares_the_time_once_and_the_book_says_so(self, house: House, http: httpx.Client) -> None:
        house.arrive("j1")
        told = http.post("/v1/time", json={"seconds": NOW})
        assert (told.status_code, problem(told)["type"]) == (403, "/problems/time-is-known")
        house.lose_the_time()
        refused = http.post("/v1/jobs/j1/order")
        assert (refused.status_code, problem(refused)["type"]) == (403, "/problems/time-unknown")
        told = http.post("/v1/time", json={"seconds": NOW + 60})
        assert (told.status_code, problem(told)["type"]) == (403, "/problems/not-a-supervisor")
        (operator,) = policy().officers
        house.station.rules.go_by(
            policy(officers=(msgspec.structs.replace(operator, roles=frozenset({"supervisor"})),))
        )
        assert http.post("/v1/time", json={"seconds": NOW + 60}).status_code == 204
        assert http.get("/v1/status").json()["trust"] == "declared"
        assert http.post("/v1/jobs/j1/order").status_code == 204
        with house.store.read() as view:
            declared, ordered = map(json.loads, view.texts(view.head().seq - 2, 2))
        assert (declared["type"], declared["seconds"], declared["trust"]) == ("time-declared", NOW + 60, "unknown")
        assert ordered["trust"] == "declared"
