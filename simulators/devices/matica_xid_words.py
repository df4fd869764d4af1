"""A Matica XID machine over TCP and UDP: messages of big-endian words (`eth.txt`, `xid8600.txt` in `revk/cardprint`).

A message is {function, words that follow, parameter or status, sequence, data}; the count excludes the first two
words, as in every dump. Where dumps and the server program differ (the immediate flag, transfer's length byte),
the dumps are followed and the program's form is accepted too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from simulators.devices import matica_xid_pages as pages
from simulators.devices.faults import Fault
from simulators.devices.matica_xid import Machine
from simulators.devices.matica_xid_data import Position, Sense

GREETING, REPLY, ACKNOWLEDGED = 0xF3000200, 0xF2000300, 0xF3000400
COMMAND, IMAGE, SETTINGS, INFO, STATUS = 0xF0000100, 0xF0000200, 0xF0000400, 0xF0000500, 0xF0000600
DONE, REFUSED, ANSWERED = 0xF1000100, 0xF1000200, 0xF1000300
ANSWER_BIT = 0x01000000
IMMEDIATE = 2
COMMAND_BYTES, IMAGE_HEADER = 4, 12
PANELS = {0x01: "yellow", 0x02: "magenta", 0x04: "cyan", 0x08: "black", 0x20: "overcoat", 0x40: "uv"}
_NAMES = {
    1: "ready",
    2: "position",
    3: "initialise",
    4: "load",
    5: "move",
    6: "print",
    7: "transfer",
    0x0A: "engage",
}
MAX_WORDS = 2 * 1024 * 1024

Answer = Callable[[bytes], None]


def message(function: int, status: int, sequence: int, data: bytes = b"") -> bytes:
    """Encode one message; data is filled up to whole words."""
    data += bytes(-len(data) % 4)
    header = (function, 2 + len(data) // 4, status, sequence)
    return b"".join(word.to_bytes(4, "big") for word in header) + data


def entry(tag: int, size: int, value: int | bytes) -> bytes:
    """Encode one answer about one tag: tag, length, size of the value, the value, filled up to whole words."""
    data = value if isinstance(value, bytes) else value.to_bytes(size, "big")
    filled = bytes([size]) + data + bytes(-(3 + len(data)) % 4)
    return bytes([tag, len(filled)]) + filled


def greeting(machine: Machine) -> bytes:
    """What the machine says first on a new connection: its name, address and model."""
    data = bytearray(104)
    data[14:24] = b"PRINTER01\0"
    data[24:28] = bytes([127, 0, 0, 1])
    data[40:56] = machine.body.model.name.encode().ljust(16)
    data[56:72] = _link_local(machine.settings.serial)
    return message(GREETING, 0, 0x00033118, bytes(data))


def _link_local(serial: str) -> bytes:
    """The machine's IPv6 address: made from its Ethernet address (RFC 4291), which here is made from its serial."""
    ethernet = hashlib.sha256(serial.encode()).digest()[:6]
    interface = bytes((ethernet[0] & 0xFC | 0x02,)) + ethernet[1:3] + b"\xff\xfe" + ethernet[3:]
    return b"\xfe\x80" + bytes(6) + interface


class Words:
    """One TCP connection to a machine, or its UDP port: messages in, messages out, in order."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def take(self, request: bytes, answer: Answer, on_fault: Callable[[Fault], None]) -> None:
        """Act on one whole message; `answer` is called with the reply, perhaps much later, or never.

        Args:
            request: the message, header included.
            answer: sends a reply.
            on_fault: told of a fault of the wire before the reply to this command.
        """
        function, _, parameter, sequence = (int.from_bytes(request[i : i + 4], "big") for i in (0, 4, 8, 12))
        data = request[16:]
        name = self._name(function, data)
        fault = self._machine.meet(name)
        if fault is not None:
            on_fault(fault)
            if not fault.acts:
                return

        def done(code: int) -> None:
            answer(message(REFUSED if code else DONE, code, sequence))

        match function:
            case 0xF2000300:
                answer(message(ACKNOWLEDGED, 0, sequence))
            case 0xF0000100 if len(data) >= COMMAND_BYTES:
                self._command(data, bool(parameter & IMMEDIATE), sequence, answer, done)
            case 0xF0000200 if len(data) >= IMAGE_HEADER:
                done(self._image(data))
            case 0xF0000500 | 0xF0000600 | 0xF0000400 | 0xF0000A00:
                answer(message(function | ANSWER_BIT, 0, sequence, b"".join(self._tags(function, data))))
            case _:
                done(Sense.BAD_COMMAND)

    def _name(self, function: int, data: bytes) -> str:
        if function == IMAGE:
            return "panel"
        if function == COMMAND and data:
            name = _NAMES.get(data[0], "unknown")
            return "release" if name == "engage" and data[2:3] and data[2] & 0x40 else name
        return {REPLY: "hello", INFO: "geometry", STATUS: "condition"}.get(function, "unknown")

    def _command(
        self, data: bytes, immediate: bool, sequence: int, answer: Answer, done: Callable[[int], None]
    ) -> None:
        machine = self._machine
        flags, target = data[2], data[3]
        flip, film_init = bool(flags & 0x10), bool(flags & 0x80)
        match data[0]:
            case 0x01:
                done(machine.ready())
            case 0x02:
                code, position = machine.position()
                where = bytes([4, 0]) if position is None else bytes([0, position])
                answer(message(REFUSED, code, sequence) if code else message(ANSWERED, 0, sequence, b"\1\2" + where))
            case 0x03:
                machine.initialise(done)
            case 0x04:
                machine.load(target, done, flip=flip, film_init=film_init, immediate=immediate)
            case 0x05:
                machine.move(target, done, flip=flip, film_init=film_init, immediate=immediate)
            case 0x06:
                chosen = [name for bit, name in PANELS.items() if target & bit]
                machine.print_film(chosen, done, immediate=immediate)
            case 0x07:
                then = "flip" if flip else "eject" if target == Position.EJECT else "return"
                machine.transfer(then, done, immediate=immediate)
            case 0x0A:
                machine.engage("contactless" if flags & 0x10 else "contact", done, engaged=not flags & 0x40)
            case _:
                done(Sense.BAD_COMMAND)

    def _image(self, data: bytes) -> int:
        name, size = PANELS.get(data[0]), int.from_bytes(data[8:12], "big")
        if name is None or int.from_bytes(data[4:8], "big") != size + 4 or len(data) - 12 < size:
            return Sense.BAD_FIELD
        return self._machine.panel(name, data[12 : 12 + size])

    def _tags(self, function: int, data: bytes) -> Iterator[bytes]:
        known = self._info() if function == INFO else self._status() if function == STATUS else {}
        for offset in range(0, len(data) - 3, 4):
            if (told := known.get(data[offset])) is not None:
                yield entry(data[offset], *told)

    def _info(self) -> dict[int, tuple[int, int | bytes]]:
        model = self._machine.body.model
        sizes = (model.dpi, model.dpi, model.card_width, model.card_height, 0, 0, model.width, model.height)
        features = {0x32: 1, 0x33: 0, 0x36: 0, 0x37: 1, 0x38: 1, 0x39: 1, 0x3A: 0, 0x3B: 1}
        known: dict[int, tuple[int, int | bytes]] = {4 + i: (2, size) for i, size in enumerate(sizes)}
        return {**known, **{tag: (1, has) for tag, has in features.items()}}

    def _status(self) -> dict[int, tuple[int, int | bytes]]:
        body = self._machine.body
        lot = (b" " + body.settings.lot.encode())[:32].ljust(32, b"\0")
        # The notes give counters 1E to 23 no names; their values there match free, total, head, clean and error.
        counters = {0x1E: "free", 0x1F: "total", 0x20: "head", 0x21: "clean", 0x23: "error"}
        known: dict[int, tuple[int, int | bytes]] = {
            0x01: (4, pages.state_word(body, self._machine.state())),
            0x0A: (1, pages.CARDS_NONE if body.hopper_empty() else pages.CARDS_EXIST),
            0x0B: (1, pages.share(body.ribbon_left, body.settings.ribbon, 50)),
            0x0C: (1, pages.share(body.film_left, body.settings.film, 10)),
            0x0D: (1, pages.INK_TYPE_YMCK),
            0x0E: (2, body.settings.ribbon),
            0x0F: (32, lot),
            0x3E: (2, b"\xfe\x00"),
        }
        return {**known, **{tag: (4, body.counters[name]) for tag, name in counters.items()}}
