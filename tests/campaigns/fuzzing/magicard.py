"""What a Magicard machine says: framed text, and the byte of its port."""

from __future__ import annotations

import re

from drivers.magicard import codes
from drivers.magicard.protocol import (
    ErrorReport,
    Information,
    PortStatus,
    ReplyReader,
    parse_port_status,
    parse_reply,
)
from drivers.printer import Condition, Reason
from tests.campaigns.fuzzing.parser import UNREADABLE, Parser
from tests.drivers.magicard.test_protocol import NOT_FED, WELL
from tests.drivers.magicard.usb_backend import information

STATES = (information(), information(f19="11", f20="1"), information(f21="", f22="", f23="", f24=""))
ERRORS = (WELL, NOT_FED, b"\x05\x05" + NOT_FED.replace(b"\x01STA", b"\x01,STA"), b"\x01STA11:01\x03")
FRAME = re.compile(rb"\x05*\x01,?STA([^\x03]*)\x03", re.DOTALL)
MOST_NUMBER = 0xFFFFFFFF


def in_pieces(reply: bytes) -> Information | ErrorReport | None:
    """As it may come from the pipe: in transfers of some bytes."""
    reader, told = ReplyReader(), None
    size = 1 + (7 * len(reply) + sum(reply[:4])) % 301
    for at in range(0, len(reply), size):
        told = reader.feed(reply[at : at + size])
    return told


def holds_reply(reply: bytes, told: object) -> bool:
    framed = FRAME.fullmatch(reply)
    if told is None:
        return framed is None
    if framed is None:
        return False
    return _holds_fields(framed[1], told) if framed[1].startswith(b"$$") else _holds_code(framed[1], told)


def _holds_fields(content: bytes, told: object) -> bool:
    fields = content[2:].removesuffix(b",").replace(b":", b",").split(b",")
    if not isinstance(told, Information) or not 32 <= len(fields) <= 35:
        return False
    numbers = {9: told.cards, 14: told.since_clean, 16: told.head_position, 19: told.major, 20: told.minor}
    texts = (told.model, told.serial, told.firmware, told.film_id, told.film)
    return (
        all(int(fields[at]) == number <= MOST_NUMBER for at, number in numbers.items())
        and all(text.isascii() and text.isprintable() for text in texts)
        and fields[3].strip(b" \0") == told.serial.encode()
        and (told.shots is None or int(fields[22]) == told.shots)
    )


def _holds_code(content: bytes, told: object) -> bool:
    lines = [line.rstrip(" \t\r") for line in content.decode("latin-1").split("\n")]
    found = [pair[-1] for line in lines if (pair := re.findall("(?<![0-9:])[0-9]{1,3}:[0-9]{1,3}$", line, re.ASCII))]
    if not isinstance(told, ErrorReport) or len(found) != 1:
        return False
    return found[0].split(":") != [] and tuple(map(int, found[0].split(":"))) == (told.major, told.minor)


def shown(reply: bytes) -> Condition | None:
    told = parse_reply(reply)
    words = told.text if isinstance(told, ErrorReport) else ""
    return codes.condition(told.major, told.minor, words) if told.major or told.minor else None


def holds_shown(reply: bytes, told: object) -> bool:
    """Nothing is wrong only where the machine says zeros; what has no name keeps its number."""
    read = parse_reply(reply)
    if not holds_reply(reply, read):
        return False
    if told is None:
        return (read.major, read.minor) == (0, 0)
    known = (read.major, read.minor) == (11, 1)
    return isinstance(told, Condition) and (told.reason is Reason.MEDIA_EMPTY) is known and bool(told.code)


def holds_port(reply: bytes, told: object) -> bool:
    if not isinstance(told, PortStatus) or len(reply) != 1:
        return False
    ready = not told.busy and not told.failed
    return ready is (reply[0] & 0x18 == 0x18) and told.empty is bool(reply[0] & 0x20)


PARSERS = (
    Parser("magicard port", (b"\x18", b"\x08", b"\x10"), parse_port_status, UNREADABLE, holds_port, 64),
    Parser("magicard information", STATES, parse_reply, UNREADABLE, holds_reply, 1024, b",:"),
    Parser("magicard error", ERRORS, parse_reply, UNREADABLE, holds_reply, 1024, b":\n"),
    Parser("magicard in-pieces", (*STATES, *ERRORS), in_pieces, UNREADABLE, holds_reply, 8192, b",:\n"),
    Parser("magicard shown", (*STATES, *ERRORS), shown, UNREADABLE, holds_shown, 1024, b",:\n"),
)
