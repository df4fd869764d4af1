"""Finding and opening machines by address."""

from __future__ import annotations

from typing import Any, Final

from drivers import addresses
from drivers.addresses import TcpAddress, UsbAddress
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.matica_xid import senses
from drivers.matica_xid.driver import MaticaXid
from drivers.matica_xid.machine import Sensed
from drivers.matica_xid.tcp_machine import TcpMachine
from drivers.matica_xid.usb_machine import UsbMachine, find_addresses, open_usb
from drivers.printer import PrinterFault

_USUAL: Final = UsbAddress(0x2166, 0x701D)
_USUAL_PORT: Final = 50730


def open_printer(address: str, deadline: Deadline, backend: Any = None) -> MaticaXid:
    """Open the machine at that address.

    Args:
        address: as `drivers.addresses` writes it.
        deadline: by which the machine must have told what it is.
        backend: a pyusb backend other than the installed libusb.

    Raises:
        BadAddress, NotFound, WrongDevice, HeldByAnother, PermissionRefused: nothing was opened.
        PrinterFault: the machine is there, but cannot tell its geometry yet (it may be warming up): try again.
    """
    name = f"matica_xid {address}"
    where = addresses.parse(address, usual_port=_USUAL_PORT)
    machine: UsbMachine | TcpMachine | None = None
    try:
        if isinstance(where, TcpAddress):
            machine = TcpMachine(where, name, deadline)
        else:
            machine = open_usb(where, name, deadline, backend)
        machine.prepare(deadline)
    except Sensed as answer:
        if machine is not None:
            machine.close()
        raise PrinterFault(name, "open", senses.condition(answer.code), may_have_acted=False) from None
    except DeviceError as error:
        if machine is not None:
            machine.close()
        error.device, error.operation = name, "open"
        raise
    return MaticaXid(name, machine)


def find_printers() -> list[str]:
    """List the machines on USB. One on the network does not announce itself."""
    return list(find_addresses(_USUAL))
