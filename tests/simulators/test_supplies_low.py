"""Supplies that run low: a machine of any family prints on, and what is left is few."""

from __future__ import annotations

import pytest

from simulators.clock import ManualClock
from simulators.devices.evolis_data import EvolisSettings
from simulators.devices.faults import FEW, Fault
from simulators.devices.machine import Settings
from simulators.devices.magicard_data import MagicardSettings
from simulators.devices.matica_xid_data import MachineSettings as MaticaSettings
from simulators.devices.queue_data import QueueSettings
from simulators.families import build
from simulators.world import World

SETTINGS = (
    MaticaSettings(name="m", model="XID580i"),
    EvolisSettings(name="m"),
    MagicardSettings(name="m"),
    QueueSettings(name="m"),
)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: type(settings).__name__)
def test_supplies_run_low_and_are_replaced(settings: Settings) -> None:
    machine = build(settings, World(), ManualClock(), [], None)
    machine.happen(Fault(kind="supplies-low"))
    assert machine.tell()["ribbon_left"] == FEW
    assert machine.tell().get("film_left", FEW) == FEW
    machine.refill()
    assert machine.tell()["ribbon_left"] > FEW
    machine.close()
