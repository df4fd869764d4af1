"""Bytes to and from a device, with deadlines and typed errors: USB bulk pipes, TCP streams, UDP.

A transport is used by one thread; `close` may be called from any, and a call under way then fails with
`Disconnected` within a fraction of a second. A transport does not know who uses it: the device named in its
errors is the `name` it was given, the operation is its own, and a driver writes the operation it was asked for
over it. What passes is told to `wiretap` under the same name.
"""

from __future__ import annotations

import errno
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import usb.core
import usb.util
from typing_extensions import override

from drivers import wiretap
from drivers.deadline import Deadline
from drivers.errors import (
    DeadlinePassed,
    DeviceError,
    Disconnected,
    HeldByAnother,
    NotFound,
    NotUnderstood,
    PermissionRefused,
    WrongDevice,
)
from drivers.wiretap import Direction

_SLICE: Final = 0.25  # seconds a USB call may last before it looks whether the transport was closed
_CHUNK: Final = 65536  # bytes a write; the vendor's driver cuts panels the same way
_PATIENCE_AT_CLOSE: Final = 1.0  # seconds `close` waits for the slice under way, so that the next open finds it free
_DRAIN: Final = 0.01  # seconds of silence after which a pipe counts as empty
_CLOSED: Final = "closed by this program"
_SETUP: Final = struct.Struct("<BBHHH")  # a control transfer's setup packet


@dataclass(eq=False)
class Stalled(DeviceError):
    """A USB endpoint halted; it must be cleared before it carries data again."""

    @override
    def what(self) -> str:
        return "the device halted the endpoint"


class Gate:
    """Lets one thread use a resource while any other may close it; whoever leaves last disposes of it."""

    def __init__(self, name: str, dispose: Callable[[], None]) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._disposal = dispose
        self._closed = False
        self._disposed = False

    @contextmanager
    def use(self, operation: str) -> Iterator[None]:
        """Be inside for a while. Raises `Disconnected` once it is closed."""
        try:
            with self._lock:
                if self._closed:
                    raise Disconnected(self._name, operation, _CLOSED)
                yield
        finally:
            if self._closed:
                self._dispose(0)

    def close(self) -> None:
        """Let nobody in any more. Never raises; waits a moment for who is inside."""
        self._closed = True
        self._dispose(_PATIENCE_AT_CLOSE)

    def _dispose(self, patience: float) -> None:
        if not self._lock.acquire(timeout=patience):
            return  # the user is inside, and disposes when it comes out
        try:
            if not self._disposed:
                self._disposed = True
                self._disposal()
        finally:
            self._lock.release()


def find_usb(vendor: int, product: int, backend: Any = None) -> Sequence[Any]:
    """Return the attached USB devices with those ids, as pyusb's device objects; none is opened."""
    try:
        return tuple(usb.core.find(find_all=True, idVendor=vendor, idProduct=product, backend=backend))
    except usb.core.NoBackendError:
        raise NotFound(f"usb:{vendor:04x}:{product:04x}", "find", "libusb-1.0, which is not installed") from None


@dataclass(slots=True)
class Held:
    """A device that this process works with.

    Attributes:
        name: of whoever has it.
        serial: the number by which it is found; None until that is known.
    """

    name: str
    serial: str | None = None


_held: dict[tuple[int, int, int], Held] = {}  # by backend and place on the bus; a session enters and removes itself
_serials: dict[tuple[int, int, int], str | None] = {}  # as the descriptors told when they were last read


def _place(device: Any) -> tuple[int, int, int]:
    return id(device.backend), device.bus, device.address


def held_here(device: Any) -> Held | None:
    """Say who in this process works with a device: then whoever only looks leaves it alone. None if nobody does."""
    return _held.get(_place(device))


def usb_serial(device: Any) -> str | None:
    """Read the serial number in the device's own descriptor; None if it has none or does not let itself be asked.

    Nothing is claimed. A device that this process works with is not asked: its number was read before it was opened.
    """
    if held_here(device) is not None:
        return _serials.get(_place(device))
    number = None
    try:
        number = device.serial_number or None
    except (usb.core.USBError, ValueError):  # ValueError: it told no language to ask for the string in
        pass
    finally:
        usb.util.dispose_resources(device)
    _serials[_place(device)] = number
    return number


def _endpoints(device: Any, interface: int) -> set[int]:
    """Return the addresses of an interface's endpoints. Raises `usb.core.USBError`."""
    found = (one for one in device.get_active_configuration() if one.bInterfaceNumber == interface)
    return {endpoint.bEndpointAddress for one in found for endpoint in one}


class UsbBulk:
    """One interface of a USB device, claimed: a bulk pipe out and a bulk pipe in."""

    def __init__(self, device: Any, name: str, *, out: int, in_: int, interface: int = 0) -> None:
        """Open the device and claim the interface, taking it from a kernel driver if one has it.

        Args:
            device: from `find_usb`.
            name: for errors.
            out: address of the bulk OUT endpoint.
            in_: address of the bulk IN endpoint.
            interface: its number.

        Raises:
            PermissionRefused, HeldByAnother, Disconnected.
            WrongDevice: it has no such endpoints.
        """
        self._device = device
        self._name = name
        self._out = out
        self._in = in_
        self._interface = interface
        try:
            self._take_from_kernel()
            usb.util.claim_interface(device, interface)
            missing = {out, in_} - _endpoints(device, interface)
        except usb.core.USBError as error:
            usb.util.dispose_resources(device)
            raise self._translated(error, "open") from None
        if missing:  # pyusb would answer each transfer with a ValueError
            usb.util.dispose_resources(device)
            expected = f"endpoints {out:#04x} and {in_:#04x} on interface {interface}"
            raise WrongDevice(name, "open", expected, f"a device without {', '.join(map(hex, sorted(missing)))}")
        self._gate = Gate(name, self._let_go)
        self._held = _held[_place(device)] = Held(name)

    def serves(self, serial: str | None) -> None:
        """Say by which number the machine is found, for whoever looks while this session lasts."""
        self._held.serial = serial or None

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes, or raise: `Stalled`, `DeadlinePassed` or `Disconnected`."""
        started, sent = time.monotonic(), 0
        with wiretap.sending(self._name, "bulk", data):
            while sent < len(data):
                chunk = data[sent : sent + _CHUNK]
                sent += self._slice("write", started, deadline, partial(self._device.write, self._out, chunk)) or 0

    def read(self, size: int, deadline: Deadline) -> bytes:
        """Wait for one transfer of at most `size` bytes. Raises as `write` does; too many bytes: `NotUnderstood`."""
        started = time.monotonic()
        with wiretap.hearing(self._name, "bulk") as passage:
            while True:
                data = self._slice("read", started, deadline, partial(self._device.read, self._in, size))
                if data is not None:
                    return passage.heard(bytes(data))

    def clear_halts(self) -> None:
        """Clear both endpoints, so that they carry data again."""
        with self._gate.use("clear halt"):
            for endpoint in (self._in, self._out):
                self._attempt(partial(self._device.clear_halt, endpoint))

    def recover(self, deadline: Deadline) -> None:
        """Bring the pipes back to a known state after a broken exchange.

        The Bulk-Only Transport's reset recovery: a Bulk-Only Mass Storage Reset (class request FF to the interface),
        then both halts cleared; last, whatever the device still had to say is read and thrown away. A device that
        does not know the reset is left with the other two. Raises `Disconnected` if the device is gone.
        """
        with self._gate.use("reset"):
            budget = _milliseconds(deadline.sooner(1.0).remaining())
            self._attempt(partial(self._device.ctrl_transfer, 0x21, 0xFF, 0, self._interface, None, budget))
        self.clear_halts()
        self.drain(deadline)

    def control(
        self, request_type: int, request: int, deadline: Deadline, *, value: int = 0, index: int = 0, size: int = 0
    ) -> bytes:
        """Do one control transfer: read at most `size` bytes, or send a request that carries none.

        Args:
            request_type: its direction, type and recipient, as the USB specification packs them.
            request: the request's number.
            deadline: by which the device must have answered.
            value: the field *wValue*.
            index: the field *wIndex*.
            size: how many bytes are read.

        Raises:
            Stalled: the device does not know the request; the endpoint needs no clearing.
            DeadlinePassed, Disconnected, NotUnderstood: as for `read`.
        """
        started = time.monotonic()
        call = partial(self._device.ctrl_transfer, request_type, request, value, index, size or None)
        wiretap.tell(self._name, Direction.OUT, "control", _SETUP.pack(request_type, request, value, index, size))
        with wiretap.hearing(self._name, "control") as passage:
            while True:
                data = self._slice("control", started, deadline, call)
                if data is not None:
                    return passage.heard(bytes(data) if size else b"")

    def drain(self, deadline: Deadline) -> None:
        """Read and throw away whatever the device still has to say. Raises `Disconnected` if it is gone."""
        with suppress(DeadlinePassed, Stalled, NotUnderstood):
            while True:
                self.read(4096, deadline.sooner(_DRAIN))

    def close(self) -> None:
        """Let go of the interface. Never raises."""
        self._gate.close()

    def _slice(self, operation: str, started: float, deadline: Deadline, call: Callable[..., Any]) -> Any:
        """Run one libusb call for at most a slice of time; None if it passed without any byte."""
        if deadline.passed:
            raise DeadlinePassed(self._name, operation, time.monotonic() - started)
        with self._gate.use(operation):
            try:
                return call(timeout=_milliseconds(min(deadline.remaining(), _SLICE)))
            except usb.core.USBTimeoutError:
                return None
            except usb.core.USBError as error:
                raise self._translated(error, operation) from None

    def _attempt(self, call: Callable[[], Any]) -> None:
        """Do a thing that a device may refuse without harm; only its absence counts."""
        try:
            call()
        except usb.core.USBError as error:
            if error.errno == errno.ENODEV:
                raise self._translated(error, "reset") from None

    def _take_from_kernel(self) -> None:
        # usb-storage may have bound the interface. libusb does not report another program's claim as a kernel driver.
        # Where this cannot be asked or done, the claim that follows says what is wrong.
        with suppress(NotImplementedError, usb.core.USBError):
            if self._device.is_kernel_driver_active(self._interface):
                self._device.detach_kernel_driver(self._interface)

    def _let_go(self) -> None:
        _held.pop(_place(self._device), None)
        with suppress(usb.core.USBError):  # a device that is gone has nothing left to release
            usb.util.dispose_resources(self._device)

    def _translated(self, error: usb.core.USBError, operation: str) -> DeviceError:
        match error.errno:
            case errno.EPIPE:
                return Stalled(self._name, operation)
            case errno.EBUSY:
                return HeldByAnother(self._name, operation)
            case errno.EACCES | errno.EPERM:
                return PermissionRefused(self._name, operation)
            case errno.EOVERFLOW:
                return NotUnderstood(self._name, operation, b"", "no more bytes than were asked for")
            case errno.ENODEV:
                return Disconnected(self._name, operation, "unplugged or switched off")
            case _:
                return Disconnected(self._name, operation, str(error))


class TcpStream:
    """A TCP connection."""

    def __init__(self, host: str, port: int, name: str, deadline: Deadline) -> None:
        """Connect. Raises `NotFound` if nothing takes the connection by the deadline."""
        self._name = name
        try:
            self._socket = socket.create_connection((host, port), timeout=max(deadline.remaining(), 0.001))
        except OSError as error:
            raise NotFound(name, "open", f"tcp:{host}:{port} ({error})") from None
        # A device whose mains went off sends no FIN: ask, so that a reply that can never come is known in seconds.
        for level, option, value in (
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
        ):
            self._socket.setsockopt(level, option, value)
        self._gate = Gate(name, self._socket.close)

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send all the bytes, or raise `DeadlinePassed` or `Disconnected`."""
        passage = wiretap.sending(self._name, "tcp", data)
        with passage, self._gate.use("send"), _translating(self._name, "send"):
            self._socket.settimeout(_time_left(deadline))
            self._socket.sendall(data)

    def receive(self, size: int, deadline: Deadline) -> bytes:
        """Return exactly that many bytes, or raise `DeadlinePassed` or `Disconnected`."""
        received = bytearray()
        passage = wiretap.hearing(self._name, "tcp")
        with passage, self._gate.use("receive"), _translating(self._name, "receive"):
            while len(received) < size:
                self._socket.settimeout(_time_left(deadline))
                more = self._socket.recv(size - len(received))
                if not more:
                    raise Disconnected(self._name, "receive", "the other end closed it")
                received += more
            return passage.heard(bytes(received))

    def close(self) -> None:
        """End the connection. Never raises."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in `receive`
        self._gate.close()


class UdpPort:
    """Datagrams to and from one UDP port of a device."""

    def __init__(self, host: str, port: int, name: str) -> None:
        """Bind to the device's address; nothing is sent. Raises `NotFound` if the host has no address."""
        self._name = name
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, protocol)
        except OSError as error:
            raise NotFound(name, "open", f"udp:{host}:{port} ({error})") from None
        try:
            self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            raise NotFound(name, "open", f"udp:{host}:{port} ({error})") from None
        self._gate = Gate(name, self._socket.close)

    def send(self, data: bytes) -> None:
        """Send one datagram. Raises `Disconnected` if the device's host says that nothing listens there."""
        passage = wiretap.sending(self._name, "udp", data)
        with passage, self._gate.use("send"), _translating(self._name, "send"):
            self._socket.send(data)

    def receive(self, deadline: Deadline) -> bytes:
        """Wait for one datagram. Raises `DeadlinePassed` or `Disconnected`."""
        passage = wiretap.hearing(self._name, "udp")
        with passage, self._gate.use("receive"), _translating(self._name, "receive"):
            self._socket.settimeout(_time_left(deadline))
            return passage.heard(self._socket.recv(65535))

    def close(self) -> None:
        """Let go of the socket. Never raises."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._gate.close()


@contextmanager
def _translating(name: str, operation: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    except TimeoutError as error:
        if error.errno == errno.ETIMEDOUT:  # the kernel's verdict on a dead peer, not ours on the time
            raise Disconnected(name, operation, "the other end no longer answers") from None
        raise DeadlinePassed(name, operation, time.monotonic() - started) from None
    except OSError as error:
        raise Disconnected(name, operation, str(error)) from None


def _time_left(deadline: Deadline) -> float:
    if deadline.passed:
        raise TimeoutError
    return max(deadline.remaining(), 0.001)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # 0 would mean for ever
