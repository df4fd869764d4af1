"""Finding and opening machines by address."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import Any, Final

from drivers import addresses
from drivers.addresses import SerialAddress, UsbAddress
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, DeviceError, NotFound, WrongDevice
from drivers.evolis import models, panels, protocol
from drivers.evolis.driver import Evolis
from drivers.evolis.link import Link, Wire
from drivers.evolis.serial_wire import SerialWire
from drivers.evolis.usb_wire import UsbWire, attached, held_by_kernel
from drivers.printer import Identity
from drivers.transports import find_usb, held_here

_LOOK: Final = 2.0  # seconds `find` gives one machine to say its serial number
_USB_LEVELS: Final = 128
_SERIAL_LEVELS: Final = 32  # two thirds of the bytes: on this cable the picture takes most of a card's time
_opening = Lock()  # lines of one process that open twins at once must not find each other's claim


def open_printer(address: str, deadline: Deadline, backend: Any = None) -> Evolis:
    """Open the machine at that address and take over the management of its errors (`Pem;2`).

    Args:
        address: as `drivers.addresses.parse_cable` reads it.
        deadline: by which the machine must have told what it is.
        backend: a pyusb backend other than the installed libusb.

    Raises:
        BadAddress, NotFound, WrongDevice, HeldByAnother, PermissionRefused: nothing was opened.
        DeadlinePassed: it is on USB, but says nothing; it may be at work still, or hang.
        PrinterFault: it refuses `Pem;2`.
    """
    name = f"evolis {address}"
    where = addresses.parse_cable(address)
    try:
        if isinstance(where, SerialAddress):
            return _open_serial(where, name, deadline)
        return _open_usb(where, name, deadline, backend)
    except DeviceError as error:
        error.device, error.operation = name, "open"
        raise


def find_printers(backend: Any = None) -> list[str]:
    """List the machines on USB, each with its serial number where it can be asked.

    One that a kernel driver has may be printing for somebody: it is listed without. A serial port is not looked at, as
    nobody knows what hangs there.
    """
    found = []
    with _opening, suppress(NotFound):
        for device in attached(backend):
            held = held_here(device)
            address = UsbAddress(device.idVendor, device.idProduct, None if held is None else held.serial)
            with suppress(DeviceError):
                if held is None and not held_by_kernel(device):
                    link = _met(UsbWire(device, str(address)), Deadline.after(_LOOK))
                    address = UsbAddress(device.idVendor, device.idProduct, link.serial)
                    link.close()
            found.append(str(address))
    return found


def _open_serial(where: SerialAddress, name: str, deadline: Deadline) -> Evolis:
    wire = SerialWire(where, name)
    try:
        link = _met(wire, deadline)
    except DeadlinePassed:
        raise NotFound(name, "open", f"{where}, whose port must be switched on in the machine once (Pcom)") from None
    return _introduced(link, name, _SERIAL_LEVELS, deadline, wire.seconds(panels.card(_SERIAL_LEVELS)))


def _open_usb(where: UsbAddress, name: str, deadline: Deadline, backend: Any) -> Evolis:
    """Open the machine with those ids; among twins the one that tells the address's serial number."""
    with _opening:
        devices = find_usb(where.vendor, where.product, backend)
        if not devices:
            raise NotFound(name, "open", str(where))
        if len(devices) > 1 and where.serial is None:
            raise WrongDevice(name, "open", "one machine, or ?serial= in the address", f"{len(devices)} machines")
        refusal: DeviceError = NotFound(name, "open", str(where))
        for number, device in enumerate(devices):
            share = deadline.sooner(
                deadline.remaining() / (len(devices) - number)
            )  # a silent twin leaves time for others
            try:
                wire = UsbWire(device, name)
                link = _met(wire, share)
            except DeviceError as error:
                refusal = error  # a twin in use by another line is no reason to stop looking
                continue
            if where.serial in (None, link.serial):
                wire.serves(link.serial)
                return _introduced(link, name, _USB_LEVELS, deadline)
            link.close()
        raise refusal


def _met(wire: Wire, deadline: Deadline) -> Link:
    link = Link(wire)
    try:
        link.meet(deadline)
    except BaseException:
        link.close()
        raise
    return link


def _introduced(link: Link, name: str, levels: int, deadline: Deadline, sending: float = 0.0) -> Evolis:
    try:
        model = models.require_known(link.ask(protocol.READ_MODEL, deadline))
        firmware = link.ask(protocol.READ_FIRMWARE, deadline)
        link.prove(deadline)
        printer = Evolis(name, link, model, Identity("Evolis", model.name, link.serial, firmware), levels, sending)
        printer.take_over(deadline)
    except BaseException:
        link.close()
        raise
    return printer
