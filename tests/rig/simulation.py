"""The simulated world, brought up by `station-sim run` and asked about over its own sockets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators.registry.desk import Desk
from simulators.world_client import WorldClient

BIN = Path(sys.executable).parent
START = 60.0


class DidNotStart(RuntimeError):
    """A process did not come up; its log says why."""


class Simulation:
    """A running scenario.

    Args:
        folder: where it keeps everything; made if absent.
        scenario: a name that `station-sim` knows, or a file.
        factor: how many times faster than in life the devices work.
    """

    def __init__(self, folder: Path, scenario: str = "ordinary", factor: float = 10.0) -> None:
        self.folder = folder
        self.scenario = scenario
        self.factor = factor
        self.facts: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._registry: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = self.folder / "simulators.json"
        facts.unlink(missing_ok=True)
        command = [BIN / "station-sim", "run", self.scenario, "--dir", self.folder, "--factor", str(self.factor)]
        with (self.folder / "station-sim.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START
        while not facts.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise DidNotStart((self.folder / "station-sim.log").read_text()[-4000:])
            time.sleep(0.05)
        self.facts = json.loads(facts.read_text())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._registry is not None:
            self._registry.terminate()
            self._registry.wait()
            if self._registry.stdout is not None:
                self._registry.stdout.close()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def desk(self) -> Desk:
        """The registry's own people."""
        return Desk(Path(self.facts["registry"]["dir"]))

    def kill_registry(self) -> None:
        """Pull the registry's plug: SIGKILL."""
        if self._registry is not None:
            self._registry.kill()
            self._registry.wait()
            if self._registry.stdout is not None:
                self._registry.stdout.close()
            self._registry = None
            return
        os.kill(self.facts["processes"]["registry"], signal.SIGKILL)

    def restart_registry(self) -> None:
        """Start the registry again where it was, and wait until it answers."""
        folder = Path(self.facts["registry"]["dir"])
        with (self.folder / "registry-again.log").open("ab") as log:
            command = [sys.executable, "-m", "simulators.registry", "--dir", folder]
            self._registry = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        if self._registry.stdout is None or not self._registry.stdout.readline():
            raise DidNotStart((self.folder / "registry-again.log").read_text()[-4000:])

    def world(self) -> WorldClient:
        """Open a look at the physical world; the caller closes it."""
        return WorldClient(self.facts["world"])

    def sim(self, *arguments: str) -> str:
        """Run a `station-sim` command on this scenario and return what it printed."""
        command = [BIN / "station-sim", arguments[0], "--dir", self.folder, *arguments[1:]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"station-sim {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout
