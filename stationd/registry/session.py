"""An HTTP session that ends when it is told to: a call cut short leaves no half-closed connection behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakSet

import aiohttp

_MOST_CONNECTIONS: Final = 4
_KEPT_OPEN_S: Final = 30.0
_LAST_LOOKS: Final = 100
_BETWEEN_LOOKS_S: Final = 0.01


class Session:
    """An `aiohttp` session over TLS, and its sockets."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._sockets: Final[WeakSet[socket.socket]] = WeakSet()
        self.http: Final = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context, limit=_MOST_CONNECTIONS, keepalive_timeout=_KEPT_OPEN_S, socket_factory=self._socket
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "stationd", "Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection, also those on which a cancelled call still waits for TLS to take its leave."""
        await self.http.close()
        for _ in range(_LAST_LOOKS):
            left = [open_one for open_one in self._sockets if open_one.fileno() != -1]
            if not left:
                return
            for open_one in left:
                with contextlib.suppress(OSError):
                    open_one.shutdown(socket.SHUT_RDWR)
            await asyncio.sleep(_BETWEEN_LOOKS_S)

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        made = socket.socket(*address[:3])
        self._sockets.add(made)
        return made
