"""Which machines speak this protocol, and how each wants its images."""

from __future__ import annotations

from typing import Final

from drivers.errors import NotUnderstood, WrongDevice
from drivers.matica_xid.machine import Geometry
from drivers.printer import CounterKind, Supply

COUNTS: Final = CounterKind.CARDS_PRINTED
"""What the counter *total* is taken to count, as *clean* and *head* beside it do: cards at their first transfer.

Inferred: the public notes give names and values only. A card that leaves without a print is then not in it.
"""

EXPECTED: Final = "a Matica XID8600 or XID580"
_DPI: Final = range(150, 1201)  # the machines have 300 or 600
_FILM_TYPES: Final = {0: 1000, 2: 750}  # images on a roll, by the machine's film setting
_RIBBONS: Final = {0: "YMCK", 4: "YMCKK", 5: "YMCKU"}


def require_known(model: str) -> str:
    """Return the model's name if it is one of this family. Raises `WrongDevice`."""
    if model != "XID8600" and not model.startswith("XID580"):
        raise WrongDevice("", "open", EXPECTED, model)
    return model


def geometry(dpi: int, dpi_down: int, width: int, height: int, received: bytes) -> Geometry:
    """Return a panel's size as it was told.

    Raises:
        NotUnderstood: the resolutions differ, or it is larger than a card (3.4 by 2.1 inches) with its edge: a picture
            is drawn as large as a machine says, and a damaged number asks for gigabytes.
    """
    if dpi != dpi_down or dpi not in _DPI or not (0 < width <= 4 * dpi and 0 < height <= 3 * dpi):
        raise NotUnderstood("", "read geometry", received, "equal resolutions and a card's size")
    return Geometry(width=width, height=height, dpi=dpi)


def turned(model: str, panel: bytes) -> bytes:
    """Turn an upright panel as the machine wants it: by 180° for the XID 8600, not at all for the XID 580 family.

    A panel reversed byte by byte is the panel turned by 180°. On the wire as in `drivers.printer.Image` 0 is no ink
    and 255 full ink: the open driver sends an RGB picture's complement and writes blank panels as zeros.
    """
    return panel[::-1] if model == "XID8600" else panel


def film_images(film_type: int) -> int | None:
    """Images on a full roll of film, by the film type the machine is set to."""
    return _FILM_TYPES.get(film_type)


def ribbon_kind(code: int) -> str:
    """Name a ribbon by its panels; `ribbon` alone for one the machine does not know (FE) or nobody named."""
    kind = _RIBBONS.get(code)
    return "ribbon" if kind is None else f"ribbon {kind}"


def text(field: bytes) -> str:
    """Read a fixed-width text field, padded with spaces or ended by NUL. Raises `NotUnderstood`."""
    content = field.split(b"\0", 1)[0].strip(b" ")
    if not content.isascii() or not content.decode("ascii").isprintable():
        raise NotUnderstood("", "read", field, "printable text")
    return content.decode("ascii")


def lot_number(field: bytes) -> str | None:
    """Read the ribbon's lot.

    The string begins with a length byte where the machine gives one (over the network always; the USB capture shows
    the text at once). FF means that no lot is known; so does a text that cannot be printed.
    """
    if not field or field[0] == 0xFF:  # noqa: PLR2004 - the wire's own mark
        return None
    if field[0] <= 0x20:  # noqa: PLR2004 - below any letter: the length byte, 32 in the captures
        field = field[1 : 1 + field[0]]
    try:
        return text(field) or None
    except NotUnderstood:
        return None


def supply(name: str, share: float | None, images: int | None, lot: str | None) -> Supply:
    """State a supply in cards, one image to a card."""
    remaining = None if share is None or images is None else round(share * images)
    return Supply(name, remaining, images, lot)
