"""Bytes to and from a device on a serial port, with deadlines and typed errors; the rules are those of `transports`."""

from __future__ import annotations

import errno
import select
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import serial

from drivers import wiretap
from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected, HeldByAnother, NotFound, PermissionRefused
from drivers.transports import Gate

_SLICE: Final = 0.1  # seconds a call may last before it looks whether the port was closed
_CHUNK: Final = 512  # bytes a write


class SerialPort:
    """A serial port of this machine, taken for itself: 8 data bits, no parity, one stop bit, no handshake."""

    def __init__(self, path: str, baud: int, name: str, most: int = 1) -> None:
        """Open the port.

        Args:
            path: of the device file.
            baud: bits a second.
            name: for errors.
            most: bytes that one reading brings, if so many have come.

        Raises:
            NotFound, PermissionRefused: there is no such port, or it may not be opened.
            HeldByAnother: another process holds its lock.
        """
        self._name = name
        self._most = most
        try:
            self._port = serial.Serial(path, baud, timeout=_SLICE, write_timeout=0, exclusive=True)
        except (serial.SerialException, OSError, termios.error) as error:
            match getattr(error, "errno", None):
                case errno.EACCES | errno.EPERM:
                    raise PermissionRefused(name, "open") from None
                case errno.EAGAIN | errno.EBUSY:
                    raise HeldByAnother(name, "open") from None
                case _:
                    raise NotFound(name, "open", f"serial:{path} ({error})") from None
        self._gate = Gate(name, self._let_go)

    def write(self, data: bytes, deadline: Deadline) -> None:
        """Hand all the bytes to the port, or raise `DeadlinePassed` or `Disconnected`."""
        started, sent = time.monotonic(), 0
        with wiretap.sending(self._name, "serial", data):
            while sent < len(data):
                self._in_time("write", started, deadline)
                with self._gate.use("write"), self._translating("write"):
                    # pyserial would wait in a busy loop for a full port: so it is asked only when there is room.
                    if select.select([], [self._port.fileno()], [], min(_SLICE, deadline.remaining()))[1]:
                        sent += self._port.write(data[sent : sent + _CHUNK]) or 0

    def read(self, deadline: Deadline) -> bytes:
        """Wait for the next byte, or for as many as one reading brings. Raises as `write` does."""
        started = time.monotonic()
        with wiretap.hearing(self._name, "serial") as passage:
            while True:
                self._in_time("read", started, deadline)
                with self._gate.use("read"), self._translating("read"):
                    if not select.select([self._port.fileno()], [], [], min(_SLICE, deadline.remaining()))[0]:
                        continue
                    if data := self._port.read(min(self._most, max(1, self._port.in_waiting))):
                        return passage.heard(bytes(data))

    def close(self) -> None:
        """Let go of the port. Never raises."""
        self._gate.close()

    def _let_go(self) -> None:
        with suppress(serial.SerialException, OSError, termios.error):
            self._port.close()

    def _in_time(self, operation: str, started: float, deadline: Deadline) -> None:
        if deadline.passed:
            raise DeadlinePassed(self._name, operation, time.monotonic() - started)

    @contextmanager
    def _translating(self, operation: str) -> Iterator[None]:
        try:
            yield
        except (serial.SerialException, OSError, termios.error) as error:
            raise Disconnected(self._name, operation, str(error)) from None
