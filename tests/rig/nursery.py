"""Programs begun from a process that has read them already: what is waited for is the program, not its imports.

A simulation starts dozens of processes, and most of them would spend most of their lives reading the same modules. So
one process reads a program's modules when it is first wanted, and is forked for each run of it. What runs is a process
of its own, with arguments, environment, files, session, signals and exit status of its own. Only pytest keeps nurseries
(`tests/conftest.py`): whoever runs the rig by a command, as the demonstration does, starts programs as a shell would.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Final, Protocol

from typing_extensions import override

PRELOAD = "LD_PRELOAD"
"""What the loader reads at exec alone: each value of it has a nursery of its own."""
_PROCESS = "tests.rig.nursery_process"


class DidNotStart(RuntimeError):
    """A process did not come up; its log says why."""


class Process(Protocol):
    """What is used of a `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status when it has ended. Raises `subprocess.TimeoutExpired`."""

    def send_signal(self, sig: int) -> None:
        """Signal it, unless it has ended."""

    def kill(self) -> None:
        """SIGKILL."""

    def terminate(self) -> None:
        """SIGTERM."""


def begin(command: Sequence[str | Path], environment: Mapping[str, str], out: int, errors: int) -> Process:
    """Start a program of ours in a session of its own, with its output in two open files.

    Args:
        command: a program of the virtual environment, or this Python with `-m` and a module; then its arguments.
        environment: all of its environment.
        out: descriptor of its standard output.
        errors: descriptor of its standard error.
    """
    words = [str(word) for word in command]
    if not _nurseries.kept:
        return subprocess.Popen(words, env=environment, stdout=out, stderr=errors, start_new_session=True)
    return _nurseries.begin(words, environment, out, errors)


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run such a program to its end and return what it said. Raises `subprocess.TimeoutExpired`, and it is killed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = begin(command, environment, out.fileno(), errors.fileno())
        try:
            status = process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, status, _all_of(out), _all_of(errors))


def begin_ready(command: Sequence[str | Path], log: Path) -> Process:
    """Start a program that says one line when it is ready, wait for that, and keep what goes wrong in a log.

    Raises:
        DidNotStart: if it ended without a word.
    """
    ours, its = os.pipe()
    with log.open("ab") as errors, os.fdopen(its, "wb") as out:
        process = begin(command, os.environ, out.fileno(), errors.fileno())
    with os.fdopen(ours) as told:
        ready = told.readline()
    if not ready:
        raise DidNotStart(log.read_text()[-4000:])
    return process


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@contextmanager
def kept() -> Iterator[None]:
    """Let programs be forked from now on; at the end the processes that were kept for it end as well."""
    _nurseries.kept = True
    try:
        yield
    finally:
        _nurseries.kept = False
        _nurseries.close()


class _Nurseries:
    """One for each preload that programs were wanted with."""

    def __init__(self) -> None:
        self.kept = False
        self._lock = threading.Lock()
        self._by_preload: dict[str, tuple[socket.socket, subprocess.Popen[bytes]]] = {}

    def begin(self, words: list[str], environment: Mapping[str, str], out: int, errors: int) -> Process:
        program, arguments = _program(words)
        wanted = {
            "program": program,
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(Path.cwd()),
        }
        ours, theirs = socket.socketpair()
        with theirs:
            preload = environment.get(PRELOAD, "")
            with self._lock:
                control = self._control(preload)
            socket.send_fds(control, [json.dumps(wanted).encode()], [theirs.fileno(), out, errors])
        return _Forked(words, ours)

    def _control(self, preload: str) -> socket.socket:
        if preload not in self._by_preload:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            environment = {**os.environ, PRELOAD: preload} if preload else dict(os.environ)
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-m", _PROCESS, str(theirs.fileno())],
                    env=environment,
                    cwd=Path(__file__).parents[2],
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            self._by_preload[preload] = ours, process
        return self._by_preload[preload][0]

    def close(self) -> None:
        for control, process in self._by_preload.values():
            control.close()
            process.wait()
        self._by_preload.clear()


_nurseries: Final = _Nurseries()


class _Forked(Process):
    """A program that was begun in a nursery, which tells its process id and, when it ends, its status."""

    def __init__(self, words: list[str], told: socket.socket) -> None:
        self._words = words
        self._told = told
        self._lock = threading.Lock()
        self._status: int | None = None
        self._pid = self._read()

    @property
    @override
    def pid(self) -> int:
        return self._pid

    def _read(self) -> int:
        told = self._told.recv(4, socket.MSG_WAITALL)
        if len(told) < 4:
            raise RuntimeError(f"the nursery ended, and nobody knows what became of {' '.join(self._words)}")
        return int.from_bytes(told, "big", signed=True)

    @override
    def poll(self) -> int | None:
        with self._lock:
            if self._status is None and select.select([self._told], [], [], 0)[0]:
                self._end()
            return self._status

    @override
    def wait(self, timeout: float | None = None) -> int:
        with self._lock:
            if self._status is None:
                if not select.select([self._told], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(self._words, timeout or 0.0)
                self._end()
            assert self._status is not None
            return self._status

    def _end(self) -> None:
        self._status = self._read()
        self._told.close()

    @override
    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self._pid, sig)

    @override
    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    @override
    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def __del__(self) -> None:
        self._told.close()


@cache
def _scripts() -> dict[str, str]:
    return {script.name: script.value for script in entry_points(group="console_scripts")}


def _program(words: list[str]) -> tuple[str, list[str]]:
    """Return where a command's function is (`module:function`), and the arguments from the script or `-m` on."""
    if words[1:2] == ["-m"]:
        found = importlib.util.find_spec(words[2])
        package = found is not None and found.submodule_search_locations is not None
        return f"{words[2]}{'.__main__' if package else ''}:main", words[1:]
    return _scripts()[Path(words[0]).name], words
