"""The api's routes about orders, the queue, and what else a window shows at one look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from stationd.api import messages
from stationd.api.door import APPROVER, OFFICER
from stationd.station import Station

KEY: Final = "Idempotency-Key"
"""Header by which a client makes sure that an act is done once, however often it has to ask."""

_Do = Callable[..., Awaitable[web.StreamResponse]]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class QueueRoutes:
    """The routes.

    Args:
        station: what is asked.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    def __init__(self, station: Station, do: _Do) -> None:
        self._station = station
        self._do = do

    def routes(self) -> Sequence[web.RouteDef]:
        """Return them."""
        return (
            web.get("/v1/queue", self._queue),
            web.get("/v1/cards", self._looking(self._station.cards)),
            web.get("/v1/questions", self._looking(self._station.questions)),
            web.get("/v1/stocked", self._looking(self._station.stocked)),
            web.post("/v1/orders", self._order_next),
            web.post("/v1/orders/selected", self._order_many),
            web.post("/v1/jobs/{job}/order", self._order),
            web.post("/v1/jobs/{job}/release", self._release),
            web.post("/v1/jobs/{job}/front", self._to_front),
            web.delete("/v1/jobs/{job}/front", self._from_front),
        )

    def _looking(self, ask: Callable[[], Any]) -> _Handler:
        async def handler(_: web.Request) -> web.StreamResponse:
            return await self._do(ask)

        return handler

    async def _queue(self, request: web.Request) -> web.StreamResponse:
        answer = await self._do(self._station.queue, request[OFFICER])
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def _order(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.order, request.match_info["job"], request[OFFICER], _key(request))

    async def _order_next(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.OrderNext)
        return await self._do(self._station.order_next, asked.count, request[OFFICER], _key(request))

    async def _order_many(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.OrderMany)
        return await self._do(self._station.order_many, asked.jobs, request[OFFICER], _key(request))

    async def _release(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.release, request.match_info["job"], request[OFFICER], request[APPROVER])

    async def _to_front(self, request: web.Request) -> web.StreamResponse:
        asked = msgspec.json.decode(await request.read(), type=messages.Reason)
        return await self._do(self._station.to_front, request.match_info["job"], asked.reason, request[OFFICER])

    async def _from_front(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.from_front, request.match_info["job"], request[OFFICER])


def _key(request: web.Request) -> str:
    return request.headers.get(KEY, "")
