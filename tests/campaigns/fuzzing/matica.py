"""What a Matica XID says, over USB and over the network."""

from __future__ import annotations

import struct
from types import SimpleNamespace

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed, Disconnected, NotUnderstood
from drivers.matica_xid import bulk_only, scsi, senses, words
from drivers.matica_xid.machine import Geometry
from drivers.matica_xid.tcp_machine import TcpMachine
from drivers.matica_xid.usb_machine import UsbMachine
from drivers.matica_xid.words import Message
from drivers.printer import Condition, Counters, Identity, Supply
from tests.campaigns.fuzzing.parser import ANOTHERS, UNREADABLE, Parser
from tests.drivers.matica_xid.test_protocol import COUNTERS, GEOMETRY, GREETING, INFO, RIBBON, SENSE, inquiry

MODELS = ("XID8600", "XID580")
SOON = Deadline.after(1e9)
TAG = 0x01020304
PASSED, FAILED = (struct.pack("<4sIIB", b"USBS", TAG, 0, status) for status in (0, 1))
SENSE_PASSED = struct.pack("<4sIIB", b"USBS", TAG + 1, 0, 0)
POSITIONS = (*(bytes((0, 0, 0, 0, 0, 0, 0, place)) for place in range(6)), b"\x04" + bytes(7))
INFO_GEOMETRY = bytes.fromhex("0406020258000000 0506020258000000 0a06020818000000 0b06020530000000")
CHECKS = (bytes.fromhex("010604ff02d00000"), bytes.fromhex("0106040000000000"), bytes.fromhex("0106040700000000"))
MOST_PIXELS = 1 << 25
"""No card has more: 600 dots an inch make it 2.7 million."""


def tcp(function: int, status: int = 0, data: bytes = b"") -> bytes:
    return words.encode(Message(function, status, TAG, data))


ANSWERS = (
    tcp(words.DONE),
    tcp(words.NOT_DONE, senses.HOPPER_EMPTY),
    tcp(words.DONE_WITH_DATA, 0, bytes.fromhex("01020400")),
    tcp(words.DONE_WITH_DATA, 0, bytes.fromhex("01020002")),
)


class NoReason(Exception):
    """It said that a command failed, and to the question why, nothing: there are no bytes to show."""


class Pipe:
    """What a machine says over USB, cut where its transfers are expected to end."""

    def __init__(self) -> None:
        self.rest = b""

    def read(self, size: int, _deadline: Deadline) -> bytes:
        if not self.rest:
            raise DeadlinePassed("", "read", 1.0)
        said, self.rest = self.rest[:size], self.rest[size:]
        return said

    def write(self, data: bytes, _deadline: Deadline) -> None:
        """It listens."""


PIPE = Pipe()


def _usb_machine() -> UsbMachine:
    machine = UsbMachine.__new__(UsbMachine)
    vars(machine).update(_pipe=PIPE)
    return machine


USB = _usb_machine()


def over_usb(reply: bytes) -> int:
    PIPE.rest = reply
    vars(USB).update(_in_step=True, _tag=TAG - 1)
    try:
        return USB.sense(SOON)
    except NotUnderstood as error:
        if not error.received and reply[13:21] == SENSE_PASSED[:8]:
            raise NoReason from None
        raise


def holds_over_usb(reply: bytes, told: object) -> bool:
    """Ready is only who says so; else what the sense says, which a status of its own has to follow."""
    if told == 0:
        return reply[:8] == PASSED[:8] and reply[12:13] == b"\0"
    closed = SENSE_PASSED[:8] in reply[13:] and reply[12] == 1
    return reply[:8] == PASSED[:8] and closed and told == _sense(reply[13:33])


def _sense(reply: bytes) -> int:
    return int.from_bytes((0, reply[2], reply[12], 0))


class Stream:
    """What a machine says over TCP; then the connection ends."""

    def __init__(self) -> None:
        self.rest = b""

    def send(self, data: bytes, _deadline: Deadline) -> None:
        """It listens."""

    def receive(self, size: int, _deadline: Deadline) -> bytes:
        said, self.rest = self.rest[:size], self.rest[size:]
        if len(said) < size:
            raise Disconnected("", "receive", "the other end closed it")
        return said


STREAM = Stream()


def _tcp_machine() -> TcpMachine:
    machine = TcpMachine.__new__(TcpMachine)
    vars(machine).update(_stream=STREAM, _name="")
    return machine


TCP = _tcp_machine()


def over_tcp(reply: bytes) -> SimpleNamespace:
    """Ask whether it is ready, and where the card is, with the same answer."""
    told = SimpleNamespace(ready=False, place="unknown")
    STREAM.rest = reply
    vars(TCP).update(_in_step=True, _sequence=TAG)
    told.ready = TCP.sense(SOON) == 0
    if told.ready:
        STREAM.rest = reply
        vars(TCP).update(_in_step=True, _sequence=TAG)
        try:
            told.place = TCP.position(SOON)
        except NotUnderstood:
            told.place = "not told"
    return told


def holds_over_tcp(reply: bytes, told: object) -> bool:
    function, count, status, sequence = struct.unpack_from(">IIII", reply)
    whole = len(reply) >= 4 * count + 8 and sequence == TAG
    done = function in (0xF1000100, 0xF1000300) and status == 0
    if not told.ready:
        return whole and status != 0
    if not (whole and done):
        return False
    data = reply[16 : 8 + 4 * count]
    match told.place:
        case "not told":
            return len(data) < 4 or (data[2] == 0 and data[3] > 5)
        case None:
            return data[2] != 0
        case place:
            return data[2] == 0 and data[3] == place


def holds_identity(field: slice) -> object:
    def holds(reply: bytes, told: object) -> bool:
        if not isinstance(told, Identity):
            return False
        texts = (told.maker, told.model, told.serial, told.firmware)
        printable = all(text.isascii() and text.isprintable() for text in texts)
        return printable and told.model.startswith(MODELS) and told.model.encode() in reply[field]

    return holds


def holds_geometry(sizes: object) -> object:
    def holds(reply: bytes, told: object) -> bool:
        if not isinstance(told, Geometry):
            return False
        return 0 < told.width * told.height <= MOST_PIXELS and told.dpi > 0 and sizes(reply, told)

    return holds


def _sizes_at(reply: bytes, told: Geometry) -> bool:
    return (told.dpi, told.dpi, told.width, told.height) == tuple(
        int.from_bytes(reply[at : at + 2]) for at in (8, 10, 32, 34)
    )


def values(data: bytes) -> dict[int, bytes]:
    """The same tagged values, read one byte after the other."""
    found, left = {}, list(data)
    while len(left) > 1 and left[0]:
        tag, length, *left = left
        entry, left = left[:length], left[length:]
        found[tag] = bytes(entry[1 : 1 + entry[0]])
    return found


def _sizes_by_tag(reply: bytes, told: Geometry) -> bool:
    found = {tag: int.from_bytes(value) for tag, value in values(reply).items()}
    return (found[4], found[5], found[10], found[11]) == (told.dpi, told.dpi, told.width, told.height)


def holds_counters(reply: bytes, told: object) -> bool:
    if not isinstance(told, Counters):
        return False
    words_ = [reply[4 + 8 * at : 12 + 8 * at] for at in range(5)]
    return all(word[:4] == bytes((0, at, 0, 4)) and len(word) == 8 for at, word in enumerate(words_)) and (
        told.cards == int.from_bytes(words_[0][4:])
    )


def holds_counters_by_tag(reply: bytes, told: object) -> bool:
    if not isinstance(told, Counters):
        return False
    total = int.from_bytes(values(reply)[0x1F])
    return told.cards == total and all(0 <= count < 1 << 32 for count in (told.cards, *told.others.values()))


def holds_supplies(_reply: bytes, told: object) -> bool:
    """Nothing is below zero, above what is whole, or larger than a counter of cards."""
    return isinstance(told, tuple) and all(
        isinstance(supply, Supply)
        and (supply.capacity is None or 0 < supply.capacity < 1 << 32)
        and (supply.remaining is None or 0 <= supply.remaining <= (supply.capacity or 0))
        for supply in told
    )


def holds_check(reply: bytes, told: object) -> bool:
    status = values(reply)[1]
    if told == 0:
        return len(status) == 4 and status[1:] == b"\0\0\0" and status[0] != 7
    return isinstance(told, int) and 0 < told < 1 << 24


def condition(reply: bytes) -> Condition:
    return senses.condition(scsi.parse_sense(reply))


PARSERS = (
    Parser("matica_xid sense", (SENSE,), scsi.parse_sense, UNREADABLE, lambda r, t: t == _sense(r), 20),
    Parser("matica_xid condition", (SENSE,), condition, UNREADABLE,
           lambda r, t: isinstance(t, Condition) and t.code == f"{_sense(r):08X}" and bool(t.text), 20),
    Parser("matica_xid inquiry", (inquiry(), inquiry(b"XID580i", b"", b"A5800001")), scsi.parse_inquiry, ANOTHERS,
           holds_identity(slice(16, 24)), 96),
    Parser("matica_xid geometry", (GEOMETRY,), scsi.parse_geometry, UNREADABLE, holds_geometry(_sizes_at), 64),
    Parser("matica_xid position", POSITIONS, scsi.parse_position, UNREADABLE,
           lambda r, t: len(r) == 8 and (r[0] != 0 if t is None else r[0] == 0 and r[7] == t), 16),
    Parser("matica_xid counters", (COUNTERS,), scsi.parse_counters, UNREADABLE, holds_counters, 52),
    Parser("matica_xid ribbon", (RIBBON,), lambda r: scsi.parse_ribbon(r, scsi.parse_levels(GEOMETRY)), UNREADABLE,
           holds_supplies, 44),
    Parser("matica_xid levels", (GEOMETRY,), lambda r: scsi.parse_ribbon(RIBBON, scsi.parse_levels(r)), UNREADABLE,
           holds_supplies, 64),
    Parser("matica_xid status", (PASSED, FAILED), lambda r: bulk_only.passed(r, TAG), UNREADABLE,
           lambda r, t: len(r) == 13 and r[:8] == PASSED[:8] and r[12] == (0 if t else 1), 64),
    Parser("matica_xid over-usb", (PASSED, FAILED + SENSE + SENSE_PASSED), over_usb,
           (NotUnderstood, NoReason, DeadlinePassed), holds_over_usb, 64),
    Parser("matica_xid message", (GREETING, *ANSWERS), words.decode, UNREADABLE,
           lambda r, t: isinstance(t, Message) and t.data == r[16 : 8 + 4 * int.from_bytes(r[4:8])], 65535),
    Parser("matica_xid over-tcp", ANSWERS, over_tcp, (NotUnderstood, Disconnected), holds_over_tcp),
    Parser("matica_xid greeting", (GREETING,), lambda r: words.parse_greeting(words.decode(r)), ANOTHERS,
           holds_identity(slice(56, 72))),
    Parser("matica_xid tcp-geometry", (INFO_GEOMETRY,), words.parse_geometry, UNREADABLE,
           holds_geometry(_sizes_by_tag)),
    Parser("matica_xid tcp-counters", (INFO,), words.parse_counters, UNREADABLE, holds_counters_by_tag, 16384),
    Parser("matica_xid tcp-supplies", (INFO,), words.parse_supplies, UNREADABLE, holds_supplies, 16384),
    Parser("matica_xid tcp-check", CHECKS, words.parse_check, UNREADABLE, holds_check),
)  # fmt: skip
