"""The XID's command set over USB, bytes only: command blocks, and what the answers say.

All from `revk/cardprint`: `usb.txt` (captures of the vendor's driver and test program) and `xidserver.c`.

Two things are inferred and not stated there. Bytes 51 and 52 of the geometry page carry the film left in tenths and
the ribbon left in steps of 2 %: in the capture they hold the very numbers that the vendor's status window showed
beside it. As an emulation or an older firmware may leave them zero, two zeros are taken as *not told*.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from drivers.errors import NotUnderstood
from drivers.matica_xid import models
from drivers.matica_xid.machine import Geometry, Position
from drivers.printer import Counters, Identity, Panel, Supply

TEST_UNIT_READY: Final = bytes(6)
REQUEST_SENSE: Final = bytes((0x03, 0, 0, 0, 20, 0))
SENSE_LENGTH: Final = 20
INQUIRY: Final = bytes((0x12, 0, 0, 0, 96, 0))
INQUIRY_LENGTH: Final = 96
READ_GEOMETRY: Final = bytes((0x1A, 0, 0x68, 0, 64, 0))
GEOMETRY_LENGTH: Final = 64
READ_RIBBON: Final = bytes((0x1A, 0, 0x63, 0, 44, 0))
RIBBON_LENGTH: Final = 44
READ_COUNTERS: Final = bytes((0x4D, 0, 0x78, 0, 0, 0, 0, 0, 52, 0))
COUNTERS_LENGTH: Final = 52
READ_POSITION: Final = bytes((0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0))
POSITION_LENGTH: Final = 8
TRANSFER_AND_RETURN: Final = bytes((0x31, 0x0D, 0, 0, 0, 0, 0, 0, 0, 0))

_FLIP: Final = 0x02
_FILM_INIT: Final = 0x04
_IMMEDIATE: Final = 0x01
_PLANES: Final = {
    Panel.YELLOW: 3,
    Panel.MAGENTA: 2,
    Panel.CYAN: 1,
    Panel.BLACK: 0,
    Panel.UV: 4,
    Panel.OVERCOAT: 5,
}
_SETS: Final = {
    Panel.YELLOW: 0x02,
    Panel.MAGENTA: 0x02,
    Panel.CYAN: 0x02,
    Panel.BLACK: 0x04,
    Panel.UV: 0x08,
    Panel.OVERCOAT: 0x10,
}
_COUNTERS: Final = ("total", "free", "head", "clean", "error")
_INK_FULL: Final = 50  # steps of 2 %
_FILM_FULL: Final = 10  # tenths


def load(to: Position) -> bytes:
    """Load a card; the film is initialised on the way, as the captured vendor's driver does for every card."""
    return bytes((0x31, 0x01, 0, 0, _FILM_INIT, 0, 0, to, 0, 0))


def move(to: Position, *, fresh_film: bool = False, flip: bool = False) -> bytes:
    """Move the card, with the film initialised and the card turned over on the way if that is asked for."""
    flags = (_FILM_INIT if fresh_film else 0) | (_FLIP if flip else 0)
    return bytes((0x31, 0x0B, 0, 0, flags, 0, 0, to, 0, 0))


def contact(at: Position, *, engage: bool) -> bytes:
    """Engage or release the reader at the contact (00/01) or contactless (04/05) position."""
    what = (0x04 if at is Position.CONTACTLESS else 0x00) + (0 if engage else 1)
    return bytes((0x32, what, 0, 0, 0, 0, 0, 0, 0, 0))


def upload(panel: Panel, length: int) -> bytes:
    """Announce a panel of that many bytes."""
    return struct.pack(">BBBBBIB", 0x2A, 0, _PLANES[panel], 0, 0, length, 0)


def print_film(panels: Collection[Panel]) -> bytes:
    """Print the uploaded panels of buffer 0 to film, answering when it has begun."""
    chosen = _IMMEDIATE
    for panel in panels:
        chosen |= _SETS[panel]
    return bytes((0x31, 0x08, chosen, 0, 0, 0, 0, 0, 0, 0))


def parse_sense(data: bytes) -> int:
    """Return the sense code, 0 if there is nothing to report."""
    if len(data) < 13 or data[0] & 0x7F not in (0x70, 0x71):  # noqa: PLR2004 - fixed-format sense data
        raise NotUnderstood("", "read sense", data, "fixed-format sense data of 13 bytes or more")
    return data[2] << 16 | data[12] << 8


def parse_inquiry(data: bytes) -> Identity:
    """Read who the machine is.

    The serial number stands at 24 in the newer source and at 32 in the older: the first that is not blank counts.

    Raises:
        NotUnderstood: too short, or not text.
        WrongDevice: another kind of machine.
    """
    if len(data) < 40:  # noqa: PLR2004 - up to the end of the serial
        raise NotUnderstood("", "open", data, "an INQUIRY answer of 96 bytes")
    model = models.require_known(models.text(data[16:24]))
    versions = (models.text(data[58:71]), models.text(data[71:79]), models.text(data[79:87]))
    return Identity(
        maker=models.text(data[8:16]),
        model=model,
        serial=models.text(data[24:32]) or models.text(data[32:40]),
        firmware=" ".join(version for version in versions if version),
    )


def parse_geometry(data: bytes) -> Geometry:
    """Read the panel's size. Raises `NotUnderstood`, also for what is no card's size (`models.geometry`)."""
    if len(data) < 36:  # noqa: PLR2004 - up to the rows
        raise NotUnderstood("", "read geometry", data, "a geometry page of 64 bytes")
    dpi, dpi_down, width, height = struct.unpack_from(">HH20xHH", data, 8)
    return models.geometry(dpi, dpi_down, width, height, data)


def parse_position(data: bytes) -> Position | None:
    """Read where the card is."""
    if len(data) != POSITION_LENGTH:
        raise NotUnderstood("", "read position", data, "a position of 8 bytes")
    if data[0]:
        return None
    try:
        return Position(data[7])
    except ValueError:
        raise NotUnderstood("", "read position", data, "a position from 0 to 5") from None


def parse_counters(data: bytes) -> Counters:
    """Read the counters: after four bytes, tag and length and value, of which the first five are known."""
    found: dict[str, int] = {}
    for index, name in enumerate(_COUNTERS):
        start = 4 + 8 * index
        if data[start : start + 4] != struct.pack(">HH", index, 4) or len(data) < start + 8:
            raise NotUnderstood("", "read counters", data, "five counters of four bytes")
        found[name] = int.from_bytes(data[start + 4 : start + 8], "big")
    return Counters(models.COUNTS, found.pop("total"), found)


@dataclass(frozen=True, slots=True)
class Levels:
    """What the geometry page tells of the supplies: shares left, from 0 to 1, and images on a full roll of film."""

    ribbon: float | None
    film: float | None
    film_images: int | None


def parse_levels(data: bytes) -> Levels:
    """Read the levels. Never raises: what is missing or out of range is not told."""
    film, ribbon = data[51:53] if len(data) > 52 else (0, 0)  # noqa: PLR2004 - their places
    told = bool(film or ribbon)
    return Levels(
        ribbon=ribbon / _INK_FULL if told and ribbon <= _INK_FULL else None,
        film=film / _FILM_FULL if told and film <= _FILM_FULL else None,
        film_images=models.film_images(data[24]) if len(data) > 24 else None,  # noqa: PLR2004 - its place
    )


def parse_ribbon(data: bytes, levels: Levels) -> tuple[Supply, ...]:
    """Read the ribbon page (kind at 6, images at 8, lot at 12) and join it with the levels."""
    if len(data) < 12:  # noqa: PLR2004 - up to the lot
        raise NotUnderstood("", "read ribbon", data, "a ribbon page of 44 bytes")
    images = int.from_bytes(data[8:10], "big") or None
    return (
        models.supply(models.ribbon_kind(data[6]), levels.ribbon, images, models.lot_number(data[12:])),
        models.supply("film", levels.film, levels.film_images, None),
    )
