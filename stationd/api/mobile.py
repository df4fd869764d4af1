"""The api's routes about mobile kits and partners' lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from stationd.model.blank import CITIZENS
from stationd.model.mobile import InBags
from stationd.model.partner_list import LARGEST
from stationd.station import Station


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Allotment(_Message, frozen=True):
    """Blanks for a kit."""

    kit: str
    count: int
    stock: str = CITIZENS


class Homecoming(_Message, frozen=True):
    """What a kit hands in: its slip, what was counted, and jobs whose finished cards are not there."""

    slip: str
    unused: int
    spoiled: int
    finished: int
    unfit: int = 0
    absent: tuple[str, ...] = ()

    @property
    def counted(self) -> InBags:
        """What was counted."""
        return InBags(self.unused, self.spoiled, self.finished, self.unfit)


class Names(_Message, frozen=True):
    """Who waits for the finished cards of a trip, as the kit sealed it."""

    names: str


class Opening(_Message, frozen=True):
    """A trip begins: the office's slip, blanks that came, jobs to lease, its end in seconds since the epoch."""

    slip: str
    counted: int
    jobs: int
    until: int
    place: str = ""


class Missing(_Message, frozen=True):
    """So many blanks of the trip are missing."""

    count: int


_Act = Callable[[Any, Mapping[str, str], str], object]
_Do = Callable[..., Awaitable[web.StreamResponse]]


def routes(station: Station, officer_of: Callable[[web.Request], str], do: _Do) -> list[web.RouteDef]:
    """Return the routes.

    Args:
        station: what is asked.
        officer_of: who asks.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    def post(path: str, kind: type[msgspec.Struct] | None, act: _Act) -> web.RouteDef:
        async def handler(request: web.Request) -> web.StreamResponse:
            body = None if kind is None else msgspec.json.decode(await request.read(), type=kind)
            return await do(act, body, request.match_info, officer_of(request))

        return web.post(path, handler)

    async def mobile(_: web.Request) -> web.StreamResponse:
        return await do(station.mobile)

    async def slip(request: web.Request) -> web.StreamResponse:
        return await do(lambda: {"slip": station.slip(request.match_info["id"])})

    async def names(request: web.Request) -> web.StreamResponse:
        return await do(lambda: {"names": station.home_names(request.match_info["id"])})

    async def lists(_: web.Request) -> web.StreamResponse:
        return await do(station.partner_lists)

    async def submit(request: web.Request) -> web.StreamResponse:
        content = await _bounded(request)
        return await do(station.submit_list, request.query.get("partner", ""), content, officer_of(request))

    async def states(request: web.Request) -> web.StreamResponse:
        told = await station.partner_states(request.match_info["list"])
        return web.Response(body=msgspec.json.encode(told), content_type="application/json")

    s = station
    return [
        web.get("/v1/mobile", mobile),
        web.get("/v1/mobile/allotments/{id}/slip", slip),
        web.get("/v1/mobile/allotments/{id}/names", names),
        post("/v1/mobile/allotments", Allotment, lambda b, _, by: s.allot(b.kit, b.count, by, b.stock)),
        post("/v1/mobile/homecomings", Homecoming, lambda b, _, by: s.take_back(b.slip, b.counted, b.absent, by)),
        post("/v1/mobile/homecomings/names", Names, lambda b, _, by: {"taken": s.take_names(b.names, by)}),
        post(
            "/v1/mobile/trips",
            Opening,
            lambda b, _, by: {
                "allotment_id": s.open_trip(b.slip, b.counted, by, jobs=b.jobs, until=b.until, place=b.place)
            },
        ),
        post("/v1/mobile/trip/closing", None, lambda _b, _, by: s.begin_closing(by)),
        post("/v1/mobile/trip/check", InBags, lambda b, _, _by: s.check_trip(b)),
        post("/v1/mobile/trip/missing", Missing, lambda b, _, by: s.declare_missing_on_trip(b.count, by)),
        post("/v1/mobile/trip/close", InBags, lambda b, _, by: {"slip": s.close_trip(b, by)}),
        web.get("/v1/partner-lists", lists),
        web.post("/v1/partner-lists", submit),
        web.get("/v1/partner-lists/{list}/states", states),
    ]


async def _bounded(request: web.Request) -> bytes:
    """Read a list, which may be larger than other bodies; of one that is too large no more than shows it."""
    content = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        content += chunk
        if len(content) > LARGEST:
            break
    return bytes(content)
