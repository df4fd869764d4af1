"""The window's colours, and which of them meet: pure, so that their contrast can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stationd.tray.condition import Condition

TEXT: Final = 4.5
SHAPE: Final = 3.0
"""The least contrast of text, and of signs and of the frame around what has the focus (WCAG 2.2, AA: 1.4.3, 1.4.11)."""


class Tone(StrEnum):
    """What a coloured surface says; never by its colour alone."""

    CALM = "calm"
    GOOD = "good"
    BUSY = "busy"
    CARE = "care"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Colours:
    """Of one tone.

    Attributes:
        paper: behind.
        ink: text on it.
        sign: a sign or a bar on it, and on white.
    """

    paper: str
    ink: str
    sign: str


PAPER: Final = "#f3f5f8"
SURFACE: Final = "#ffffff"
INK: Final = "#16202c"
SOFT: Final = "#4c5b6b"
LINE: Final = "#ccd5de"
EDGE: Final = "#7a8896"
ACCENT: Final = "#0b5cab"
ACCENT_DOWN: Final = "#084a8b"
ON_ACCENT: Final = "#ffffff"
CHOSEN: Final = "#d9e8f8"
SIDE: Final = "#13263b"
SIDE_CHOSEN: Final = "#274567"
ON_SIDE: Final = "#f1f5f9"
ON_SIDE_SOFT: Final = "#b4c4d6"
FOCUS_ON_SIDE: Final = "#ffd166"

TONES: Final = {
    Tone.CALM: Colours("#e8edf3", INK, "#51606f"),
    Tone.GOOD: Colours("#dff3e6", "#0d4a26", "#12753b"),
    Tone.BUSY: Colours("#dcebfb", "#0a3f78", ACCENT),
    Tone.CARE: Colours("#fff0c9", "#4d3800", "#a86200"),
    Tone.BAD: Colours("#fde4e1", "#7d1610", "#b3261e"),
}

OF_CONDITION: Final = {
    Condition.READY: Tone.GOOD,
    Condition.WORKING: Tone.BUSY,
    Condition.NEEDS_YOU: Tone.CARE,
    Condition.STOPPED: Tone.BAD,
    Condition.LOCKED: Tone.CALM,
    Condition.NOT_CONNECTED: Tone.CALM,
}

MEETINGS: Final = (
    (INK, PAPER, TEXT),
    (INK, SURFACE, TEXT),
    (INK, CHOSEN, TEXT),
    (SOFT, PAPER, TEXT),
    (SOFT, SURFACE, TEXT),
    (SOFT, CHOSEN, TEXT),
    (ACCENT, SURFACE, TEXT),
    (ACCENT, PAPER, TEXT),
    (ON_ACCENT, ACCENT, TEXT),
    (ON_ACCENT, ACCENT_DOWN, TEXT),
    (ON_SIDE, SIDE, TEXT),
    (ON_SIDE, SIDE_CHOSEN, TEXT),
    (ON_SIDE_SOFT, SIDE, TEXT),
    (ON_SIDE_SOFT, SIDE_CHOSEN, TEXT),
    (FOCUS_ON_SIDE, SIDE, SHAPE),
    (FOCUS_ON_SIDE, SIDE_CHOSEN, SHAPE),
    (EDGE, SURFACE, SHAPE),
    (EDGE, PAPER, SHAPE),
    (ACCENT, CHOSEN, SHAPE),
    *((tone.ink, tone.paper, TEXT) for tone in TONES.values()),
    *((tone.sign, tone.paper, SHAPE) for tone in TONES.values()),
    *((tone.sign, SURFACE, TEXT) for tone in TONES.values()),
    *((ON_ACCENT, tone.sign, TEXT) for tone in TONES.values()),
)
"""Which colour is put on which, and the least contrast between the two."""


_DARK: Final = 0.04045
"""Up to which a colour's part grows evenly (sRGB)."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= _DARK else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
