"""The api's routes about orders and the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import msgspec
from aiohttp import web

from stationd.api import messages
from stationd.api.door import OFFICER
from stationd.station import Station

KEY: Final = "Idempotency-Key"
"""Header by which a client makes sure that an act is done once, however often it has to ask."""

_Do = Callable[..., Awaitable[web.StreamResponse]]


def routes(station: Station, do: _Do) -> Sequence[web.RouteDef]:
    """Return the routes.

    Args:
        station: what is asked.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    async def queue(request: web.Request) -> web.StreamResponse:
        answer = await do(station.queue, request[OFFICER])
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def cards(_: web.Request) -> web.StreamResponse:
        return await do(station.cards)

    async def order(request: web.Request) -> web.StreamResponse:
        return await do(station.order, request.match_info["job"], request[OFFICER], _key(request))

    async def order_next(request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.OrderNext)
        return await do(station.order_next, asked.count, request[OFFICER], _key(request))

    async def order_many(request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.OrderMany)
        return await do(station.order_many, asked.jobs, request[OFFICER], _key(request))

    async def to_front(request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.Reason)
        return await do(station.to_front, request.match_info["job"], asked.reason, request[OFFICER])

    async def from_front(request: web.Request) -> web.StreamResponse:
        return await do(partial(station.from_front, request.match_info["job"]), request[OFFICER])

    return (
        web.get("/v1/queue", queue),
        web.get("/v1/cards", cards),
        web.post("/v1/orders", order_next),
        web.post("/v1/orders/selected", order_many),
        web.post("/v1/jobs/{job}/order", order),
        web.post("/v1/jobs/{job}/front", to_front),
        web.delete("/v1/jobs/{job}/front", from_front),
    )


def _key(request: web.Request) -> str:
    return request.headers.get(KEY, "")
