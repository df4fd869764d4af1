"""Finding and opening machines by address.

Product ids: 2800 is the captured one, though its job has the header and planes of the Alto/Opera/Tempo family, which
prints 1000 columns. 4800 (Enduro) and 880A (Enduro+) are *selphy*'s, with question marks. Whatever its id, a machine
that does not answer `REQ,INF` as the Enduro family does is not opened.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from drivers import addresses
from drivers.addresses import BadAddress, UsbAddress
from drivers.deadline import Deadline
from drivers.errors import DeviceError, NotFound, WrongDevice
from drivers.magicard.driver import Magicard
from drivers.magicard.machine import IN, OUT, Machine
from drivers.transports import UsbBulk, find_usb, usb_serial

_VENDOR: Final = 0x0C1F
_PRODUCTS: Final = (0x2800, 0x4800, 0x880A)
_opening = Lock()  # lines of one process that open twins at once must not find each other's claim


def open_printer(address: str, deadline: Deadline, backend: Any = None) -> Magicard:
    """Open the machine at that address; among twins the one with the address's serial number.

    That number is the one of the USB descriptor or, where no descriptor has it, the one that a machine tells itself.

    Args:
        address: as `drivers.addresses` writes it.
        deadline: by which the machine must have told what it is.
        backend: a pyusb backend other than the installed libusb.

    Raises:
        BadAddress, NotFound, WrongDevice, HeldByAnother, PermissionRefused: nothing was opened.
        PrinterFault: the machine is there, but at work: try again.
    """
    name = f"magicard {address}"
    where = addresses.parse(address, usual_port=0)
    if not isinstance(where, UsbAddress):
        raise BadAddress(address, "open", "this driver works over USB only")
    with _opening:
        try:
            return _open(where, name, deadline, backend)
        except DeviceError as error:
            error.device, error.operation = name, "open"
            raise


def find_printers(backend: Any = None) -> list[str]:
    """List the machines on USB, each with the serial number of its descriptor. Nothing is claimed or sent."""
    try:
        return [
            str(UsbAddress(_VENDOR, product, usb_serial(device)))
            for product in _PRODUCTS
            for device in find_usb(_VENDOR, product, backend)
        ]
    except NotFound:  # libusb is not installed
        return []


def _open(where: UsbAddress, name: str, deadline: Deadline, backend: Any) -> Magicard:
    devices = [(device, usb_serial(device)) for device in find_usb(where.vendor, where.product, backend)]
    if len(devices) > 1 and where.serial is None:
        raise WrongDevice(name, "open", "one machine, or ?serial= in the address", f"{len(devices)} machines")
    named = [(device, serial) for device, serial in devices if serial == where.serial]
    refusal: DeviceError = NotFound(name, "open", str(where))
    for device, serial in named or devices:
        try:
            printer = _session(device, serial, name, deadline)
        except DeviceError as error:
            refusal = error  # a twin in use by another line is no reason to stop looking
            continue
        if named or where.serial in (None, printer.identity.serial):
            return printer
        printer.close()
    raise refusal


def _session(device: Any, serial: str | None, name: str, deadline: Deadline) -> Magicard:
    pipe = UsbBulk(device, name, out=OUT, in_=IN)
    try:
        return Magicard(name, Machine(pipe), deadline, serial)
    except BaseException:
        pipe.close()
        raise
