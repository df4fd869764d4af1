"""The process with a token's library, seen from the daemon: started, held to a deadline, killed."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from typing_extensions import override

from drivers.deadline import Deadline
from stationd.chip import token_worker
from stationd.chip.token_worker import Answer, Asked, Cmac, Open, Size

COMMAND = (sys.executable, "-P", "-m", "stationd.chip.token_worker")
_REAP = 2.0


class Silent(Exception):
    """No answer by the deadline: the process has been killed."""


@dataclass(eq=False)
class Ended(Exception):
    """The process ended by itself: the library brought it down. `status` is what it ended with."""

    status: int | None

    @override
    def __str__(self) -> str:
        return f"its library ended with status {self.status}"


class Worker(Protocol):
    """Whatever has the token's library."""

    def ask(self, request: Open | Size | Cmac, seconds: float) -> Answer:
        """Return the answer. Raises `Silent` or `Ended`, after which it can be asked nothing any more."""

    def stop(self) -> None:
        """End it, whatever it is doing. Never raises."""


class Child(Worker):
    """A running process. One thread asks.

    Args:
        command: what is started.

    Raises:
        OSError: the system cannot start it.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # a Ctrl-C at the daemon's terminal is the daemon's to handle
                )
        except BaseException:
            ours.close()
            raise
        self._socket = ours

    @override
    def ask(self, request: Open | Size | Cmac, seconds: float) -> Answer:
        deadline = Deadline.after(seconds)
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(token_worker.packed(Asked(request, seconds)))
            length = token_worker.body_length(self._receive(token_worker.LENGTH_BYTES, deadline))
            answer: Answer = msgspec.msgpack.decode(self._receive(length, deadline), type=Answer)
        except TimeoutError:
            self.stop()
            raise Silent from None
        except (OSError, ValueError):  # msgspec's errors are ValueErrors; their text may quote
            self.stop()
            raise Ended(self._process.returncode) from None
        return answer

    @override
    def stop(self) -> None:
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(_REAP)  # `subprocess` reaps it later, if the kernel cannot now

    def _receive(self, length: int, deadline: Deadline) -> bytes:
        data = bytearray()
        while len(data) < length:
            self._socket.settimeout(max(deadline.remaining(), 0.001))
            more = self._socket.recv(length - len(data))
            if not more:
                raise ConnectionResetError
            data += more
        return bytes(data)
