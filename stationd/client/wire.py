"""HTTP over the station's Unix socket: the connection, what is sent on it, and what answers and errors mean."""

from __future__ import annotations

import socket
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from typing_extensions import override

from stationd.client.problems import StationProblem

_T = TypeVar("_T")


class Connection(HTTPConnection):
    """HTTP over a Unix socket. The timeout is the longest silence, in seconds."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("station", timeout=timeout)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def hang_up(self) -> None:
        """End the connection from another thread than the one that reads it: the reader finds its end."""
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def sent(body: Any) -> bytes | None:
    """Return the bytes of a request's body: a file as it is, all else as JSON."""
    return body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)


def read(content: bytes, kind: type[_T]) -> _T:
    """Read an answer's body.

    Raises:
        StationProblem: `odd-answer` if it is something else.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise StationProblem("odd-answer", "", str(error), HTTPStatus.OK) from None


def problem(status: int, content: bytes) -> StationProblem:
    """Return what a refusal says (RFC 9457); one that is no such document is known by its status."""
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        document = {}
    cause = str(document.get("type", "")).rpartition("/")[2] or f"http-{status}"
    return StationProblem(cause, str(document.get("subject", "")), str(document.get("detail", "")), status)


def absence(error: Exception) -> str:
    """Return the word for a station that does not answer: as `StationAbsent.cause`."""
    match error:
        case TimeoutError():
            return "station-silent"
        case PermissionError():
            return "socket-not-ours"
        case _:
            return "station-absent"
