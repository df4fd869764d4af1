"""A Matica XID machine over USB: Bulk-Only Transport and its SCSI-like commands, bytes in and bytes out.

Transport rules follow the USB Mass Storage Class Bulk-Only Transport specification; commands follow `usb.txt` and
`xidserver.c` of `revk/cardprint`.
"""

from __future__ import annotations

import random
import struct
from collections import deque
from collections.abc import Callable
from enum import IntEnum

from simulators.devices import matica_xid_pages as pages
from simulators.devices.faults import Fault
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_body import Body
from simulators.devices.matica_xid_data import Sense
from simulators.devices.usb_function import MASS_STORAGE, Halt, Identity, Setup

VENDOR, PRODUCT, OUT, IN = 0x2166, 0x701D, 0x02, 0x81
GET_MAX_LUN, BULK_ONLY_RESET = 0xA1FE, 0x21FF
COMMAND = struct.Struct("<4sIIBBB16s")
STATUS = struct.Struct("<4sIIB")


class Op(IntEnum):
    """First byte of a command block."""

    TEST_UNIT_READY = 0x00
    INITIALISE = 0x01
    REQUEST_SENSE = 0x03
    INQUIRY = 0x12
    MODE_SENSE = 0x1A
    PANEL = 0x2A
    MOTION = 0x31
    READER = 0x32
    POSITION = 0x34
    WRITE_BUFFER = 0x3B
    LOG_SENSE = 0x4D


PANELS = {3: "yellow", 2: "magenta", 1: "cyan", 0: "black", 4: "uv", 5: "overcoat"}
_SETS = ((0x02, ("yellow", "magenta", "cyan")), (0x04, ("black",)), (0x08, ("uv",)), (0x10, ("overcoat",)))
_READERS = {0: ("contact", True), 1: ("contact", False), 4: ("contactless", True), 5: ("contactless", False)}
_NAMES = {
    Op.TEST_UNIT_READY: "ready",
    Op.INITIALISE: "initialise",
    Op.REQUEST_SENSE: "sense",
    Op.INQUIRY: "inquiry",
    Op.PANEL: "panel",
    Op.POSITION: "position",
}
_SECOND_BYTE = {
    Op.MOTION: {0x01: "load", 0x0B: "move", 0x08: "print", 0x09: "transfer", 0x0A: "transfer", 0x0D: "transfer"},
    Op.READER: {code: "engage" if engaged else "release" for code, (_, engaged) in _READERS.items()},
}
_THIRD_BYTE = {
    Op.MODE_SENSE: {0x68: "geometry", 0x63: "ink"},
    Op.LOG_SENSE: {0x78: "counters", 0x79: "condition"},
}
_TELLING: dict[str, Callable[[Body], bytes]] = {
    "inquiry": pages.inquiry,
    "geometry": pages.geometry,
    "ink": pages.ink,
    "counters": pages.counters,
}


class BulkOnly:
    """The two bulk endpoints of one machine.

    Attributes:
        identity: what its descriptors say.
        changed: called when an endpoint that had nothing to give may have something.
        unplug: called with a fault that takes the device off the bus.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        name, serial = machine.body.model.name, machine.settings.serial
        self.identity = Identity(VENDOR, PRODUCT, "Matica", name, serial, MASS_STORAGE, OUT, IN)
        self.changed: Callable[[], None] = lambda: None
        self.unplug: Callable[[Fault], None] = lambda _: None
        self._chance = random.Random(0)
        self._latched = 0
        self._forget()

    def _forget(self) -> None:
        self._session = object()
        self._tag = 0
        self._expected = 0
        self._cdb = b""
        self._data: bytearray | None = None
        self._answers: deque[bytes | Halt] = deque()
        self._working = False
        self._wedged = False
        self._held: list[bytes | Halt] = []
        self._last: list[bytes | Halt] = []
        self._halted = False

    # What the host does

    def write(self, data: bytes) -> bool | Halt:
        """Take one OUT transfer; False leaves it waiting (NAK)."""
        if self._halted:
            return Halt.STALL
        if self._data is not None:
            self._data += data
            if len(self._data) >= self._expected:
                content, self._data = bytes(self._data), None
                self._execute(content)
            return True
        if self._working or self._wedged or self._answers:
            return False
        if len(data) != COMMAND.size or not data.startswith(b"USBC"):
            self._halted = True
            return Halt.STALL
        _, self._tag, self._expected, flags, _, length, block = COMMAND.unpack(data)
        self._cdb = block[:length].ljust(10, b"\0")
        self._working = True
        if self._expected and not flags & 0x80:
            self._data = bytearray()
        else:
            self._execute(b"")
        return True

    def read(self, size: int) -> bytes | Halt | None:
        """Answer one IN transfer of at most `size` bytes; None leaves it waiting (NAK)."""
        if self._halted:
            return Halt.STALL
        if not self._answers:
            return None
        answer = self._answers[0]
        if isinstance(answer, Halt):
            return answer
        if len(answer) > size:
            self._answers[0] = answer[size:]
            return answer[:size]
        self._answers.popleft()
        return answer

    def clear_halt(self, endpoint: int) -> None:
        """CLEAR_FEATURE(ENDPOINT_HALT). It does not clear what only reset recovery clears."""
        if endpoint & 0x80 and self._answers and self._answers[0] is Halt.STALL:
            self._answers.popleft()
            self.changed()

    def control(self, setup: Setup) -> bytes | None:
        """Answer the class's two requests; None refuses another one."""
        if setup.request == GET_MAX_LUN:
            return b"\x00"
        if setup.request == BULK_ONLY_RESET:
            self.reset_recovery()
            return b""
        return None

    def reset_recovery(self) -> None:
        """Bulk-Only Mass Storage Reset (class request FF): the next OUT transfer is a command."""
        self._forget()

    def reset_port(self) -> None:
        """The host reset the port."""
        self._forget()
        self._latched = 0
        self._machine.bus_reset()

    def power_lost(self) -> None:
        """The machine has no power: nothing is remembered."""
        self._forget()
        self._latched = 0

    def unmute(self) -> None:
        """Let an answer that was kept back go out, late."""
        self._wedged = False
        self._answers.extend(self._held)
        self._held = []
        self.changed()

    # Commands

    def _execute(self, content: bytes) -> None:
        name = self._name()
        fault = self._machine.meet(name)
        session = self._session
        if fault is not None and not fault.acts:
            self._spoil([STATUS.pack(b"USBS", self._tag, 0, 0)], fault)
            return

        def done(code: int) -> None:
            if self._session is session:
                self._finish(code, None, fault)

        self._run(content, done, fault)
        if fault is not None and fault.kind in {"unplug", "replug-as-new-address"}:
            self.unplug(fault)

    def _name(self) -> str:
        operation = self._cdb[0]
        if operation in _SECOND_BYTE:
            return _SECOND_BYTE[Op(operation)].get(self._cdb[1], "unknown")
        if operation in _THIRD_BYTE:
            return _THIRD_BYTE[Op(operation)].get(self._cdb[2], "unknown")
        return _NAMES[Op(operation)] if operation in _NAMES else "unknown"

    def _run(self, content: bytes, done: Callable[[int], None], fault: Fault | None) -> None:
        cdb, machine = self._cdb, self._machine
        if (answer := self._told()) is not None:
            self._finish(Sense.OK, answer, fault)
            return
        match cdb[0]:
            case Op.TEST_UNIT_READY:
                done(machine.ready())
            case Op.INITIALISE:
                machine.initialise(done)
            case Op.PANEL:
                name = PANELS.get(cdb[2])
                size = int.from_bytes(cdb[5:9], "big")
                done(Sense.BAD_FIELD if name is None or size != len(content) else machine.panel(name, content))
            case Op.MOTION:
                self._motion(done)
            case Op.READER if cdb[1] in _READERS:
                reader, engaged = _READERS[cdb[1]]
                machine.engage(reader, done, engaged=engaged)
            case Op.POSITION:
                code, position = machine.position()
                where = bytes([4, *bytes(7)]) if position is None else bytes([*bytes(7), position])
                self._finish(code, where, fault)
            case Op.WRITE_BUFFER:
                done(Sense.OK)  # the job's owner, for the machine's own list
            case _:
                done(Sense.BAD_COMMAND)

    def _told(self) -> bytes | None:
        name = self._name()
        if name == "sense":
            code, self._latched = self._latched, 0
            return pages.sense(code)
        if name == "condition":
            return pages.condition(self._machine.body, self._machine.state())
        return _TELLING[name](self._machine.body) if name in _TELLING else None

    def _motion(self, done: Callable[[int], None]) -> None:
        operation, first, flags, target = self._cdb[1], self._cdb[2], self._cdb[4], self._cdb[7]
        machine, immediate = self._machine, bool(first & 1)
        flip, film_init = bool(flags & 2), bool(flags & 4)
        match operation:
            case 0x01:
                machine.load(target, done, flip=flip, film_init=film_init, immediate=immediate)
            case 0x0B:
                machine.move(target, done, flip=flip, film_init=film_init, immediate=immediate)
            case 0x08:
                chosen = [name for bit, names in _SETS if first & bit for name in names]
                machine.print_film(chosen, done, immediate=immediate)
            case 0x09 | 0x0A | 0x0D:
                then = {0x09: "eject", 0x0A: "flip", 0x0D: "return"}[operation]
                machine.transfer(then, done, immediate=immediate)
            case _:
                done(Sense.BAD_COMMAND)

    def _finish(self, code: int, answer: bytes | None, fault: Fault | None) -> None:
        answers: list[bytes | Halt] = []
        sent = 0
        if code:
            self._latched = code
        wants_data = self._expected > 0 and self._cdb[0] not in {Op.PANEL, Op.WRITE_BUFFER}
        if answer is not None and not code:
            answers.append(answer[: self._expected])
            sent = len(answer[: self._expected])
        elif wants_data:
            answers.append(Halt.STALL)
        elif self._expected:
            sent = self._expected
        answers.append(STATUS.pack(b"USBS", self._tag, self._expected - sent, 1 if code else 0))
        if fault is not None:
            self._spoil(answers, fault)
            return
        self._working = False
        self._last = list(answers)
        self._answers.extend(answers)
        self.changed()

    def _spoil(self, answers: list[bytes | Halt], fault: Fault) -> None:
        first = answers[0]
        if fault.kind == "garbage" and isinstance(first, bytes):
            answers[0] = self._chance.randbytes(len(first))
        elif fault.kind == "half-reply" and isinstance(first, bytes):
            answers[:] = [first[: len(first) // 2]]
        elif fault.kind == "mute":
            self._wedged, self._held = True, list(answers)
            answers.clear()
        elif fault.kind == "last-reply":
            answers[:] = self._last or answers
        else:
            answers.clear()
        self._working = False
        self._answers.extend(answers)
        self.changed()
