"""A simulated machine on USB, seen by a real libusb in another process, through umockdev.

The process that runs this owns the testbed and must itself run under `libumockdev-preload.so.0`; clients run under
the preload too, with `UMOCKDEV_DIR` set to the testbed's folder. Runs on GLib's main loop.
"""

from __future__ import annotations

import errno
import itertools
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

from simulators.devices.faults import Fault  # noqa: E402
from simulators.devices.machine import Machine  # noqa: E402
from simulators.devices.usb_function import Function, Halt, Setup  # noqa: E402
from simulators.wires import connections, glib, usbfs  # noqa: E402
from simulators.wires.port import unplug_by  # noqa: E402
from simulators.wires.urb import Client, Urb  # noqa: E402
from simulators.wires.usbfs import Ioctl  # noqa: E402

BUS = 1
EMPTY_REAP_MS = 10
"""How long a reap waits for a transfer to end before it is told to come again: keeps an idle client from spinning.
Libusb ends a transfer whose time is up only between two reaps, so that its timeouts may be late by as much."""

REAPS = frozenset({Ioctl.REAPURB, Ioctl.REAPURBNDELAY})


class Bus:
    """One USB bus in a testbed. It gives each device that is plugged in the next free number, as a host does."""

    def __init__(self) -> None:
        self.testbed: Any = UMockdev.Testbed.new()
        self.root = Path(self.testbed.get_root_dir())
        self._taken: set[int] = set()
        self._attached: set[str] = set()
        self._numbers = itertools.cycle(range(2, 128))

    def take(self, wanted: int) -> int:
        """Take a number: the wanted one if it is free, else the next; 0 wants none."""
        number = wanted
        while not number or number in self._taken:
            number = next(self._numbers)
        self._taken.add(number)
        return number

    def attach(self, node: str, handler: Any) -> None:
        """Let a handler answer for a device file.

        The handler of an earlier plug stays until its file is wanted again: whoever has the file open still must be
        told that the device has gone.
        """
        if node in self._attached:
            self.testbed.detach_ioctl(node)
        self._attached.add(node)
        self.testbed.attach_ioctl(node, handler)

    def give_back(self, number: int) -> None:
        """Let a number be used again."""
        self._taken.discard(number)


class UsbPort:
    """One machine's USB plug.

    Args:
        bus: where it is plugged in.
        machine: whose plug it is.
        function: what the machine shows there.
        number: the device number it gets if that is free; 0 for the next.
    """

    def __init__(self, bus: Bus, machine: Machine, function: Function, number: int = 0) -> None:
        self._bus = bus
        self._machine = machine
        self._number = number
        self._function = function
        function.changed = self._progress
        function.unplug = self._unplugged_by
        machine.attach(self._power, self._wire_fault)
        self._identity = function.identity
        self._device, self._configuration = usbfs.descriptors(self._identity)
        self._handler: Any = None
        self._clients: dict[Any, Client] = {}
        self._owner: Any = None
        self._progressing = self._more = False

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""
        return self._machine

    def address(self) -> str | None:
        """`usb:bus/device`, or None while unplugged."""
        return None if self._handler is None else f"usb:{BUS:03d}/{self._number:03d}"

    def lasting_address(self) -> str:
        """`usb:vendor:product?serial=…`."""
        return self._identity.lasting_address()

    def plug(self, *, new_address: bool) -> None:
        """Put the cable in."""
        if self._handler is not None or not self._machine.powered:
            return
        self._number = self._bus.take(0 if new_address else self._number)
        self._function.power_lost()
        self._handler = UMockdev.IoctlBase.new()
        self._handler.connect("handle-ioctl", self._ioctl)
        self._bus.attach(self._node(), self._handler)
        self._bus.testbed.add_from_string(self._record())
        self._bus.testbed.uevent(self._syspath(), "add")

    def unplug(self) -> None:
        """Pull the cable: every transfer ends with `ENODEV`."""
        if self._handler is None:
            return
        for client in self._clients.values():
            for urb in client.flying:
                urb.finish(-errno.ENODEV)
            client.ended.extend(client.flying)
            client.flying.clear()
            self._serve_reap(client)
        self._bus.testbed.uevent(self._syspath(), "remove")
        self._bus.testbed.remove_device(self._syspath())
        self._bus.give_back(self._number)
        self._handler = None
        self._owner = None

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
        self._function.unmute()

    # What befalls the wire

    def _power(self, on: bool) -> None:
        if on:
            self.plug(new_address=True)
        else:
            self.unplug()

    def _unplugged_by(self, fault: Fault) -> None:
        glib.post(lambda: self._wire_fault(fault))

    def _wire_fault(self, fault: Fault) -> None:
        unplug_by(fault, self)

    # The device file

    def _node(self) -> str:
        return f"/dev/bus/usb/{BUS:03d}/{self._number:03d}"

    def _syspath(self) -> str:
        return f"/sys/devices/usb{BUS}/{BUS}-{self._number}"

    def _record(self) -> str:
        identity = self._identity
        lines = [
            f"P: /devices/usb{BUS}/{BUS}-{self._number}",
            f"N: bus/usb/{BUS:03d}/{self._number:03d}",
            "E: SUBSYSTEM=usb",
            "E: DRIVER=usb",
            "E: DEVTYPE=usb_device",
            f"E: BUSNUM={BUS:03d}",
            f"E: DEVNUM={self._number:03d}",
            f"E: DEVNAME=/dev/bus/usb/{BUS:03d}/{self._number:03d}",
            f"E: ID_VENDOR_ID={identity.vendor:04x}",
            f"E: ID_MODEL_ID={identity.product:04x}",
            f"E: ID_SERIAL_SHORT={identity.serial}",
            "A: bConfigurationValue=1\\n",
            f"A: busnum={BUS}\\n",
            f"A: devnum={self._number}\\n",
            "A: speed=480\\n",
            f"A: idVendor={identity.vendor:04x}\\n",
            f"A: idProduct={identity.product:04x}\\n",
            f"A: serial={identity.serial}\\n",
            f"H: descriptors={(self._device + self._configuration).hex()}",
        ]
        return "\n".join(lines) + "\n"

    def _forget_the_gone(self) -> None:
        """Drop clients that ended. The testbed's own signal for this does not come."""
        for client in [client for client in {*self._clients, self._owner} if client and not client.get_connected()]:
            self._forget(client)

    def _forget(self, client: Any) -> None:
        known = self._clients.pop(client, None)
        if known is not None:
            known.give_up()
        if self._owner == client:
            self._owner = None

    def _ioctl(self, handler: Any, client: Any) -> bool:
        # Called in a thread of the testbed's. A client's memory may be read from any thread until it is answered.
        if not self._reaped_at_once(client):
            glib.post(lambda: self._answer(handler, client))
        return True

    def _reaped_at_once(self, client: Any) -> bool:
        """Answer a reap for which nothing has to be waited, two of three requests, without a turn of the main loop.

        The client waits for this very answer, so that it submits nothing meanwhile. What the main loop ends meanwhile
        it adds to what ended before it takes it from what flies: then a reap finds it, at the latest the next.
        """
        known = self._clients.get(client)
        if known is None or client.get_request() & 0xFF not in REAPS or self._handler is None:
            return False
        if known.ended:
            self._give_back(known, client)
        elif known.flying:
            return False
        else:
            client.complete(-1, errno.EAGAIN)
        return True

    def _answer(self, handler: Any, client: Any) -> None:
        try:
            self._act_on(handler, client)
        except GLib.Error:
            # The client was killed while its memory was read. The testbed never says so: it would seem to live on.
            self._forget(client)
            client.complete(-1, errno.EIO)

    def _act_on(self, handler: Any, client: Any) -> None:
        request = client.get_request() & 0xFF
        if request in REAPS:
            self._reap(client)
            return
        self._forget_the_gone()
        if handler is not self._handler:
            client.complete(-1, errno.ENODEV)
            return
        match request:
            case Ioctl.SUBMITURB:
                self._submit(client)
            case Ioctl.DISCARDURB:
                self._discard(client)
            case Ioctl.CLAIMINTERFACE | Ioctl.DISCONNECT_CLAIM:
                self._claim(client)
            case _:
                client.complete(*self._plain(request, client))

    def _plain(self, request: int, client: Any) -> tuple[int, int]:
        match request:
            case Ioctl.GET_CAPABILITIES:
                client.get_arg().resolve(0, 4).update(0, usbfs.CAPABILITIES.to_bytes(4, "little"))
            case Ioctl.RELEASEINTERFACE:
                self._owner = None if self._owner == client else self._owner
            case Ioctl.CLEAR_HALT:
                self._function.clear_halt(int.from_bytes(client.get_arg().resolve(0, 4).retrieve(), "little"))
            case Ioctl.RESET:
                self._function.reset_port()
            case Ioctl.SETCONFIGURATION | Ioctl.SETINTERFACE:
                pass
            case Ioctl.GETDRIVER | Ioctl.IOCTL:
                return -1, errno.ENODATA
            case _:
                return -1, errno.ENOTTY
        return 0, 0

    def _claim(self, client: Any) -> None:
        if self._owner is not None and self._owner != client:
            if connections.living(self._bus.root / "ioctl" / self._node().lstrip("/")) > 1:
                client.complete(-1, errno.EBUSY)
                return
            # It was killed just before it was answered: the testbed fails at that, and takes it for connected for ever.
            self._forget(self._owner)
        self._owner = client
        for other, known in self._clients.items():
            if other != client:
                known.flying.clear()  # of one that was killed: its reads would take the answers to this one
        client.complete(0, 0)

    # Transfers

    def _submit(self, client: Any) -> None:
        urb = Urb(client.get_arg().resolve(0, usbfs.URB_SIZE))
        known = self._clients.setdefault(client, Client())
        if urb.kind == usbfs.TYPE_CONTROL:
            self._control(known, urb)
        else:
            known.flying.append(urb)
        client.complete(0, 0)
        self._progress()

    def _discard(self, client: Any) -> None:
        known = self._clients.get(client)
        address = int.from_bytes(bytes(client.get_arg().retrieve())[: usbfs.POINTER_SIZE], "little")
        urb = next((u for u in known.flying if u.address == address), None) if known is not None else None
        if known is None or urb is None:
            client.complete(-1, errno.EINVAL)
            return
        urb.finish(-errno.ENOENT)
        known.ended.append(urb)
        known.flying.remove(urb)
        client.complete(0, 0)
        self._serve_reap(known)

    def _reap(self, client: Any) -> None:
        known = self._clients.setdefault(client, Client())
        known.reaping = client
        if known.ended:
            self._serve_reap(known)
        elif self._handler is None or not known.flying:
            known.reaping = None
            client.complete(-1, errno.ENODEV if self._handler is None else errno.EAGAIN)
        else:
            known.give_up = glib.later(EMPTY_REAP_MS / 1000, lambda: self._empty(known))

    def _empty(self, known: Client) -> None:
        client, known.reaping = known.reaping, None
        if client is not None and client.get_connected():
            client.complete(-1, errno.EAGAIN)

    def _serve_reap(self, known: Client) -> None:
        if known.reaping is None or not known.ended:
            return
        known.give_up()
        client, known.reaping = known.reaping, None
        self._give_back(known, client)

    def _give_back(self, known: Client, client: Any) -> None:
        try:
            known.ended.popleft().give_back(client)
        except GLib.Error:  # killed while it waited
            glib.post(lambda: self._forget(client))
            client.complete(-1, errno.EIO)

    def _progress(self) -> None:
        # A transfer that is taken may at once make another one end, which calls this again.
        self._more = True
        if self._progressing:
            return
        self._progressing = True
        while self._more:
            self._more = False
            for known in list(self._clients.values()):
                for urb in list(known.flying):
                    if self._advance(urb):
                        known.ended.append(urb)
                        known.flying.remove(urb)
        self._progressing = False
        for known in list(self._clients.values()):
            self._serve_reap(known)

    def _advance(self, urb: Urb) -> bool:
        if urb.endpoint & usbfs.IN:
            answer = self._function.read(urb.length)
            if answer is None:
                return False
            if isinstance(answer, Halt):
                urb.finish(-errno.EPIPE)
            else:
                urb.finish(0, len(answer), answer)
            return True
        taken = self._function.write(urb.content)
        if taken is False:
            return False
        if isinstance(taken, Halt):
            urb.finish(-errno.EPIPE)
        else:
            urb.finish(0, urb.length)
        return True

    def _control(self, known: Client, urb: Urb) -> None:
        kind, request, value, index, length = usbfs.SETUP.unpack(urb.content[: usbfs.SETUP.size])
        setup = Setup(kind << 8 | request, value, index, length, urb.content[usbfs.SETUP.size :])
        answer = self._control_answer(setup)
        if answer is None:
            urb.finish(-errno.EPIPE)
        else:
            urb.finish(0, len(answer[:length]), answer[:length])
        known.ended.append(urb)

    def _control_answer(self, setup: Setup) -> bytes | None:
        match setup.request:
            case usbfs.Request.GET_DESCRIPTOR:
                return self._descriptor(setup.value >> 8, setup.value & 0xFF)
            case usbfs.Request.GET_CONFIGURATION:
                return b"\x01"
            case usbfs.Request.GET_STATUS:
                return b"\x01\x00"
        return self._function.control(setup)

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        if kind == usbfs.DESCRIPTOR_DEVICE:
            return self._device
        if kind == usbfs.DESCRIPTOR_CONFIGURATION:
            return self._configuration
        if kind != usbfs.DESCRIPTOR_STRING:
            return None
        if index == 0:
            return b"\x04\x03\x09\x04"
        texts = (self._identity.maker, self._identity.name, self._identity.serial)
        strings = dict(zip(usbfs.STRINGS, texts, strict=True))
        return usbfs.string_descriptor(strings[index]) if index in strings else None
