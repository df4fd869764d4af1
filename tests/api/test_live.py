"""Live events: every entry in its order, to whoever keeps up."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import pytest

from stationd.api import live
from stationd.client.problems import StationAbsent
from stationd.model import events
from stationd.model.entry import Entry
from stationd.store.chronicle import parse
from tests.api.house import House


def bearer(house: House) -> str:
    return f"Authorization: Bearer {house.signed_in()}"


def entries(house: House) -> list[Entry]:
    with house.store.read() as view:
        return [parse(text) for text in view.texts(0, 10_000)]


def test_a_listener_gets_every_entry_that_is_written_after_it_listens(house: House) -> None:
    house.arrive("before")
    with house.client() as client, client.listening() as listened:
        house.stock()
        house.arrive("j1")
        got = [next(listened) for _ in range(3)]
    assert [entry["type"] for entry in got] == ["blanks-received", "hopper-loaded", "job-arrived"]
    assert [entry["seq"] for entry in got] == [3, 4, 5]


def test_all_listeners_get_the_same(house: House) -> None:
    with house.client() as one, house.client() as two, one.listening() as first, two.listening() as second:
        house.arrive("j1")
        assert next(first) == next(second)


def test_the_stream_is_server_sent_events_with_the_books_numbers(house: House) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(10)
        raw.connect(str(house.socket))
        raw.sendall(f"GET /v1/events HTTP/1.1\r\nHost: station\r\n{bearer(house)}\r\n\r\n".encode())
        received = raw.recv(65536)
        while b": listening" not in received:
            received += raw.recv(65536)
        house.arrive("j1")
        while b"}\n\n" not in received:
            received += raw.recv(65536)
    assert b"content-type: text/event-stream" in received.lower()
    text = entries(house)[1].text
    assert f"id: 2\nevent: entry\ndata: {text}\n\n".encode() in received


def test_a_listener_that_leaves_is_no_failure(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    with house.client() as client, client.listening():
        pass
    for number in range(3):
        house.arrive(f"j{number}")
    with house.client() as client:
        assert client.status().jobs == {"queued": 3}
    said = capfd.readouterr()
    assert "request failed" not in said.out + said.err


def test_the_stream_ends_when_the_daemon_does(tmp_path: Path) -> None:
    with contextlib.ExitStack() as running:
        house = running.enter_context(House(tmp_path))
        client = house.client()
        with client.listening() as listened:
            house.arrive("j1")
            assert next(listened)["type"] == "job-arrived"
            running.close()
            assert next(listened, None) is None
        with pytest.raises(StationAbsent):
            client.status()


def test_a_listener_that_falls_behind_is_cut_off_and_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BACKLOG", 20)
    with socket.socket(socket.AF_UNIX) as slow, house.client() as client, client.listening() as quick:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(10)
        slow.connect(str(house.socket))
        asked = f"GET /v1/events HTTP/1.1\r\nHost: station\r\n{bearer(house)}\r\nConnection: close\r\n\r\n"
        slow.sendall(asked.encode())
        slow.recv(1)  # it listens, and then reads nothing more
        count, read = 2000, 0
        began = time.monotonic()
        for number in range(count):
            house.store.record("registry", refusal(number))
            if number % 10 == 9:
                read += sum(1 for _ in zip(range(10), quick, strict=False))
        assert time.monotonic() - began < 60
        assert read == count
        received = b""
        while chunk := slow.recv(65536):
            received += chunk
        assert received.endswith(b"0\r\n\r\n"), "its stream has an orderly end"
        assert received.count(b"event: entry") < count


def refusal(number: int) -> events.JobRefused:
    """An entry of some size."""
    return events.JobRefused(job_id=f"j{number}", sealed_digest=f"d{number}", cause="altered", detail="x" * 200)
