"""One simulated world for all tests of the spine, and a fresh station for each that wants one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig import day
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

FACTOR = 40.0
BARE = str(Path(__file__).parent / "bare.toml")


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """One machine with a reader inside; each test queues its own jobs."""
    with Simulation(tmp_path_factory.mktemp("world"), BARE, FACTOR) as running:
        yield running


@pytest.fixture
def new_station(simulation: Simulation, tmp_path: Path) -> Iterator[Callable[..., StationProcess]]:
    """Makes enrolled stations, each with a name of its own, and ends what is left of them."""
    made: list[StationProcess] = []

    def make(**options: object) -> StationProcess:
        name = f"kec-{tmp_path.name[-40:]}-{len(made)}".replace("_", "-").replace("[", "-").replace("]", "")[:60]
        station = StationProcess(tmp_path / f"station-{len(made)}", simulation, name.rstrip("-."), **options)  # type: ignore[arg-type]
        station.enrol()
        made.append(station)
        return station

    yield make
    for station in made:
        station.stop()


@pytest.fixture
def station(simulation: Simulation, new_station: Callable[..., StationProcess]) -> StationProcess:
    """A running station with ten blanks in its hopper."""
    made = new_station()
    made.start()
    day.sweep(simulation)
    day.receive_blanks(simulation, made, 10)
    day.load_hopper(simulation, made, 10)
    return made
