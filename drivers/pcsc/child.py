"""One worker process, seen from the driver: started, held to its deadline, killed.

A child that missed its deadline is killed before the call returns, so that no answer of its can ever be taken for
the answer to a later request.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from drivers.deadline import Deadline
from drivers.pcsc import frames
from drivers.pcsc.frames import Op

INTERPRETER = (sys.executable,)
"""How a worker's Python is started. Tests put the command before it that enters a namespace."""

_REAP_SECONDS = 2.0
# Of the time that the worker is told to wait for a card, this much is kept for its answer to come back.
_ANSWER_SECONDS = 0.1


class ChildSilent(Exception):
    """No reply by the deadline: the child has been killed."""


class ChildEnded(Exception):
    """The child ended by itself or was killed by `stop`, with or without having done what was asked."""


class Child:
    """A running worker. One thread calls; `stop` may come from any."""

    def __init__(self) -> None:
        """Start it. Raises `OSError` if the system cannot."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    # -S: what `site` loads would double the worker's memory; its path is given instead.
                    [*INTERPRETER, "-S", "-P", "-s", "-m", "drivers.pcsc.worker"],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": _import_path()},
                    start_new_session=True,  # a Ctrl-C at the daemon's terminal is the daemon's to handle
                )
        except BaseException:
            ours.close()
            raise
        self._socket = ours
        self._calling = threading.Lock()

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def call(self, op: Op, payload: bytes, deadline: Deadline) -> tuple[int, bytes]:
        """Ask for one operation and return its PC/SC code and payload. Raises `ChildSilent` or `ChildEnded`."""
        with self._calling:
            remaining = deadline.remaining()
            wait = remaining - min(_ANSWER_SECONDS, remaining / 4)
            try:
                self._socket.settimeout(max(remaining, 0.001))
                self._socket.sendall(frames.request(op, int(wait * 1000), payload))
                prefix = self._receive(frames.LENGTH.size, deadline)
                return frames.parse_reply(self._receive(frames.body_length(prefix), deadline))
            except TimeoutError:
                self._end()
                raise ChildSilent from None
            except (OSError, ValueError) as error:
                self._end()
                raise ChildEnded(f"{error}; exit status {self._process.returncode}") from None

    def stop(self) -> None:
        """End it: at once, whatever it is doing. A card that it held is reset by pcscd. Never raises."""
        self._process.kill()
        with contextlib.suppress(OSError):  # it has ended already
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a call in another thread, which then raises ChildEnded
        with self._calling:
            self._end()

    def _receive(self, length: int, deadline: Deadline) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._socket.settimeout(max(deadline.remaining(), 0.001))
            more = self._socket.recv(length - len(data))
            if not more:
                raise ConnectionResetError("the worker closed its side")
            data += more
        return bytes(data)

    def _end(self) -> None:
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # `subprocess` reaps it later
            self._process.wait(_REAP_SECONDS)
        self._socket.close()


def _import_path() -> str:
    roots = [Path(__file__).parents[2]]
    spec = importlib.util.find_spec("smartcard")
    if spec is not None and spec.origin is not None:
        roots.append(Path(spec.origin).parents[1])
    return os.pathsep.join(map(str, roots))
