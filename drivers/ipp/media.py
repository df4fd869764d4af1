"""Which of a queue's media is a card, and what picture goes on it.

Names that tell their size: PWG 5101.1 (`om_card_54x86mm`, `custom_cr80_53.98x85.6mm`). Sizes are in hundredths of a
millimetre, as in `media-size`; the card is 85.60 × 53.98 mm (ISO/IEC 7810 ID-1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drivers.ipp.protocol import PER_INCH, Attribute, Attributes, Resolution, Tag

_NAME: Final = re.compile(r"(?:.*_)?(\d{1,5}(?:\.\d{1,4})?)x(\d{1,5}(?:\.\d{1,4})?)(mm|in)(?:_.*)?", re.ASCII)
_HUNDREDTHS: Final = {"mm": 100, "in": 2540}
_USUAL_DPI: Final = 300
_SENSIBLE: Final = range(150, 1201)
_INCH: Final = 2540  # hundredths of a millimetre

# Vendors round a card differently, and some add the bleed: 54 × 86, 2.125 × 3.375 in, 1016 × 648 pixels.
_SHORT: Final = range(5250, 5601)
_LONG: Final = range(8400, 8801)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A card as the queue knows it.

    Attributes:
        attribute: what a job says to get it.
        across: width as it lies in the printer, hundredths of a millimetre.
        along: length in the direction of the feed.
    """

    attribute: Attribute
    across: int
    along: int

    @property
    def upright(self) -> bool:
        """True if the card goes through short side first, as IPP's media usually do: the picture must be turned."""
        return self.across < self.along

    def pixels(self, dpi: int) -> tuple[int, int]:
        """Width and height of the picture of an upright card, long side across."""
        longer, shorter = max(self.across, self.along), min(self.across, self.along)
        return round(longer * dpi / _INCH), round(shorter * dpi / _INCH)


def size(name: str) -> tuple[int, int] | None:
    """Return the width and length that a media name tells, in hundredths of a millimetre, or None."""
    if match := _NAME.fullmatch(name):
        across, along, unit = match.groups()
        return round(float(across) * _HUNDREDTHS[unit]), round(float(along) * _HUNDREDTHS[unit])
    return None


def is_card(across: int, along: int) -> bool:
    """True for what is a card's size, lying either way."""
    return min(across, along) in _SHORT and max(across, along) in _LONG


def sheet(told: Attributes, wanted: str | None) -> Sheet | None:
    """Choose the media: the one wanted by its name, else what is loaded, usual or known and has a card's size."""
    if wanted is not None:
        across, along = size(wanted) or (5398, 8560)
        return Sheet(Attribute(Tag.KEYWORD, "media", [wanted]), across, along)
    for list_ in ("media-ready", "media-default", "media-supported"):
        for name in told.texts(list_):
            if (found := size(name)) and is_card(*found):
                return Sheet(Attribute(Tag.KEYWORD, "media", [name]), *found)
    for known in told.collections("media-size-supported"):
        across_, along_ = known.integer("x-dimension"), known.integer("y-dimension")
        if across_ is not None and along_ is not None and is_card(across_, along_):
            members = [
                Attribute(Tag.INTEGER, "x-dimension", [across_]),
                Attribute(Tag.INTEGER, "y-dimension", [along_]),
            ]
            asked = Attribute(Tag.COLLECTION, "media-col", [[Attribute(Tag.COLLECTION, "media-size", [members])]])
            return Sheet(asked, across_, along_)
    return None


def _dpi(told: Resolution) -> int | None:
    if told.across != told.feed:
        return None
    dpi = told.across if told.units == PER_INCH else round(told.across * 2.54)
    return dpi if dpi in _SENSIBLE else None


def dpi(told: Attributes) -> int | None:
    """Choose the resolution, equal both ways: 300 if the queue has it or says nothing, else its usual, else any."""
    listed = (*told.all("printer-resolution-default"), *told.all("printer-resolution-supported"))
    offered = [found for value in listed if isinstance(value, Resolution) and (found := _dpi(value))]
    if not listed or _USUAL_DPI in offered:
        return _USUAL_DPI
    return offered[0] if offered else None


def raster_fits(told: Attributes, dpi: int, *, colour: bool) -> bool:
    """True if the queue declares PWG raster of that resolution in 8-bit sRGB, or grey."""
    known = [value for value in told.all("pwg-raster-document-resolution-supported") if isinstance(value, Resolution)]
    kind = "srgb_8" if colour else "sgray_8"
    return Resolution(dpi, dpi) in known and kind in told.texts("pwg-raster-document-type-supported")
