"""One method for each thing that can be asked of the station, gathered from the rooms beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from typing_extensions import override

from stationd.client.documents import DocumentCalls
from stationd.client.field import FieldCalls
from stationd.client.mobile import MobileCalls
from stationd.client.officers import DoorView
from stationd.client.problems import StationAbsent, StationProblem
from stationd.client.shelf import ShelfCalls
from stationd.client.status import JobView, StatusView
from stationd.client.wire import Connection, absence, problem, read, sent
from stationd.model.story import Story

_T = TypeVar("_T")

API_VERSION: Final = 2
"""Of the api that this client speaks, as in `stationd.api.door.VERSION`."""

API_HEADER: Final = "Stationd-Api"
KEY_HEADER: Final = "Idempotency-Key"
APPROVAL_HEADER: Final = "Stationd-Approval"
_NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})
DOOR: Final = "/v1/door"

SILENCE: Final = 60.0
"""Seconds without even a heartbeat after which an event stream counts as broken. The station sends one every 15."""

PATIENCE: Final = 60.0
"""Seconds that the station may take to answer."""

VERIFYING: Final = 1800.0
"""Seconds that replaying a whole book may take."""


class Client(DocumentCalls, FieldCalls, ShelfCalls, MobileCalls):
    """The station of this computer, for anyone who asks; each call is a connection of its own.

    Every call raises `StationAbsent` if nobody answers and `StationProblem` if the station refuses. Calls may come from
    any thread.

    Args:
        socket: where the station listens.
        timeout: seconds that it may take to answer.
        token: of an officer's session; what is asked without one is refused, but for signing in.
    """

    def __init__(self, socket: Path, timeout: float = PATIENCE, token: str = "") -> None:
        self.token = token
        self._socket = socket
        self._timeout = timeout
        self._streams: set[Connection] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every stream of events, also one that another thread is reading."""
        for connection in tuple(self._streams):
            connection.hang_up()

    def status(self) -> StatusView:
        """Return the station at one look."""
        return self.get("/v1/status", StatusView)

    def jobs(self) -> list[JobView]:
        """Return all jobs in the order of their arrival."""
        return self.get("/v1/jobs", list[JobView])

    def story(self, job_id: str) -> Story:
        """Return what the book says of one job."""
        return self.get(story_path(job_id), Story)

    def preview(self, job_id: str) -> bytes:
        """Return a PNG of the front of a job's card. Citizens' data: shown, and not kept."""
        return self._call("GET", f"/v1/jobs/{_part(job_id)}/preview")

    def accept(self, job_id: str) -> None:
        """Find a card good."""
        self.post(f"/v1/jobs/{_part(job_id)}/acceptance")

    def spoil(self, job_id: str, reason: str) -> None:
        """Find a card bad; `reason` is a `stationd.model.reasons.SpoilReason`."""
        self.post(f"/v1/jobs/{_part(job_id)}/spoil", {"reason": reason})

    def return_job(self, job_id: str, reason: str) -> None:
        """Give a job back unprinted; `reason` is a `stationd.model.reasons.ReturnReason`."""
        self.post(f"/v1/jobs/{_part(job_id)}/return", {"reason": reason})

    def answer(self, question_id: str, answer: str, *, tap: bool = False) -> None:
        """Say what became of a card: `out`, `spoiled` or `missing`; with a tap its chip is read on the desk reader."""
        self.post(f"/v1/questions/{_part(question_id)}/answer", {"answer": answer, "tap": tap})

    @override
    def door(self) -> DoorView:
        """Ask who answers, which needs no session.

        Raises:
            StationProblem: `daemon-older` or `client-older` if they cannot understand each other.
        """
        sign = self.get(DOOR, DoorView)
        if sign.api != API_VERSION:
            cause = "client-older" if sign.api > API_VERSION else "daemon-older"
            raise StationProblem(cause, sign.station, f"{sign.api}, {API_VERSION}", HTTPStatus.OK)
        return sign

    def declare_time(self, seconds: float) -> None:
        """Say, as a supervisor, what time it is, in seconds since the epoch, at a station that has lost it."""
        self.post("/v1/time", {"seconds": seconds})

    # --- as the api has it --------------------------------------------------------------------------------------------

    @override
    def get(self, path: str, kind: type[_T], *, timeout: float | None = None) -> _T:
        """Fetch something; `Any` for `kind` gives plain data with all members."""
        return read(self._call("GET", path, timeout=timeout), kind)

    @override
    def post(
        self, path: str, body: Any = None, *, timeout: float | None = None, key: str = "", approval: str = ""
    ) -> Any:
        """Ask for something to be done; returns the answer's body as plain data, None if there is none."""
        headers = {name: value for name, value in {KEY_HEADER: key, APPROVAL_HEADER: approval}.items() if value}
        raw = self._call("POST", path, body, timeout, headers)
        return read(raw, Any) if raw else None

    @override
    def fetch(self, path: str) -> bytes:
        """Fetch a file."""
        return self._call("GET", path)

    @override
    def send(self, path: str, content: bytes) -> bytes:
        """Send a file; returns the answer's body."""
        return self._call("POST", path, content)

    @override
    def delete(self, path: str) -> None:
        """Ask for something to be undone."""
        self._call("DELETE", path)

    @contextmanager
    def listening(self) -> Iterator[Iterator[dict[str, Any]]]:
        """Listen to the book: nothing that is written after the block is entered is missed.

        Gives entries as plain data, until the station or `close` ends the stream. What was written before is to be
        fetched after entering, with the book's number in `StatusView.book`.
        """
        with self._answer("GET", "/v1/events", None, SILENCE) as (connection, answer):
            self._streams.add(connection)
            try:
                yield self._entries(answer)
            finally:
                self._streams.discard(connection)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield entries of the book as they are written, until the station ends the stream."""
        with self.listening() as entries:
            yield from entries

    def _entries(self, answer: HTTPResponse) -> Iterator[dict[str, Any]]:
        with self._transport_errors():
            for line in answer:
                if line.startswith(b"data: "):
                    yield read(line.removeprefix(b"data: "), dict[str, Any])

    def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        timeout: float | None = None,
        more: Mapping[str, str] = _NO_MORE,
    ) -> bytes:
        wait = self._timeout if timeout is None else timeout
        with self._answer(method, path, body, wait, more) as (_, answer), self._transport_errors():
            return answer.read()

    @contextmanager
    def _answer(
        self, method: str, path: str, body: Any, timeout: float, more: Mapping[str, str] = _NO_MORE
    ) -> Iterator[tuple[Connection, HTTPResponse]]:
        with closing(Connection(self._socket, timeout)) as connection:
            with self._transport_errors():
                connection.request(method, path, sent(body), {**self._headers(), **more})
                answer = connection.getresponse()
                if path == DOOR and answer.getheader(API_HEADER) is None:
                    raise StationProblem("daemon-older", str(self._socket), "", answer.status)
                if answer.status >= HTTPStatus.BAD_REQUEST:
                    raise problem(answer.status, answer.read())
            yield connection, answer

    def _headers(self) -> dict[str, str]:
        headers = {API_HEADER: str(API_VERSION)}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return headers

    @contextmanager
    def _transport_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException) as error:
            raise StationAbsent(self._socket, str(error) or type(error).__name__, absence(error)) from None


def why_path(job_id: str) -> str:
    """Return where it is told why a job is where it is."""
    return f"/v1/jobs/{_part(job_id)}/why"


def story_path(job_id: str) -> str:
    """Return where a job's story is."""
    return f"/v1/jobs/{_part(job_id)}/story"


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
