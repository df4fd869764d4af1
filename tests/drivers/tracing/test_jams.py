"""A jam on a simulated machine of each family and wire: recorded, replayed, and the diagnosis is the driver's."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from drivers import catalog, recording
from tests.drivers.tracing.talk import FACE
from tests.rig import nursery
from tests.simulators.conftest import Site, site

MACHINE = "sim-1"
USB = {"matica_xid": "usb:2166:701d", "evolis": "usb:0f49:0a00", "magicard": "usb:0c1f:4800"}


def talk(where: Site, driver: str) -> dict[str, Any]:
    """Work the machine until it fails, in a process that finds simulated devices where real ones would be."""
    told = where.hand("state", MACHINE)["address"]
    address = USB[driver] if told.startswith("usb:") else told
    command = [sys.executable, "-m", "tests.drivers.tracing.talk", driver, address]
    done = nursery.run(command, where.environment, 99)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("driver", "wire", "settings", "fault"),
    [
        ("matica_xid", "usb", {"model": "XID8600", "fresh_reset": False}, {"kind": "feed-jam", "command": "load"}),
        ("matica_xid", "usb", {"model": "XID8600", "fresh_reset": False}, {"kind": "jam", "command": "transfer"}),
        ("matica_xid", "tcp", {"model": "XID580i", "fresh_reset": False}, {"kind": "jam", "command": "transfer"}),
        ("evolis", "pty", {"family": "evolis", "managed_by": "host", "baud": 115200}, {"kind": "feed-jam"}),
        ("evolis", "usb", {"family": "evolis", "managed_by": "host"}, {"kind": "jam", "command": "print"}),
        ("magicard", "usb", {"family": "magicard", "product": 0x4800}, {"kind": "jam"}),
    ],
)
def test_a_recorded_jam_is_diagnosed_as_the_driver_did(
    driver: str, wire: str, settings: dict[str, Any], fault: dict[str, Any]
) -> None:
    with site(wire, [MACHINE], factor=200, settings=settings) as where:
        where.hand("fault", MACHINE, fault={"nth": 1, "command": None, "after": None, **fault})
        said = talk(where, driver)
    assert said["fault"] is not None
    family = catalog.load().printers[driver]
    assert family.replay is not None
    records = recording.read(said["trace"])
    diagnoses = [
        {"reason": d.condition.reason, "code": d.condition.code, "text": d.condition.text}
        for d in family.replay(records)
    ]
    assert said["fault"] in diagnoses
    assert all(condition in diagnoses for condition in said["status"])
    whole = "\n".join(said["trace"])
    for word in (FACE, FACE[::-1], FACE[:8], FACE[::-1][:8]):
        assert word.hex() not in whole
    assert not any(recording.tells_too_much(record.data) for record in records)
    assert sum(record.hidden for record in records) > 0 or fault["kind"] == "feed-jam"
