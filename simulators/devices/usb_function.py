"""What a machine shows on USB, whatever its family: who it is, two bulk endpoints, and its control requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from simulators.devices.faults import Fault

MASS_STORAGE, PRINTER = (8, 6, 0x50), (7, 1, 2)
"""Interface class, subclass and protocol: SCSI over Bulk-Only Transport; a printer that answers."""


class Halt(Enum):
    """An endpoint's answer besides bytes."""

    STALL = "stall"


@dataclass(frozen=True, slots=True)
class Identity:
    """What descriptors say.

    Attributes:
        interface: class, subclass, protocol.
        out, inward: addresses of the two bulk endpoints.
    """

    vendor: int
    product: int
    maker: str
    name: str
    serial: str
    interface: tuple[int, int, int]
    out: int
    inward: int

    def lasting_address(self) -> str:
        """How a driver's settings name the machine, in whatever socket it is."""
        return f"usb:{self.vendor:04x}:{self.product:04x}?serial={self.serial}"


@dataclass(frozen=True, slots=True)
class Setup:
    """A control request.

    Attributes:
        request: bmRequestType << 8 | bRequest.
        length: of the answer that is wanted.
        data: what comes with it.
    """

    request: int
    value: int
    index: int
    length: int
    data: bytes = b""


class Function(Protocol):
    """One machine's endpoints.

    Attributes:
        identity: what its descriptors say.
        changed: set by the wire; to be called when an endpoint that had nothing to give, or took nothing, may now.
        unplug: set by the wire; to be called with a fault that takes the device off the bus.
    """

    @property
    def identity(self) -> Identity: ...  # noqa: D102 - above

    changed: Callable[[], None]
    unplug: Callable[[Fault], None]

    def write(self, data: bytes) -> bool | Halt:
        """Take one OUT transfer; False leaves it waiting (NAK)."""

    def read(self, size: int) -> bytes | Halt | None:
        """Answer one IN transfer of at most `size` bytes; None leaves it waiting (NAK)."""

    def control(self, setup: Setup) -> bytes | None:
        """Answer a class or vendor request; None refuses it (stall). The standard ones never come here."""

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT)."""

    def reset_port(self) -> None:
        """The host reset the port."""

    def power_lost(self) -> None:
        """The cable was pulled or the mains went: nothing on the way is remembered."""

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
