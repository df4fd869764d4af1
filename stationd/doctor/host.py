"""Probes of the computer: permissions and udev rules, and the disk."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stationd.doctor.devices import uses
from stationd.doctor.finding import Finding, soon, stops, well
from stationd.doctor.premises import Premises, System
from stationd.store.room import LOW, SIZE

RULES: Final = "70-stationd.rules"

ROOM_FOR_LONG: Final = 512 * 2**20
"""Bytes free below which there is something to do soon: the book of some years, and an upgrade."""

SLOW_SYNC: Final = 0.5
"""Seconds from which a disk keeps people waiting: a card takes some thirty commits."""


def permissions(premises: Premises) -> Iterator[Finding]:
    """See that the printers' device files may be opened, and that a rule keeps it so."""
    addresses = {use.address for use in uses(premises.settings)}
    usb = sorted(address for address in addresses if address.lower().startswith("usb:"))
    if usb and not any((folder / RULES).is_file() for folder in premises.system.rules):
        yield soon("udev-rule-missing", RULES, ", ".join(str(folder) for folder in premises.system.rules))
    for address in usb:
        yield from (_openable(node, address) for node in _nodes(premises.system, address))
    for address in sorted(address for address in addresses if address.startswith("serial:")):
        node = Path(address.removeprefix("serial:").partition("?")[0])
        if node.exists():
            yield _openable(node, address)


def _openable(node: Path, address: str) -> Finding:
    if os.access(node, os.R_OK | os.W_OK):
        return well("device-may-be-opened", address, str(node))
    return stops("permission-refused", address, f"{node}, as user {os.geteuid()}")


def _nodes(system: System, address: str) -> Iterator[Path]:
    """Yield the device files of the attached USB devices with an address's ids."""
    vendor, _, product = address.removeprefix("usb:").partition("?")[0].lower().partition(":")
    for device in sorted(system.usb.glob("*")) if system.usb.is_dir() else ():
        ids = (_line(device / "idVendor"), _line(device / "idProduct"))
        numbers = (_line(device / "busnum"), _line(device / "devnum"))
        if ids == (vendor, product) and all(number.isdecimal() for number in numbers):
            yield system.nodes / f"{int(numbers[0]):03d}" / f"{int(numbers[1]):03d}"


def _line(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def disk(premises: Premises) -> Iterator[Finding]:
    """See that the data folder has room, and that what is written there reaches the disk."""
    folder = premises.settings.station.data
    if not folder.is_dir():
        yield stops("data-folder-missing", str(folder))
        return
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    detail = f"{free / 2**20:.0f} MiB free"
    if free < SIZE + LOW:
        yield stops("disk-full", str(folder), detail)
    elif free < ROOM_FOR_LONG:
        yield soon("disk-low", str(folder), detail)
    else:
        yield well("disk-has-room", str(folder), detail)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield soon("cannot-look", str(folder), f"user {os.geteuid()} may not write there")
        return
    yield _synced(folder)


def _synced(folder: Path) -> Finding:
    file = folder / f".doctor-{secrets.token_hex(8)}"
    began = time.monotonic()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, bytes(4096))
            os.fsync(handle)
        finally:
            os.close(handle)
            file.unlink()
    except OSError as error:
        return stops("disk-does-not-sync", str(folder), str(error.strerror))
    took = time.monotonic() - began
    detail = f"{took * 1000:.0f} ms"
    return soon("disk-slow", str(folder), detail) if took > SLOW_SYNC else well("disk-syncs", str(folder), detail)
