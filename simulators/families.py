"""The families of simulated printers: what each is made from, and on which wires it can be (docs/simulators.md).

Nothing here needs a system package: that of USB is the wire's, and the wire is imported where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.clock import Clock
from simulators.devices import evolis, magicard, matica_xid, queue_printer
from simulators.devices.evolis_data import EvolisSettings
from simulators.devices.evolis_talk import Talk
from simulators.devices.evolis_usb import PrinterClass
from simulators.devices.faults import Fault, Script
from simulators.devices.machine import Cards, Machine, Settings
from simulators.devices.magicard_data import MagicardSettings
from simulators.devices.magicard_usb import Printer
from simulators.devices.matica_xid_data import MachineSettings as MaticaSettings
from simulators.devices.matica_xid_scsi import BulkOnly
from simulators.devices.queue_data import QueueSettings
from simulators.devices.usb_function import Function
from simulators.devices.work import BusyLog
from simulators.wires.ipp import IppPort
from simulators.wires.port import LoopPort
from simulators.wires.pty import PtyPort
from simulators.wires.tcp import TcpPort

DEFAULT = "matica_xid"
USB = "usb"

MachineSettings = MaticaSettings | EvolisSettings | MagicardSettings | QueueSettings
"""The settings of any family (a union of theirs, which their tag `family` tells apart)."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of machine.

    Attributes:
        build: makes the machine from its settings, the world's cards, a clock, the faults to come, and its busy log.
        usb: what the machine shows on USB; None if it cannot be there.
        ports: the wires on an asyncio loop that it can be on, with what makes the port from the machine and a folder in
            which the port may put files.
    """

    build: Callable[[Any, Cards, Clock, Script, BusyLog], Machine]
    usb: Callable[[Any], Function] | None = None
    ports: Mapping[str, Callable[[Any, Path], LoopPort]] = field(default_factory=dict)

    def wires(self) -> tuple[str, ...]:
        """The wires that its machines can be on."""
        return (*(() if self.usb is None else (USB,)), *self.ports)


def _matica_on_tcp(machine: matica_xid.Machine, _: Path) -> LoopPort:
    return TcpPort(machine, machine.settings.address)


def _evolis_on_pty(machine: evolis.Machine, folder: Path) -> LoopPort:
    settings = machine.settings
    link = folder / f"{settings.name}.tty"
    return PtyPort(machine, Talk(machine), link, baud=settings.baud, check_speed=settings.check_speed)


FAMILIES: Mapping[str, Family] = {
    "matica_xid": Family(matica_xid.Machine, usb=BulkOnly, ports={"tcp": _matica_on_tcp}),
    "evolis": Family(evolis.Machine, usb=PrinterClass, ports={"pty": _evolis_on_pty}),
    "magicard": Family(magicard.Machine, usb=Printer),
    "ipp": Family(queue_printer.Machine, ports={"ipp": IppPort}),
}
WIRES = tuple(dict.fromkeys(wire for family in FAMILIES.values() for wire in family.wires()))
"""Every wire there is. All machines of a scenario that are on the same one share a process."""


def family_of(settings: Settings) -> Family:
    """Return a machine's family."""
    return FAMILIES[str(settings.__struct_config__.tag)]


def with_family(written: dict[str, Any]) -> dict[str, Any]:
    """Name the family of those machines of a decoded scenario or floor that leave it out."""
    for key in ("machine", "machines"):
        if isinstance(machines := written.get(key), list):
            written[key] = [{"family": DEFAULT, **machine} for machine in machines]
    return written


def wrong_with(settings: Settings) -> str | None:
    """Say in words why such a machine cannot be, or None."""
    wires = family_of(settings).wires()
    if settings.wire not in wires:
        return f"{settings.name} cannot be on {settings.wire!r}; its family can be on {', '.join(wires)}"
    return None


def build(settings: Settings, cards: Cards, clock: Clock, faults: list[Fault], log: BusyLog) -> Machine:
    """Make a machine. Raises `ValueError` for a fault that cannot befall it."""
    machine = family_of(settings).build(settings, cards, clock, Script(faults), log)
    for fault in faults:
        if fault.kind not in machine.kinds:
            machine.close()
            raise ValueError(
                f"{fault.kind} cannot befall {settings.name}; what can: {', '.join(sorted(machine.kinds))}"
            )
    return machine
