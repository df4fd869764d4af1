"""What can go wrong with a device, as small classes that carry their evidence.

The one question a caller must be able to ask of every failure is `may_have_acted`: could the device have moved or
altered a card although the call failed? Only a device that answered, in its own protocol, that it did *not* act
gives False. Silence gives True.
"""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override


@dataclass(eq=False)
class DeviceError(Exception):
    """Something failed at a device.

    Attributes:
        device: which one, as the technician knows it (`matica_xid usb:2166:701d`).
        operation: what was being done (`feed`, `transmit`).
    """

    device: str
    operation: str

    may_have_acted = True

    @override
    def __str__(self) -> str:
        return f"{self.device}: {self.operation}: {self.what()}"

    def what(self) -> str:
        """Say in one clause what happened."""
        return type(self).__name__


@dataclass(eq=False)
class NotFound(DeviceError):
    """No such device is attached."""

    looked_for: str
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"nothing found at {self.looked_for}; check the cable, the power and the address"


@dataclass(eq=False)
class HeldByAnother(DeviceError):
    """Somebody else has the device open: another process, or another line of this station.

    Attributes:
        holder: who, in a clause with what to do, where that is known.
    """

    holder: str = ""
    may_have_acted = False

    @override
    def what(self) -> str:
        return self.holder or "another program holds it; close the vendor's tool or the second daemon"


@dataclass(eq=False)
class PermissionRefused(DeviceError):
    """The operating system does not let this user open the device."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "no permission; install config/udev/70-stationd.rules and plug it in again"


@dataclass(eq=False)
class WrongDevice(DeviceError):
    """Something answered, but it is not what was configured."""

    expected: str
    found: str
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"expected {self.expected}, but {self.found!r} answered"


@dataclass(eq=False)
class DeadlinePassed(DeviceError):
    """No answer in time. What the device did is unknown."""

    seconds: float

    @override
    def what(self) -> str:
        return f"no answer within {self.seconds:.1f} s"


@dataclass(eq=False)
class StillBusy(DeadlinePassed):
    """The machine answered to the last, but was not done by the deadline."""

    @override
    def what(self) -> str:
        return f"still busy after {self.seconds:.1f} s"


@dataclass(eq=False)
class Disconnected(DeviceError):
    """The device went away in mid-call. What it did is unknown."""

    detail: str

    @override
    def what(self) -> str:
        return f"the connection broke ({self.detail})"


@dataclass(eq=False)
class NotUnderstood(DeviceError):
    """The device answered with bytes that its protocol does not allow. What it did is unknown."""

    received: bytes
    expected: str

    @override
    def what(self) -> str:
        shown = self.received[:64].hex(" ")
        return f"expected {self.expected}, received {len(self.received)} bytes: {shown}"
