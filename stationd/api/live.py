"""Live events (server-sent events): what enters the book, and how the lines are, as it happens.

A listener that falls behind is cut off and fetches the state again: nothing is kept for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
from aiohttp import web

from stationd.model.entry import Entry

BACKLOG = 1000
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that a dead listener is noticed."""


class Broadcast:
    """Hands what the store commits to every listener. `publish` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listeners: set[asyncio.Queue[str | None]] = set()

    def publish(self, entries: Sequence[Entry]) -> None:
        """Send entries of the book to every listener."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens any more
            self._loop.call_soon_threadsafe(self._send, [entry.text for entry in entries])

    def _send(self, texts: list[str]) -> None:
        for queue in tuple(self._listeners):
            try:
                for text in texts:
                    queue.put_nowait(text)
            except asyncio.QueueFull:
                self._listeners.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)

    def close(self) -> None:
        """End every listener's stream."""
        for queue in tuple(self._listeners):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[str | None]]:
        """Listen; the queue gives texts of entries, and None at the end."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)


async def stream(request: web.Request, broadcast: Broadcast, may_hear: Callable[[], bool]) -> web.StreamResponse:
    """Answer a request with live events until either side ends.

    Args:
        request: to be answered.
        broadcast: what is heard.
        may_hear: asked before anything is sent, and at each heartbeat: whether the listener is still signed in.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    with contextlib.suppress(ConnectionResetError):  # the listener has gone, as listeners do
        await _send_all(request, response, broadcast, may_hear)
    return response


async def _send_all(
    request: web.Request, response: web.StreamResponse, broadcast: Broadcast, may_hear: Callable[[], bool]
) -> None:
    async with broadcast.listen() as queue:
        await response.prepare(request)
        await response.write(b": listening\n\n")
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    text: str | None = await queue.get()
            except TimeoutError:
                text = ""
            if text is None or not may_hear():
                break
            if not text:
                await response.write(b": still here\n\n")
                continue
            seq = msgspec.json.decode(text)["seq"]
            await response.write(f"id: {seq}\nevent: entry\ndata: {text}\n\n".encode())
