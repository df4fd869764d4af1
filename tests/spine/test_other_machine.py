"""Another kind of printer answers where the settings name one: it is refused by its model, on both wires."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    scenario = Path(__file__).parent / "other.toml"
    with Simulation(tmp_path_factory.mktemp("world"), str(scenario), 40.0) as running:
        yield running


@pytest.mark.parametrize(("machine", "wire"), [("matica-1", "usb"), ("matica-2", "tcp")])
def test_another_model_at_the_same_address_is_no_printer_of_this_line(
    simulation: Simulation, new_station: Callable[..., StationProcess], machine: str, wire: str
) -> None:
    address = simulation.facts["machines"][machine]["address"]
    assert address.startswith(f"{wire}:")
    station = new_station(printer=address)
    station.start()
    (line,) = station.wait_until(lambda s: s.lines[0].cause != "").lines
    assert line.cause == "wrong-device"
    assert "OTHER" in line.detail, "a technician is told what answered"
    assert line.state != "ready"
