"""A station as a person would set it up: settings, enrolment, the daemon as a process, its commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stationd.client.client import Client
from stationd.client.problems import StationAbsent
from stationd.station import StationStatus
from tests.rig import nursery
from tests.rig.badge import Badge
from tests.rig.chips import WITHOUT_KEYS, Chips
from tests.rig.settings import OFFICER, PCSC, ROOT, LineSetup, station_toml
from tests.rig.simulation import BIN, DidNotStart, Simulation

__all__ = ["ROOT", "START", "StationProcess"]

START = 30.0


class StationProcess:
    """The daemon under test, run unmodified against a simulation.

    Args:
        folder: its home.
        simulation: the world it stands in.
        name: the station's id.
        jobs: how many jobs it holds.
        printer: the printer's address, if not that of the simulation's `matica-1`.
        lines: its production lines; left out: one, with that printer and the reader inside it.
        desk: address of the reader on the desk, if it has one.
        chips: what cards it writes, and where its keys for them are.
        listen: whether to keep what the live events tell, from each start on.
    """

    def __init__(
        self,
        folder: Path,
        simulation: Simulation,
        name: str = "kec-731602",
        jobs: int = 20,
        printer: str | None = None,
        *,
        lines: Sequence[LineSetup] | None = None,
        desk: str | None = None,
        chips: Chips = WITHOUT_KEYS,
        listen: bool = True,
    ) -> None:
        self.folder = folder
        self.simulation = simulation
        self.name = name
        self.settings = folder / "station.toml"
        self.socket = folder / "api.sock"
        self.heard = folder / "events.log"
        self._listen = listen
        self._listening: threading.Thread | None = None
        self._process: nursery.Process | None = None
        self.badge = Badge(self.socket, simulation.desk, name, OFFICER)
        folder.mkdir(parents=True, exist_ok=True)
        self.chips = chips
        self.lines = _only_matica(simulation, printer, chips) if lines is None else tuple(lines)
        url = simulation.facts["registry"]["url"]
        at_desk = {} if desk is None else reader_at(simulation, desk)
        desk_sam = at_desk.get("sam") if chips.sam else None
        desk_reader = at_desk.get("kind", PCSC)
        keys = simulation.facts["chip_keys"] if chips.keys else None
        self.settings.write_text(
            station_toml(name, url, jobs, self.lines, desk, desk_reader=desk_reader, desk_sam=desk_sam, keys=keys)
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the daemon's environment needs so that simulated devices are found where real ones would be."""
        return {**os.environ, **self.simulation.facts["environment"], "STATION_LANG": "en"}

    def signed_in(self) -> dict[str, str]:
        """What a command's environment needs beyond that while the daemon runs: the token of a session."""
        if self._process is None or self._process.poll() is not None:
            return self.environment
        with self.client() as client:
            client.present()
            return {**self.environment, "STATIOND_TOKEN": client.token}

    @property
    def command(self) -> list[str | Path]:
        """What starts the daemon."""
        return [BIN / "stationd", "--settings", self.settings]

    def enrol(self) -> None:
        """Let the registry give out a code, and use it as a technician would."""
        code = self.simulation.desk.code(self.name)
        self.badge.fetch_code()
        ca = self.simulation.facts["registry"]["ca"]
        self.ctl("enrol", "--settings", str(self.settings), "--registry-code", code, "--ca", ca)

    def start(self, *, sign_in: bool = True) -> None:
        """Start the daemon and wait until its api answers, and the officer is signed in unless nobody can be."""
        with (self.folder / "stationd.log").open("ab") as log:
            self._process = nursery.begin(self.command, self.environment, log.fileno(), log.fileno())
        deadline = time.monotonic() + START
        while True:
            try:
                with Client(self.socket) as client:
                    client.door()
                break
            except StationAbsent:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise DidNotStart((self.folder / "stationd.log").read_text()[-4000:]) from None
                time.sleep(0.02)
        if sign_in:
            self.status()  # an earlier session ended with the daemon before
        if self._listen and sign_in:
            self._listening = self._hear()

    def _hear(self) -> threading.Thread:
        """Keep the live events byte for byte until the daemon ends."""
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(str(self.socket))
        bearer = f"Authorization: Bearer {self.badge.token()}"
        stream.sendall(f"GET /v1/events HTTP/1.1\r\nHost: station\r\n{bearer}\r\n\r\n".encode())
        first = stream.recv(4096)  # the daemon listens for us from its answer on

        def keep() -> None:
            with stream, self.heard.open("ab", buffering=0) as file, suppress(ConnectionError):
                told = first
                while told:
                    file.write(told)
                    told = stream.recv(65536)

        thread = threading.Thread(target=keep)
        thread.start()
        return thread

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        if self._process is None:
            raise RuntimeError("the daemon was not started")
        return self._process.pid

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the daemon, in order or by SIGKILL, and return its exit status."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        status = self._process.wait(120)
        if self._listening is not None:
            self._listening.join(30)
        return status

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGTERM if kind is None else signal.SIGKILL)

    def client(self) -> Client:
        """Open a client of the api; the caller closes it."""
        return self.badge.client()

    def status(self) -> StationStatus:
        """Return the station's status."""
        with self.client() as client:
            return client.get("/v1/status", StationStatus)

    def ctl(self, *arguments: str, check: bool = True) -> str:
        """Run `stationctl` and return what it printed."""
        done = self._ctl(arguments)
        if check and done.returncode:
            raise RuntimeError(f"stationctl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def refusal(self, *arguments: str) -> str:
        """Run a `stationctl` command that must be refused, and return what it said."""
        done = self._ctl(arguments)
        if done.returncode == 0:
            raise RuntimeError(f"stationctl {' '.join(arguments)} was not refused: {done.stdout.strip()}")
        return done.stderr

    def _ctl(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        command = [BIN / "stationctl", "--socket", self.socket, *arguments]
        done = nursery.run(command, self.signed_in())
        with (self.folder / "stationctl.log").open("a") as log:
            log.write(f"$ stationctl {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done

    def ask(self, *arguments: str) -> Any:
        """Run `stationctl --json` and return what it printed, read."""
        return json.loads(self.ctl("--json", *arguments))

    def wait_until(self, holds: Any, seconds: float = 60.0) -> StationStatus:
        """Wait until something holds of the status, and return that status."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status()
            if holds(status):
                return status
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds:.0f} s the station is still: {status}")
            time.sleep(0.1)


def reader_at(simulation: Simulation, address: str) -> dict[str, str]:
    """Return what the simulation tells of the reader with that address: its driver, and the address of its SAM."""
    return next(facts for facts in simulation.facts["readers"].values() if facts["address"] == address)


def _only_matica(simulation: Simulation, printer: str | None, chips: Chips) -> tuple[LineSetup, ...]:
    """Return the one line that most tests have."""
    facts = simulation.facts
    address = printer or facts["machines"]["matica-1"]["address"]
    encoder = facts["readers"]["matica-1"]["address"]
    sam = reader_at(simulation, encoder)["sam"] if chips.sam else None
    return (LineSetup("line-1", "matica-1", "matica_xid", address, encoder, film_beside_chip=True, sam=sam),)
