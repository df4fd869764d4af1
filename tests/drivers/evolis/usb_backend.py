"""Machines on a bus that is not there, as pyusb sees them: printers of one interface with a bulk pipe each way."""

# ruff: noqa: ARG002 - a backend has the signatures that pyusb calls

import errno
from collections import deque

from usb.core import USBError, USBTimeoutError

from tests.drivers.evolis.scripted import ScriptedMachine
from tests.drivers.matica_xid.usb_backend import Backend


class UsbMachine(ScriptedMachine):
    """A scripted machine at a plug.

    Attributes:
        owner: who has claimed it.
        kernel: a kernel driver has it.
        maker: its manufacturer string.
        trouble: errno values to fail the next transfers with.
    """

    def __init__(self, serial="10000123456", maker="EVOLIS"):
        super().__init__(serial=serial)
        self.owner, self.kernel, self.maker = None, False, maker
        self.trouble = deque()
        self.halts_cleared = 0


class PrinterBus(Backend):
    """The bus."""

    interface_class, endpoints = 7, (0x01, 0x81)

    def get_device_descriptor(self, dev):
        descriptor = super().get_device_descriptor(dev)
        descriptor.idVendor, descriptor.idProduct = 0x1234, 0x5678
        descriptor.iManufacturer, descriptor.iProduct = 1, 2
        return descriptor

    def get_interface_descriptor(self, dev, intf, alt, config):
        descriptor = super().get_interface_descriptor(dev, intf, alt, config)
        descriptor.bInterfaceClass, descriptor.bInterfaceSubClass = self.interface_class, 1
        return descriptor

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        descriptor = super().get_endpoint_descriptor(dev, ep, intf, alt, config)
        descriptor.bEndpointAddress = self.endpoints[ep]
        return descriptor

    def is_kernel_driver_active(self, handle, intf):
        return handle.machine.kernel

    def detach_kernel_driver(self, handle, intf):
        handle.machine.kernel = False

    def clear_halt(self, handle, ep):
        handle.machine.halts_cleared += 1

    def ctrl_transfer(self, handle, request_type, request, value, index, data, timeout):
        assert (request_type, request, value >> 8) == (0x80, 6, 3), "only strings are asked for"
        text = {1: handle.machine.maker, 2: "Primacy"}.get(value & 0xFF, "").encode("utf-16-le") or b"\x09\x04"
        answer = (bytes((2 + len(text), 3)) + text)[: len(data)]
        data[: len(answer)] = type(data)("B", answer)
        return len(answer)

    def bulk_write(self, handle, ep, intf, data, timeout):
        self._fail(handle.machine)
        handle.machine.write(data.tobytes(), None)
        return len(data)

    def bulk_read(self, handle, ep, intf, buff, timeout):
        self._fail(handle.machine)
        if not handle.machine._out:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        data = handle.machine._out.popleft()
        buff[: len(data)] = type(buff)("B", data)
        return len(data)

    @staticmethod
    def _fail(machine):
        number = machine.trouble.popleft() if machine.trouble else 0
        if number:
            raise USBError("trouble", -1, number)
