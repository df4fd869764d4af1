"""The bytes of the Enduro family: queries, jobs, replies, and the status that a port tells.

Read in `pc-coholic/magicardppd`: the maker's format description in `doc_magicard` (*doc*), the maker's CUPS filter
`src/rastertoultra.c` (*filter*), a job written by it (`tools-and-traces/magicard.prn`) and a USB capture of the maker's
driver for another system at a printer of the neighbouring Alto/Opera/Tempo family (*capture*). And in
`Performed/selphy_print`, `backend_magicard.c` (*selphy*).

- A query is `01 2C "REQ," command "," 1C 03`, without the 64 bytes 05 that stand before a job (capture, filter). The
  doc's figure leaves the first comma out, selphy sends nine 05 and no comma. The captured form is the one sent.
- A reply is any number of 05, `01`, perhaps a comma, `STA`, text, `03`. Only the answer to `REQ,ERR` was captured, not
  the one to `REQ,INF`: its fields are the doc's, and the filter reads them alike.
- `REQ,ERR` is answered in the language of the last job, with the error's two numbers at the end of a line and a line
  in brackets that nobody explains: `Printerstatus OK.`, `00:00`, `(c0300)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from drivers.errors import NotUnderstood

LONGEST_REPLY: Final = 1024  # as many as the maker's driver reads at once (capture)

_LEADER: Final = b"\x05"
_START: Final = b"\x01"
_SEPARATOR: Final = b"\x1c"
_END: Final = b"\x03"
_FIELDS: Final = range(32, 36)  # how many a status may have: the doc names 33, the filter knows two more
_MOST: Final = 0xFFFFFFFF
_CODE: Final = re.compile(r"(?:^|[^0-9:])([0-9]{1,3}):([0-9]{1,3})[ \t\r]*$", re.MULTILINE)


class Query(Enum):
    """What the printer is asked or told beside jobs (doc, section 5)."""

    INFORMATION = b"INF"
    """Answered by `Information`."""
    ERROR = b"ERR"
    """Answered by `ErrorReport` (capture; the doc does not list it)."""
    CLEAN = b"CLN"
    """Begin the cleaning routine, which asks for a cleaning card to be inserted. No answer is described."""
    OKAY = b"OKY"
    """Say that what the printer shows is seen to, as its OK button does. No answer is described."""
    CANCEL = b"CAN"
    """Clear an error, as the printer's Cancel button does. No answer is described."""


class Plane(Enum):
    """A block of image data, by the letter that names it. B, G and R carry yellow, magenta and cyan (doc, figure 4)."""

    YELLOW = b"B"
    MAGENTA = b"G"
    CYAN = b"R"
    BLACK = b"K"


def query(what: Query) -> bytes:
    """Compose a query."""
    return _START + b",REQ," + what.value + b"," + _SEPARATOR + _END


def job(commands: Iterable[str], planes: Iterable[tuple[Plane, bytes]]) -> list[bytes]:
    """Compose a print job, as pieces to be sent one after the other.

    Args:
        commands: what stands in the header before the sizes, `NOC…` first; no comma may be in front of the separator.
        planes: the image, in the order of its sizes in the header.
    """
    image = list(planes)
    sizes = [f"SZ{plane.value.decode()}{len(data)}" for plane, data in image]
    header = ",".join([*commands, *sizes]).encode("ascii")
    pieces = [_LEADER * 64 + _START + b"," + header + _SEPARATOR]
    for plane, data in image:
        pieces += [data, _SEPARATOR + plane.value + b":"]
    return [*pieces, _END]


@dataclass(frozen=True, slots=True)
class PortStatus:
    """The answer to GET_PORT_STATUS, a byte of the USB printer class.

    Captured were 18 (ready), 08 (a job is being done) and 10 (an error is shown). Paper-empty is the class's; whether a
    Magicard ever sets it is not known.
    """

    byte: int

    @property
    def failed(self) -> bool:
        """True if the printer shows an error."""
        return not self.byte & 0x08

    @property
    def busy(self) -> bool:
        """True if it is at work."""
        return not self.failed and not self.byte & 0x10

    @property
    def empty(self) -> bool:
        """True if it says that there is nothing to print on."""
        return bool(self.byte & 0x20)


def parse_port_status(data: bytes) -> PortStatus:
    """Read the byte. Raises `NotUnderstood`."""
    if len(data) != 1:
        raise NotUnderstood("", "port status", data, "one byte")
    return PortStatus(data[0])


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What a printer shows: two numbers (both 0: nothing is wrong), and its own words for a person."""

    major: int
    minor: int
    text: str


@dataclass(frozen=True, slots=True)
class Information:
    """The fields of `STA$$` that a station needs (doc, figure 10).

    Attributes:
        model: the model's name.
        printhead: kind of head: 0, 1 and 2 are KGE2, KEE1 and KEE4 to the filter; the doc calls the field obsolete.
        serial: the printer's serial number.
        firmware: its version.
        cards: cards printed in the machine's life.
        others: its other counters, by their names in the doc.
        cleans: cleanings since it was made.
        since_clean: cards since it was cleaned.
        clean_interval: cards allowed between cleanings; 700 where nobody changed it.
        head_position: the print head's vertical position: 50 in the middle.
        major, minor: the error shown; 0 and 0 is none.
        film_id: the number of the tag in the dye film.
        shots: images on a full film; None if it does not tell.
        shots_used: images used; None if it does not tell.
        film: the film's name.
        length: how many fields there were; a machine's number of them does not change.
    """

    model: str
    printhead: int
    serial: str
    firmware: str
    cards: int
    others: dict[str, int]
    cleans: int
    since_clean: int
    clean_interval: int
    head_position: int
    major: int
    minor: int
    film_id: str
    shots: int | None
    shots_used: int | None
    film: str
    length: int


class ReplyReader:
    """Puts a reply together from whatever pieces it comes in. One reader reads one reply."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes) -> Information | ErrorReport | None:
        """Take the next bytes; returns the reply once it is whole.

        Raises:
            NotUnderstood: what came cannot be the beginning of a reply, or bytes follow its end.
        """
        self._received += data
        received = bytes(self._received)
        body = _stripped(received)
        if body is None:
            return None
        end = body.find(_END)
        if end < 0:
            if len(received) > LONGEST_REPLY:
                raise NotUnderstood("", "read", received, f"the end of a reply within {LONGEST_REPLY} bytes")
            return None
        if end != len(body) - 1:
            raise NotUnderstood("", "read", received, "one reply and nothing behind it")
        content = body[:end]
        return _information(content[2:], received) if content.startswith(b"$$") else _error_report(content, received)


def parse_reply(data: bytes) -> Information | ErrorReport:
    """Read a whole reply. Raises `NotUnderstood`."""
    reply = ReplyReader().feed(data)
    if reply is None:
        raise NotUnderstood("", "read", data, "a whole reply")
    return reply


def _stripped(received: bytes) -> bytes | None:
    """Return what follows `STA`; None while that has not come. Raises `NotUnderstood` if it never can."""
    rest = received.lstrip(_LEADER)
    if len(received) - len(rest) > LONGEST_REPLY:
        raise NotUnderstood("", "read", received, "a reply behind the leaders")
    for start in (b"\x01STA", b"\x01,STA"):
        if rest.startswith(start):
            return rest[len(start) :]
        if start.startswith(rest):
            return None
    raise NotUnderstood("", "read", received, "a reply that begins with STA")


def _error_report(content: bytes, received: bytes) -> ErrorReport:
    text = content.decode("latin-1")  # the capture is German without an umlaut; any byte has a letter here
    codes = _CODE.findall(text)
    if len(codes) != 1:
        raise NotUnderstood("", "read", received, "one error code at the end of a line")
    major, minor = codes[0]
    first = text.split("\n", 1)[0].strip()
    words = "" if _CODE.search(first) else "".join(letter for letter in first if letter.isprintable())
    return ErrorReport(int(major), int(minor), words)


_COUNTERS: Final = {
    10: "cards on print head",
    11: "dye panels printed",
    12: "cleans since shipped",
    13: "dye panels since clean",
    14: "cards since clean",
}


def _information(content: bytes, received: bytes) -> Information:
    fields = re.split(rb"[,:]", content.removesuffix(b","))
    if len(fields) not in _FIELDS:
        raise NotUnderstood("", "read", received, f"a status of {_FIELDS[0]} to {_FIELDS[-1]} fields")
    number = _Numbers(fields, received)
    return Information(
        model=_text(fields[1], received),
        printhead=number.optional(2) or 0,
        serial=_text(fields[3], received),
        firmware=_text(fields[6], received),
        cards=number.required(9),
        others={name: number.required(index) for index, name in _COUNTERS.items()},
        cleans=number.required(12),
        since_clean=number.required(14),
        clean_interval=number.required(15),
        head_position=number.required(16),
        major=number.required(19),
        minor=number.required(20),
        film_id=_text(fields[21], received),
        shots=number.optional(22),
        shots_used=number.optional(23),
        film=_text(fields[24], received),
        length=len(fields),
    )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The fields that are numbers; they are written in decimal digits."""

    fields: Sequence[bytes]
    received: bytes

    def required(self, index: int) -> int:
        value = self.optional(index)
        if value is None:
            raise NotUnderstood("", "read", self.received, f"a number in field {index}")
        return value

    def optional(self, index: int) -> int | None:
        field = self.fields[index].strip(b" ")
        if not field:
            return None
        if len(field) > len(str(_MOST)) or not field.isdigit() or int(field) > _MOST:
            raise NotUnderstood("", "read", self.received, f"a number in field {index}")
        return int(field)


def _text(field: bytes, received: bytes) -> str:
    text = field.strip(b" \0")
    if not text.isascii() or not text.decode("ascii").isprintable():
        raise NotUnderstood("", "read", received, "printable names in a status")
    return text.decode("ascii")
