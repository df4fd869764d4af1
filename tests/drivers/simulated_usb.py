"""A bus with one simulated machine on it, as pyusb sees it, in this process: for drivers that are not made for it."""

# ruff: noqa: ARG002 - a backend has the signatures that pyusb calls

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from usb.core import USBError, USBTimeoutError

from simulators.clock import ManualClock
from simulators.devices.machine import Settings
from simulators.devices.usb_function import Halt, Setup
from simulators.devices.work import BusyLog
from simulators.families import build, family_of
from simulators.world import World
from tests.drivers.matica_xid.usb_backend import Backend

BLANKS = 5
TICK = 5.0
"""Simulated seconds that pass whenever nothing comes."""


class SimulatedBus(Backend):  # type: ignore[misc]
    """The bus.

    Attributes:
        owner: who has claimed the machine; None if nobody has.
        permission: whether it may be opened.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._clock = ManualClock()
        self.world = World()
        self.world.mint(BLANKS)
        self.world.move_next("supply", f"hopper/{settings.name}", BLANKS)
        self._log = BusyLog(folder / "busy.jsonl")
        self.machine = build(settings, self.world, self._clock, [], self._log)
        usb = family_of(settings).usb
        assert usb is not None
        self._function = usb(self.machine)
        self.owner: Any = None
        super().__init__(self)

    @property
    def address(self) -> str:
        """As settings name it."""
        return self._function.identity.lasting_address()

    def close(self) -> None:
        """End what runs on the side."""
        self.machine.close()
        self._log.close()

    def get_device_descriptor(self, dev: Any) -> Any:
        descriptor = super().get_device_descriptor(dev)
        identity = self._function.identity
        descriptor.idVendor, descriptor.idProduct = identity.vendor, identity.product
        descriptor.iManufacturer, descriptor.iProduct, descriptor.iSerialNumber = 1, 2, 3
        return descriptor

    def get_interface_descriptor(self, dev: Any, intf: int, alt: int, config: int) -> Any:
        descriptor = super().get_interface_descriptor(dev, intf, alt, config)
        kind = self._function.identity.interface
        descriptor.bInterfaceClass, descriptor.bInterfaceSubClass, descriptor.bInterfaceProtocol = kind
        return descriptor

    def get_endpoint_descriptor(self, dev: Any, ep: int, intf: int, alt: int, config: int) -> Any:
        descriptor = super().get_endpoint_descriptor(dev, ep, intf, alt, config)
        identity = self._function.identity
        descriptor.bEndpointAddress = (identity.out, identity.inward)[ep]
        return descriptor

    def open_device(self, dev: Any) -> Any:
        if not self.permission:
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return SimpleNamespace(machine=self)

    def is_kernel_driver_active(self, handle: Any, intf: int) -> bool:
        return False

    def clear_halt(self, handle: Any, ep: int) -> None:
        self._function.clear_halt(ep)

    def ctrl_transfer(
        self, handle: Any, request_type: int, request: int, value: int, index: int, data: Any, timeout: int
    ) -> int:
        if (request_type, request, value >> 8) == (0x80, 6, 3):
            identity = self._function.identity
            text = {1: identity.maker, 2: identity.name, 3: identity.serial}.get(value & 0xFF, "").encode("utf-16-le")
            text = text or b"\x09\x04"
            answer: bytes | None = bytes((2 + len(text), 3)) + text
        else:
            sent = data.tobytes() if request_type < 0x80 else b""
            answer = self._function.control(Setup(request_type << 8 | request, value, index, len(data), sent))
        if answer is None:
            raise USBError("Pipe error", -9, errno.EPIPE)
        answer = answer[: len(data)]
        if request_type >= 0x80:
            data[: len(answer)] = type(data)("B", answer)
        return len(answer)

    def bulk_write(self, handle: Any, ep: int, intf: int, data: Any, timeout: int) -> int:
        taken = self._function.write(data.tobytes()) if ep == self._function.identity.out else Halt.STALL
        return self._came(len(data) if taken is True else taken or None)

    def bulk_read(self, handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        told = self._function.read(len(buff)) if ep == self._function.identity.inward else Halt.STALL
        if isinstance(told, bytes):
            buff[: len(told)] = type(buff)("B", told)
            return len(told)
        return self._came(told)

    def _came(self, result: int | Halt | None) -> int:
        if isinstance(result, Halt):
            raise USBError("Pipe error", -9, errno.EPIPE)
        if result is None:
            self._clock.advance(TICK)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return result


@contextmanager
def plugged(settings: Settings, folder: Path) -> Iterator[SimulatedBus]:
    """Plug one machine in for a while."""
    bus = SimulatedBus(settings, folder)
    try:
        yield bus
    finally:
        bus.close()
