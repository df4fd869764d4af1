"""The process in which a nursery reads programs and from which it forks them; `nursery` says what it is for.

It imports little: what is forked from it has all of that as well.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import socket
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any

OURS = "stationd.", "drivers.", "simulators."
_MOST = 1 << 17


class _Nursery:
    """Reads programs and forks them.

    Args:
        control: says what is wanted, and ends when nothing more will be.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._looking = selectors.DefaultSelector()
        self._looking.register(control, selectors.EVENT_READ)
        self._running: dict[int, tuple[int, socket.socket]] = {}
        self._late, self._tell_late = os.pipe()
        os.set_blocking(self._late, False)

    def keep(self) -> None:
        """Begin what is wanted and tell of its end; what is forked ends here as well when it has run."""
        while True:
            for key, _ in self._looking.select():
                if key.fileobj is not self._control:
                    self._tell_end(key.fd)
                    continue
                message, files, _, _ = socket.recv_fds(self._control, _MOST, 3)
                if not message:
                    return
                wanted = json.loads(message)
                telling, out, errors = socket.socket(fileno=files[0]), *files[1:]
                module, _, function = wanted["program"].partition(":")
                self._read(module)
                if not (pid := os.fork()):
                    self._leave()
                    _become(wanted, telling, out, errors)
                    _name(sys.modules[module], wanted["arguments"])
                    self._carry_out(module, function)
                    return
                os.close(out)
                os.close(errors)
                pidfd = os.pidfd_open(pid)
                self._running[pidfd] = pid, telling
                self._looking.register(pidfd, selectors.EVENT_READ)

    def _read(self, module: str) -> None:
        """Import a program, and whatever of ours those before it came to need only while they ran."""
        importlib.import_module(module)
        try:
            late = os.read(self._late, _MOST).decode().split()
        except BlockingIOError:
            late = []
        for name in late:
            importlib.import_module(name)
        gc.freeze()  # what was read is nothing to tidy up: memory stays shared

    def _tell_end(self, pidfd: int) -> None:
        pid, telling = self._running.pop(pidfd)
        self._looking.unregister(pidfd)
        os.close(pidfd)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with telling, suppress(BrokenPipeError):  # nobody waits for it any more
            telling.sendall(status.to_bytes(4, "big", signed=True))

    def _leave(self) -> None:
        """Let go of what is the nursery's."""
        self._looking.close()
        self._control.close()
        os.close(self._late)
        for pidfd, (_, telling) in self._running.items():
            os.close(pidfd)
            telling.close()

    def _carry_out(self, module: str, function: str) -> None:
        read = set(sys.modules)
        try:
            getattr(sys.modules[module], function)()
        finally:
            for name in [name for name in sys.modules if name not in read and name.startswith(OURS)]:
                os.write(self._tell_late, f"{name}\n".encode())


def _become(wanted: dict[str, Any], telling: socket.socket, out: int, errors: int) -> None:
    """Turn into the process that was wanted, and say so."""
    os.setsid()
    with telling:
        telling.sendall(os.getpid().to_bytes(4, "big"))
    for descriptor, file in ((1, out), (2, errors)):
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])


def _name(program: ModuleType, arguments: list[str]) -> None:
    """Have it find its own name where Python puts it for a script, or for a module that is run as a program."""
    if as_module := arguments[0] == "-m":
        arguments = [str(program.__file__), *arguments[2:]]
    sys.argv = arguments
    sys.modules["__main__"].__package__ = program.__package__ if as_module else None


if __name__ == "__main__":
    _Nursery(socket.socket(fileno=int(sys.argv[1]))).keep()
