"""Which connections to a Unix socket of this process still have somebody at their other end."""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path


def living(path: Path) -> int:
    """Count the connections that this process accepted at a socket's path and whose other end is open."""
    return sum(_lives(int(opened.name), os.fsencode(path)) for opened in Path("/proc/self/fd").iterdir())


def _lives(number: int, path: bytes) -> bool:
    try:
        copy = os.dup(number)
    except OSError:  # closed since it was listed
        return False
    try:
        end = socket.socket(fileno=copy)
    except OSError:  # no socket
        os.close(copy)
        return False
    with end:
        name = end.getsockname()
        accepted = not end.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if end.family != socket.AF_UNIX or os.fsencode(name) != path or not accepted:
            return False
        look = select.poll()
        look.register(end, 0)
        return not any(events & select.POLLHUP for _, events in look.poll(0))
