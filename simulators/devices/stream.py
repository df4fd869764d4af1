"""What a machine is on a line that carries bytes both ways, such as a serial port, whatever its family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simulators.devices.faults import Fault


class Stream(Protocol):
    """One machine's end of a line.

    Attributes:
        send: set by the wire; to be called with what the machine says.
        changed: set by the wire; to be called when there is room again.
        unplug: set by the wire; to be called with a fault that pulls the cable.
    """

    send: Callable[[bytes], None]
    changed: Callable[[], None]
    unplug: Callable[[Fault], None]

    def room(self) -> bool:
        """True while the machine takes bytes."""

    def take(self, data: bytes) -> None:
        """Take what came."""

    def forget(self) -> None:
        """The cable was pulled or the mains went: nothing on the way is remembered."""

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
