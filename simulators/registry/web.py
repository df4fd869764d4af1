"""The registry over HTTP: who may call, the contract held on both sides, bodies unpacked and packed."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import msgspec
from aiohttp import web
from aiohttp.web_response import ContentCoding

from simulators.registry import bookkeeping, enquiries, enrolling, leasing, mobile
from simulators.registry.contract import Breach, contract, document_text
from simulators.registry.packing import NotPacked, TooLarge, unpack
from simulators.registry.problems import Problem
from simulators.registry.state import Registry

LONGEST_WAIT: Final = 60
"""Seconds that a lease request may wait."""

_LARGEST_BODY: Final = 16 * 1024 * 1024
_PACKED_OVER: Final = 1024
_LOOK_AGAIN: Final = 5.0  # a lease lapses without anyone calling
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", re.IGNORECASE)

_P = ParamSpec("_P")
_R = TypeVar("_R")
_log = logging.getLogger("registry")


@dataclass(slots=True)
class Call:
    """One request, checked.

    Attributes:
        station: whom it concerns.
        query: its parameters.
        headers: its headers, by any case.
        body: its decoded JSON, or an empty object.
        connected: tells whether the caller is still there.
    """

    station: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]
    connected: Callable[[], bool]


@dataclass(slots=True)
class Answer:
    """What a call is answered; a dictionary goes out as JSON."""

    body: dict[str, Any] | str | None
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None


class Bell:
    """Wakes those who wait for news."""

    def __init__(self) -> None:
        self._next = asyncio.Event()
        self.closing = False

    def next(self) -> asyncio.Event:
        """Return what is set when the bell rings next; take it before looking, or news between is missed."""
        return self._next

    def ring(self) -> None:
        """Wake everyone; who has no news goes on waiting."""
        rung, self._next = self._next, asyncio.Event()
        rung.set()

    def close(self) -> None:
        """Wake everyone, for good."""
        self.closing = True
        self.ring()


class Service:
    """Serves a registry; all work on its tables is done in one thread.

    Attributes:
        bell: rung by whoever changes something that a station waits for.
    """

    def __init__(self, registry: Registry, violations: Path) -> None:
        self.bell = Bell()
        self._registry = registry
        self._violations = violations
        self._contract = contract()
        self._thread = ThreadPoolExecutor(1, "registry")
        violations.touch()

    async def run(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Do work on the registry in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for the thread's work to end."""
        self._thread.shutdown()

    def application(self) -> web.Application:
        """Return the application, with every operation of the contract routed.

        It unpacks bodies itself: serve it with `auto_decompress=False`.
        """
        application = web.Application(middlewares=[self._guard], client_max_size=_LARGEST_BODY)
        handlers: dict[str, Callable[[Call], Awaitable[Answer]]] = {
            "contract": self._document,
            "enrol": self._enrol,
            "renew": self._renew,
            "lease": self._lease,
            "ship": self._ship,
            "readBook": self._read_book,
            "giveBack": self._give_back,
            "time": self._time,
            "policy": self._policy,
            "whereIsTheCard": self._where,
            "findTheCard": self._find,
            "report": self._report,
            "allotments": self._allotments,
            "handInNames": self._hand_in_names,
            "namesOfTrip": self._names_of_trip,
            "submitList": self._submit_list,
            "listStates": self._list_states,
            "noticesOfCards": self._notices,
        }
        for operation, method, path, needs_certificate in self._contract.operations():
            handler = self._checked(operation, handlers[operation], needs_certificate=needs_certificate)
            application.router.add_route(method, path, handler)
        return application

    # --- around every call ------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn what went wrong outside an operation into a problem."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            problem = Problem("not-found", "no operation of the contract has this path")
        except web.HTTPMethodNotAllowed as refusal:
            allowed = ", ".join(sorted(refusal.allowed_methods))
            problem = Problem("method-not-allowed", f"this path takes {allowed}")
        self._record("station", "none", [Breach("path", problem.detail)])
        return self._packed(request, Answer(problem.document(), problem.status, "application/problem+json"))

    def _checked(
        self, operation: str, handler: Callable[[Call], Awaitable[Answer]], *, needs_certificate: bool
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            began, station = time.monotonic(), None
            try:
                station = await self._caller(request) if needs_certificate else None
                answer = await handler(await self._read(operation, request, station))
            except Problem as problem:
                answer = Answer(problem.document(), problem.status, "application/problem+json")
            except Exception as error:
                _log.error("%s failed: %s at %s", operation, type(error).__name__, _place(error))
                failure = Problem("internal", f"{operation} failed in the registry; try again later")
                answer = Answer(failure.document(), failure.status, "application/problem+json")
            answer = self._held_to_contract(operation, answer)
            milliseconds = round((time.monotonic() - began) * 1000)
            _log.info("%s by %s: %s in %s ms", operation, station, answer.status, milliseconds)
            return self._packed(request, answer)

        return serve

    async def _caller(self, request: web.Request) -> str:
        certificate = request.get_extra_info("peercert")
        if not certificate:
            raise Problem("no-certificate", "this call needs the client certificate that enrolment gave")
        names = [value for part in certificate["subject"] for name, value in part if name == "commonName"]
        serial = str(certificate["serialNumber"]).lstrip("0")
        if not await self.run(enrolling.certificate_counts, self._registry, names[0], serial):
            detail = f"this certificate is not of the newest enrolment of {names[0]}; enrol with a new code"
            raise Problem("certificate-superseded", detail)
        return str(names[0])

    async def _read(self, operation: str, request: web.Request, caller: str | None) -> Call:
        body = await self._body(operation, request)
        breaches = self._contract.request_breaches(operation, request.query, request.headers, body)
        if breaches:
            self._record("station", operation, breaches)
            said = "; ".join(f"{breach.where} {breach.rule}" for breach in breaches[:5])
            raise Problem("contract", f"the request to {operation} breaks the contract: {said}")
        members = body if isinstance(body, dict) else {}
        named = str(members.get("station") or request.query.get("station"))
        if caller is not None and named != caller:
            raise Problem("other-station", f"the certificate is of {caller}, but the call is for {named}")

        def connected() -> bool:
            return request.transport is not None and not request.transport.is_closing()

        return Call(named, request.query, request.headers, members, connected)

    async def _body(self, operation: str, request: web.Request) -> object:
        if not request.body_exists:
            return None
        try:
            return msgspec.json.decode(await _plain(request))
        except (web.HTTPRequestEntityTooLarge, TooLarge):
            raise Problem("too-large", f"a body may be at most {_LARGEST_BODY} bytes; send less at a time") from None
        except NotPacked as error:
            raise Problem("encoding", f"the body is not the gzip that its Content-Encoding says: {error}") from None
        except (msgspec.DecodeError, ValueError, RecursionError):
            self._record("station", operation, [Breach("body", "is not JSON")])
            raise Problem("not-json", f"the body sent to {operation} is not JSON in UTF-8") from None

    def _held_to_contract(self, operation: str, answer: Answer) -> Answer:
        breaches = self._contract.response_breaches(
            operation, answer.status, answer.content_type, answer.headers or {}, answer.body
        )
        if not breaches:
            return answer
        self._record("registry", operation, breaches)
        problem = Problem("internal", f"the registry's own answer to {operation} broke the contract")
        return Answer(problem.document(), problem.status, "application/problem+json")

    def _record(self, side: str, operation: str, breaches: list[Breach]) -> None:
        with self._violations.open("a") as file:
            for breach in breaches:
                line = {"side": side, "operation": operation, "where": breach.where, "rule": breach.rule}
                file.write(json.dumps(line) + "\n")

    @staticmethod
    def _packed(request: web.Request, answer: Answer) -> web.Response:
        text = json.dumps(answer.body, ensure_ascii=False) if isinstance(answer.body, dict) else answer.body
        body = None if text is None else text.encode()
        response = web.Response(body=body, status=answer.status, headers=answer.headers)
        if body is not None:
            response.content_type = answer.content_type
            if len(body) > _PACKED_OVER and "gzip" in request.headers.get("Accept-Encoding", "").lower():
                response.enable_compression(ContentCoding.gzip)
        return response

    # --- the operations ---------------------------------------------------------------------------------------

    async def _document(self, _: Call) -> Answer:
        return Answer(document_text(), content_type="application/yaml")

    async def _enrol(self, call: Call) -> Answer:
        return Answer(await self.run(enrolling.enrol, self._registry, call.body))

    async def _renew(self, call: Call) -> Answer:
        return Answer(await self.run(enrolling.renew, self._registry, call.body))

    async def _lease(self, call: Call) -> Answer:
        wanted = _WAIT.search(call.headers.get("Prefer", ""))
        seconds = min(int(wanted[1]), LONGEST_WAIT) if wanted else 0
        deadline = time.monotonic() + seconds
        while True:
            news = self.bell.next()
            answer = await self.run(
                leasing.lease, self._registry, call.station, call.headers["Idempotency-Key"], call.body
            )
            left = deadline - time.monotonic()
            if leasing.brings_news(answer) or left <= 0 or self.bell.closing or not call.connected():
                return Answer(answer, headers={"Preference-Applied": f"wait={seconds}"} if wanted else None)
            try:
                async with asyncio.timeout(min(left, _LOOK_AGAIN)):
                    await news.wait()
            except TimeoutError:
                pass
            if not call.connected():  # grant nothing to someone who has hung up
                return Answer(answer)

    async def _ship(self, call: Call) -> Answer:
        return Answer(await self.run(bookkeeping.take_in, self._registry, call.body))

    async def _read_book(self, call: Call) -> Answer:
        first = int(call.query.get("from", "1"))
        incarnation = call.query.get("incarnation")
        return Answer(await self.run(bookkeeping.read_back, self._registry, call.station, incarnation, first))

    async def _give_back(self, call: Call) -> Answer:
        return Answer(await self.run(leasing.give_back, self._registry, call.body))

    async def _time(self, call: Call) -> Answer:
        return Answer(await self.run(enquiries.signed_time, self._registry, call.query["nonce"]))

    async def _policy(self, call: Call) -> Answer:
        version, body = await self.run(enquiries.signed_policy, self._registry, call.station)
        etag = f'"{version}"'
        held = {tag.strip().removeprefix("W/") for tag in call.headers.get("If-None-Match", "").split(",")}
        if etag in held or "*" in held:
            return Answer(None, 304, headers={"ETag": etag})
        return Answer(body, headers={"ETag": etag})

    async def _where(self, call: Call) -> Answer:
        found = await self.run(enquiries.whereabouts, self._registry, citizen_ref=call.query["citizen_ref"])
        return Answer(found)

    async def _find(self, call: Call) -> Answer:
        return Answer(await self.run(enquiries.whereabouts, self._registry, nik=call.body["nik"]))

    async def _allotments(self, call: Call) -> Answer:
        return Answer(await self.run(mobile.allotments, self._registry, call.station))

    async def _hand_in_names(self, call: Call) -> Answer:
        return Answer(await self.run(mobile.keep_names, self._registry, call.body))

    async def _names_of_trip(self, call: Call) -> Answer:
        return Answer(await self.run(mobile.names, self._registry, call.station, call.query["allotment_id"]))

    async def _submit_list(self, call: Call) -> Answer:
        return Answer(await self.run(mobile.take_list, self._registry, call.body))

    async def _list_states(self, call: Call) -> Answer:
        return Answer(await self.run(mobile.list_states, self._registry, call.station, call.query["list_id"]))

    async def _notices(self, call: Call) -> Answer:
        return Answer(await self.run(enquiries.notices, self._registry, call.station, call.body["job_ids"]))

    async def _report(self, call: Call) -> Answer:
        return Answer(await self.run(enquiries.take_report, self._registry, call.body))


async def _plain(request: web.Request) -> bytes:
    match request.headers.get("Content-Encoding", "identity").lower():
        case "identity":
            return await request.read()
        case "gzip":
            return unpack(await request.read(), _LARGEST_BODY)
        case _:
            raise Problem("encoding", "a body may be sent plain or with Content-Encoding: gzip")


def _place(error: BaseException) -> str:
    """Name the line that raised; never the values, which may be a citizen's."""
    trace, place = error.__traceback__, "unknown"
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
