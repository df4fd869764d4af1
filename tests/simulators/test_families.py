"""A machine of any family can be on the wires of its family, and only what can befall it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators import scenarios
from simulators.clock import ManualClock
from simulators.devices.faults import Fault
from simulators.devices.work import BusyLog
from simulators.families import DEFAULT, FAMILIES, WIRES, build, family_of, with_family
from simulators.world import World

DAY = 'title = "x"\nseed = "x"\n[[machine]]\nname = "m"\n'


def day(folder: Path, more: str) -> scenarios.Scenario:
    file = folder / "day.toml"
    file.write_text(DAY + more)
    return scenarios.load(str(file))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_machine_of_each_family_is_read_and_built(tmp_path: Path, family: str) -> None:
    wire = FAMILIES[family].wires()[0]
    (settings,) = day(tmp_path, f'family = "{family}"\nwire = "{wire}"\n').machine
    assert family_of(settings) is FAMILIES[family]
    log = BusyLog(tmp_path / "busy.jsonl")
    machine = build(settings, World(), ManualClock(), [], log)
    told = machine.tell()
    machine.close()
    log.close()
    assert {"model", "serial", "powered", "code", "card", "station", "engaged", "ribbon_left", "counters"} <= set(told)
    assert machine.settings == settings


def test_a_family_that_is_left_out_is_the_first_there_was() -> None:
    assert with_family({"machine": [{"name": "m"}]}) == {"machine": [{"name": "m", "family": DEFAULT}]}


@pytest.mark.parametrize("wire", [wire for wire in WIRES if wire not in FAMILIES[DEFAULT].wires()] + ["pigeon"])
def test_a_wire_that_is_not_for_the_family_is_refused(tmp_path: Path, wire: str) -> None:
    with pytest.raises(scenarios.NoScenario, match="m cannot be on"):
        day(tmp_path, f'wire = "{wire}"\n')


def test_an_unknown_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(scenarios.NoScenario, match="family"):
        day(tmp_path, 'family = "gutenberg"\n')


def test_a_fault_that_cannot_befall_a_machine_is_refused(tmp_path: Path) -> None:
    (settings,) = day(tmp_path, "").machine
    log = BusyLog(tmp_path / "busy.jsonl")
    with pytest.raises(ValueError, match="reject-full cannot befall m"):
        build(settings, World(), ManualClock(), [Fault(kind="reject-full")], log)
    log.close()
