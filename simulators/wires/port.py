"""A machine's plug: what can be done to any wire, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simulators.devices.matica_xid import Machine


class Port(Protocol):
    """Where a machine is plugged in."""

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""

    def address(self) -> str | None:
        """How a client reaches it now (`usb:001/004`, `tcp:127.0.0.1:50730`); None while unplugged."""

    def plug(self, *, new_address: bool) -> None:
        """Put the cable in, at the old address or at a new one. Nothing happens if it is in."""

    def unplug(self) -> None:
        """Pull the cable. Nothing happens if it is out."""

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""


class Poster(Protocol):
    """An event loop, as another thread sees it."""

    def __call__(self, act: Callable[[], None]) -> None:
        """Run something in the loop's own thread, soon."""
