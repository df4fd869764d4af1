"""A simulated machine on a serial line: a pseudo-terminal, with a link to it that stays the same. Runs on asyncio.

A client opens the link as it would open `/dev/ttyUSB0`. It may close and open it as often as it likes. When the cable
is pulled, the link goes and the client's file ends (a USB serial adapter does that); plugged in again, the link leads
to a new terminal. A machine without mains leaves the link: it is only silent, as behind an adapter.

What the machine said while nobody listened is still there for the next who opens the link. A computer's own serial
port would have thrown it away; clients that flush at the start meet no difference.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from pathlib import Path

from simulators.devices.faults import Fault
from simulators.devices.machine import Machine
from simulators.devices.stream import Stream
from simulators.wires.port import unplug_by

CHUNK = 4096
BITS_PER_BYTE = 10
"""With one start bit and one stop bit."""
UNSET = termios.B38400
"""Speed of a new pseudo-terminal, which a client that sets none leaves."""


class PtyPort:
    """One machine's serial plug.

    Args:
        machine: whose plug it is.
        stream: the machine's end of the line.
        link: where clients open it.
        baud: the line's speed; bytes from the client come no faster, in simulated time. 0 for no limit.
        check_speed: True if a client that has set its end to another speed is not understood, nor understands.
    """

    def __init__(self, machine: Machine, stream: Stream, link: Path, *, baud: int, check_speed: bool) -> None:
        self._machine = machine
        self._stream = stream
        self._link = link
        self._baud = baud
        self._speed = getattr(termios, f"B{baud}") if check_speed else None
        self._ends: tuple[int, int] | None = None
        self._waiting = bytearray()
        self._pause = False
        stream.send, stream.changed, stream.unplug = self._send, self._listen, self._wire_fault
        machine.attach(self._power, self._wire_fault)

    @property
    def machine(self) -> Machine:
        """The machine on this wire."""
        return self._machine

    def address(self) -> str | None:
        """`serial:` and the link, or None while unplugged."""
        return None if self._ends is None else f"serial:{self._link}"

    def lasting_address(self) -> str:
        """`serial:` and the link."""
        return f"serial:{self._link}"

    def plug(self, *, new_address: bool) -> None:  # noqa: ARG002 - every plug is a new terminal behind the same link
        """Put the cable in."""
        if self._ends is not None:
            return
        ours, theirs = os.openpty()
        os.set_blocking(ours, False)
        tty.setraw(theirs)  # this end of theirs stays open: else the line would end with its first client
        self._ends = ours, theirs
        fresh = self._link.with_name(f"{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(theirs))
        fresh.replace(self._link)
        self._listen()

    def unplug(self) -> None:
        """Pull the cable: a client's file ends."""
        if self._ends is None:
            return
        loop = asyncio.get_running_loop()
        ours, theirs = self._ends
        self._ends = None
        self._link.unlink(missing_ok=True)
        loop.remove_reader(ours)
        loop.remove_writer(ours)
        os.close(ours)
        os.close(theirs)
        self._waiting.clear()
        self._stream.forget()

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
        self._stream.unmute()

    async def open(self) -> None:
        """Put the cable in for the first time."""
        self.plug(new_address=False)

    async def shut(self) -> None:
        """Pull the cable for the last time."""
        self.unplug()

    def _power(self, on: bool) -> None:
        if not on:
            self._waiting.clear()
            self._stream.forget()

    def _wire_fault(self, fault: Fault) -> None:
        unplug_by(fault, self)

    # Bytes

    def _listen(self) -> None:
        if self._ends is not None and not self._pause and self._stream.room():
            asyncio.get_running_loop().add_reader(self._ends[0], self._readable)

    def _readable(self) -> None:
        if self._ends is None:
            return
        ours, theirs = self._ends
        asyncio.get_running_loop().remove_reader(ours)
        data = os.read(ours, CHUNK)
        if self._baud:
            self._pause = True
            self._machine.later(len(data) * BITS_PER_BYTE / self._baud, self._resume)
        if self._machine.powered:
            self._stream.take(self._through(data, theirs))
        self._listen()

    def _resume(self) -> None:
        self._pause = False
        self._listen()

    def _through(self, data: bytes, theirs: int) -> bytes:
        speed = termios.tcgetattr(theirs)[tty.OSPEED]
        if self._speed is None or speed in {UNSET, self._speed}:
            return data
        return bytes(byte ^ 0xA5 for byte in data)

    def _send(self, data: bytes) -> None:
        if self._ends is not None:
            self._waiting += self._through(data, self._ends[1])
            self._write()

    def _write(self) -> None:
        if self._ends is None:
            return
        ours = self._ends[0]
        with contextlib.suppress(BlockingIOError):
            del self._waiting[: os.write(ours, self._waiting)]
        loop = asyncio.get_running_loop()
        if self._waiting:
            loop.add_writer(ours, self._write)
        else:
            loop.remove_writer(ours)
