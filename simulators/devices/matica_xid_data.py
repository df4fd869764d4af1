"""What is fixed about the Matica XID machines: models, codes, and how long each of their works takes.

Codes and geometry are those of the public notes in `revk/cardprint` (`usb.txt`, `eth.txt`, `xidserver.c`). The
durations are assumptions: no public figure for the single works was found. They are set so that a whole card
takes as long as makers of such retransfer machines state (about 35 to 40 s in colour).
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from simulators.devices.machine import Settings


class Position(IntEnum):
    """Where a card can be sent."""

    PRINT = 0
    CONTACT = 1
    CONTACTLESS = 2
    MAGNETIC = 3
    REJECT = 4
    EJECT = 5


class Sense(IntEnum):
    """Codes that a machine answers with: SCSI sense key << 16 | ASC << 8.

    The last three are SCSI's own (SPC: invalid field, parameter, sequence); the notes name no code for these cases,
    except 00052A00 for a load to the reject position over TCP.
    """

    OK = 0
    POWER_INTERRUPTED = 0x0002C300
    HOPPER_EMPTY = 0x0002D000
    DOOR_OPEN = 0x0002D100
    BUSY = 0x0002D300
    BUSY_PRINTING = 0x0002D400
    WARMING_UP = 0x0002DA00
    INITIALISING = 0x0002DB00
    HEAD_HOT = 0x0002F800
    FEED_JAM = 0x00039000
    JAM = 0x00039300
    FILM_SEARCH = 0x0003A100
    RIBBON_OUT = 0x0003B200
    BAD_COMMAND = 0x00052000
    CARD_POSITION = 0x00052600
    RESET = 0x00062800
    BAD_FIELD = 0x00052400
    BAD_PARAMETER = 0x00052A00
    BAD_SEQUENCE = 0x00052C00


class Model(msgspec.Struct, frozen=True):
    """A model's raster: pixels of a panel, of the card centred in it, and whether its picture is turned by 180°."""

    name: str
    dpi: int
    width: int
    height: int
    card_width: int
    card_height: int
    turned: bool


MODELS = {
    "XID8600": Model("XID8600", 600, 2072, 1328, 2026, 1278, turned=True),
    "XID580i": Model("XID580i", 300, 1036, 664, 1013, 639, turned=False),
    "OTHER": Model("OTHER", 300, 1036, 664, 1013, 639, turned=False),
}
"""`OTHER` is of no maker: another kind of printer that answers where one of these was looked for."""


class Durations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that each work takes. All are assumptions."""

    feed: float = 2.5
    move: float = 1.0
    flip: float = 2.5
    engage: float = 0.3
    film_panel: float = 5.0
    film_wind: float = 2.0
    film_init: float = 1.5
    transfer: float = 11.0
    eject: float = 2.0
    initialise: float = 8.0
    warm_up: float = 60.0

    def film(self, panels: int) -> float:
        """Printing that many panels to film."""
        return self.film_wind + panels * self.film_panel

    def to_reader(self) -> float:
        """From the hopper until the reader sees the card."""
        return self.feed + self.move + self.engage

    def from_reader(self) -> float:
        """From the last answer of the chip until the card lies at the printing station."""
        return self.engage + self.move


def ideal_card_seconds(
    durations: Durations,
    chip_seconds: float,
    panels: int = 4,
    *,
    film_at_once: bool = False,
    back_beside_film: bool = True,
    activation_seconds: float | None = None,
) -> float:
    """Return the least time in which the machine can make one card, from an empty transport to the output.

    Args:
        durations: the machine's.
        chip_seconds: how long the chip takes at the reader before the transfer.
        panels: panels printed to film.
        film_at_once: True if the film may begin with the feed (nothing but prudence forbids it); False if it begins
            when the reader has seen the card.
        back_beside_film: True if the card goes back to the printing station while the film is printed; False if it
            stays at the reader until the film is done.
        activation_seconds: how long the chip takes when it is brought to the reader again after the transfer; None if
            it is not.
    """
    film, feed, back = durations.film(panels), durations.to_reader(), durations.from_reader()
    beside, after = (back, 0.0) if back_beside_film else (0.0, back)
    chip = chip_seconds + beside
    before = max(film, feed + chip) if film_at_once else feed + max(film, chip)
    again = 0.0 if activation_seconds is None else durations.move + 2 * durations.engage + activation_seconds
    return before + after + durations.transfer + again + durations.eject


class MachineSettings(Settings, frozen=True, forbid_unknown_fields=True, tag="matica_xid"):
    """One machine. Its serial has at most eight characters; its UDP port is the one after `address`.

    Attributes:
        model: a key of `MODELS`.
        serial_at: where in the inquiry the serial stands; the notes know machines with 24 and with 32.
        ribbon, film: cards that ribbon and film are good for when new, and still good for.
        cold: True if it has to warm up when switched on.
        fresh_reset: True if it reports its switching-on to the first who asks, as machines do.
    """

    model: str = "XID8600"
    serial_at: int = 32
    ribbon: int = 750
    ribbon_left: int = 750
    film: int = 1000
    film_left: int = 1000
    lot: str = "FC2221"
    cold: bool = False
    fresh_reset: bool = True
    durations: Durations = Durations()
