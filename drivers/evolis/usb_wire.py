"""An Evolis machine on a USB cable: a printer-class interface with a bulk pipe each way.

Which ids and endpoint addresses the machines have stands in no source: the ids come with the address in the settings,
the endpoints are read from the machine's own descriptors. `find` knows a machine by its maker's name in the strings of
the device; CUPS shows these machines as `usb://EVOLIS/…`, which it reads from their identification.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import usb.core
import usb.util

from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected, NotFound, PermissionRefused, WrongDevice
from drivers.transports import UsbBulk, held_here

_PRINTER_CLASS: Final = 7
_TRANSFER: Final = 4096  # bytes a read may bring; a multiple of every packet size
_MAKER: Final = "evolis"


class UsbWire:
    """The claimed interface of one machine."""

    gap = 0.02
    refills = True

    def __init__(self, device: Any, name: str) -> None:
        """Claim the interface.

        Raises:
            WrongDevice: it has no interface with a bulk pipe each way.
            HeldByAnother, PermissionRefused, Disconnected.
        """
        try:
            number, out, in_ = _pipes(device, name)
        except DeviceError:
            usb.util.dispose_resources(device)
            raise
        self._pipe = UsbBulk(device, name, out=out, in_=in_, interface=number)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes. Raises as `UsbBulk.write` does."""
        self._pipe.write(data, deadline)

    def read(self, deadline: Deadline) -> bytes:
        """Wait for one transfer. Raises as `UsbBulk.read` does."""
        return self._pipe.read(_TRANSFER, deadline)

    def serves(self, serial: str) -> None:
        """Say whose machine it is, for whoever looks while this session lasts."""
        self._pipe.serves(serial)

    def recover(self) -> None:
        """Clear both endpoints."""
        self._pipe.clear_halts()

    def close(self) -> None:
        """Let go of the interface. Never raises."""
        self._pipe.close()


def attached(backend: Any = None) -> Sequence[Any]:
    """Return the attached devices whose strings name the maker; none is claimed, and none asked that is in use here.

    Raises `NotFound` without libusb.
    """
    try:
        devices = tuple(usb.core.find(find_all=True, backend=backend))
    except usb.core.NoBackendError:
        raise NotFound("usb", "find", "libusb-1.0, which is not installed") from None
    return tuple(device for device in devices if _MAKER in _name(device).lower())


def held_by_kernel(device: Any) -> bool:
    """True if a kernel driver (`usblp`) has the machine, and with it perhaps a print queue."""
    try:
        return bool(device.is_kernel_driver_active(_pipes(device, "")[0]))
    except (NotImplementedError, usb.core.USBError, WrongDevice, Disconnected):
        return False
    finally:
        usb.util.dispose_resources(device)


def _name(device: Any) -> str:
    held = held_here(device)
    return _strings(device) if held is None else held.name


def _strings(device: Any) -> str:
    found = []
    for index in (device.iManufacturer, device.iProduct):
        # A device that may not be opened, or whose language cannot be read, has no name.
        with suppress(usb.core.USBError, ValueError, NotImplementedError):
            found.append(usb.util.get_string(device, index) or "")
    usb.util.dispose_resources(device)
    return " ".join(found)


def _pipes(device: Any, name: str) -> tuple[int, int, int]:
    """Return an interface's number and its bulk endpoints, OUT and IN: a printer's, or else the first that has both."""
    try:
        interfaces = [interface for interface in device.get_active_configuration() if interface.bAlternateSetting == 0]
    except usb.core.USBError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise PermissionRefused(name, "open") from None
        raise Disconnected(name, "open", str(error)) from None
    for interface in sorted(interfaces, key=lambda interface: interface.bInterfaceClass != _PRINTER_CLASS):
        bulk = [
            endpoint.bEndpointAddress
            for endpoint in interface
            if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ]
        out = next((address for address in bulk if address < usb.util.ENDPOINT_IN), None)
        in_ = next((address for address in bulk if address >= usb.util.ENDPOINT_IN), None)
        if out is not None and in_ is not None:
            return interface.bInterfaceNumber, out, in_
    raise WrongDevice(name, "open", "a printer with a bulk pipe each way", "a device without")
