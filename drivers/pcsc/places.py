"""Where on USB a reader is plugged in: from what it tells of itself to the port, by sysfs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from drivers.pcsc.names import Reader, listed

DEVICES = Path("/sys/bus/usb/devices")

# SCARD_ATTR_CHANNEL_ID is 0xDDDDCCCC: channel type 0x0020 is USB, and CCCC is free (PC/SC part 3, 3.1.2.2); libccid
# puts there the number of the bus and of the device on it.
_USB: Final = 0x0020


def port_of(channel: int) -> str | None:
    """Return the USB port (`1-1.4`) of the device with that channel id; None if it is not on USB, or is gone."""
    if channel >> 16 != _USB:
        return None
    bus, number = channel >> 8 & 0xFF, channel & 0xFF
    for device in sorted(DEVICES.glob("*-*")):
        if ":" not in device.name and _number(device / "busnum") == bus and _number(device / "devnum") == number:
            return device.name
    return None


def described(name: str, channel: int, serial: str) -> Reader:
    """Put together what is told of a reader: its name, its channel id (0: not told) and its serial number."""
    return Reader(name, serial or listed(name).serial, port_of(channel))


def _number(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return -1
