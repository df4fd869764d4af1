"""Command APDUs as bytes, and the exchange of one command (ISO/IEC 7816-3 12.1, 7816-4 5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from drivers.deadline import Deadline
from drivers.encoder import SHORT, ApduLimits, CardType, Connection, Response
from drivers.errors import NotUnderstood
from stationd.chip.atr import by_characters

SUCCESS = 0x9000

_CHAINING = 0x10
_FURTHER = 0x40  # first of a class with logical channels 4 to 19 (ISO/IEC 7816-4 5.4.1)
_GET_RESPONSE = 0xC0
_MORE_BYTES = 0x61
_WRONG_LE = 0x6C
_NULL = 0x60
_CONTACTLESS = frozenset({CardType.TYPE_A, CardType.TYPE_B})

_HEADER = 4
_SHORT_LC = 255
_SHORT_LE = 256
_EXTENDED_LC = 65_535
_EXTENDED_LE = 65_536
_EXTENDED_FIELD = 3
_MOST_PARTS = 512  # of one answer; the longest there is comes in 257, if they are full


class Length(StrEnum):
    """How a card takes command data of more than one short APDU."""

    SHORT = "short"
    CHAINED = "chained"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        cla, ins, p1, p2: the header, one byte each.
        data: up to 65,535 bytes.
        le: how many bytes of answer are wanted at most, 1 to 65,536; None if no data is expected.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)  # may be a citizen's
    le: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no APDU can carry."""
        bytes((self.cla, self.ins, self.p1, self.p2))
        if len(self.data) > _EXTENDED_LC:
            raise ValueError(f"{len(self.data)} bytes of command data; an APDU carries {_EXTENDED_LC}")
        if self.le is not None and not 1 <= self.le <= _EXTENDED_LE:
            raise ValueError(f"Le is {self.le}; it is 1 to {_EXTENDED_LE}")

    @property
    def fits_short(self) -> bool:
        """True if a short APDU can carry it."""
        return len(self.data) <= _SHORT_LC and (self.le is None or self.le <= _SHORT_LE)

    def encode(self, *, extended: bool = False) -> bytes:
        """Return the APDU: short, or with extended length fields. Raises `ValueError` if a short one is too small."""
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        if not extended:
            if not self.fits_short:
                raise ValueError("too long for a short APDU")
            lc = bytes((len(self.data),)) if self.data else b""
            le = b"" if self.le is None else bytes((self.le % _SHORT_LE,))
            return header + lc + self.data + le
        lc = b"\0" + len(self.data).to_bytes(2) if self.data else b""
        le = b"" if self.le is None else (self.le % _EXTENDED_LE).to_bytes(2)
        return header + lc + self.data + (b"\0" + le if le and not lc else le)


def parse(apdu: bytes) -> Command:
    """Read an APDU of any of the four cases, short or extended. Raises `ValueError`."""
    if len(apdu) < _HEADER:
        raise ValueError(f"an APDU of {len(apdu)} bytes has no header")
    command, body = Command(apdu[0], apdu[1], apdu[2], apdu[3]), apdu[_HEADER:]
    if not body:
        return command
    if body[0] == 0 and len(body) >= _EXTENDED_FIELD:
        first, rest, most = int.from_bytes(body[1:_EXTENDED_FIELD]), body[_EXTENDED_FIELD:], _EXTENDED_LE
    else:
        first, rest, most = body[0], body[1:], _SHORT_LE
    if not rest:
        return replace(command, le=first or most)
    data, le = rest[:first], rest[first:]
    if first == 0 or len(data) < first or len(le) not in {0, 1 if most == _SHORT_LE else 2}:
        raise ValueError(f"Lc is {first}, and {len(rest)} bytes follow")
    return replace(command, data=data, le=(int.from_bytes(le) or most) if le else None)


def chain(command: Command, most: int) -> Iterator[Command]:
    """Split a command into parts of at most `most` bytes of data (command chaining, ISO/IEC 7816-4 5.3.3)."""
    data = command.data
    while len(data) > most:
        yield replace(command, cla=command.cla | _CHAINING, data=data[:most], le=None)
        data = data[most:]
    yield replace(command, data=data)


def exchange(
    connection: Connection, command: Command, deadline: Deadline, length: Length = Length.SHORT, most: int = _SHORT_LC
) -> Response:
    """Carry out one command and return its whole answer.

    Data that is too long for one APDU is chained (`most` bytes a part) or sent with extended length, as `length` says.
    Of an answer that comes in parts (`61xx`) all are fetched. `6Cxx` says that the card did *not* carry the command
    out and which Le it takes: only then is a command sent again.

    By T=0 a command with data carries no Le: the card tells by `61xx` how much it has (ISO/IEC 7816-3, 12.2.5).

    Raises:
        NotUnderstood: the parts come to no end, or to more than an answer can have; or what came ends in two bytes that
            are no status word, so that it says nothing of what the card did.
        DeviceError: of the reader's.
    """
    *first_parts, last = chain(command, most) if length is Length.CHAINED else (command,)
    for part in first_parts:
        response = _send(connection, part, deadline, length)
        if response.sw != SUCCESS:
            return response
    response = _send(connection, last, deadline, length)
    data, parts = response.data, 1
    while response.sw >> 8 == _MORE_BYTES:
        more = Command(_channel(command.cla), _GET_RESPONSE, 0, 0, le=_le(response.sw))
        response = _send(connection, more, deadline, length)
        data, parts = data + response.data, parts + 1
        if parts > _MOST_PARTS or len(data) > _EXTENDED_LE:
            told = response.sw.to_bytes(2)  # the data may be a citizen's
            raise NotUnderstood("", "transmit", told, f"an end, after {parts} parts of {len(data)} bytes")
    return Response(data, response.sw)


def carried(connection: Connection) -> ApduLimits:
    """Return what one APDU may carry to this card: T=0 knows short ones only."""
    return SHORT if _characters(connection) else connection.limits


def is_status_word(sw: int) -> bool:
    """Say whether two bytes can end a card's answer: `6xxx` or `9xxx`, and not `60xx` (ISO/IEC 7816-3, 12.2.1)."""
    return sw >> 12 in {0x6, 0x9} and sw >> 8 != _NULL


def _send(connection: Connection, command: Command, deadline: Deadline, length: Length) -> Response:
    def transmit(command: Command) -> Response:
        extended = length is Length.EXTENDED and not command.fits_short
        response = connection.transmit(command.encode(extended=extended), deadline)
        if not is_status_word(response.sw):
            told = response.sw.to_bytes(2)
            raise NotUnderstood("", "transmit", told, "a status word at the end")
        return response

    if command.data and _characters(connection):
        command = replace(command, le=None)
    response = transmit(command)
    if response.sw >> 8 == _WRONG_LE and command.le is not None:
        response = transmit(replace(command, le=_le(response.sw)))
    return response


def _characters(connection: Connection) -> bool:
    return connection.card_type not in _CONTACTLESS and by_characters(connection.atr)


def _channel(cla: int) -> int:
    """Return the class that says nothing but the logical channel; of a proprietary class that is GlobalPlatform's."""
    return cla & (_FURTHER | 0x0F if cla & _FURTHER else 0x03)


def _le(sw: int) -> int:
    return sw & 0xFF or _SHORT_LE
