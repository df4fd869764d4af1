"""An Evolis machine on USB: a printer that answers (interface class 7, protocol 2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum

from simulators.devices.evolis import Machine
from simulators.devices.evolis_data import Cause
from simulators.devices.evolis_talk import Talk
from simulators.devices.faults import Fault
from simulators.devices.usb_function import PRINTER, Halt, Identity, Setup

OUT, IN = 0x01, 0x82
NO_ERROR, SELECTED, PAPER_EMPTY = 0x08, 0x10, 0x20
"""Bits of GET_PORT_STATUS (USB printer class). The guide has errors of the media on PAPER-END, others on FAULT."""


class Request(IntEnum):
    """bmRequestType << 8 | bRequest of the printer class."""

    GET_DEVICE_ID = 0xA100
    GET_PORT_STATUS = 0xA101
    SOFT_RESET = 0x2102


class PrinterClass:
    """The two bulk endpoints of one machine and the three requests of the printer class.

    Attributes:
        identity: what its descriptors say.
        changed: called when an endpoint that had nothing to give, or took nothing, may now.
        unplug: called with a fault that takes the device off the bus.
    """

    def __init__(self, machine: Machine) -> None:
        settings = machine.settings
        name = f"Evolis {machine.body.model.name}"
        ids = settings.vendor, settings.product
        self.identity = Identity(*ids, "Evolis", name, settings.serial, PRINTER, OUT, IN)
        self.changed: Callable[[], None] = lambda: None
        self.unplug: Callable[[Fault], None] = lambda _: None
        self._machine = machine
        self._talk = Talk(machine)
        self._talk.send = self._say
        self._talk.changed = self._room
        self._talk.unplug = self._pull
        self._said: deque[bytes] = deque()
        self._pulled = False

    def write(self, data: bytes) -> bool | Halt:
        """Take one OUT transfer; False leaves it waiting (NAK)."""
        if self._pulled or not self._talk.room():
            return False
        self._talk.take(data)
        return not self._pulled

    def read(self, size: int) -> bytes | Halt | None:
        """Answer one IN transfer of at most `size` bytes, with one reply or a part of it; None leaves it waiting."""
        if not self._said:
            return None
        said = self._said.popleft()
        if len(said) > size:
            self._said.appendleft(said[size:])
        return said[:size]

    def control(self, setup: Setup) -> bytes | None:
        """Answer a request of the printer class; None refuses another one."""
        match setup.request:
            case Request.GET_DEVICE_ID:
                text = f"MFG:Evolis;CMD:EVOLIS;MDL:{self._machine.body.model.name};CLS:PRINTER;".encode()
                return (len(text) + 2).to_bytes(2, "big") + text
            case Request.GET_PORT_STATUS:
                return bytes([self._port_status()])
            case Request.SOFT_RESET:
                self.power_lost()
                return b""
        return None

    def clear_halt(self, endpoint: int) -> None:
        """Nothing ever halts."""

    def reset_port(self) -> None:
        """The host reset the port: what was on the way is forgotten. Works go on."""
        self.power_lost()

    def power_lost(self) -> None:
        """Nothing on the way is remembered."""
        self._pulled = False
        self._said.clear()
        self._talk.forget()

    def unmute(self) -> None:
        """Let an answer that a fault kept back go out, late."""
        self._talk.unmute()

    def _room(self) -> None:
        self.changed()

    def _say(self, said: bytes) -> None:
        self._said.append(said)
        self.changed()

    def _pull(self, fault: Fault) -> None:
        self._pulled = True
        self.unplug(fault)

    def _port_status(self) -> int:
        body = self._machine.body
        media = body.is_so("hopper-empty") or body.no_ribbon()
        broken = body.trouble() in {Cause.JAM, Cause.FEEDER, Cause.COVER, Cause.HEAD}
        return SELECTED | (0 if broken else NO_ERROR) | (PAPER_EMPTY if media else 0)
