"""A Magicard machine on USB: a printer with two bulk endpoints that takes jobs and requests, and tells its port status.

Ids, endpoints, the port status and its values are those of the USB capture in `pc-coholic/magicardppd`; class requests
follow the USB printer class.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable

from simulators.devices import magicard_told as told
from simulators.devices.faults import UNPLUG, Fault
from simulators.devices.magicard import Machine
from simulators.devices.magicard_stream import Begun, Broken, Event, Job, Request, Stream
from simulators.devices.usb_function import PRINTER, Halt, Identity, Setup

OUT, IN = 0x01, 0x82
GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET = 0xA100, 0xA101, 0x2102
READY, BUSY, ERROR = b"\x18", b"\x08", b"\x10"
"""Port status: selected and no error; not selected, no error; selected, error."""
PIECE = 16 * 1024
_COMMANDS = {"RioTango2D": " CMD:PCL,MPL;"}


class Printer:
    """The endpoints of one machine.

    Attributes:
        identity: what its descriptors say.
        changed: called when an endpoint that had nothing to give, or took nothing, may now.
        unplug: called with a fault that takes the device off the bus.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        name, serial = machine.body.model.name, machine.settings.serial
        self.identity = Identity(
            told.VENDOR, told.product(machine.body), told.MAKER.strip(), name, serial, PRINTER, OUT, IN
        )
        self.changed: Callable[[], None] = lambda: None
        self.unplug: Callable[[Fault], None] = lambda _: None
        self._chance = random.Random(0)
        self._stream = Stream(machine.room)
        self._patience: Callable[[], None] = lambda: None
        self._forget()
        machine.on_room = self._go_on
        self._doing: dict[str, Callable[[], None]] = {
            "OKY": machine.okay,
            "CAN": machine.cancel,
            "EJT": machine.eject,
            "RST": machine.reset,
            "CLN": machine.clean,
            "TST": machine.test,
        }

    def _forget(self) -> None:
        self._stream.reset()
        self._answers: deque[bytes] = deque()
        self._held: list[bytes] = []
        self._previous = b""
        self._leaving: Fault | None = None
        self._gone = False
        self._begun, self._taken = b"", 0
        self._patience()

    # What the host does

    def write(self, data: bytes) -> bool | Halt:
        """Take one OUT transfer; False leaves it waiting, perhaps half taken, while there is no room for another job.

        A transfer that waits is offered again as the same object.
        """
        if self._shut:
            return False
        start = self._taken if data is self._begun else 0
        while start < len(data) and not self._shut:
            self._act(self._stream.feed(data[start : start + PIECE]))
            start += PIECE
        self._begun, self._taken = data, start
        self._await_more()
        return start >= len(data) and not self._shut

    def read(self, size: int) -> bytes | Halt | None:
        """Answer one IN transfer of at most `size` bytes; None leaves it waiting."""
        if not self._answers:
            return None
        answer = self._answers.popleft()
        if len(answer) > size:
            self._answers.appendleft(answer[size:])
        return answer[:size]

    def control(self, setup: Setup) -> bytes | None:
        """Answer the printer class's requests."""
        if setup.request == GET_DEVICE_ID:
            name = self._machine.body.model.name
            device = f"MFG:{told.MAKER};{_COMMANDS.get(name, '')}MDL:{name}".encode()
            return (len(device) + 2).to_bytes(2, "big") + device
        if setup.request == GET_PORT_STATUS:
            return self._port_status()
        if setup.request == SOFT_RESET:
            self._forget()
            return b""
        return None

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT): no endpoint ever halts."""

    def reset_port(self) -> None:
        """The host reset the port: what is half sent is forgotten. The machine prints on."""
        self._forget()

    def power_lost(self) -> None:
        """The cable was pulled or the mains went."""
        self._forget()

    def unmute(self) -> None:
        """Let answers that a fault kept back go out, late."""
        held, self._held = self._held, []
        for answer in held:
            self._say(answer)

    # Inside

    @property
    def _shut(self) -> bool:
        return self._gone or self._stream.waiting

    def _port_status(self) -> bytes | None:
        fault = self._machine.body.meet("port")
        status = BUSY
        if self._machine.state():
            status = ERROR
        elif self._machine.ready:
            status = READY
        if fault is None:
            return status
        if fault.kind in UNPLUG:
            self._leave(fault)
        return self._chance.randbytes(1) if fault.kind == "garbage" else None

    def _go_on(self) -> None:
        if self._stream.waiting:
            self._act(self._stream.feed())
            self._await_more()
            self.changed()

    def _act(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Begun():
                    self._leaving = self._machine.body.meet("job")
                case Job():
                    self._machine.take(event)
                case Broken():
                    self._machine.refuse()
                case Request(words) if words:
                    self._answer(words)
        leaving = self._leaving
        if leaving is not None and leaving.kind in UNPLUG and self._stream.progress >= leaving.fraction:
            self._leave(leaving)

    def _leave(self, fault: Fault) -> None:
        self._gone = True
        self.unplug(fault)

    def _await_more(self) -> None:
        self._patience()
        if self._stream.amid and not self._stream.waiting:
            self._patience = self._machine.later(self._machine.settings.durations.silence, self._give_up)

    def _give_up(self) -> None:
        self._stream.reset()
        self._machine.refuse()

    def _answer(self, words: tuple[str, ...]) -> None:
        fault = self._machine.body.meet(words[0].lower())
        answer = None
        if fault is None or fault.acts:
            answer = self._do(words)
        if fault is not None:
            self._spoil(answer or b"", fault)
        elif answer is not None:
            self._send(answer)

    def _do(self, words: tuple[str, ...]) -> bytes | None:
        machine = self._machine
        leaders = machine.settings.leaders
        match words:
            case ("INF", *_):
                return told.framed(leaders, told.info(machine.body, machine.state()))
            case ("ERR", *_):
                return told.framed(leaders, told.error(machine.state(), machine.language))
            case ("STA", key, *_):
                text = told.about(machine.body, key)
                return None if text is None else told.framed(leaders, text)
            case (command, *_) if command in self._doing:
                self._doing[command]()
        return None

    def _send(self, answer: bytes) -> None:
        self._previous = answer
        self._say(answer)

    def _say(self, answer: bytes) -> None:
        if answer:
            self._answers.append(answer)
            self.changed()

    def _spoil(self, answer: bytes, fault: Fault) -> None:
        match fault.kind:
            case "garbage":
                self._send(self._chance.randbytes(len(answer)))
            case "half-reply":
                self._send(answer[: len(answer) // 2])
            case "last-reply":
                before, self._previous = self._previous, answer
                self._say(before)
            case "mute":
                self._held.append(answer)
            case _:
                self._leave(fault)
