"""The same day on a machine of the smaller model, at 300 dpi, over TCP and UDP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import day, evidence
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    scenario = Path(__file__).parent / "network.toml"
    with Simulation(tmp_path_factory.mktemp("world"), str(scenario), 40.0) as running:
        yield running


def test_two_cards_over_the_network(simulation: Simulation, station: StationProcess, tmp_path: Path) -> None:
    day.queue(simulation, station, 2)
    day.print_next(station, 2)
    day.accept_all(simulation, station)
    day.await_acknowledged(station)
    findings = evidence.gather(simulation, station, tmp_path / "cards", 2)
    assert not findings.wrong
