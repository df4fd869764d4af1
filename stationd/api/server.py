"""The api's routes, and the server on its Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from stationd.api import field, live, messages, mobile, papers, problems, shelf, stock
from stationd.api.door import OFFICER, Door
from stationd.api.queue import QueueRoutes
from stationd.station import Station

MODE = 0o660
LARGEST_REQUEST = 64 * 1024

_Body = TypeVar("_Body", bound=msgspec.Struct)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The station over HTTP.

    Args:
        station: what is asked.
        door: lets officers in, and nobody else.
        broadcast: gives live events.
        more: routes beside those of a station's own acts, under the same door.
    """

    def __init__(
        self,
        station: Station,
        door: Door,
        broadcast: live.Broadcast,
        more: Sequence[web.RouteDef] = (),
    ) -> None:
        self._station = station
        self._door = door
        self._broadcast = broadcast
        self._more = more

    def application(self) -> web.Application:
        """Return the application with its routes."""
        application = web.Application(middlewares=[problems.explain, self._door.guard], client_max_size=LARGEST_REQUEST)
        application.on_response_prepare.append(self._door.tell_version)
        application.on_cleanup.append(self._door.close)
        application.add_routes(
            [
                *self._door.routes(),
                web.get("/v1/status", self._looking(self._station.status)),
                web.get("/v1/jobs", self._looking(self._station.jobs)),
                web.get("/v1/jobs/{job}/story", self._story),
                web.get("/v1/jobs/{job}/why", self._on_job(self._station.why)),
                web.get("/v1/forecast", self._looking(self._station.forecast)),
                web.get("/v1/coverage", self._looking(self._station.coverage)),
                web.get("/v1/jobs/{job}/preview", self._preview),
                web.get("/v1/shelf", self._looking(self._station.shelf)),
                web.get("/v1/blanks", self._looking(self._station.balances)),
                web.get("/v1/discrepancies", self._looking(self._station.discrepancies)),
                web.get("/v1/verification", self._verification),
                web.get("/v1/events", self._events),
                web.delete("/v1/jobs/{job}/order", self._on_job(self._station.cancel)),
                web.post("/v1/jobs/{job}/acceptance", self._on_job(self._station.accept)),
                web.post("/v1/jobs/{job}/spoil", self._spoil),
                web.post("/v1/jobs/{job}/return", self._return),
                web.post("/v1/questions/{question}/answer", self._answer),
                web.post("/v1/lines/{line}/resume", self._on_line(self._station.resume_line)),
                web.post("/v1/lines/{line}/test-print", self._test_print),
                web.post("/v1/lines/{line}/proof", self._on_line(self._station.prove)),
                web.post("/v1/lines/{line}/trial-blank", self._on_line(self._station.release_blank)),
                web.get("/v1/lines/{line}/cleaning", self._cleaning_guide),
                web.post("/v1/lines/{line}/cleaning", self._on_line(self._station.clean)),
                web.post("/v1/lines/{line}/continue", self._on_line(self._station.continue_line)),
                web.post("/v1/time", self._declare_time),
                web.get("/v1/chip", self._chip),
                web.post("/v1/chip/check", self._chip_check),
                *QueueRoutes(self._station, self._do).routes(),
                *stock.routes(self._station, self._officer, self._do),
                *mobile.routes(self._station, self._officer, self._do),
                *papers.PaperDesk(self._station, self._officer, self._do).routes(),
                *field.routes(self._station, self._officer, self._do),
                *shelf.routes(self._station, self._officer, self._do),
                *self._more,
            ]
        )
        return application

    # Station's calls read the disk or sync it, so each runs in a thread of its own.

    def _looking(self, ask: Callable[[], object]) -> _Handler:
        async def handler(_: web.Request) -> web.StreamResponse:
            return _json(await asyncio.to_thread(ask))

        return handler

    def _on_job(self, act: Callable[[str, str], object]) -> _Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await self._do(act, request.match_info["job"], self._officer(request))

        return handler

    def _on_line(self, act: Callable[[str, str], object]) -> _Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await self._do(act, request.match_info["line"], self._officer(request))

        return handler

    async def _do(self, act: Callable[..., object], *values: Any) -> web.StreamResponse:
        result = await asyncio.to_thread(act, *values)
        return web.Response(status=204) if result is None else _json(result)

    def _officer(self, request: web.Request) -> str:
        return request[OFFICER]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await live.stream(request, self._broadcast, functools.partial(self._door.still_in, request))

    async def _verification(self, _: web.Request) -> web.StreamResponse:
        return _json(await self._station.verify())

    async def _story(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.story, request.match_info["job"])

    async def _preview(self, request: web.Request) -> web.StreamResponse:
        picture = await asyncio.to_thread(self._station.preview, request.match_info["job"], self._officer(request))
        return web.Response(body=picture, content_type="image/png", headers={"Cache-Control": "no-store"})

    async def _test_print(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, messages.TestPrint) if request.can_read_body else messages.TestPrint()
        return await self._do(self._station.test_print, request.match_info["line"], self._officer(request), body.side)

    async def _cleaning_guide(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.cleaning_guide, request.match_info["line"])

    async def _spoil(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, messages.Reason)
        return await self._do(self._station.spoil, request.match_info["job"], body.reason, self._officer(request))

    async def _return(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, messages.Reason)
        return await self._do(self._station.return_job, request.match_info["job"], self._officer(request), body.reason)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, messages.AnswerGiven)
        answer = functools.partial(self._station.answer, tap=body.tap)
        return await self._do(answer, request.match_info["question"], body.answer, self._officer(request))

    async def _chip(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.read_chip, self._officer(request))

    async def _chip_check(self, request: web.Request) -> web.StreamResponse:
        return await self._do(self._station.check_chip, self._officer(request))

    async def _declare_time(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, messages.TimeSaid)
        return await self._do(self._station.declare_time, body.seconds, self._officer(request))


async def _body(request: web.Request, kind: type[_Body]) -> _Body:
    return msgspec.json.decode(await request.read(), type=kind)


def _json(content: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")


@contextlib.asynccontextmanager
async def serving(application: web.Application, path: Path) -> AsyncIterator[None]:
    """Serve on a Unix socket while the block runs. A socket left behind by a dead daemon is replaced."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        with _listening(path) as listener:
            try:
                await web.SockSite(runner, listener).start()
                yield
            finally:
                try:
                    await _accept_no_more(listener)
                finally:
                    await runner.cleanup()  # while the socket is still open: the loop must let go of it first
    finally:
        await runner.cleanup()


async def _accept_no_more(listener: socket.socket) -> None:
    """Take no new connection, and let those just taken come to the server, which closes them with all others.

    The loop hands a connection over in the turn after the one that took it. A server closed in between can receive it
    no more, and nobody would close it; one that waits for a handler not yet begun would wait its whole time out.
    """
    asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)  # the server receives them
    await asyncio.sleep(0)  # with the turn that the server itself waits, their handlers have begun


@contextlib.contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Bind a Unix socket that only its owner and group may open, from its first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(MODE)  # before listen: until then nobody can connect
        listener.listen()
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)
