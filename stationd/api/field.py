"""The api's routes about citizens: what is reported of them; and whether the station is ready to serve them."""

from __future__ import annotations

import functools
import math
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

    async def kept(request: web.Request) -> web.StreamResponse:
        gone = request.query.get("gone", "") == "1"
        return await do(functools.partial(station.kept, gone=gone), officer_of(request))

    async def processed(request: web.Request) -> web.StreamResponse:
        return await do(station.processed, officer_of(request), request.query.get("job"))

    async def concerned(request: web.Request) -> web.StreamResponse:
        try:
            since = float(request.query.get("since", ""))
        except ValueError:
            since = math.nan
        return await do(station.concerned, officer_of(request), since)

    return [
        web.get("/v1/privacy", kept),
        web.get("/v1/privacy/log", processed),
        web.get("/v1/privacy/breach", concerned),
        web.post("/v1/jobs/{job}/report", report),
        web.post("/v1/citizens/{citizen}/report", report_citizen),
        web.get("/v1/readiness", readiness),
        web.post("/v1/readiness", record_readiness),
    ]
