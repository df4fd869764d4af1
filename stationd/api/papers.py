"""The api's routes about papers: the day's figures, documents and their scans."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from stationd.documents import scan
from stationd.station import Station

_Do = Callable[..., Awaitable[web.StreamResponse]]
CHUNK: Final = 64 * 1024
"""Bytes of a scan that are read at once."""

_NOT_KEPT: Final = {"Cache-Control": "no-store"}


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which paper, and what about: a day, or the number of an entry of the book; empty for the latest."""

    kind: str
    subject: str = ""


class PaperDesk:
    """Answers what is asked about papers.

    Args:
        station: what is asked.
        officer_of: who asks.
        do: carries an act out in a thread of its own and answers with what it returned.
    """

    def __init__(self, station: Station, officer_of: Callable[[web.Request], str], do: _Do) -> None:
        self._station = station
        self._officer = officer_of
        self._do = do

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/v1/day", self._day),
            web.get("/v1/documents", self._documents),
            web.post("/v1/documents", self._issue),
            web.get("/v1/documents/trust", self._trust),
            web.get("/v1/documents/{document}", self._document),
            web.get("/v1/documents/{document}/scan", self._scan),
            web.post("/v1/documents/{document}/scan", self._file_scan),
            web.post("/v1/documents/{document}/print", self._print),
        ]

    async def _day(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.day, request.query.get("date", ""), self._officer(request))

    async def _documents(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.documents, self._officer(request))

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read(), type=Issue)
        return await self._do(self._station.issue_document, body.kind, body.subject, self._officer(request))

    async def _document(self, request: web.Request) -> web.StreamResponse:
        pdf = await asyncio.to_thread(self._station.document, *self._asked(request))
        return web.Response(body=pdf, content_type="application/pdf", headers=_NOT_KEPT)

    async def _scan(self, request: web.Request) -> web.StreamResponse:
        media, content = await asyncio.to_thread(self._station.document_scan, *self._asked(request))
        return web.Response(body=content, content_type=media, headers=_NOT_KEPT)

    async def _file_scan(self, request: web.Request) -> web.StreamResponse:
        document_id, officer = self._asked(request)
        content = bytearray()
        async for chunk in request.content.iter_chunked(CHUNK):
            content += chunk
            if len(content) > scan.LARGEST:
                break  # that is enough to say that it is too large
        return await self._do(self._station.file_scan, document_id, bytes(content), officer)

    async def _print(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.print_document, *self._asked(request))

    async def _trust(self, _: web.Request) -> web.StreamResponse:
        return await self._do(self._station.document_trust)

    def _asked(self, request: web.Request) -> tuple[str, str]:
        return request.match_info["document"], self._officer(request)
