"""The calls a station makes to its registry: JSON over HTTPS with client certificates, one typed error a failure."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

import aiohttp
import msgspec

from stationd.registry import tls
from stationd.registry.contract import (
    AllotmentsAnswer,
    BookAnswer,
    CardSearch,
    CardWhereabouts,
    EnrolmentAnswer,
    EnrolmentRequest,
    EventsAnswer,
    EventsRequest,
    HomeNamesAnswer,
    HomeNamesRequest,
    Lease,
    LeaseRequest,
    NamesOfTrip,
    NoticesAnswer,
    NoticesRequest,
    PartnerListAnswer,
    PartnerListRequest,
    PartnerStates,
    PolicyAnswer,
    Problem,
    RenewalAnswer,
    RenewalRequest,
    ReturnAnswer,
    ReturnRequest,
    TimeAnswer,
)
from stationd.registry.errors import AnswerNotUnderstood, NotTrusted, RegistryProblem, Unreachable
from stationd.registry.session import Session
from stationd.store.keys import KeyStore, NotEnrolled

COMPRESS_FROM: Final = 1024
"""Bytes; the contract's. Smaller bodies go as they are."""

MAX_ANSWER: Final = 64 * 2**20
"""Bytes, unpacked: more than a full lease of the largest jobs; keeps a broken bridge from filling the memory."""

_CHUNK: Final = 65_536
_NOT_MODIFIED: Final = 304
_PROBLEMS_FROM: Final = 400

_Answer = TypeVar("_Answer", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds.

    Attributes:
        connect: for a connection, TLS included.
        read: between two pieces of an answer.
        whole: for a call as a whole, so that a trickle cannot hold it for ever.
    """

    connect: float = 20.0
    read: float = 30.0
    whole: float = 300.0

    def timeout(self, longer: float = 0.0) -> aiohttp.ClientTimeout:
        """As aiohttp wants it, for a call that may rightly take that much longer."""
        return aiohttp.ClientTimeout(
            total=self.whole + longer, connect=None, sock_connect=self.connect, sock_read=self.read + longer
        )


class Connection:
    """An enrolled station's calls. Belongs to one event loop; close it there.

    Every call raises `Unreachable`, `RegistryProblem` or `AnswerNotUnderstood`; all may be repeated.
    """

    def __init__(
        self, url: str, station: str, keys: KeyStore, now: Callable[[], float | None], patience: Patience | None = None
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            url: of the registry, `https://host:port`.
            station: this station's id.
            keys: with an enrolment, at the latest when the first call is made.
            now: trusted time, by which the registry's certificate is judged.
            patience: how long to wait.
        """
        self._url: Final = url.rstrip("/")
        self._station: Final = station
        self._keys: Final = keys
        self._now: Final = now
        self._patience: Final = patience or Patience()
        self._session: Session | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop all connections; the next call opens new ones, with the certificate of that moment."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def lease(self, request: LeaseRequest, idempotency_key: str, wait: int) -> Lease:
        """Ask for jobs, and wait up to that many seconds for something new."""
        headers = {"Idempotency-Key": idempotency_key, "Prefer": f"wait={wait}"}
        return await self._post("/v1/leases", request, Lease, headers, longer=wait)

    async def ship(self, request: EventsRequest) -> EventsAnswer:
        """Hand in events of the book."""
        return await self._post("/v1/events", request, EventsAnswer)

    async def book(self, incarnation: str | None, first: int) -> BookAnswer:
        """Fetch events of a book of this station, from a number on: of its newest book if none is named."""
        call = _Call("GET", "/v1/book", self._patience.timeout())
        named = {} if incarnation is None else {"incarnation": incarnation}
        query = {"station": self._station, "from": str(first), **named}
        return call.read(await call.send(self._open(), self._url, {}, query=query), BookAnswer)

    async def give_back(self, request: ReturnRequest) -> ReturnAnswer:
        """Return jobs."""
        return await self._post("/v1/returns", request, ReturnAnswer)

    async def allotments(self) -> AllotmentsAnswer:
        """Ask which halves of this station's allotments are paired."""
        call = _Call("GET", "/v1/allotments", self._patience.timeout())
        query = {"station": self._station}
        return call.read(await call.send(self._open(), self._url, {}, query=query), AllotmentsAnswer)

    async def hand_in_names(self, request: HomeNamesRequest) -> HomeNamesAnswer:
        """Hand on, as a kit, who waits for a trip's finished cards."""
        return await self._post("/v1/home-names", request, HomeNamesAnswer)

    async def names_of_trip(self, allotment_id: str) -> NamesOfTrip:
        """Ask, as an office, for what the kit of an allotment has handed on."""
        call = _Call("GET", "/v1/home-names", self._patience.timeout())
        query = {"station": self._station, "allotment_id": allotment_id}
        return call.read(await call.send(self._open(), self._url, {}, query=query), NamesOfTrip)

    async def submit_list(self, request: PartnerListRequest) -> PartnerListAnswer:
        """Hand a partner's list on."""
        return await self._post("/v1/partner-lists", request, PartnerListAnswer)

    async def list_states(self, list_id: str) -> PartnerStates:
        """Ask what became of a partner's list."""
        call = _Call("GET", "/v1/partner-lists", self._patience.timeout())
        query = {"station": self._station, "list_id": list_id}
        return call.read(await call.send(self._open(), self._url, {}, query=query), PartnerStates)

    async def find_card(self, request: CardSearch) -> CardWhereabouts:
        """Ask where a citizen's card is."""
        return await self._post("/v1/cards", request, CardWhereabouts)

    async def notices(self, request: NoticesRequest) -> NoticesAnswer:
        """Ask what has become of notices."""
        return await self._post("/v1/notices", request, NoticesAnswer)

    async def renew(self, request: RenewalRequest) -> RenewalAnswer:
        """Ask for a fresh certificate."""
        return await self._post("/v1/renewals", request, RenewalAnswer)

    async def policy(self, held_version: int) -> PolicyAnswer | None:
        """Fetch the policy, unless the version held (0 for none) is the present one."""
        call = _Call("GET", "/v1/policy", self._patience.timeout())
        headers = {"If-None-Match": f'"{held_version}"'} if held_version else {}
        raw = await call.send(self._open(), self._url, headers, query={"station": self._station})
        return None if raw is None else call.read(raw, PolicyAnswer)

    async def time(self, nonce: str) -> TimeAnswer:
        """Ask what time it is, over a connection of its own that does not judge dates."""
        call = _Call("GET", "/v1/time", self._patience.timeout())
        async with Session(self._context(tls.dateless_context)) as session:
            raw = await call.send(session, self._url, {}, query={"station": self._station, "nonce": nonce})
        return call.read(raw, TimeAnswer)

    async def _post(
        self,
        path: str,
        request: msgspec.Struct,
        answer: type[_Answer],
        headers: Mapping[str, str] | None = None,
        longer: float = 0.0,
    ) -> _Answer:
        call = _Call("POST", path, self._patience.timeout(longer))
        return call.read(await call.send(self._open(), self._url, headers or {}, request), answer)

    def _open(self) -> Session:
        if self._session is None:
            self._session = Session(self._context(lambda ca: tls.dated_context(ca, self._now)))
        return self._session

    def _context(self, make: Callable[[str], ssl.SSLContext]) -> ssl.SSLContext:
        enrolment = self._keys.enrolment()
        if enrolment is None:
            raise NotEnrolled(self._station)
        context = make(enrolment.ca)
        self._keys.load_identity(context)
        return context


async def post_enrolment(
    url: str, ca: str | None, request: EnrolmentRequest, patience: Patience | None = None
) -> EnrolmentAnswer:
    """Exchange a one-time code for a certificate: the one call that is made without one.

    Args:
        url: of the registry.
        ca: PEM, as handed over with the code; None trusts the CAs that the operating system trusts.
        request: what to send; a repeat of the same is answered again.
        patience: how long to wait.

    Raises:
        LinkError: as every call.
    """
    call = _Call("POST", "/v1/enrolments", (patience or Patience()).timeout())
    async with Session(ssl.create_default_context(cadata=ca)) as session:
        return call.read(await call.send(session, url.rstrip("/"), {}, request), EnrolmentAnswer)


@dataclass(frozen=True, slots=True)
class _Call:
    """One kind of call: sends, and turns whatever comes back into bytes or an error that names it."""

    method: str
    path: str
    timeout: aiohttp.ClientTimeout

    async def send(
        self,
        session: Session,
        url: str,
        headers: Mapping[str, str],
        request: msgspec.Struct | None = None,
        query: Mapping[str, str] | None = None,
    ) -> bytes | None:
        """Return the answer's body, or None if it says that nothing has changed."""
        body, more = (None, {}) if request is None else _encode(request)
        try:
            async with session.http.request(
                self.method,
                url + self.path,
                params=query,
                data=body,
                headers={**headers, **more},
                timeout=self.timeout,
                allow_redirects=False,
            ) as response:
                raw = await self._read(response)
        except aiohttp.ClientConnectorCertificateError as error:
            raise NotTrusted(self.path, str(error.certificate_error)) from error
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(self.path, str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(self.path, str(error) or type(error).__name__) from error
        if response.status >= _PROBLEMS_FROM:
            raise self._problem(response, raw)
        if response.status == _NOT_MODIFIED:
            return None
        if not response.ok or response.content_type != "application/json":
            raise AnswerNotUnderstood(self.path, f"{response.status} {response.content_type}")
        return raw

    def read(self, raw: bytes | None, answer: type[_Answer]) -> _Answer:
        """Decode a body."""
        try:
            return msgspec.json.decode(raw or b"", type=answer)
        except msgspec.DecodeError:  # its message may quote the body
            raise AnswerNotUnderstood(self.path, f"no {answer.__name__}") from None

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        raw = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            raw += chunk
            if len(raw) > MAX_ANSWER:
                raise AnswerNotUnderstood(self.path, f"longer than {MAX_ANSWER} bytes")
        return bytes(raw)

    def _problem(self, response: aiohttp.ClientResponse, raw: bytes) -> RegistryProblem:
        try:
            problem = msgspec.json.decode(raw, type=Problem)
        except msgspec.DecodeError:  # a proxy's own page
            problem = Problem(detail=response.reason or "")
        wait = response.headers.get("Retry-After", "")
        return RegistryProblem(
            call=self.path,
            status=response.status,
            type=problem.type,
            detail=problem.detail,
            have=problem.have,
            seq=problem.seq,
            retry_after=float(wait) if wait.isdecimal() else None,
        )


def _encode(request: msgspec.Struct) -> tuple[bytes, dict[str, str]]:
    body = msgspec.json.encode(request)
    headers = {"Content-Type": "application/json"}
    if len(body) <= COMPRESS_FROM:
        return body, headers
    return gzip.compress(body, mtime=0), headers | {"Content-Encoding": "gzip"}
