"""Processes of a running scenario: started, waited for until each says that it is ready, watched, and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})
READY_WITHIN = 40.0
END_WITHIN = 8.0


class PartFailed(Exception):
    """A process did not become ready; the text says which, and the end of its log."""


class Part:
    """One process. Its first line on stdout says that it is ready; all it says goes to its log.

    Args:
        name: for people, and of the log.
        command: what to run; it ends with us, whatever becomes of us.
        logs: the folder of the log.
        environment: what its environment has beside ours.
    """

    def __init__(self, name: str, command: list[str], logs: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self._said = threading.Event()
        self._first = ""
        self._output = self.log.open("ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=self._output,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self.process.stdout is None:
            raise ValueError("the process was started without a pipe")
        for line in self.process.stdout:
            if not self._said.is_set():
                self._first = line.decode(errors="replace").strip()
                self._said.set()
            self._output.write(line)
            self._output.flush()
        self._said.set()

    def ready(self) -> str:
        """Wait for the ready line and return it. Raises `PartFailed`."""
        if not self._said.wait(READY_WITHIN) or not self._first:
            said = self.log.read_text(errors="replace").strip().splitlines()[-20:]
            raise PartFailed(f"{self.name} did not become ready:\n" + "\n".join(said))
        return self._first

    def end(self) -> None:
        """Ask it to end, and see that it does."""
        self.process.terminate()
        try:
            self.process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(END_WITHIN)
        self._output.close()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Parts:
    """All processes of a scenario, ended in the reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._parts: list[Part] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, *arguments: str | Path, environment: Mapping[str, str] = NOTHING_MORE) -> Part:
        """Start a module of ours: `module arguments…`, with more in its environment than in ours."""
        module, *rest = (str(argument) for argument in arguments)
        part = Part(name, [sys.executable, "-m", module, *rest], self._logs, environment)
        self._parts.append(part)
        return part

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {part.name: part.process.pid for part in self._parts}

    def watch(self, stop: threading.Event) -> None:
        """Say on stderr who died, until told to stop."""
        known: set[str] = set()
        while not stop.wait(0.2):
            for part in self._parts:
                if part.name not in known and (code := part.process.poll()) is not None:
                    known.add(part.name)
                    sys.stderr.write(f"{part.name} died with status {code}; its log is {part.log}\n")
                    sys.stderr.flush()

    def end(self) -> None:
        """End all."""
        began = time.monotonic()
        while self._parts:
            self._parts.pop().end()
        sys.stderr.write(f"ended in {time.monotonic() - began:.1f} s\n")
