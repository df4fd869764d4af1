"""What is fixed about the Magicard machines: models, heads, codes, and how long each of their works takes.

Sources: the maker's file format document, its CUPS driver, and two captured jobs in `pc-coholic/magicardppd`; the
backend of `Performed/selphy_print`. Public sources name one error code, 11:01, and one duration, the 33 s for which
a machine tried to feed a card. Every other code and duration here is an assumption.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import msgspec

from simulators.devices.machine import Settings

CANVAS, CARD_HEIGHT = 672, 642
"""Pixels of a printed line, and how many of them lie on a card (file format document, section 4)."""

COLOUR_BITS = 6
HEAD_CENTRE = 50
"""The vertical position of the head (a field of the answer to INF) with which the card lies in the canvas's middle."""

Layout = Literal["enduro", "alto", "rio"]
"""How a line's pixels are put into bits: `enduro` and `alto` in 24 words for a head of two halves, from the highest or
the lowest bit of each word on; `rio` in 84 bytes, one after another."""

LINE_BYTES: dict[Layout, int] = {"enduro": 96, "alto": 96, "rio": 84}


class Trouble(IntEnum):
    """What a machine reports: major code × 100 + minor code. Only the first two are known from the capture."""

    OK = 0
    NOT_FED = 1101
    COVER_OPEN = 201
    RIBBON_OUT = 301
    RIBBON_WRONG = 302
    RIBBON_MISSING = 303
    HEAD_HOT = 401
    JAM = 1201
    CARD_INSIDE = 1202
    BROKEN_JOB = 1401
    WANTS_CLEANING_CARD = 1501


MESSAGES: dict[int, dict[str, str]] = {
    Trouble.NOT_FED: {
        "ENG": "The card did not enter the printer. Check the cards.",
        "DEU": "Die Karte kam nicht in den Drucker. Karten prüfen.",
    },
    Trouble.COVER_OPEN: {"ENG": "The cover is open.", "DEU": "Der Deckel ist offen."},
    Trouble.RIBBON_OUT: {"ENG": "The dye film is used up.", "DEU": "Das Farbband ist zu Ende."},
    Trouble.RIBBON_WRONG: {"ENG": "This dye film cannot be used.", "DEU": "Dieses Farbband passt nicht."},
    Trouble.RIBBON_MISSING: {"ENG": "There is no dye film.", "DEU": "Es ist kein Farbband da."},
    Trouble.HEAD_HOT: {"ENG": "The print head cools down.", "DEU": "Der Druckkopf kühlt ab."},
    Trouble.JAM: {"ENG": "A card is jammed.", "DEU": "Eine Karte klemmt."},
    Trouble.CARD_INSIDE: {"ENG": "There is a card inside.", "DEU": "Es ist eine Karte im Drucker."},
    Trouble.BROKEN_JOB: {"ENG": "The data could not be used.", "DEU": "Die Daten sind unbrauchbar."},
    Trouble.WANTS_CLEANING_CARD: {"ENG": "Insert the cleaning card.", "DEU": "Reinigungskarte einlegen."},
}
"""What the machine says in the languages it knows, English else. Whoever reads it must go by the code."""


class Model(msgspec.Struct, frozen=True):
    """A model.

    Attributes:
        layout: how its head wants a line.
        lines: printed along the card.
        product: its USB product id, as far as it is known.
    """

    name: str
    layout: Layout
    lines: int
    product: int

    def plane_bytes(self, bits: int) -> int:
        """Size of a plane with so many bits a pixel."""
        return self.lines * bits * LINE_BYTES[self.layout]


MODELS = {
    "Enduro": Model("Enduro", "enduro", 1016, 0x2800),
    "Tempo": Model("Tempo", "alto", 1000, 0x2800),
    "RioTango2D": Model("RioTango2D", "rio", 1016, 0x1800),
}
"""`Tempo` is the machine of the USB capture, of the Alto kind; for `RioTango2D` there is a driver in Gutenprint."""


class Durations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds that each work takes: 35 for a card in five panels, as makers of such machines state.

    Attributes:
        unfed: how long the machine tries before it reports that no card came (captured).
        silence: how long a job may stand still in mid-upload before it is given up.
    """

    feed: float = 5.0
    panel: float = 5.0
    eject: float = 5.0
    unfed: float = 33.0
    initialise: float = 10.0
    clean: float = 60.0
    silence: float = 60.0

    def card(self, panels: int = 5) -> float:
        """A whole card."""
        return self.feed + panels * self.panel + self.eject


class MagicardSettings(Settings, frozen=True, forbid_unknown_fields=True, tag="magicard"):
    """One machine.

    Attributes:
        model: a key of `MODELS`.
        product: its USB product id; 0 for the model's. Machines of the family are sold with several (2800, 4800, …).
        leaders: how many bytes 05 stand before an answer.
        head_position: vertical position of the head, which the driver has to make up for; 50 is the middle.
        hand_feed: True if it takes cards from the feed slot only.
        shots, shots_left: cards that a new dye film is good for, and this one still is.
        cards_between_cleans: after how many it wants to be cleaned; it says so by its counters and prints on.
        repeats: whether a job whose card was spoiled is printed on another card when the error is acknowledged.
        cards_printed, cards_since_clean: of an earlier life.
    """

    model: str = "Enduro"
    product: int = 0
    leaders: int = 0
    head_position: int = HEAD_CENTRE
    hand_feed: bool = False
    shots: int = 300
    shots_left: int = 300
    cards_between_cleans: int = 700
    repeats: bool = False
    cards_printed: int = 0
    cards_since_clean: int = 0
    durations: Durations = Durations()
