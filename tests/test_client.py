"""The client against stations of other versions, and against what is no station at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationd.client.client import Client
from stationd.client.problems import StationAbsent, StationProblem
from stationd.client.status import StatusView

Answering = Callable[[bytes], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "api.sock"


@pytest.fixture
def answering(path: Path) -> Iterator[Answering]:
    """Sets the bytes that the next calls are answered with, before the connection is closed."""
    answer = b""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    if not connection.recv(65536):
                        return
                    connection.sendall(answer)

        def set_answer(raw: bytes) -> None:
            nonlocal answer
            answer = raw

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield set_answer
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(path))
        thread.join(5)


def http(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_an_older_station_that_says_less_is_understood(path: Path, answering: Answering) -> None:
    answering(http(b'{"station": "kec-1"}'))
    assert Client(path).status() == StatusView("kec-1")


def test_a_newer_station_that_says_more_is_understood(path: Path, answering: Answering) -> None:
    answering(http(b'{"station": "kec-1", "weather": {"rain": true}, "lines": [{"name": "a", "heat": 41}]}'))
    status = Client(path).status()
    assert (status.station, status.lines[0].name) == ("kec-1", "a")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"station": 7}', b"{}", b"\xff", b'{"station": "x"'])
def test_an_answer_that_is_none_is_called_odd(path: Path, answering: Answering, body: bytes) -> None:
    answering(http(body))
    with pytest.raises(StationProblem) as caught:
        Client(path).status()
    assert caught.value.cause == "odd-answer"


@pytest.mark.parametrize(
    ("body", "cause", "subject"),
    [
        (b'{"type": "/problems/no-such-job", "subject": "j1"}', "no-such-job", "j1"),
        (b'{"type": "https://elsewhere.example/problems/x"}', "x", ""),
        (b'{"type": 5, "subject": null}', "5", "None"),
        (b"{}", "http-409", ""),
        (b"<h1>no</h1>", "http-409", ""),
        (b"", "http-409", ""),
    ],
)
def test_a_refusal_has_a_cause_whatever_its_body(
    path: Path, answering: Answering, body: bytes, cause: str, subject: str
) -> None:
    answering(http(body, "409 Conflict", "application/problem+json"))
    with pytest.raises(StationProblem) as caught:
        Client(path).order("j1")
    assert (caught.value.cause, caught.value.subject, caught.value.status) == (cause, subject, 409)


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_what_speaks_no_http_or_hangs_up_is_no_station(path: Path, answering: Answering, raw: bytes) -> None:
    answering(raw)
    with pytest.raises(StationAbsent) as caught:
        Client(path).status()
    assert caught.value.cause == "station-absent"


@given(job_id=st.text(max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_as_a_job_is_one_part_of_one_path(path: Path, job_id: str) -> None:
    """No text makes another request than the one that is meant, nor two."""
    asked = []

    def take(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(65536))
            connection.sendall(http(b"", "204 No Content"))

    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=take, args=(listener,))
        thread.start()
        Client(path).order(job_id)
        thread.join()
    line, _, headers = asked[0].partition(b"\r\n")
    method, target, version = line.split(b" ")
    assert (method, version) == (b"POST", b"HTTP/1.1")
    assert target.startswith(b"/v1/jobs/")
    assert target.endswith(b"/order")
    assert target.count(b"/") == 4
    assert headers.count(b"\r\n\r\n") == 1


def test_closing_the_client_ends_a_stream_that_another_thread_reads(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        client = Client(path)
        ended = threading.Event()

        def read() -> None:
            list(client.events())
            ended.set()

        thread = threading.Thread(target=read)
        thread.start()
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            deadline = 100
            while not client._streams and deadline:
                ended.wait(0.05)
                deadline -= 1
            client.close()
            assert ended.wait(5)
        thread.join()
