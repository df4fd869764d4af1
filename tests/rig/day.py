"""A short day of work as its people would do it: hands on the blanks, commands on the station."""

from __future__ import annotations

from collections.abc import Callable

from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

LINE = "line-1"


def receive_blanks(simulation: Simulation, station: StationProcess, count: int, batch: str = "B-1") -> None:
    """A delivery arrives, is counted and entered."""
    simulation.sim("receive", str(count))
    station.ctl("blanks", "receive", "--batch", batch, "--count", str(count))


def load_hopper(simulation: Simulation, station: StationProcess, count: int) -> None:
    """Somebody fills the hopper and says so."""
    simulation.sim("load", str(count))
    station.ctl("blanks", "load", "--line", LINE, "--count", str(count))


def print_next(station: StationProcess, count: int, press: Callable[[int], None] | None = None) -> None:
    """Press print for the next jobs and wait until their cards are out, or somebody is needed.

    Args:
        station: which prints.
        count: how many jobs.
        press: does so in a way of its own.
    """
    before = station.status().jobs.get("delivered", 0)
    if press is None:
        station.ctl("print", "--next", str(count))
    else:
        press(count)
    station.wait_until(lambda s: s.jobs.get("delivered", 0) >= before + count or bool(s.questions), 300)


def accept_all(simulation: Simulation, station: StationProcess) -> int:
    """Look at every card in the output, find it good, and put it on the shelf."""
    station.ctl("accept", "--all")
    with simulation.world() as world:
        cards = world.census().get("output/matica-1", [])
        if cards:
            world.move_next("output/matica-1", "shelf", len(cards))
    return len(cards)


def await_acknowledged(station: StationProcess, seconds: float = 30.0) -> None:
    """Wait until the registry has countersigned all of the book."""
    station.wait_until(lambda s: s.link.acknowledged == s.book, seconds)


def sweep(simulation: Simulation) -> None:
    """Clear away what an earlier day left in the machine, its hopper and its bins."""
    with simulation.world() as world:
        census = world.census()
        for place in ("machine/matica-1", "hopper/matica-1", "output/matica-1", "reject/matica-1", "store", "shelf"):
            for card_id in census.get(place, ()):
                world.move(card_id, "floor")


def queue(simulation: Simulation, station: StationProcess, count: int) -> list[str]:
    """Let the registry queue jobs and wait until the station has leased them; returns their ids."""
    before = station.status().jobs.get("queued", 0)
    jobs = simulation.desk.add_jobs(station.name, count, claims={"profile": station.chips.profile})
    station.wait_until(lambda s: s.jobs.get("queued", 0) >= before + count)
    return jobs
