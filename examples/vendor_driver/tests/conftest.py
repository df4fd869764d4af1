"""A simulated machine for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulator import Simulator


@pytest.fixture
def machine() -> Iterator[Simulator]:
    simulator = Simulator()
    yield simulator
    simulator.unplug()
