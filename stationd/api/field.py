"""The api's routes about citizens: what is reported of them; and whether the station is ready to serve them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from stationd.station import Station

_Do = Callable[..., Awaitable[web.StreamResponse]]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was heard: a `stationd.model.field_events.ReportKind`."""

    kind: str


def routes(station: Station, officer_of: Callable[[web.Request], str], do: _Do) -> list[web.RouteDef]:
    """Return the routes. Arguments as for `stationd.api.stock.routes`."""

    async def report(request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read(), type=Report)
        return await do(station.report, request.match_info["job"], body.kind, officer_of(request))

    async def report_citizen(request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read(), type=Report)
        return await do(station.report_citizen, request.match_info["citizen"], body.kind, officer_of(request))

    async def readiness(_: web.Request) -> web.StreamResponse:
        return await do(station.readiness)

    async def record_readiness(request: web.Request) -> web.StreamResponse:
        return await do(station.record_readiness, officer_of(request))

    return [
        web.post("/v1/jobs/{job}/report", report),
        web.post("/v1/citizens/{citizen}/report", report_citizen),
        web.get("/v1/readiness", readiness),
        web.post("/v1/readiness", record_readiness),
    ]
