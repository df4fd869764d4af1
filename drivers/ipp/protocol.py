"""IPP messages as bytes: requests written, responses read. No I/O.

Encoding: RFC 8010 section 3. Operations, status codes and attribute names: RFC 8011; collections: RFC 8010 section
3.1.6. A response is read as it arrives, chunk by chunk; whatever the bytes are, reading them ends in a `Response` or in
`Malformed`. What a response then claims is typed, never trusted: `Attributes` gives a value only in the type asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

LARGEST: Final = 4 << 20
"""Bytes of a response that are read. The largest seen, all attributes of an office printer, had 60 kB."""
PER_INCH: Final = 3
"""`units` of a resolution (RFC 8010 section 3.9)."""

_HEAD: Final = struct.Struct(">BBHI")  # version, status, request id
_LAST_SUCCESS: Final = 0x00FF
_LAST_DELIMITER: Final = 0x0F
_TEXTS: Final = range(0x40, 0x60)  # value tags of character strings
_MOST_ELEMENTS: Final = 50_000  # groups, attributes and values; that same printer's had some 2,000
_DEEPEST: Final = 8  # collections inside collections; the registry's own go to three


class Malformed(Exception):
    """These bytes are not an IPP response."""


class Tag(IntEnum):
    """Delimiters and value tags (RFC 8010 sections 3.5.1 and 3.5.2)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED_GROUP = 0x05
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


class Operation(IntEnum):
    """Operation ids (RFC 8011 section 5.4.15; the last is CUPS's own)."""

    PRINT_JOB = 0x0002
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002


class OutOfBand(IntEnum):
    """A value that says why there is none (RFC 8010 section 3.8)."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    OTHER = 0x1F


_OUT_OF_BAND: Final = frozenset(OutOfBand)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Dots across and along the feed, an inch or (`units` 4) a centimetre."""

    across: int
    feed: int
    units: int = PER_INCH


@dataclass(frozen=True, slots=True)
class Range:
    """A range of integers, both ends included."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one group or collection.

    Attributes:
        values: name → values, in the order sent; of an attribute sent twice those sent first, as CUPS reads it.
        twice: the names sent twice. Of two job states neither is believed: such an attribute has no single value.
    """

    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    twice: frozenset[str] = frozenset()

    def all(self, name: str) -> tuple[Value, ...]:
        """Every value; none if the attribute is absent."""
        return self.values.get(name, ())

    def one(self, name: str) -> Value | None:
        """The value of an attribute that was sent once and has one."""
        values = self.all(name)
        return values[0] if len(values) == 1 and name not in self.twice else None

    def integer(self, name: str) -> int | None:
        """The one integer or enum, or None."""
        value = self.one(name)
        return value if type(value) is int else None

    def boolean(self, name: str) -> bool | None:
        """The one boolean, or None."""
        value = self.one(name)
        return value if isinstance(value, bool) else None

    def text(self, name: str) -> str | None:
        """The one text, name, keyword or URI, or None."""
        value = self.one(name)
        return value if isinstance(value, str) else None

    def says_none(self, name: str) -> bool:
        """True if the attribute is there and says, out of band, that it has no value."""
        return self.one(name) is OutOfBand.NO_VALUE

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value that is text, a name, a keyword, a MIME type or a URI."""
        return tuple(value for value in self.all(name) if isinstance(value, str))

    def integers(self, name: str) -> tuple[int, ...]:
        """Every value that is an integer or an enum."""
        return tuple(value for value in self.all(name) if type(value) is int)

    def collections(self, name: str) -> tuple[Attributes, ...]:
        """Every value that is a collection."""
        return tuple(value for value in self.all(name) if isinstance(value, Attributes))


Value = bool | int | str | bytes | Resolution | Range | OutOfBand | Attributes


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute to be sent: text as `str`, numbers as `int`, a collection as its member attributes."""

    tag: Tag
    name: str
    values: Sequence[bool | int | str | Resolution | Sequence[Attribute]]


@dataclass(frozen=True, slots=True)
class Response:
    """A whole, well-formed response."""

    version: tuple[int, int]
    status: int
    request_id: int
    groups: tuple[tuple[int, Attributes], ...]

    @property
    def successful(self) -> bool:
        """True for the status codes that RFC 8011 section 4.1.7 calls successful."""
        return self.status <= _LAST_SUCCESS

    def each(self, tag: Tag) -> tuple[Attributes, ...]:
        """The groups of that kind, in the order sent."""
        return tuple(attributes for kind, attributes in self.groups if kind == tag)

    def one(self, tag: Tag) -> Attributes:
        """The one group of that kind; empty attributes if there is none or more than one."""
        groups = self.each(tag)
        return groups[0] if len(groups) == 1 else Attributes()


def encode(operation: Operation, request_id: int, attributes: Sequence[Attribute], job: Sequence[Attribute]) -> bytes:
    """Write a request, IPP 2.0; a document follows the bytes returned as it is.

    Args:
        operation: what is asked.
        request_id: 1 to 2³¹−1; the response repeats it.
        attributes: the operation attributes, after charset and natural language, which are written here.
        job: the job template attributes; no group is written if there are none.
    """
    out = bytearray(struct.pack(">BBHIB", 2, 0, operation, request_id, Tag.OPERATION))
    for attribute in (
        Attribute(Tag.CHARSET, "attributes-charset", ["utf-8"]),
        Attribute(Tag.LANGUAGE, "attributes-natural-language", ["en"]),
        *attributes,
    ):
        _write(out, attribute)
    if job:
        out.append(Tag.JOB)
        for attribute in job:
            _write(out, attribute)
    out.append(Tag.END)
    return bytes(out)


def _write(out: bytearray, attribute: Attribute) -> None:
    name = attribute.name
    for value in attribute.values:
        if isinstance(value, Sequence) and not isinstance(value, str):
            _write_value(out, Tag.COLLECTION, name, b"")
            for member in value:
                _write_value(out, Tag.MEMBER_NAME, "", member.name.encode())
                _write(out, Attribute(member.tag, "", member.values))
            _write_value(out, Tag.END_COLLECTION, "", b"")
        else:
            _write_value(out, attribute.tag, name, _packed(value))
        name = ""  # the values after the first


def _write_value(out: bytearray, tag: Tag, name: str, value: bytes) -> None:
    encoded = name.encode()
    out += struct.pack(">BH", tag, len(encoded)) + encoded + struct.pack(">H", len(value)) + value


def _packed(value: bool | int | str | Resolution) -> bytes:
    match value:
        case bool():
            return struct.pack(">?", value)
        case int():
            return struct.pack(">i", value)
        case str():
            return value.encode()
        case Resolution():
            return struct.pack(">iib", value.across, value.feed, value.units)


@dataclass(slots=True)
class _Open:
    """A group or a collection that is being read."""

    values: dict[str, list[Value]] = field(default_factory=dict)
    current: str | None = None  # the attribute or member that a nameless value belongs to
    twice: set[str] = field(default_factory=set)
    repeating: bool = False

    def begin(self, name: str) -> None:
        self.current, self.repeating = name, name in self.values
        if self.repeating:
            self.twice.add(name)
        else:
            self.values[name] = []

    def add(self, value: Value) -> None:
        if self.current is None:
            raise Malformed("a value without a name")
        if not self.repeating:
            self.values[self.current].append(value)

    def done(self) -> Attributes:
        return Attributes({name: tuple(values) for name, values in self.values.items()}, frozenset(self.twice))


class ResponseReader:
    """Reads one response from the chunks in which it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._received = 0
        self._head: tuple[int, int, int, int] | None = None
        self._groups: list[tuple[int, _Open]] = []
        self._collections: list[_Open] = []
        self._elements_read = 0
        self._ended = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises `Malformed` as soon as they cannot become a response."""
        self._received += len(chunk)
        if self._received > LARGEST:
            raise Malformed(f"more than {LARGEST} bytes")
        if self._ended:
            return  # data may follow the attributes (RFC 8010 section 3.1.1); none of the operations asked for has any
        self._buffer += chunk
        used = 0
        for used in self._elements():  # noqa: B007 - how far the last whole element reached
            pass
        del self._buffer[:used]

    def finish(self) -> Response:
        """Return the response once everything was fed. Raises `Malformed` if it is not whole."""
        if self._head is None or not self._ended:
            raise Malformed(f"it breaks off after {self._received} bytes")
        major, minor, status, request_id = self._head
        groups = tuple((tag, group.done()) for tag, group in self._groups)
        return Response((major, minor), status, request_id, groups)

    def _elements(self) -> Iterator[int]:
        """Read every whole element in the buffer; yields the offset after each."""
        buffer, at = self._buffer, 0
        if self._head is None:
            if len(buffer) < _HEAD.size:
                return
            self._head = _HEAD.unpack_from(buffer)
            at = _HEAD.size
            yield at
        while at < len(buffer) and not self._ended:
            if buffer[at] <= _LAST_DELIMITER:
                self._delimit(buffer[at])
                at += 1
            else:
                if len(buffer) < at + 3:
                    return
                after_name = at + 3 + struct.unpack_from(">H", buffer, at + 1)[0]
                if len(buffer) < after_name + 2:
                    return
                after = after_name + 2 + struct.unpack_from(">H", buffer, after_name)[0]
                if len(buffer) < after:
                    return
                self._value(buffer[at], bytes(buffer[at + 3 : after_name]), bytes(buffer[after_name + 2 : after]))
                at = after
            self._elements_read += 1
            if self._elements_read > _MOST_ELEMENTS:  # each costs a hundred times the memory of its bytes
                raise Malformed(f"more than {_MOST_ELEMENTS} groups and values")
            yield at

    def _delimit(self, tag: int) -> None:
        if self._collections:
            raise Malformed("a collection that does not end")
        if tag == Tag.END:
            self._ended = True
        elif tag == 0:
            raise Malformed("the reserved delimiter 0")
        else:
            self._groups.append((tag, _Open()))

    def _value(self, tag: int, name: bytes, raw: bytes) -> None:
        if not self._groups:
            raise Malformed("an attribute outside any group")
        into = self._collections[-1] if self._collections else self._groups[-1][1]
        if self._collections and name:
            raise Malformed("a named value inside a collection")
        if name:
            into.begin(_text(name))
        if tag == Tag.MEMBER_NAME:
            if not self._collections:
                raise Malformed("a member outside a collection")
            into.begin(_text(raw))
        elif tag == Tag.COLLECTION:
            if len(self._collections) == _DEEPEST:
                raise Malformed("collections too deep")
            self._collections.append(_Open())
        elif tag == Tag.END_COLLECTION:
            if not self._collections:
                raise Malformed("the end of a collection that did not begin")
            finished = self._collections.pop().done()
            (self._collections[-1] if self._collections else self._groups[-1][1]).add(finished)
        else:
            into.add(_value(tag, raw))


def _value(tag: int, raw: bytes) -> Value:
    if tag <= OutOfBand.OTHER:
        return OutOfBand(tag) if tag in _OUT_OF_BAND else OutOfBand.OTHER
    unpack = _text if tag in _TEXTS else _UNPACKED.get(tag, bytes)
    try:
        return unpack(raw)
    except struct.error:
        raise Malformed(f"a value with tag {tag:#04x} of {len(raw)} bytes") from None


def _integer(raw: bytes) -> int:
    return int(struct.unpack(">i", raw)[0])


def _text_with_language(raw: bytes) -> str:
    (language,) = struct.unpack_from(">H", raw)
    (length,) = struct.unpack_from(">H", raw, 2 + language)
    if len(raw) != 4 + language + length:
        raise Malformed("text of another length than it says")
    return _text(raw[4 + language :])


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


_UNPACKED: Final[Mapping[int, Callable[[bytes], Value]]] = {
    Tag.INTEGER: _integer,
    Tag.ENUM: _integer,
    Tag.BOOLEAN: lambda raw: bool(struct.unpack(">?", raw)[0]),
    Tag.RESOLUTION: lambda raw: Resolution(*struct.unpack(">iib", raw)),
    Tag.RANGE: lambda raw: Range(*struct.unpack(">ii", raw)),
    Tag.TEXT_WITH_LANGUAGE: _text_with_language,
    Tag.NAME_WITH_LANGUAGE: _text_with_language,
}
