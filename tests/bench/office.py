"""A station and its world, brought up for a measurement."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.rig import day
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess


def as_installed(folder: Path) -> None:
    """Let every process that is started from here on keep its bytecode, as an installed program has it.

    A checkout may be worked on with bytecode switched off; a daemon that compiles itself at every start is not what
    an office runs. The first start after this compiles.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


@contextmanager
def office(folder: Path, scenario: str, factor: float, cards: int) -> Iterator[tuple[Simulation, StationProcess]]:
    """Bring up a world and an enrolled station with jobs and blanks for that many cards, its line ready.

    Args:
        folder: where everything is put.
        scenario: of `station-sim`.
        factor: how many times faster than in life the devices work.
        cards: how many are going to be made; none loads no blanks either.
    """
    with Simulation(folder / "world", scenario, factor) as simulation:
        station = StationProcess(folder / "station", simulation, jobs=max(cards, 1), listen=False)
        station.enrol()
        with station:
            if cards:
                blanks = cards + 1  # an empty hopper keeps a line from being ready
                day.receive_blanks(simulation, station, blanks)
                day.load_hopper(simulation, station, blanks)
            waiting = len(simulation.desk.ask("jobs"))
            if waiting < cards:
                simulation.desk.add_jobs(station.name, cards - waiting)
            station.wait_until(lambda s: s.jobs.get("queued", 0) >= cards and s.lines[0].state == "ready")
            yield simulation, station


def busy_times(simulation: Simulation, log: str) -> list[dict[str, Any]]:
    """Read a busy log of the simulation: `start` and `end` become this computer's monotonic seconds.

    A work ends when it should have ended. The simulator was told by a timer of this computer, a little late; that is
    time in which no device works.
    """
    began, factor = simulation.facts["began"], simulation.facts["factor"]
    entries = [json.loads(line) for line in Path(log).read_text().splitlines()]
    for entry in entries:
        entry["end"] = began + min(entry["end"], entry["start"] + entry["seconds"]) / factor
        entry["start"] = began + entry["start"] / factor
    return entries
