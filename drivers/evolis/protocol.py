"""The Evolis command language, bytes only: commands, and the cutting and reading of replies.

Read in the Programming Guide A5013 (revision E, in `dpavlin/Printer-EVOLIS`): the frame `ESC command[;parameter] CR`,
every command here but those named below, the sizes of downloads.

Read in clients that work: that every command, a download too, has a reply and `OK` is the good one
(`EVOLIS_REPLY_IS_OK` of `Evolis-SA/evolis-sdk-swift`, two magnetic-card applications); the words of `Rlr;p` for a card
(notes of a banking application for the KC200 family); `Rse;f` and `Rlr;c`.

Uncertain:

- **What ends a reply.** The Perl client waits for NUL; clients over a vendor's library see none. So NUL, CR and LF
  all end one; and as long as a machine has not been seen to send any of them, the end of what it sends at once does.
- **`Rlr;p`.** The Guide has `NO CARD` and `ERR CARD`; newer machines say `OK` for no card and name the station.
- **`Rem`.** "Two values", current and saved: in which form is not said. The first number counts.
- **`Dbc`** stands in two forms in the same Guide; captured is the one without a first line, and for black only. `Db`,
  whose size is known for all panels, is what is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.errors import NotUnderstood
from drivers.printer import Media, Panel, Station

IDENTIFY: Final = "Rsn"
READ_MODEL: Final = "Rtp"
READ_FIRMWARE: Final = "Rfv"
READ_PLACE: Final = "Rlr;p"
READ_COVER: Final = "Rse;o"
READ_FEEDER: Final = "Rse;f"
READ_RIBBON_MARK: Final = "Rcr"
READ_RIBBON_LEFT: Final = "Rco;l"
READ_CARDS: Final = "Rco;c"
READ_PANELS: Final = "Rco;p"
READ_CLEANINGS: Final = "Rco;n"
READ_MODE: Final = "Rem"
CLEANING_DUE: Final = ("Rlr;c", "Rlr;r")  # a Primacy's client and the Guide: whichever the machine knows
CLEAN: Final = "Scp"
HOST_MANAGES: Final = "Pem;2"
HOST_MODE: Final = 2
RIBBON: Final = "Pr;ymcko"
START: Final = "Ss"
FRONT: Final = "Sr"
EJECT: Final = "Se"
INSERT: Final = {Station.PRINT: "Si", Station.CONTACT: "Sis", Station.CONTACTLESS: "Sic"}

LONGEST_REPLY: Final = 1024  # bytes; far above any reply a source shows

_ENDS: Final = re.compile(rb"[\0\r\n]")
_LETTERS: Final = {
    Panel.YELLOW: "y",
    Panel.MAGENTA: "m",
    Panel.CYAN: "c",
    Panel.BLACK: "k",
    Panel.OVERCOAT: "o",
}
PANELS: Final = tuple(_LETTERS)  # in the order of the ribbon
_PLACES: Final = {
    "OK": (Media.NOT_PRESENT, None),
    "NO CARD": (Media.NOT_PRESENT, None),
    "CARD": (Media.PRESENT, Station.PRINT),
    "SMART CARD": (Media.PRESENT, Station.CONTACT),
    "CONTACTLESS CARD": (Media.PRESENT, Station.CONTACTLESS),
    "ERR CARD": (Media.JAMMED, None),
    "ERROR CARD": (Media.JAMMED, None),
}
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_VOLTS: Final = re.compile(r"([0-9]{1,2})[.,]([0-9]{1,3}) *V(?:olts?)?", re.ASCII | re.IGNORECASE)
_HALF_WAY: Final = 2.5  # volts; the sources show about 0 and about 5
_FIRST_NUMBER: Final = re.compile(r"[^0-9]*([0-9]{1,3})(?![0-9])", re.ASCII)


def command(text: str) -> bytes:
    """Frame a command."""
    return b"\x1b" + text.encode("ascii") + b"\r"


def download(panel: Panel, levels: int, data: bytes) -> bytes:
    """Frame the download of one packed panel of 648 × 1016 points (`panels.packed`)."""
    return f"\x1bDb;{_LETTERS[panel]};{levels};".encode("ascii") + data + b"\r"


class ReplyReader:
    """Cuts the bytes of a machine into replies, as they come in.

    Attributes:
        terminated: a reply was seen to end with a mark. From then on only a mark ends one.
    """

    def __init__(self) -> None:
        self.terminated = False
        self._partial = b""

    def feed(self, data: bytes) -> list[str]:
        """Take more bytes and return the replies that they complete, empty ones left out.

        Raises:
            NotUnderstood: more bytes than any reply has, or bytes that are no text. What was held is given up.
        """
        *whole, self._partial = _ENDS.split(self._partial + data)
        replies = [self._text(part) for part in whole if part.strip(b" ")]
        self.terminated = self.terminated or bool(replies)
        if len(self._partial) > LONGEST_REPLY:
            partial, self._partial = self._partial, b""
            raise NotUnderstood("", "read", partial, f"a reply of at most {LONGEST_REPLY} bytes")
        return replies

    @property
    def may_end_in_silence(self) -> bool:
        """True if a reply is held that is whole once nothing more comes: this machine marks no ends."""
        return not self.terminated and bool(self._partial.strip(b" "))

    def fell_silent(self) -> str | None:
        """Return the reply that ends here because the machine sends no more, if this machine marks no ends."""
        if not self.may_end_in_silence:
            return None
        partial, self._partial = self._partial, b""
        return self._text(partial)

    def forget(self) -> None:
        """Give up what was held of a reply."""
        self._partial = b""

    def _text(self, part: bytes) -> str:
        text = part.decode("latin-1").strip(" ")
        # ACK and NACK may come as the characters themselves.
        text = text.replace("\x06", "ACK").replace("\x15", "NACK ")
        if not text.isascii() or not text.isprintable():
            self._partial = b""
            raise NotUnderstood("", "read", part, "a reply of printable text")
        return text


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card is, in the machine's own word."""

    media: Media
    station: Station | None
    word: str


def parse_place(reply: str) -> Place:
    """Read a reply to `Rlr;p`. Raises `NotUnderstood`."""
    if reply not in _PLACES:
        raise NotUnderstood("", "read", reply.encode(), "OK, NO CARD, CARD, SMART CARD, CONTACTLESS CARD or ERR CARD")
    return Place(*_PLACES[reply], reply)


def parse_number(reply: str) -> int:
    """Read a counter. Raises `NotUnderstood`."""
    if not _NUMBER.fullmatch(reply):
        raise NotUnderstood("", "read", reply.encode(), "a number")
    return int(reply)


def parse_sensor(reply: str) -> bool:
    """Read a sensor's voltage: True above half-way (`5,00 Volts`), False below. Raises `NotUnderstood`."""
    if (match := _VOLTS.fullmatch(reply)) is None:
        raise NotUnderstood("", "read", reply.encode(), "a voltage like 5,00 Volts")
    return float(f"{match[1]}.{match[2]}") > _HALF_WAY


def parse_mode(reply: str) -> int | None:
    """Read the current error management from a reply to `Rem`; None if it is not told in numbers."""
    match = _FIRST_NUMBER.match(reply)
    return None if match is None else int(match[1])
