"""A machine's plug: what can be done to any wire, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from simulators.devices.faults import REPLUG, UNPLUG, Fault
from simulators.devices.machine import Machine


class Port(Protocol):
    """Where a machine is plugged in."""

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""

    def address(self) -> str | None:
        """Where it is now (`usb:001/004`, `tcp:127.0.0.1:50730`, `serial:/…/tty`); None while unplugged."""

    def lasting_address(self) -> str | None:
        """How a driver's settings name it. Wires that have no such name tell where it is now."""

    def plug(self, *, new_address: bool) -> None:
        """Put the cable in, at the old address or at a new one. Nothing happens if it is in."""

    def unplug(self) -> None:
        """Pull the cable. Nothing happens if it is out."""

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""


class LoopPort(Port, Protocol):
    """A port on an asyncio loop."""

    async def open(self) -> None:
        """Put the cable in for the first time."""

    async def shut(self) -> None:
        """Pull the cable for the last time."""


@runtime_checkable
class Queued(Protocol):
    """A port before which a print queue stands."""

    def queue_address(self) -> str:
        """The queue's address."""


class Poster(Protocol):
    """An event loop, as another thread sees it."""

    def __call__(self, act: Callable[[], None]) -> None:
        """Run something in the loop's own thread, soon."""


def unplug_by(fault: Fault, port: Port) -> None:
    """Let a fault pull a machine's cable, and put it in again if it says when, or says that it is a new address."""
    if fault.kind not in UNPLUG:
        return
    port.unplug()
    new = fault.kind == REPLUG
    if new or fault.seconds is not None:
        port.machine.later(fault.seconds or 1.0, lambda: port.plug(new_address=new))
