"""The api's routes about finished cards. What names a citizen is in bodies only, never in a path, and is not stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from stationd.station import Station


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Search(_Message, frozen=True):
    """A NIK or its beginning, parts of a name, a job's id or a place; empty: every card. At most `limit` are shown."""

    text: str = ""
    limit: int = 50


class ByNik(_Message, frozen=True):
    """A citizen's number."""

    nik: str


class InPlace(_Message, frozen=True):
    """A box and row of the shelf."""

    place: str


class HandOver(_Message, frozen=True):
    """Who took a card, what they showed, the family card's number where it takes one, and whether to read the card."""

    to: str
    shown: str
    kk: str = ""
    tap: bool = False


class DueTransfers(_Message, frozen=True):
    """To which office the cards go that are due for it; only those whose owners live in `kecamatan`, if it is named."""

    office: str
    kecamatan: str = ""


class SealedList(_Message, frozen=True):
    """A sender's list as it came."""

    sealed: str


class TapIn(_Message, frozen=True):
    """Where the card on the desk reader is laid; empty if that is said later."""

    place: str = ""


class CountIn(_Message, frozen=True):
    """Cards that were compared with the list by eye (none named: all that are not here yet), and where they lie."""

    jobs: tuple[str, ...] = ()
    place: str = ""


LARGEST_LIST: Final = 3 * 2**20
"""Bytes of a sender's list: it is longer than anything else that is asked here."""

_Act = Callable[[Any, Mapping[str, str], str], object]
_Do = Callable[..., Awaitable[web.StreamResponse]]


def routes(station: Station, officer_of: Callable[[web.Request], str], do: _Do) -> list[web.RouteDef]:
    """Return the routes.

    Args:
        station: what is asked.
        officer_of: who asks.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    async def open_list(request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await _read(request, LARGEST_LIST), type=SealedList)
        return await answered(request, lambda b, _, by: s.open_arrival(b.sealed, by), body)

    async def answered(request: web.Request, act: _Act, body: _Message | None) -> web.StreamResponse:
        answer = await do(act, body, request.match_info, officer_of(request))
        answer.headers[hdrs.CACHE_CONTROL] = "no-store"  # a citizen's data is nowhere kept on its way
        return answer

    def get(path: str, act: _Act) -> web.RouteDef:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await answered(request, act, None)

        return web.get(path, handler)

    def post(path: str, kind: type[_Message] | None, act: _Act) -> web.RouteDef:
        async def handler(request: web.Request) -> web.StreamResponse:
            body = None if kind is None else msgspec.json.decode(await request.read(), type=kind)
            return await answered(request, act, body)

        return web.post(path, handler)

    s = station
    lists = "/v1/shelf/arrivals/{list}"
    return [
        post("/v1/shelf/search", Search, lambda b, _, by: s.search_shelf(b.text, by, b.limit)),
        post("/v1/shelf/tap", None, lambda _b, _, by: s.tap_shelf(by)),
        post("/v1/shelf/where", ByNik, lambda b, _, by: s.where_is(b.nik, by)),
        post("/v1/shelf/transfers", DueTransfers, lambda b, _, by: s.transfer_due(b.office, by, b.kecamatan)),
        get("/v1/shelf/arrivals", lambda _b, _, by: s.arrivals(by)),
        web.post("/v1/shelf/arrivals", open_list),
        get(lists, lambda _, at, by: s.arrival(at["list"], by)),
        post(f"{lists}/tap", TapIn, lambda b, at, by: s.arrive_tapped(at["list"], b.place, by)),
        post(f"{lists}/count", CountIn, lambda b, at, by: s.arrive_counted(at["list"], b.jobs, b.place, by)),
        post(f"{lists}/close", None, lambda _, at, by: s.close_arrival(at["list"], by)),
        post("/v1/shelf/cards/{job}/place", InPlace, lambda b, at, by: s.place_card(at["job"], b.place, by)),
        post(
            "/v1/shelf/cards/{job}/hand-over",
            HandOver,
            lambda b, at, by: partial(s.hand_over, kk=b.kk, tap=b.tap)(at["job"], b.to, b.shown, by),
        ),
        post("/v1/shelf/cards/{job}/lost", None, lambda _, at, by: s.lose_card(at["job"], by)),
        post("/v1/shelf/cards/{job}/found", InPlace, lambda b, at, by: s.find_card(at["job"], b.place, by)),
    ]


async def _read(request: web.Request, most: int) -> bytes:
    """Return a body that may be longer than others."""
    raw = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > most:
            raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(raw))
    return bytes(raw)
