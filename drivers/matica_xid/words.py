"""The XID's messages over the network, bytes only.

A message is big-endian 32-bit words: function, count of the words that follow, parameter (in a reply: status, 0 or a
sense code), sequence number, data. From `revk/cardprint`, `eth.txt` and `xid8600.txt` (captures) and `xidserver.c`;
where they disagree the captures count:

- the count is the total less two, as in every dump (a note beside them says less one);
- *immediate* is 2 in the parameter word (the code adds 1 to the position instead);
- a transfer carries six bytes, `07 06 flags position 00 00 00 00` (the code sends two).

Inferred, not stated there: the counters behind the tags 1E, 1F, 20, 21 and 23. They run free, total, head, clean,
error if the two network captures are laid beside the one over USB: 1F and 21 are equal as total and clean are there,
20 is several times larger as head is, and the request asks for them in the order of the USB page but for 1E.

The greeting holds no serial number. It does hold the link-local IPv6 address, made from the machine's own Ethernet
address, which identifies it as well: that is the serial number of a machine reached by network.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from drivers.errors import NotUnderstood
from drivers.matica_xid import models
from drivers.matica_xid.machine import Geometry, Position
from drivers.printer import Counters, Identity, Panel, Supply

GREETING: Final = 0xF3000200
DOCUMENT: Final = 0xF2000300
DOCUMENT_TAKEN: Final = 0xF3000400
COMMAND: Final = 0xF0000100
IMAGE: Final = 0xF0000200
INFO: Final = 0xF0000500
CHECK: Final = 0xF0000600
FIRST_SEQUENCE: Final = 0x99999999
DONE: Final = 0xF1000100
NOT_DONE: Final = 0xF1000200
DONE_WITH_DATA: Final = 0xF1000300
IMMEDIATE: Final = 2

HEADER_LENGTH: Final = 8
_HEADER: Final = struct.Struct(">IIII")
_MOST_WORDS: Final = 4096  # no reply known has more than 29
_LONGEST_NUMBER: Final = 4  # bytes
_STATUS_LENGTH: Final = 4

TEST_READY: Final = bytes((0x01, 2, 0, 0))
READ_POSITION: Final = bytes((0x02, 2, 0, 0))
TRANSFER_AND_RETURN: Final = bytes((0x07, 6, 0, Position.PRINT, 0, 0, 0, 0))
_FLIP: Final = 0x10
_FILM_INIT: Final = 0x80
_CONTACTLESS: Final = 0x10
_RELEASE: Final = 0x40

PANEL_BITS: Final = {
    Panel.YELLOW: 0x01,
    Panel.MAGENTA: 0x02,
    Panel.CYAN: 0x04,
    Panel.BLACK: 0x08,
    Panel.OVERCOAT: 0x20,
    Panel.UV: 0x40,
}

TAG_STATUS: Final = 0x01
GEOMETRY_TAGS: Final = (0x04, 0x05, 0x0A, 0x0B)
SUPPLY_TAGS: Final = (0x0B, 0x0C, 0x0D, 0x0E, 0x0F)
_COUNTER_NAMES: Final = {0x1E: "free", 0x1F: "total", 0x20: "head", 0x21: "clean", 0x23: "error"}
COUNTER_TAGS: Final = tuple(_COUNTER_NAMES)
_INK_FULL: Final = 50
_FILM_FULL: Final = 10
_FILM_IMAGES: Final = 1000  # the info gives no film type; the captured machine holds the standard roll


@dataclass(frozen=True, slots=True)
class Message:
    """One message, either way."""

    function: int
    parameter: int
    sequence: int
    data: bytes = field(repr=False)  # may be a panel


def encode(message: Message) -> bytes:
    """Lay a message out; the data is padded to whole words."""
    words = -(-len(message.data) // 4)
    head = _HEADER.pack(message.function, 2 + words, message.parameter, message.sequence)
    return head + message.data + bytes(4 * words - len(message.data))


def rest(header: bytes) -> int:
    """Return how many bytes follow a reply's first eight. Raises `NotUnderstood` if that cannot be."""
    count = int.from_bytes(header[4:8], "big")
    if len(header) != HEADER_LENGTH or not 2 <= count <= _MOST_WORDS:  # noqa: PLR2004 - status and sequence
        raise NotUnderstood("", "receive", header, "a reply of 4 to 4098 words")
    return 4 * count


def decode(data: bytes) -> Message:
    """Read one whole reply. Bytes after it (a datagram may have them) do not count."""
    length = HEADER_LENGTH + rest(data[:HEADER_LENGTH])
    if len(data) < length:
        raise NotUnderstood("", "receive", data, f"a reply of {length} bytes")
    function, _, parameter, sequence = _HEADER.unpack_from(data)
    return Message(function, parameter, sequence, data[_HEADER.size : length])


def parse_greeting(message: Message) -> Identity:
    """Read who the machine is. Raises `NotUnderstood`, or `WrongDevice` for another kind."""
    if message.function != GREETING or len(message.data) < 72:  # noqa: PLR2004 - up to the address
        raise NotUnderstood("", "open", encode(message), f"a greeting, {GREETING:08X}, that tells who the machine is")
    model = models.require_known(models.text(message.data[40:56]))
    return Identity(maker="Matica", model=model, serial=_ethernet_address(message.data[56:72]), firmware="")


def document(model: str, now: datetime) -> Message:
    """Answer the greeting: who prints (32 bytes of UTF-16) and what (64 bytes), with the date, as the vendor's does."""
    date = bytes((now.year - 1900, now.month, now.day, now.hour, now.minute, now.second, 0, 0))
    data = (
        bytes(4) + date + "stationd".encode("utf-16-le").ljust(32, b"\0") + "card".encode("utf-16-le").ljust(64, b"\0")
    )
    return Message(DOCUMENT, 2 if model == "XID8600" else 0, FIRST_SEQUENCE, data)


def load(to: Position) -> bytes:
    """Load a card, with the film initialised on the way (captured as `04 02 80 00`)."""
    return bytes((0x04, 2, _FILM_INIT, to))


def move(to: Position, *, fresh_film: bool = False, flip: bool = False) -> bytes:
    """Move the card, with the film initialised and the card turned over on the way if that is asked for."""
    return bytes((0x05, 2, (_FILM_INIT if fresh_film else 0) | (_FLIP if flip else 0), to))


def contact(at: Position, *, engage: bool) -> bytes:
    """Engage or release the reader at the contact or contactless position."""
    flags = (_CONTACTLESS if at is Position.CONTACTLESS else 0) | (0 if engage else _RELEASE)
    return bytes((0x0A, 2, flags, 0))


def image(panel: Panel, data: bytes) -> bytes:
    """Lay out a panel for the image function."""
    return struct.pack(">B3xII", PANEL_BITS[panel], len(data) + 4, len(data)) + data


def print_film(panels: Collection[Panel]) -> bytes:
    """Print the uploaded panels of buffer 0 to film."""
    bits = 0
    for panel in panels:
        bits |= PANEL_BITS[panel]
    return bytes((0x06, 2, 0, bits))


def parse_position(reply: Message) -> Position | None:
    """Read where the card is: `01 02 x p`, x not 0 without a card."""
    if len(reply.data) < 4:  # noqa: PLR2004 - one word
        raise NotUnderstood("", "read position", reply.data, "a position of 4 bytes")
    if reply.data[2]:
        return None
    try:
        return Position(reply.data[3])
    except ValueError:
        raise NotUnderstood("", "read position", reply.data, "a position from 0 to 5") from None


def ask(tags: Collection[int]) -> bytes:
    """Lay out a request for the values of these tags."""
    return b"".join(bytes((tag, 0, 0, 0)) for tag in tags)


def parse_values(data: bytes) -> Mapping[int, bytes]:
    """Read tagged values: tag, count of the bytes that follow, count of the value's bytes, value, filling to a word."""
    values: dict[int, bytes] = {}
    place = 0
    while place + 2 <= len(data) and data[place]:
        end = place + 2 + data[place + 1]
        entry = data[place + 2 : end]
        if end > len(data) or not entry or entry[0] >= len(entry) or data[place] in values:
            raise NotUnderstood("", "read info", data, "tagged values, each once")
        values[data[place]] = entry[1 : 1 + entry[0]]
        place = end
    return values


def _numbers(data: bytes, tags: Iterable[int]) -> Iterator[int]:
    """Read the values of these tags; no number known has more than four bytes."""
    values = parse_values(data)
    for tag in tags:
        if not 0 < len(values.get(tag, b"")) <= _LONGEST_NUMBER:
            raise NotUnderstood("", "read info", data, f"a number for tag {tag:02X}")
        yield int.from_bytes(values[tag], "big")


def parse_geometry(data: bytes) -> Geometry:
    """Read the panel's size from the values of `GEOMETRY_TAGS`."""
    across, down, width, height = _numbers(data, GEOMETRY_TAGS)
    return models.geometry(across, down, width, height, data)


def parse_counters(data: bytes) -> Counters:
    """Read the counters from the values of `COUNTER_TAGS`."""
    found = dict(zip(_COUNTER_NAMES.values(), _numbers(data, _COUNTER_NAMES), strict=True))
    return Counters(models.COUNTS, found.pop("total"), found)


def parse_supplies(data: bytes) -> tuple[Supply, ...]:
    """Read ribbon and film from the values of `SUPPLY_TAGS`: ribbon in steps of 2 %, film in tenths."""
    ink, film, kind, images = _numbers(data, SUPPLY_TAGS[:4])
    lot = models.lot_number(parse_values(data).get(SUPPLY_TAGS[4], b""))
    return (
        models.supply(models.ribbon_kind(kind), ink / _INK_FULL if ink <= _INK_FULL else None, images or None, lot),
        models.supply("film", film / _FILM_FULL if film <= _FILM_FULL else None, _FILM_IMAGES, None),
    )


def parse_check(data: bytes) -> int:
    """Read the status value (`01`): 0, or a sense code.

    Its first byte is no part of the code: captured as FF before an error, and 07 while heating, which has no code.
    """
    value = parse_values(data).get(TAG_STATUS, b"")
    if len(value) != _STATUS_LENGTH:
        raise NotUnderstood("", "read status", data, f"a status of {_STATUS_LENGTH} bytes")
    return 0x0002DA00 if value[0] == 0x07 else int.from_bytes(value[1:], "big")  # noqa: PLR2004 - heating


def _ethernet_address(ipv6: bytes) -> str:
    if ipv6[:8] != b"\xfe\x80\0\0\0\0\0\0" or ipv6[11:13] != b"\xff\xfe":
        return ""
    return (bytes((ipv6[8] ^ 0x02,)) + ipv6[9:11] + ipv6[13:16]).hex().upper()
