"""The api's client: one method for each thing that can be asked, typed, synchronous. Shared by window and commands.

What comes back is read leniently: members that this version does not know are passed over and missing ones take a
default, so that a window and a daemon of different versions still understand each other.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import msgspec
from typing_extensions import override

from stationd.client_blanks import ClosedDayView, DiscrepancyView, ExchangeView, SupplyView
from stationd.client_documents import DocumentCalls
from stationd.client_field import FieldCalls
from stationd.client_lines import LineView
from stationd.client_mobile import MobileCalls
from stationd.client_officers import DoorView
from stationd.client_shelf import ShelfCalls
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


# --- what the station answers -----------------------------------------------------------------------------------------


class LinkView(msgspec.Struct, frozen=True):
    """The link to the registry; members as in `stationd.station.LinkStatus`."""

    online: bool = False
    last_contact: float | None = None
    last_error: str = ""
    acknowledged: int = 0


class RefusalView(msgspec.Struct, frozen=True):
    """Something sent and not taken as a job; members as in `stationd.store.rows.Refusal`."""

    job_id: str = ""
    cause: str = ""
    detail: str = ""
    seq: int = 0


class QuestionView(msgspec.Struct, frozen=True):
    """Something that only a person can tell; members as in `stationd.store.rows.Question`."""

    question_id: str
    job_id: str = ""
    line: str = ""
    step: str = ""
    cause: str = ""


class StatusView(msgspec.Struct, frozen=True):
    """The station at one look; members as in `stationd.station.StationStatus`."""

    station: str
    version: str = ""
    time: float | None = None
    trust: str = ""
    policy_version: int = 0
    lines: tuple[LineView, ...] = ()
    link: LinkView = LinkView()
    jobs: dict[str, int] = {}
    refused: tuple[RefusalView, ...] = ()
    questions: tuple[QuestionView, ...] = ()
    blanks: dict[str, int] = {}
    exchanges: tuple[ExchangeView, ...] = ()
    closed_day: ClosedDayView | None = None
    discrepancies: tuple[DiscrepancyView, ...] = ()
    supplies: tuple[SupplyView, ...] = ()
    to_compare: tuple[str, ...] = ()
    book: int = 0
    head: str = ""


class JobView(msgspec.Struct, frozen=True):
    """A job; members as in `stationd.store.rows.JobRow`."""

    job_id: str
    issue_no: int = 0
    start_before: int = 0
    reason: str = ""
    urgent: str | None = None
    arrived: int = 0
    state: str = ""
    cause: str = ""
    detail: str = ""
    attempt_id: str | None = None


class ShelfView(msgspec.Struct, frozen=True):
    """A finished card that lies here; members as in `stationd.store.shelf_view.ShelfCard`."""

    job_id: str
    issue_no: int = 0
    identity: str = ""
    since: float = 0.0
    place: str = ""


class HeadView(msgspec.Struct, frozen=True):
    """The last entry of the book."""

    seq: int = 0
    digest: str = ""


class VerificationView(msgspec.Struct, frozen=True):
    """What a verification of the book found; members as in `stationd.store.verify.Report`."""

    findings: tuple[str, ...]
    entries: int = 0
    head: HeadView = HeadView()
    signed_commits: int = 0
    countersigned: int = 0


# --- what can go wrong ------------------------------------------------------------------------------------------------


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
    """The station does not answer at its socket.

    Attributes:
        cause: `station-absent`, `station-silent` or `socket-not-ours`: a word of the catalogue.
    """

    socket: Path
    why: str
    cause: str = "station-absent"

    @override
    def __str__(self) -> str:
        return f"no station answers at {self.socket} ({self.why}); start stationd or name its socket"


# --- asking -----------------------------------------------------------------------------------------------------------


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
        self._streams: set[_Connection] = set()

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
        return _read(self._call("GET", path, timeout=timeout), kind)

    @override
    def post(
        self, path: str, body: Any = None, *, timeout: float | None = None, key: str = "", approval: str = ""
    ) -> Any:
        """Ask for something to be done; returns the answer's body as plain data, None if there is none."""
        headers = {name: value for name, value in {KEY_HEADER: key, APPROVAL_HEADER: approval}.items() if value}
        raw = self._call("POST", path, body, timeout, headers)
        return _read(raw, Any) if raw else None

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
                    yield _read(line.removeprefix(b"data: "), dict[str, Any])

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
    ) -> Iterator[tuple[_Connection, HTTPResponse]]:
        with closing(_Connection(self._socket, timeout)) as connection:
            with self._transport_errors():
                connection.request(method, path, _sent(body), {**self._headers(), **more})
                answer = connection.getresponse()
                if path == DOOR and answer.getheader(API_HEADER) is None:
                    raise StationProblem("daemon-older", str(self._socket), "", answer.status)
                if answer.status >= HTTPStatus.BAD_REQUEST:
                    raise _problem(answer.status, answer.read())
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
            raise StationAbsent(self._socket, str(error) or type(error).__name__, _absence(error)) from None


class _Connection(HTTPConnection):
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


def why_path(job_id: str) -> str:
    """Return where it is told why a job is where it is."""
    return f"/v1/jobs/{_part(job_id)}/why"


def story_path(job_id: str) -> str:
    """Return where a job's story is."""
    return f"/v1/jobs/{_part(job_id)}/story"


def _sent(body: Any) -> bytes | None:
    """Return the bytes of a request's body: a file as it is, all else as JSON."""
    return body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")


def _read(content: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise StationProblem("odd-answer", "", str(error), HTTPStatus.OK) from None


def _problem(status: int, content: bytes) -> StationProblem:
    try:
        document = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        document = {}
    cause = str(document.get("type", "")).rpartition("/")[2] or f"http-{status}"
    return StationProblem(cause, str(document.get("subject", "")), str(document.get("detail", "")), status)


def _absence(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "station-silent"
        case PermissionError():
            return "socket-not-ours"
        case _:
            return "station-absent"
