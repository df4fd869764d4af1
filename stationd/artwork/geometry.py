"""Places on a card, in millimetres from its upper left corner, and their pixels at a resolution."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MM_PER_INCH: Final = 25.4
MM_PER_POINT: Final = MM_PER_INCH / 72

# ISO/IEC 7810, ID-1.
CARD_WIDTH: Final = 85.60
CARD_HEIGHT: Final = 53.98

HAIR: Final = 0.001  # below any pixel: what sums of decimal fractions may be off

Length = Annotated[float, msgspec.Meta(gt=0)]
Offset = Annotated[float, msgspec.Meta(ge=0)]


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rectangle on the card: its upper left corner, width and height."""

    x: Offset
    y: Offset
    w: Length
    h: Length

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h

    def overlaps(self, other: Box) -> bool:
        """True if the two share more than an edge."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across > HAIR and down > HAIR

    def on_card(self) -> bool:
        """True if nothing of it lies beyond the card's edge."""
        return self.right <= CARD_WIDTH + HAIR and self.bottom <= CARD_HEIGHT + HAIR

    def pixels(self, dpi: int) -> tuple[int, int, int, int]:
        """The nearest whole pixels: left, upper, right (exclusive), lower (exclusive)."""
        return px(self.x, dpi), px(self.y, dpi), px(self.right, dpi), px(self.bottom, dpi)


def px(mm: float, dpi: int) -> int:
    """Millimetres to the nearest pixel."""
    return round(mm * dpi / MM_PER_INCH)


def card_pixels(dpi: int) -> tuple[int, int]:
    """Width and height of the card: 1011 × 638 at 300 dpi, 2022 × 1275 at 600."""
    return px(CARD_WIDTH, dpi), px(CARD_HEIGHT, dpi)
