"""The simulated world, brought up by `station-sim run` and asked about over its own sockets."""

from __future__ import annotations

import fcntl
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
from simulators.wires.pcscd import SOCKET
from simulators.world_client import WorldClient
from tests.rig import nursery
from tests.rig.nursery import DidNotStart

__all__ = ["BIN", "DidNotStart", "Simulation"]

BIN = Path(sys.executable).parent
START = 60.0
TURN = 150.0
"""Seconds to wait for another simulation to end: less than the time limit of the tests that have one."""


class Simulation:
    """A running scenario. It has the place's only pcscd, so there is one at a time; a second waits for its turn.

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
        self._process: nursery.Process | None = None
        self._registry: nursery.Process | None = None
        self._turn = -1

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = self.folder / "simulators.json"
        facts.unlink(missing_ok=True)
        self._turn = _take_turn(SOCKET.parent)
        command = [BIN / "station-sim", "run", self.scenario, "--dir", self.folder, "--factor", str(self.factor)]
        with (self.folder / "station-sim.log").open("ab") as log:
            self._process = nursery.begin(command, os.environ, log.fileno(), log.fileno())
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
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._turn)

    @property
    def desk(self) -> Desk:
        """The registry's own people."""
        return Desk(Path(self.facts["registry"]["dir"]))

    def kill_registry(self) -> None:
        """Pull the registry's plug: SIGKILL."""
        if self._registry is not None:
            self._registry.kill()
            self._registry.wait()
            self._registry = None
            return
        os.kill(self.facts["processes"]["registry"], signal.SIGKILL)

    def restart_registry(self) -> None:
        """Start the registry again where it was, and wait until it answers."""
        folder = Path(self.facts["registry"]["dir"])
        command = [sys.executable, "-m", "simulators.registry", "--dir", folder]
        self._registry = nursery.begin_ready(command, self.folder / "registry-again.log")

    def world(self) -> WorldClient:
        """Open a look at the physical world; the caller closes it."""
        return WorldClient(self.facts["world"])

    def sim(self, *arguments: str) -> str:
        """Run a `station-sim` command on this scenario and return what it printed."""
        command = [BIN / "station-sim", arguments[0], "--dir", self.folder, *arguments[1:]]
        done = nursery.run(command, os.environ)
        if done.returncode:
            raise RuntimeError(f"station-sim {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


def _take_turn(place: Path) -> int:
    """Lock the folder of pcscd's socket, which is shared by just those who would meet at one pcscd."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    deadline = time.monotonic() + TURN
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(folder)
                raise DidNotStart(
                    f"another simulation has had {place} for {TURN:.0f} s; end it, or run this in a private namespace"
                ) from None
            time.sleep(0.1)
        else:
            return folder
