"""Finding PN532s and opening them by address.

A PN532 has no USB id and no serial number: it hangs on a serial adapter like many other things, and to ask a port who
is there would disturb whoever it is. So only ports are listed that udev was told of: `config/udev/70-stationd.rules`
has an example, which gives an adapter a lasting name in `/dev/stationd/`, wherever it is plugged in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drivers import addresses
from drivers.addresses import BadAddress, SerialAddress
from drivers.catalog import EncoderDriver
from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected, NotFound, NotUnderstood, WrongDevice
from drivers.pn532 import replay
from drivers.pn532.driver import Pn532Encoder
from drivers.pn532.link import Link
from drivers.serial_transport import SerialPort

NAMED = Path("/dev/stationd")
_PATTERN: Final = "pn532-*"
_BAUD: Final = 115_200  # after power-on (UM0701-02, 6.1.2)
_CHUNK: Final = 512
_FORMS: Final = "serial:/dev/stationd/pn532-desk, or any other port as serial:/dev/ttyUSB0; ?baud=… where not 115200"


def open_reader(address: str, deadline: Deadline) -> Pn532Encoder:
    """Open the PN532 on a serial port.

    Raises:
        BadAddress: it is no address of a serial port.
        NotFound: there is no such port, or nothing there acknowledges.
        HeldByAnother, PermissionRefused: the port cannot be had.
        WrongDevice: something else is there.
    """
    where = _parse(address)
    device = f"pn532 {address}"
    try:
        link = Link(SerialPort(where.path, where.baud, f"{device} wire", most=_CHUNK), device)
        try:
            return Pn532Encoder(link, device, where.path, deadline)
        except DeviceError:
            link.close()
            raise
    except Disconnected as error:
        raise NotFound(device, "open", f"a PN532 at {address} ({error.detail})") from None
    except NotUnderstood as error:
        raise WrongDevice(device, "open", "a PN532", error.what()) from None
    except DeviceError as error:
        error.device, error.operation = device, "open"
        raise


def find() -> Sequence[str]:
    """List the ports that udev was told to name after a PN532; none is opened."""
    return [str(SerialAddress(str(port), _BAUD)) for port in sorted(NAMED.glob(_PATTERN))]


def same(given: str, found: str) -> bool:
    """Say whether two addresses are of one port, by whatever name."""
    try:
        mine, theirs = _parse(given), _parse(found)
    except BadAddress:
        return False
    return os.path.realpath(mine.path) == os.path.realpath(theirs.path)


def _parse(address: str) -> SerialAddress:
    try:
        where = addresses.parse_cable(address if "?" in address else f"{address}?baud={_BAUD}")
    except BadAddress as error:
        raise BadAddress(address, "open", error.reason, _FORMS) from None
    if not isinstance(where, SerialAddress):
        raise BadAddress(address, "open", "a PN532 is on a serial port", _FORMS)
    return where


DRIVER = EncoderDriver(
    name="pn532",
    open=open_reader,
    find=find,
    addresses=_FORMS,
    mask=replay.mask,
    replay=replay.replay,
    same=same,
)
