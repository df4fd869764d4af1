"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from aiohttp import web

_UCRED = struct.Struct("3i")  # struct ucred of unix(7): process, user and group id


@dataclass(frozen=True)
class Peer:
    """The process that called, as the kernel tells it."""

    pid: int
    uid: int


def peer_of(request: web.Request) -> Peer:
    """Return who sent a request."""
    transport = request.transport
    connection: socket.socket | None = transport.get_extra_info("socket") if transport else None
    if connection is None:
        raise web.HTTPForbidden(text="the caller is gone")
    pid, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return Peer(pid, uid)
