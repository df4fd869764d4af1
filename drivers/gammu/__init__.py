"""Modems through Debian's program `gammu`, which is run as a process of its own and never imported."""

from __future__ import annotations

from drivers.catalog import ModemDriver
from drivers.gammu.driver import open_modem

DRIVER = ModemDriver(
    name="gammu",
    open=open_modem,
    addresses="at:/dev/ttyUSB0 (gammu's own connection, then the port); dummy:/folder sends into files",
)
