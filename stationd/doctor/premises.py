"""What the probes look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from drivers.catalog import Catalog
from stationd.settings import Settings
from stationd.station.views import StationStatus
from stationd.store.keys import FileKeys, KeyStore
from stationd.store.secret_files import KeysExposed


@dataclass(frozen=True, slots=True)
class System:
    """Where the operating system has its things.

    Attributes:
        rules: folders of udev's rules.
        usb: sysfs's USB devices.
        nodes: the folder of the device files of USB devices.
    """

    rules: tuple[Path, ...] = (
        Path("/etc/udev/rules.d"),
        Path("/run/udev/rules.d"),
        Path("/usr/lib/udev/rules.d"),
        Path("/lib/udev/rules.d"),
    )
    usb: Path = Path("/sys/bus/usb/devices")
    nodes: Path = Path("/dev/bus/usb")


@dataclass(frozen=True, slots=True)
class Premises:
    """A station, to be looked at.

    Attributes:
        settings: of the station.
        catalog: the drivers that are installed.
        running: what the daemon says of itself; None if none runs, and devices may be opened here.
        kept: the running daemon's keys; None to open them here, which sweeps away what nobody is writing.
        system: the operating system around it.
    """

    settings: Settings
    catalog: Catalog
    running: StationStatus | None = None
    kept: KeyStore | None = None
    system: System = field(default_factory=System)

    def keys(self) -> KeyStore:
        """Return the station's keys. Raises `KeysError`, or `PermissionError` for another user than the station's."""
        if self.kept is not None:
            return self.kept
        try:
            return FileKeys(self.settings.keys)
        except KeysExposed as exposed:
            if exposed.ours:
                raise
            raise PermissionError(str(exposed)) from None
