"""A kit on the road without network: the trip closes only when a supervisor has declared a blank missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig import day
from tests.rig.simulation import Simulation
from tests.rig.station import StationProcess
from tests.rig.trip import Plan, Trip, travel

pytestmark = pytest.mark.timeout(300)


def test_a_trip_without_network_is_closed_only_when_the_missing_blank_is_declared(
    simulation: Simulation, new_station: Callable[..., StationProcess], tmp_path: Path
) -> None:
    day.sweep(simulation)
    office, kit = new_station(lines=()), new_station()
    office.start()
    kit.start()
    done = Trip(Plan(days=1, printed=2, spoiled=1, missing=1, unused=1))
    travel(simulation, office, kit, done, tmp_path)
    assert not done.findings.wrong
    assert len(done.findings.compared) > 20
    first, second = done.refused
    assert first == ["differs store"]
    assert [what.partition(" ")[0] for what in second] == ["in-question", "unsettled"]
    assert done.held_back > 20
