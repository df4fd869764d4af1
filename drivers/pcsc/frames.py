"""What the driver and its worker say to each other: length-prefixed frames, in the worker's stdin and stdout.

A request is an operation, the time it may take and a payload; a reply is a PC/SC code and a payload. One request is
under way at a time, and a reply can only be for it: a driver that stopped waiting kills the worker.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

LENGTH = struct.Struct(">I")
_REQUEST = struct.Struct(">BI")
_REPLY = struct.Struct(">I")
_PLACE = struct.Struct(">IB")
_MOST = struct.Struct(">I")

# The longest payload is an extended APDU or its answer: 65,536 bytes, a header of 7 and a trailer of 2.
LONGEST = 65_536 + 64


class Op(IntEnum):
    """What a worker can be asked to do."""

    LIST = 1
    """Payload: none. Reply: the readers' names, UTF-8, separated by a zero byte."""
    LOOK = 2
    """Payload: the reader's name. Code TIMEOUT if there is no card now."""
    AWAIT_CARD = 3
    """Payload: the reader's name. Code TIMEOUT if no card came."""
    AWAIT_EMPTY = 4
    """Payload: the reader's name. Code TIMEOUT if a card is still there."""
    CONNECT = 5
    """Payload: the reader's name. Powers the card down and up, opens an exclusive session. Reply: a `Grip`."""
    TRANSMIT = 6
    """Payload: a command APDU. Reply: the response APDU."""
    DISCONNECT = 7
    """Payload: none. Ends the session, if there is one, and powers the card down."""
    WHERE = 8
    """Payload: the reader's name. Reply: its `Place`; a card in it is not touched."""


class Place(NamedTuple):
    """What a reader tells of where it is.

    Attributes:
        channel: its SCARD_ATTR_CHANNEL_ID; 0 if it does not tell.
        serial: its SCARD_ATTR_VENDOR_IFD_SERIAL_NO; empty if it does not tell.
    """

    channel: int
    serial: str


class Grip(NamedTuple):
    """What is told when a session is opened.

    Attributes:
        place: of the reader that the session is with.
        most: bytes of data in an APDU, as in `features.most_data`.
        atr: the answer to reset.
    """

    place: Place
    most: int
    atr: bytes


def place(told: Place) -> bytes:
    """Return a place as payload; a serial number longer than 255 bytes is cut."""
    serial = told.serial.encode()[:255]
    return _PLACE.pack(told.channel, len(serial)) + serial


def parse_place(payload: bytes) -> tuple[Place, bytes]:
    """Read a place and what follows it. Raises `ValueError`."""
    try:
        channel, length = _PLACE.unpack_from(payload)
    except struct.error as error:
        raise ValueError(str(error)) from None
    end = _PLACE.size + length
    if len(payload) < end:
        raise ValueError(f"a serial number of {length} bytes in {len(payload)}")
    return Place(channel, payload[_PLACE.size : end].decode(errors="replace")), payload[end:]


def grip(told: Grip) -> bytes:
    """Return a grip as payload."""
    return place(told.place) + _MOST.pack(told.most) + told.atr


def parse_grip(payload: bytes) -> Grip:
    """Read a grip. Raises `ValueError`."""
    where, rest = parse_place(payload)
    try:
        (most,) = _MOST.unpack_from(rest)
    except struct.error as error:
        raise ValueError(str(error)) from None
    return Grip(where, most, rest[_MOST.size :])


def request(op: Op, milliseconds: int, payload: bytes = b"") -> bytes:
    """Return the frame that asks for an operation."""
    return LENGTH.pack(_REQUEST.size + len(payload)) + _REQUEST.pack(op, milliseconds) + payload


def parse_request(body: bytes) -> tuple[Op, int, bytes]:
    """Take a request's body (the frame without its length) apart. Raises `ValueError`."""
    try:
        op, milliseconds = _REQUEST.unpack_from(body)
    except struct.error as error:
        raise ValueError(str(error)) from None
    return Op(op), milliseconds, body[_REQUEST.size :]


def reply(code: int, payload: bytes = b"") -> bytes:
    """Return the frame that answers a request."""
    return LENGTH.pack(_REPLY.size + len(payload)) + _REPLY.pack(code) + payload


def parse_reply(body: bytes) -> tuple[int, bytes]:
    """Take a reply's body apart. Raises `ValueError`."""
    try:
        (code,) = _REPLY.unpack_from(body)
    except struct.error as error:
        raise ValueError(str(error)) from None
    return code, body[_REPLY.size :]


def body_length(prefix: bytes) -> int:
    """Read a frame's length prefix. Raises `ValueError` for a length that no frame has."""
    if len(prefix) != LENGTH.size:
        raise ValueError(f"a length of {len(prefix)} bytes")
    (length,) = LENGTH.unpack(prefix)
    if not _REPLY.size <= length <= LONGEST:
        raise ValueError(f"a frame of {length} bytes")
    return int(length)
