"""The api's client: one method for each thing that can be asked, typed, synchronous. Shared by window and commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec
from typing_extensions import override

_T = TypeVar("_T")


@dataclass(eq=False)
class StationProblem(Exception):
    """The station refused. `cause` is a word of the catalogue, `subject` what it is about."""

    cause: str
    subject: str
    detail: str
    status: int

    @override
    def __str__(self) -> str:
        return self.detail or self.cause


@dataclass(eq=False)
class StationAbsent(Exception):
    """The station does not answer at its socket."""

    socket: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"no station answers at {self.socket} ({self.why}); start stationd or name its socket"


class Client:
    """A connection to the station of this computer."""

    def __init__(self, socket: Path, timeout: float = 30.0) -> None:
        self._socket = socket
        transport = httpx.HTTPTransport(uds=str(socket))
        self._http = httpx.Client(transport=transport, base_url="http://station", timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, kind: type[_T]) -> _T:
        """Fetch something.

        Raises:
            StationAbsent: if nobody answers.
            StationProblem: if the station refuses.
        """
        return msgspec.json.decode(self._call("GET", path), type=kind)

    def post(self, path: str, body: Any = None) -> Any:
        """Ask for something to be done; returns the answer's body as plain data, None if there is none."""
        raw = self._call("POST", path, body)
        return msgspec.json.decode(raw) if raw else None

    def delete(self, path: str) -> None:
        """Ask for something to be undone."""
        self._call("DELETE", path)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield entries of the book as they are written, until the station ends the stream."""
        try:
            with self._http.stream("GET", "/v1/events", timeout=httpx.Timeout(30.0, read=60.0)) as answer:
                if answer.status_code >= httpx.codes.BAD_REQUEST:
                    raise _problem(answer.status_code, answer.read())
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        yield msgspec.json.decode(line.removeprefix("data: "))
        except httpx.TransportError as error:
            raise StationAbsent(self._socket, _why(error)) from None

    def _call(self, method: str, path: str, body: Any = None) -> bytes:
        try:
            content = None if body is None else msgspec.json.encode(body)
            answer = self._http.request(method, path, content=content)
        except httpx.TransportError as error:
            raise StationAbsent(self._socket, _why(error)) from None
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise _problem(answer.status_code, answer.content)
        return answer.content


def _problem(status: int, content: bytes) -> StationProblem:
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        document = {}
    cause = str(document.get("type", "")).rpartition("/")[2]
    return StationProblem(cause, str(document.get("subject", "")), str(document.get("detail", "")), status)


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
