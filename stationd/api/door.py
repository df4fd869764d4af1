"""The api's door: which version speaks here, who comes in, and who is let on to each call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import msgspec
from aiohttp import hdrs, web

from stationd import __version__
from stationd.api import messages
from stationd.api.peer import peer_of
from stationd.model.attention import Attention
from stationd.model.session import Session
from stationd.officers import Counter
from stationd.station import Kind, Refused

VERSION: Final = 2
"""Of what is asked and answered here. Raised when a program that knows the one before cannot go on."""

HEADER: Final = "Stationd-Api"
"""Carries that version, in requests and in answers."""

QUEUE: Final = 16
"""Sign-ins that wait for their turn; more are turned away."""

APPROVAL: Final = "Stationd-Approval"
"""Carries a supervisor's approval of the one act with which it is sent."""

OFFICER: Final = web.RequestKey("officer", str)
"""Who sent a request."""

APPROVER: Final = web.RequestKey("approver", str)
"""The supervisor who approved it in that officer's session; empty if none did."""

_Answer = TypeVar("_Answer")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DoorSign(msgspec.Struct, frozen=True):
    """What anyone may know who may open the socket.

    Attributes:
        api: the api's version.
        attention: how the station is, in one word, so that it can be seen that it needs somebody while nobody is
            signed in.
    """

    station: str
    version: str
    api: int
    attention: Attention


class Door:
    """Lets officers in.

    Args:
        counter: where they show who they are.
        station: its id.
        users: the numeric ids of this computer's users from whose desktops officers may ask.
        attention: says how the station is; nothing of anybody.
    """

    def __init__(
        self, counter: Counter, station: str, users: Collection[int], attention: Callable[[], Attention]
    ) -> None:
        self._counter = counter
        self._station = station
        self._users = frozenset(users)
        self._attention = attention
        self._waiting = 0
        # One at a time, on a thread of its own: who tries PINs out keeps nobody's other calls waiting.
        self._thread = ThreadPoolExecutor(1, "sign-in")

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/door", self._sign),
            web.post("/v1/sessions", self._sign_in),
            web.post("/v1/officers/{officer}/pin", self._set_pin),
            web.get("/v1/session", self._who),
            web.delete("/v1/session", self._sign_out),
            web.post("/v1/session/presence", self._presence),
            web.post("/v1/session/approvals", self._approve),
            web.post("/v1/session/pin", self._change_pin),
            web.post("/v1/officers/{officer}/pin-code", self._give_code),
        ]

    @web.middleware
    async def guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let a call through that comes from an officer's session, or wants to begin one. Else nothing is answered."""
        user = peer_of(request).uid
        if user not in self._users:
            raise web.HTTPForbidden(text="from this user of the computer no officer may ask")
        if request.match_info.handler not in {self._sign, self._sign_in, self._set_pin}:
            session = self._session(request, act=request.method not in {hdrs.METH_GET, hdrs.METH_HEAD})
            self._counter.allow(session.officer)
            request[OFFICER] = session.officer
            request[APPROVER] = self._approver(request)
        return await handler(request)

    def still_in(self, request: web.Request) -> bool:
        """Say whether a request's session is still open and its officer still one."""
        try:
            self._counter.allow(self._session(request, act=False).officer)
        except (Refused, web.HTTPForbidden):
            return False
        return True

    async def close(self, _: web.Application) -> None:
        """Let a sign-in that has begun come to its end."""
        self._thread.shutdown()

    async def tell_version(self, _: web.Request, response: web.StreamResponse) -> None:
        """Put the api's version on every answer."""
        response.headers[HEADER] = str(VERSION)

    def _session(self, request: web.Request, *, act: bool) -> Session:
        session = self._counter.sessions.find(token_of(request), peer_of(request).uid, act=act)
        if session is None:
            cause = "not-signed-in" if request.headers.get(HEADER) else "client-older"
            raise Refused(Kind.NOT_SIGNED_IN, cause, self._station)
        return session

    def _approver(self, request: web.Request) -> str:
        approval = request.headers.get(APPROVAL, "")
        if not approval:
            return ""
        by = self._counter.approvals.take(approval, token_of(request))
        if by is None:
            raise Refused(Kind.NOT_ALLOWED, "approval-not-good", self._station)
        self._counter.allow(by)
        return by

    async def _sign(self, _: web.Request) -> web.StreamResponse:
        attention = await asyncio.to_thread(self._attention)
        return _json(DoorSign(self._station, __version__, VERSION, attention))

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.SignIn)
        user = peer_of(request).uid
        by_pin = partial(self._counter.by_pin, asked.officer, asked.pin, user)
        signed_in = await self._in_turn(partial(self._counter.by_card, user) if asked.card else by_pin)
        return _json(signed_in, status=201)

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        self._counter.sessions.end(token_of(request))
        return web.Response(status=204)

    async def _who(self, request: web.Request) -> web.StreamResponse:
        return _json(self._counter.who(request[OFFICER]))

    async def _presence(self, _: web.Request) -> web.StreamResponse:
        return web.Response(status=204)  # being asked is all: it is an act of the officer's

    async def _approve(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.SignIn)
        approve = partial(self._counter.approve, token_of(request), asked.officer, asked.pin, card=asked.card)
        return _json(await self._in_turn(approve), status=201)

    async def _set_pin(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.NewPin)
        await self._in_turn(partial(self._counter.set_pin, request.match_info["officer"], asked.code, asked.pin))
        return web.Response(status=204)

    async def _change_pin(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.NewPin)
        await self._in_turn(partial(self._counter.change_pin, request[OFFICER], asked.old, asked.pin))
        return web.Response(status=204)

    async def _give_code(self, request: web.Request) -> web.StreamResponse:
        give = partial(self._counter.give_code, request.match_info["officer"], request[OFFICER])
        return _json(await self._in_turn(give), status=201)

    async def _in_turn(self, act: Callable[[], _Answer]) -> _Answer:
        if self._waiting >= QUEUE:
            raise Refused(Kind.TOO_OFTEN, "sign-in-busy", self._station)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, act)
        finally:
            self._waiting -= 1


def token_of(request: web.Request) -> str:
    """Return the token that a request carries (RFC 6750); empty if none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(content), content_type="application/json")
