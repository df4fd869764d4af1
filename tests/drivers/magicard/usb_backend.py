"""A machine on a USB cable that is not there: a backend for pyusb, and what can go wrong on its cable."""

# ruff: noqa: ARG002 - a backend has the signatures that pyusb calls

import errno
import re
import struct
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import usb.backend
from usb.core import USBError, USBTimeoutError

READY, BUSY, FAILED = 0x18, 0x08, 0x10


def information(**changed):
    """The answer to INF, its fields by number as the maker's document counts them."""
    fields = {
        0: "3", 1: "Enduro+", 2: "0", 3: "E0012345", 4: "H77", 5: "B88", 6: "1.12", 7: "2", 8: "0",
        9: "1500", 10: "1400", 11: "6000", 12: "3", 13: "120", 14: "30", 15: "700",
        16: "50", 17: "0", 18: "0", 19: "0", 20: "0", 21: "E004010012345678", 22: "300", 23: "40", 24: "MC300YMCKO",
        25: "60", 26: "60", 27: "60", 28: "0", 29: "0", 30: "0", 31: "1", 32: "1",
    }  # fmt: skip
    fields |= {int(name[1:]): value for name, value in changed.items()}
    return b"\x01STA$$" + ",".join(fields[number] for number in sorted(fields)).encode() + b",\x03"


def error(code="00:00", text="Printerstatus OK."):
    return f"\x01STA{text}\n{code}\n(c0300)\x03".encode("latin-1")


@dataclass
class Machine:
    """A machine that prints what it gets, and what happens instead.

    Attributes:
        cards: its counter.
        shows: the error it shows, as two numbers; None: it is well.
        works: for how many looks at its port a job keeps it busy.
        prints: what becomes of a job, called once the machine is done.
        clears: whether CAN clears its error.
        fields: fields of its answer to INF that are otherwise than usual.
        answers: for a query, what it says instead (None: nothing).
        wants: how often a cleaning routine asks for something before it cleans.
        ports: bytes its port tells instead, one after the other.
        cable: for the next transfers on the bulk pipes, an errno to raise; 0 lets one pass.
        takes: how many bytes of a job it takes before it stops listening.
    """

    serial: str = "USB00042"
    product: int = 0x4800
    cards: int = 1500
    cleans: int = 3
    shows: str | None = None
    works: int = 2
    prints: object = staticmethod(lambda machine: machine.count())
    clears: bool = True
    wants: int = 1
    cleaned: object = staticmethod(lambda machine: machine.clean())
    fields: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    ports: list = field(default_factory=list)
    cable: list = field(default_factory=list)
    takes: int = 1 << 30
    knows_reset: bool = True
    log: list = field(default_factory=list)
    jobs: list = field(default_factory=list)
    inbox: list = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    busy: int = 0
    cleaning: bool = False
    owner: object = None

    def count(self, by=1):
        self.cards += by

    def clean(self, by=1):
        self.cleans += by

    def nothing(self):
        """What a machine makes of a job that it passes over."""

    def port(self):
        if self.ports:
            return self.ports.pop(0)
        if self.busy:
            self.busy -= 1
            if not self.busy:
                (self.cleaned if self.cleaning else self.prints)(self)
                self.cleaning = False
            return BUSY
        return FAILED if self.shows else READY

    def out(self, data):
        """Take bytes; returns how many."""
        room = self.takes - len(self.received)
        if room <= 0:
            return 0
        self.received += data[:room]
        while self._understood():
            pass
        return min(len(data), room)

    def _understood(self):
        if match := re.match(rb"\x01,REQ,([A-Z]{3}),\x1c\x03", self.received):
            name = match[1].decode()
            del self.received[: match.end()]
            self._query(name)
            return True
        if match := re.match(rb"\x05{64}\x01,(NOC[^\x1c]*)\x1c", self.received):
            sizes = [int(size) for size in re.findall(rb"SZ[BGRK](\d+)", match[1])]
            length = match.end() + sum(sizes) + 3 * len(sizes) + 1
            if len(self.received) < length:
                return False
            self.jobs.append(bytes(self.received[:length]))
            self.log.append("job")
            del self.received[:length]
            self.busy = self.works
            if not self.works:
                self.prints(self)
            return True
        return False

    def _query(self, name):
        self.log.append(name)
        if name == "CAN" and self.clears:
            self.shows = None
        if name == "CLN" or (name == "OKY" and self.cleaning):
            self.shows, self.cleaning = "15:01" if self.wants else None, True
            self.busy, self.wants = 0 if self.wants else 4, self.wants - 1
        major, minor = (self.shows or "00:00").split(":")
        usual = {
            "INF": lambda: information(
                **({"f9": str(self.cards), "f12": str(self.cleans), "f19": major, "f20": minor} | self.fields)
            ),
            "ERR": lambda: error(f"Error code - {self.shows}", "It does not work.") if self.shows else error(),
        }
        answer = self.answers[name] if name in self.answers else usual.get(name, lambda: None)()
        if answer is not None:
            self.inbox.append(answer)

    def reset(self):
        self.log.append("reset")
        self.received.clear()
        self.inbox.clear()


class Backend(usb.backend.IBackend):
    """Machines on a bus, as pyusb sees them."""

    def __init__(self, *machines):
        self.machines = list(machines)
        self.permission = True

    def enumerate_devices(self):
        return self.machines

    def get_device_descriptor(self, dev):
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x101, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=8, idVendor=0x0C1F, idProduct=dev.product, bcdDevice=0, iManufacturer=1, iProduct=1,
            iSerialNumber=2 if dev.serial else 0, bNumConfigurations=1, address=1 + self.machines.index(dev), bus=1,
            port_number=1, port_numbers=(1,), speed=2,
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
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=7,
            bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev, ep, intf, alt, config):
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(0x01, 0x82)[ep], bmAttributes=2, wMaxPacketSize=64,
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
        handle.machine.log.append("clear halt")

    def ctrl_transfer(self, handle, request_type, request, value, index, data, timeout):
        machine = handle.machine
        if (request_type, request) == (0x80, 0x06):
            text = {0: struct.pack("<H", 0x0409), 2: machine.serial.encode("utf-16-le")}[value & 0xFF]
            answer = bytes((2 + len(text), 3)) + text
        elif (request_type, request) == (0xA1, 0x01):
            assert (value, index, len(data)) == (0, 0, 1)
            answer = machine.port()
            answer = answer if isinstance(answer, bytes) else bytes((answer,))
        else:
            assert (request_type, request, value, index) == (0x21, 0x02, 0, 0)
            if not machine.knows_reset:
                raise USBError("Pipe error", -9, errno.EPIPE)
            machine.reset()
            return 0
        answer = answer[: len(data)]
        data[: len(answer)] = type(data)("B", answer)
        return len(answer)

    def bulk_write(self, handle, ep, intf, data, timeout):
        self._cable(handle.machine)
        taken = handle.machine.out(data.tobytes())
        if not taken:
            time.sleep(timeout / 1000)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return taken

    def bulk_read(self, handle, ep, intf, buff, timeout):
        machine = handle.machine
        self._cable(machine)
        if not machine.inbox:
            time.sleep(timeout / 1000)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        data = machine.inbox.pop(0)
        buff[: len(data)] = type(buff)("B", data)
        return len(data)

    @staticmethod
    def _cable(machine):
        number = machine.cable.pop(0) if machine.cable else 0
        if number:
            raise USBError("trouble", -1, number)
