"""What is fixed about the Evolis machines: models, replies, status words, and how long each of their works takes.

Commands and the codes after NACK are those of the Programming Guide A5013, status words those of the headers in
`Evolis-SA/evolis-sdk-swift`. The guide names few replies; the others are those that public programs for a Primacy look
for. Durations and the head's warmth are assumptions: they are set so that a card in YMCKO takes as long as the maker
states for a batch (Primacy 190 to 225 cards an hour on one side, Zenius 120 to 150).
"""

from __future__ import annotations

from enum import Enum, IntFlag
from typing import Literal

import msgspec

from simulators.devices.machine import Settings

COLUMNS, LINES = 648, 1016
"""Pixels of a panel: 648 in each of the 1016 lines that pass under the head one after another, at 300 dpi."""
BITS = {2: 1, 32: 5, 64: 6, 128: 7}
"""Bits a pixel, by levels."""
PANELS = {"y": "yellow", "m": "magenta", "c": "cyan", "k": "black", "o": "overcoat"}
"""In the order in which they lie on a ribbon."""


def panel_size(levels: int) -> int:
    """Bytes of a panel.

    The guide gives 84 624 bytes for 2 levels, and for the others in proportion. That is more than 648 × 1016 pixels;
    the captures of a Windows driver in `dpavlin/Printer-EVOLIS` have 1016 lines of 81 bytes, and the program there
    sends as many. Zeros up to the guide's size do no harm: between commands they are passed over.
    """
    return COLUMNS * LINES * BITS[levels] // 8


class Cause(Enum):
    """How a command ends; its value is the reply in words.

    `ERROR CDE` and `NO CARD` are the guide's. `ERROR FEEDER` and `REJECT BOX FULL` are ours, since no source names the
    reply. The others a public program for the Primacy looks for.
    """

    OK = "OK"
    COMMAND = "ERROR CDE"
    PARAMETER = "ERROR PARAMETRES"
    TIME_OUT = "ERROR TIME OUT"
    JAM = "CARD JAM"
    HEAD = "ERROR HEAD"
    COVER = "COVER OPEN"
    EMPTY = "FEEDER EMPTY"
    FEEDER = "ERROR FEEDER"
    RIBBON = "ERROR RIBBON"
    OUTPUT_FULL = "HOPPER FULL"
    REJECT_FULL = "REJECT BOX FULL"
    CLEANING = "NEED CLEANING"
    NO_OPTION = "OPT NOT AVAILABLE"
    NO_CARD = "NO CARD"


_NACK = {
    Cause.COMMAND: "1",
    Cause.NO_OPTION: "1",
    Cause.PARAMETER: "2",
    Cause.COVER: "C",
    Cause.EMPTY: "F",
    Cause.FEEDER: "F",
    Cause.NO_CARD: "F",
    Cause.RIBBON: "R",
}


def nack_code(cause: Cause) -> str:
    """The code after NACK; what the guide gives no code of its own is a mechanical error or time-out."""
    return _NACK.get(cause, "T")


class Information(IntFlag):
    """First status word."""

    CONTACTLESS = 0x08000000
    SMART = 0x04000000
    PRINT = 0x02000000
    PRINTER_MASTER = 0x00800000
    RIBBON_LOW = 0x00080000
    CLEANING_MANDATORY = 0x00040000
    CLEANING = 0x00020000
    RESET = 0x00010000
    BUSY = 0x00000001


class Warning_(IntFlag):  # noqa: N801 - `Warning` is Python's
    """Second status word."""

    REJECT_FULL = 0x08000000
    FEEDER_EMPTY = 0x01000000
    COOLING = 0x00200000
    HOPPER_FULL = 0x00100000
    RIBBON_ENDED = 0x00080000
    COVER_OPEN = 0x00020000
    NO_RIBBON = 0x00010000


ERRORS = {
    Cause.HEAD: 0x20000000,
    Cause.NO_OPTION: 0x10000000,
    Cause.FEEDER: 0x08000000,
    Cause.EMPTY: 0x08000000,
    Cause.RIBBON: 0x04000000,
    Cause.COVER: 0x02000000,
    Cause.JAM: 0x01000000,
    Cause.TIME_OUT: 0x01000000,
    Cause.REJECT_FULL: 0x00800000,
    Cause.OUTPUT_FULL: 0x00100000,
}
"""Third status word: why the last work ended."""
RIBBON_ENDED_ERROR = 0x00200000


class Durations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that each work takes. All are assumptions."""

    feed: float = 1.5
    move: float = 0.8
    flip: float = 2.5
    ribbon: float = 0.8
    colour: float = 2.8
    black: float = 1.8
    overcoat: float = 2.4
    eject: float = 1.2
    reject: float = 1.5
    clean: float = 60.0
    start: float = 10.0

    def panel(self, panel: str) -> float:
        """Printing a panel (`y`, `m`, `c`, `k`, `o`)."""
        return {"k": self.black, "o": self.overcoat}.get(panel, self.colour)


class Heat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Warmth of the print head, in °C. All are assumptions; a batch without a break in a warm room stays below `limit`.

    Attributes:
        room: the head cools down to this.
        panel: what a printed panel adds.
        second: what a second takes away.
        limit, resume: above the one the machine waits until it is at the other.
    """

    room: float = 30.0
    panel: float = 1.5
    second: float = 0.5
    limit: float = 60.0
    resume: float = 45.0


class Model(msgspec.Struct, frozen=True):
    """A model: what it calls itself, how much slower than a Primacy it prints, and how many cards its output takes."""

    name: str
    slowness: float
    output: int


MODELS = {"primacy": Model("Primacy", 1.0, 100), "zenius": Model("Zenius", 1.5, 30)}


class EvolisSettings(Settings, frozen=True, forbid_unknown_fields=True, tag="evolis"):
    """One machine.

    Attributes:
        model: a key of `MODELS`.
        vendor, product: USB ids. No source has been found that names them; clients should take them as a setting, too.
        contactless, contact, reject_box, flipper: the options that are built in.
        reject: cards that the reject box takes.
        ribbon, ribbon_left: prints that a ribbon is good for when new, and still good for.
        ribbon_low: prints left from which on it is low.
        ribbon_panels: the ribbon that is in (`ymcko`, `k`).
        cleaning_every, cleaning_refuses: cards between two cleanings, and after which no card is fed any more.
        terminator: what ends a reply; a public Perl client waits for NUL.
        ack: how ACK and NACK look in that mode: the words and the terminator, or the control characters alone.
        ack_nack: whether that mode is on from the start, as `Pcom` would keep it.
        words: other replies, by the cause's name in lower case (`empty = "ERR CARD"`).
        managed_by: who manages errors after power-on: the `printer` (it waits in silence until a person has helped), or
            the `host`, as `Pem;2;s` would keep it.
        upload_timeout: seconds without a byte after which a picture on the way is given up.
        baud: speed of a serial line; bytes come no faster. 0 for no limit.
        check_speed: whether a client at another speed is not understood.
    """

    model: Literal["primacy", "zenius"] = "primacy"
    vendor: int = 0x0F49
    product: int = 0x0A00
    contactless: bool = True
    contact: bool = False
    reject_box: bool = True
    flipper: bool = False
    reject: int = 30
    ribbon: int = 300
    ribbon_left: int = 300
    ribbon_low: int = 20
    ribbon_panels: Literal["ymcko", "k"] = "ymcko"
    cleaning_every: int = 1000
    cleaning_refuses: int = 1200
    terminator: str = "\0"
    ack: Literal["words", "characters"] = "words"
    ack_nack: bool = False
    words: dict[str, str] = msgspec.field(default_factory=dict)
    managed_by: Literal["printer", "host"] = "printer"
    upload_timeout: float = 120.0
    baud: int = 115200
    check_speed: bool = False
    durations: Durations = Durations()
    heat: Heat = Heat()
