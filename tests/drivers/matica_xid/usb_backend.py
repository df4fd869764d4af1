"""A machine on a USB cable that is not there: a backend for pyusb, and what can go wrong on its cable."""

# ruff: noqa: ARG002 - a backend has the signatures that pyusb calls

import errno
import struct
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import usb.backend
from usb.core import USBError, USBTimeoutError

WIDTH, HEIGHT = 8, 4


def inquiry(serial, model="XID8600"):
    return (bytes(8) + b"MATICA  " + model.encode().ljust(8) + serial.encode().ljust(8)).ljust(58, b"\0").ljust(96)


def sense(code):
    return bytes((0x70, 0, code >> 16 & 0xFF)) + bytes(9) + bytes((code >> 8 & 0xFF,)) + bytes(7)


@dataclass
class Machine:
    """A machine at the level of command blocks, and what goes wrong on its cable.

    Attributes:
        troubles: sense codes that fail the next commands (0: none), but for INQUIRY and REQUEST SENSE.
        cable: for the next transfers, an errno to raise; 0 lets one pass. A timeout takes as long as was asked for.
        status: turns a status wrapper into what is sent instead; `None` from it: silence.
    """

    serial: str = "8A001234"
    model: str = "XID8600"
    at: int | None = None
    troubles: list = field(default_factory=list)
    cable: list = field(default_factory=list)
    status: object = staticmethod(lambda wrapper: wrapper)
    refuses: dict = field(default_factory=dict)
    log: list = field(default_factory=list)
    halts_cleared: list = field(default_factory=list)
    resets: int = 0
    owner: object = None
    code: int = 0
    inbox: list = field(default_factory=list)
    due: tuple | None = None

    def out(self, data):
        if self.due is not None:
            received, length, cdb, tag = self.due
            received += data
            if len(received) == length:
                self.due = None
                self._answer(tag, cdb, received)
            return
        assert len(data) == 31
        signature, tag, length, flags, _, size, block = struct.unpack("<4sIIBBB16s", data)
        assert signature == b"USBC"
        cdb = block[:size]
        if length and not flags:
            self.due = (bytearray(), length, cdb, tag)
        else:
            self._answer(tag, cdb, b"")

    def _answer(self, tag, cdb, data):
        reply, failed = b"", 0
        trouble = self.troubles.pop(0) if self.troubles and cdb[0] not in (0x03, 0x12) else 0
        if trouble:
            self.code, failed = trouble, 1
        else:
            reply = self._obey(cdb, bytes(data))
        if reply:
            self.inbox.append(reply)
        wrapper = self.status(struct.pack("<4sIIB", b"USBS", tag, 0, failed))
        if wrapper is not None:
            self.inbox.append(wrapper)

    def _obey(self, cdb, data):
        self.log.append((cdb.hex(" "), len(data)))
        reply = b""
        match cdb[0]:
            case 0x12:
                reply = inquiry(self.serial, self.model)
            case 0x03:
                code, self.code = self.code, 0
                reply = sense(code)
            case 0x1A if cdb[2] == 0x68:
                reply = struct.pack(">8xHH20xHH28x", 600, 600, WIDTH, HEIGHT)
            case 0x1A:
                reply = bytes(6) + b"\4\0\2\xee\0\0" + b"FC2221".ljust(32, b"\0")
            case 0x4D:
                reply = (bytes(4) + b"".join(struct.pack(">HHI", i, 4, 10 + i) for i in range(5))).ljust(52, b"\0")
            case 0x34:
                reply = bytes((4,)) + bytes(7) if self.at is None else bytes(7) + bytes((self.at,))
            case 0x31 if cdb[1] in (0x01, 0x0B):
                self.at = None if cdb[7] > 3 else cdb[7]
        return reply


class Backend(usb.backend.IBackend):
    """Machines on a bus, as pyusb sees them."""

    def __init__(self, *machines):
        self.machines = list(machines)
        self.permission = True

    def enumerate_devices(self):
        return self.machines

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=0x2166, idProduct=0x701D, bcdDevice=1, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1 + self.machines.index(dev), bus=1, port_number=1,
            port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev, config):
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=0, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev, intf, alt, config):
        if intf or alt:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=8,
            bInterfaceSubClass=6, bInterfaceProtocol=0x50, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(0x02, 0x81)[ep], bmAttributes=2, wMaxPacketSize=512,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev):
        if not self.permission:
            raise USBError("Access denied", -3, errno.EACCES)
        return SimpleNamespace(machine=dev)

    def close_device(self, handle):
        pass

    def get_configuration(self, handle):
        return 1

    def claim_interface(self, handle, intf):
        if handle.machine.owner is not None and handle.machine.owner is not handle:
            raise USBError("Resource busy", -6, errno.EBUSY)
        handle.machine.owner = handle

    def release_interface(self, handle, intf):
        handle.machine.owner = None

    def clear_halt(self, handle, ep):
        handle.machine.halts_cleared.append(ep)

    def ctrl_transfer(self, handle, request_type, request, value, index, data, timeout):
        assert (request_type, request, value, index) == (0x21, 0xFF, 0, 0)
        handle.machine.resets += 1
        handle.machine.due, handle.machine.inbox = None, []
        return 0

    def bulk_write(self, handle, ep, intf, data, timeout):
        self._cable(handle.machine, timeout)
        handle.machine.out(data.tobytes())
        return len(data)

    def bulk_read(self, handle, ep, intf, buff, timeout):
        machine = handle.machine
        self._cable(machine, timeout)
        if not machine.inbox:
            time.sleep(timeout / 1000)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        data = machine.inbox.pop(0)
        if len(data) > len(buff):
            raise USBError("Overflow", -8, errno.EOVERFLOW)
        buff[: len(data)] = type(buff)("B", data)
        return len(data)

    @staticmethod
    def _cable(machine, timeout):
        number = machine.cable.pop(0) if machine.cable else 0
        if number == errno.ETIMEDOUT:
            time.sleep(timeout / 1000)
            raise USBTimeoutError("Operation timed out", -7, number)
        if number:
            raise USBError("trouble", -1, number)
