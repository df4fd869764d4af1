"""The simulated registry as a process of its own, and a station's keys in files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.store.keys import FileKeys
from tests.registry.simulated import SimulatedRegistry


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedRegistry]:
    made = SimulatedRegistry(tmp_path_factory.mktemp("registry"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def registry(running: SimulatedRegistry) -> Iterator[SimulatedRegistry]:
    """The one registry of a file of tests, with a station that nobody has used before."""
    running.new_station()
    yield running
    running.start()
    assert running.violations() == []


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    made = FileKeys(tmp_path / "keys")
    made.create_station_keys()
    return made
