"""What settings get wrong about a device, and what its place in the system keeps from it: each is told as such."""

from __future__ import annotations

import errno
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import serial

from drivers import catalog
from drivers.catalog import GROUP
from drivers.deadline import Deadline
from drivers.errors import DeviceError, HeldByAnother, PermissionRefused
from drivers.evolis.opening import open_printer as open_evolis
from drivers.magicard.opening import open_printer as open_magicard
from drivers.matica_xid.opening import open_printer as open_matica
from simulators.devices.evolis_data import EvolisSettings
from simulators.devices.magicard_data import MagicardSettings
from simulators.devices.matica_xid_data import MachineSettings as MaticaSettings
from tests.drivers.simulated_usb import plugged

OPENS = {"evolis": open_evolis, "magicard": open_magicard, "matica_xid": open_matica}
MACHINES = {
    "evolis": EvolisSettings(name="m"),
    "magicard": MagicardSettings(name="m"),
    "matica_xid": MaticaSettings(name="m", fresh_reset=False),
}


@pytest.mark.parametrize("family", OPENS)
def test_the_machine_of_its_family_is_opened(family: str, tmp_path: Path) -> None:
    with plugged(MACHINES[family], tmp_path) as bus:
        printer = OPENS[family](bus.address, Deadline.after(30), bus)
        assert printer.identity.serial
        printer.close()
        assert bus.owner is None


@pytest.mark.parametrize(
    ("driver", "machine"), [(one, other) for one in OPENS for other in OPENS if one != other], ids=str
)
def test_a_driver_named_for_another_familys_machine_opens_and_moves_nothing(
    driver: str, machine: str, tmp_path: Path
) -> None:
    with plugged(MACHINES[machine], tmp_path) as bus:
        before, began = bus.world.census(), time.monotonic()
        with pytest.raises(DeviceError) as wrong:
            OPENS[driver](bus.address, Deadline.after(0.5), bus)
        assert time.monotonic() - began < 60
        assert driver in wrong.value.device
        assert bus.owner is None, "the machine was not let go"
        assert bus.world.census() == before
        printer = OPENS[machine](bus.address, Deadline.after(30), bus)  # and its own driver finds it as it was
        printer.close()


@pytest.mark.parametrize("family", OPENS)
def test_a_backend_that_refuses_is_told_with_the_rule_that_is_missing(family: str, tmp_path: Path) -> None:
    with plugged(MACHINES[family], tmp_path) as bus:
        bus.permission = False
        with pytest.raises(PermissionRefused, match=r"config/udev/70-stationd\.rules"):
            OPENS[family](bus.address, Deadline.after(30), bus)
        assert bus.owner is None


@pytest.mark.parametrize("family", OPENS)
def test_a_machine_that_somebody_else_holds_is_told_so(family: str, tmp_path: Path) -> None:
    with plugged(MACHINES[family], tmp_path) as bus:
        printer = OPENS[family](bus.address, Deadline.after(30), bus)
        with pytest.raises(HeldByAnother):
            OPENS[family](bus.address, Deadline.after(30), bus)
        assert printer.status(Deadline.after(30)) is not None
        printer.close()


def test_so_is_a_serial_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> serial.Serial:
        raise serial.SerialException(errno.EACCES, "could not open port: Permission denied")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(PermissionRefused, match=r"config/udev/70-stationd\.rules"):
        open_evolis(f"serial:{tmp_path / 'ttyS0'}", Deadline.after(30))


BROKEN = {
    "raises": "raise RuntimeError('no licence file')",
    "lacks": "import a_library_that_nobody_has",
    "misspelt": "DRIVRE = None",
    "other": "DRIVER = 7",
}


def test_a_driver_package_that_fails_to_import_is_named_and_the_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in BROKEN.items():
        (tmp_path / f"vendor_{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    vendors = [EntryPoint(name, f"vendor_{name}:DRIVER", GROUP) for name in BROKEN]
    ours = [EntryPoint("evolis", "drivers.evolis:DRIVER", GROUP), EntryPoint("pcsc", "drivers.pcsc:DRIVER", GROUP)]
    found = catalog.load([*vendors, *ours])
    for name in BROKEN:
        sys.modules.pop(f"vendor_{name}", None)
    assert set(found.printers) == {"evolis"}
    assert set(found.encoders) == {"pcsc"}
    assert found.broken["raises"] == "RuntimeError: no licence file"
    assert "a_library_that_nobody_has" in found.broken["lacks"]
    assert "DRIVER" in found.broken["misspelt"]
    assert "exports a int" in found.broken["other"]
