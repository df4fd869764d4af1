"""The office in which a campaign happens: the station on its own disk, its world, and hands on both."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from simulators.wires.control import ask_control
from simulators.world_client import WorldClient
from stationd.client.client import Client
from stationd.client.problems import StationAbsent, StationProblem
from stationd.client.status import StatusView
from tests.campaigns.disk import Disk
from tests.campaigns.watcher import Watcher
from tests.rig import nursery
from tests.rig.simulation import DidNotStart, Simulation
from tests.rig.station import ROOT, START, StationProcess

T = TypeVar("T")

SCENARIO = Path(__file__).parent / "busy.toml"
MACHINE = "matica-1"
LINE = "line-1"
JOBS = 6
BATCH = "B-1"
HOPPER = 20
"""Blanks that are loaded at a time."""

TIME = 60.0
"""Seconds after which a station that can reach the registry surely knows the time."""

HAND = 0.1
"""Seconds for which the door stands open at least; devices that work fifty times as fast take them for five."""


class Office:
    """A running station that can be pulled apart and put together again.

    Args:
        folder: takes everything.
        factor: how many times faster than in life the devices work.
        broken: which deliberately broken daemon runs, if any.
    """

    def __init__(self, folder: Path, factor: float, broken: str = "") -> None:
        self.folder = folder
        self.broken = broken
        self.simulation = Simulation(folder / "world", str(SCENARIO), factor)
        self.clock = folder / "clock"
        self.starts: list[float] = []
        self._process: nursery.Process | None = None
        self._pcscd: nursery.Process | None = None
        self._hands = ThreadPoolExecutor(1)
        self._returning: list[Future[None]] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.set_clock(0)
        self.disk = Disk(self.folder / "disks", self.folder / "station" / "data")
        try:
            self.simulation.__enter__()
            self.world: WorldClient = self.simulation.world()
            self.station = StationProcess(self.folder / "station", self.simulation, "kec-campaign", JOBS)
            self._give_desk_reader()
            self.watcher = Watcher(self.station.client)
            self.station.enrol()
            self.start()
            self.station.wait_until(lambda status: status.policy_version > 0)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hands.shutdown()
        self.kill(whole_group=True)
        with contextlib.suppress(AttributeError):
            self.world.close()
        self.simulation.__exit__(kind, error, trace)
        if self._pcscd is not None:
            self._pcscd.terminate()
            self._pcscd.wait(10)
        self.disk.close()

    # --- the daemon -------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Path:
        """The folder of the book and the keys."""
        return self.station.folder / "data"

    @property
    def log(self) -> Path:
        """What the daemon said."""
        return self.station.folder / "stationd.log"

    def client(self) -> Client:
        """Open a client of the api."""
        return self.station.client()

    def ask(self, call: Callable[[Client], T]) -> T:
        """Ask the station for something, again while it does not know the time: the registry will set it right."""
        until = time.monotonic() + TIME
        while True:
            try:
                with self.client() as client:
                    return call(client)
            except StationProblem as problem:
                if problem.cause != "time-unknown" or time.monotonic() > until:
                    raise
            time.sleep(0.1)

    def status(self) -> StatusView:
        """Return the station at one look."""
        with self.client() as client:
            return client.status()

    def start(self) -> None:
        """Start the daemon, wait until it answers, and listen to it."""
        command: list[str | Path] = [sys.executable, "-m", "tests.campaigns.launcher"]
        command += ["--settings", self.station.settings]
        command += ["--clock", self.clock]
        command += ["--broken", self.broken] if self.broken else []
        environment = {**self.station.environment, "PYTHONPATH": str(ROOT)}
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = nursery.begin(command, environment, log.fileno(), log.fileno())
        while True:
            try:
                self.status()
                break
            except StationAbsent:
                if self._process.poll() is not None or time.monotonic() > began + START:
                    raise DidNotStart(self.log.read_text()[-3000:]) from None
                time.sleep(0.02)
        self.starts.append(time.monotonic() - began)
        self.watcher.listen()

    def kill(self, *, whole_group: bool = False) -> None:
        """SIGKILL the daemon, and what it started too if the machine's power goes."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole_group else os.kill)(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if not whole_group:
            with contextlib.suppress(ProcessLookupError):  # its helpers notice by themselves; the disk must be free
                os.killpg(self._process.pid, signal.SIGKILL)
        self.watcher.stop()

    @property
    def alive(self) -> bool:
        """True while the daemon runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def ended(self) -> int | None:
        """The status with which the daemon ended, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    # --- hands ------------------------------------------------------------------------------------------------------

    def hand(self, operation: str, **arguments: object) -> Any:
        """Do something to the printer."""
        socket = self.simulation.facts["control"][MACHINE]
        return ask_control(socket, {"op": operation, "machine": MACHINE, **arguments})

    def _give_desk_reader(self) -> None:
        address = self.simulation.facts["readers"]["desk-1"]["address"]
        with self.station.settings.open("a") as settings:
            settings.write(f'\n[desk]\ndriver = "pcsc"\naddress = "{address}"\n')

    def take_out(self, place: str) -> bool:
        """Open the door, take the card out of the printer, put it down at a place, close; False if there was none."""
        self.hand("door", closed=False)
        time.sleep(HAND)
        cards = self.world.census().get(f"machine/{MACHINE}", [])
        for card in cards:
            self.world.move(card, place)
        self.hand("door", closed=True)
        return bool(cards)

    def cut_printer(self, *, film_kept: bool) -> None:
        """Pull the printer's power."""
        self.hand("fault", fault={"kind": "power-loss", "film_kept": film_kept})

    def set_clock(self, seconds: int) -> None:
        """Let the wall clock be wrong by so many seconds."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock)

    def kill_pcscd(self) -> None:
        """SIGKILL the smart-card service."""
        keeper = self._pcscd.pid if self._pcscd else self.simulation.facts["processes"]["pcscd"]
        for child in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        if self._pcscd is not None:
            self._pcscd.wait(10)
        else:
            _await_end(keeper)

    def start_pcscd(self) -> None:
        """Start the smart-card service again and wait until it answers."""
        command = [sys.executable, "-m", "simulators.wires.pcscd", "--dir", self.simulation.folder / "pcscd"]
        self._pcscd = nursery.begin_ready(command, self.folder / "pcscd-again.log")

    def silence_registry(self, seconds: float) -> None:
        """Let the registry say nothing for a while, beside whatever else goes on."""
        self.await_registry()
        pid = self._registry_pid()
        os.kill(pid, signal.SIGSTOP)
        self._later(lambda: os.kill(pid, signal.SIGCONT), seconds)

    def replace_registry(self, seconds: float) -> None:
        """Kill the registry, and start it again after a while, beside whatever else goes on."""
        self.await_registry()
        self.simulation.kill_registry()
        self._later(self.simulation.restart_registry, seconds)

    def await_registry(self) -> None:
        """Wait until the registry is back."""
        while self._returning:
            self._returning.pop().result()

    def _registry_pid(self) -> int:
        again = self.simulation._registry
        return again.pid if again is not None else int(self.simulation.facts["processes"]["registry"])

    def _later(self, act: Callable[[], None], seconds: float) -> None:
        def wait_and_act() -> None:
            time.sleep(seconds)
            act()

        self._returning.append(self._hands.submit(wait_and_act))

    # --- supplies ---------------------------------------------------------------------------------------------------

    def fill_hopper(self, count: int) -> None:
        """A delivery arrives, and goes into the hopper."""
        self.world.mint(count, batch=BATCH)
        self.world.move_next("supply", f"hopper/{MACHINE}", count)
        self.ask(lambda client: client.receive_blanks(BATCH, count))
        self.ask(lambda client: client.load_blanks(LINE, count))

    def queue_jobs(self, count: int) -> None:
        """Let the registry queue jobs."""
        self.await_registry()
        self.simulation.desk.add_jobs(self.station.name, count)


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return
        time.sleep(0.02)
