"""The daemon with nothing to do, its machine on the network: memory, CPU, and how soon it is there.

Beside it run a bare Python that imports the same libraries and does nothing, and Debian's cupsd with one queue. The
daemon runs without the preload that simulated USB needs, which costs memory and CPU that no office pays.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import processes
from tests.bench.cups import cupsd
from tests.bench.figures import Aim, Figure, Series
from tests.bench.office import office
from tests.rig import day
from tests.rig.station import StationProcess

JOBS = 10
STARTS = 7
WINDOW = 20.0
WINDOWS = 3
SETTLING = 5.0

DAEMON = (
    "import stationd.lean, aiohttp.web, click, cryptography.x509, "
    "joserfc.jwe, joserfc.jws, msgspec, structlog, usb.core"
)
DRAWING = f"{DAEMON}, PIL.Image, PIL.ImageDraw, PIL.ImageFont, PIL.ImageOps, PIL.JpegImagePlugin, PIL.PngImagePlugin"
READER = "import smartcard.scard"
"""What the daemon imports at its start, what it has once a card was drawn, and what a reader's process does."""

_SAY = "; import sys; print(flush=True); sys.stdin.read()"


@contextmanager
def bare(imports: str) -> Iterator[tuple[int, float]]:
    """Run a Python that imports these libraries; yields its process id and how long that took."""
    began = time.monotonic()
    command = [sys.executable, "-c", imports + _SAY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError(f"it did not come up: {imports}")
        yield process.pid, time.monotonic() - began
        process.terminate()


def measure(folder: Path) -> list[Figure]:
    """Start the daemon several times, then let it make a card and leave it alone."""
    with office(folder, "network", 30.0, JOBS) as (simulation, station):
        port = _port(simulation.facts["machines"]["matica-1"]["address"])
        started = _starts(station, folder, port)
        _settle(station)
        before = processes.alone(station.pid)
        day.print_next(station, 1)
        _settle(station)
        with ExitStack() as stack:
            cups, _ = stack.enter_context(cupsd(folder / "cups", port))
            pythons = [stack.enter_context(bare(imports))[0] for imports in (DRAWING, READER)]
            share, cups_share = _watch(station.pid, cups)
            memory = Figure(
                name="The idle daemon's memory, its whole process tree",
                measured=Series("as if alone on the computer, after a card", "MiB", (processes.alone(station.pid),)),
                reference=Series("bare Pythons with the same libraries", "MiB", (_sum(pythons),)),
                aim=Aim("≤", 64.0, "MiB"),
                parts=(
                    Series("the same before its first card", "MiB", (before,)),
                    Series("PSS, the simulators' Pythons sharing its pages", "MiB", (processes.pss(station.pid),)),
                    Series("cupsd", "MiB", (processes.alone(cups),)),
                ),
            )
    cpu = Figure(
        name=f"The idle daemon's CPU, its machine on TCP, {WINDOW:g} s at a time",
        measured=Series("share of one core", "%", tuple(share)),
        reference=Series("cupsd with one queue", "%", tuple(cups_share)),
        aim=Aim("≤", 0.1, "%"),
    )
    return [started, memory, cpu]


def _sum(pids: list[int]) -> float:
    return sum(processes.alone(pid) for pid in pids)


def _port(address: str) -> int:
    found = re.search(r":(\d+)$", address)
    if found is None:
        raise ValueError(f"{address} names no port")
    return int(found[1])


def _settle(station: StationProcess) -> None:
    """Wait until the line is ready and the registry has all of the book, and some more."""
    station.wait_until(lambda s: s.lines[0].state == "ready" and s.link.acknowledged == s.book)
    time.sleep(SETTLING)


def _watch(daemon: int, cups: int) -> tuple[list[float], list[float]]:
    """Leave both alone; return their shares of a core in percent, window by window."""
    shares: tuple[list[float], list[float]] = ([], [])
    for _ in range(WINDOWS):
        before = [processes.cpu_seconds(pid) for pid in (daemon, cups)]
        began = time.monotonic()
        time.sleep(WINDOW)
        passed = time.monotonic() - began
        for share, pid, used in zip(shares, (daemon, cups), before, strict=True):
            share.append(100 * (processes.cpu_seconds(pid) - used) / passed)
    return shares


def _starts(station: StationProcess, folder: Path, port: int) -> Figure:
    """Start everything in turn, again and again."""
    took: dict[str, list[float]] = {"daemon": [], "python": [], "cupsd": []}
    for turn in range(STARTS):
        station.stop()
        began = time.monotonic()
        station.start()
        took["daemon"].append(time.monotonic() - began)
        with bare(DAEMON) as (_, seconds):
            took["python"].append(seconds)
        with cupsd(folder / f"cups-{turn}", port) as (_, seconds):
            took["cupsd"].append(seconds)
    daemon, python, cups = (tuple(seconds) for seconds in took.values())
    return Figure(
        name="From the daemon's start until its api answers",
        measured=Series("stationd", "s", daemon),
        reference=Series("bare Python that imports the same libraries", "s", python),
        aim=Aim("≤", 1.0, "s"),
        parts=(Series("cupsd until it answers", "s", cups),),
    )
