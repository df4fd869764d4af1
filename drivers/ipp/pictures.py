"""A card's panels as a document that a queue takes.

Without loss wherever there is a choice: a vendor's driver prints with black resin what is exactly black, and JPEG blurs
that. Black ink comes out as exactly black where it is full.
"""

from __future__ import annotations

import io
import struct
import zlib
from itertools import groupby
from typing import Final

from PIL import Image as Pillow
from PIL import ImageChops

from drivers.ipp.media import Sheet
from drivers.printer import Image, Panel

RASTER: Final = "image/pwg-raster"
PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"

KINDS: Final = (RASTER, PDF, PNG, JPEG)
"""In order of preference. A raster is the printer's own pixels and a PDF has the card's size, so nothing is left to be
scaled or centred; a PNG says its resolution, and a queue may still place it as it likes; a JPEG has losses as well."""


def picture(image: Image, *, colour: bool) -> Pillow.Image:
    """Return the upright card as it should look: RGB, or grey from the black panel alone."""
    size = (image.width, image.height)

    def panel(which: Panel) -> Pillow.Image:
        ink = image.panels.get(which)
        return Pillow.new("L", size) if ink is None else Pillow.frombytes("L", size, ink)

    black = panel(Panel.BLACK)
    if not colour:
        return ImageChops.invert(black)
    inks = (Panel.CYAN, Panel.MAGENTA, Panel.YELLOW)
    return Pillow.merge("RGB", [ImageChops.invert(ImageChops.add(panel(ink), black)) for ink in inks])


def document(kind: str, card: Pillow.Image, sheet: Sheet, dpi: int) -> bytes:
    """Write the card as it lies in the printer.

    Args:
        kind: one of `KINDS`.
        card: upright.
        sheet: whether to turn it, by 90° anticlockwise as RFC 8011 section 5.2.10 has *landscape*.
        dpi: pixels an inch.
    """
    lying = card.transpose(Pillow.Transpose.ROTATE_90) if sheet.upright else card
    if kind == RASTER:
        return _raster(lying, dpi)
    if kind == PDF:
        return _pdf(lying, dpi)
    out = io.BytesIO()
    if kind == PNG:
        lying.save(out, "PNG", dpi=(dpi, dpi))
    else:
        lying.save(out, "JPEG", dpi=(dpi, dpi), quality=100, subsampling=0)
    return out.getvalue()


# PWG 5102.4 section 4.3: big-endian, every field that is not named here is zero.
_PAGE_HEADER: Final = 1796
_HW_RESOLUTION, _NUM_COPIES, _PAGE_SIZE, _WIDTH, _BITS, _COLOURS, _TOTAL_PAGES = 276, 340, 352, 372, 384, 420, 452
_SRGB, _SGRAY = 19, 18
_LONGEST_RUN: Final = 128


def _raster(lying: Pillow.Image, dpi: int) -> bytes:
    width, height = lying.size
    depth = len(lying.getbands())
    header = bytearray(_PAGE_HEADER)
    header[:9] = b"PwgRaster"
    points = (round(width * 72 / dpi), round(height * 72 / dpi))
    struct.pack_into(">2I", header, _HW_RESOLUTION, dpi, dpi)
    struct.pack_into(">I", header, _NUM_COPIES, 1)
    struct.pack_into(">2I", header, _PAGE_SIZE, *points)
    struct.pack_into(">2I", header, _WIDTH, width, height)
    space = _SRGB if lying.mode == "RGB" else _SGRAY
    struct.pack_into(">5I", header, _BITS, 8, 8 * depth, width * depth, 0, space)
    struct.pack_into(">I", header, _COLOURS, depth)
    struct.pack_into(">3i", header, _TOTAL_PAGES, 1, 1, 1)  # one page, neither feed direction mirrored
    pixels, stride = lying.tobytes(), width * depth
    lines = (pixels[at : at + stride] for at in range(0, len(pixels), stride))
    return b"RaS2" + bytes(header) + b"".join(_lines(line, len(list(same)), depth) for line, same in groupby(lines))


def _lines(line: bytes, times: int, depth: int) -> bytes:
    """Encode a line that comes so many times: only literal runs, the time of a card is not in the wire."""
    runs = bytearray()
    for at in range(0, len(line), _LONGEST_RUN * depth):
        run = line[at : at + _LONGEST_RUN * depth]
        count = len(run) // depth
        runs.append(257 - count if count > 1 else 0)  # a single pixel is one "repeated" once
        runs += run
    whole, rest = divmod(times, 256)
    return (b"\xff" + runs) * whole + (bytes([rest - 1]) + runs if rest else b"")


def _pdf(lying: Pillow.Image, dpi: int) -> bytes:
    """One page of the card's size, filled by the picture."""
    width, height = lying.size
    across, along = width * 72 / dpi, height * 72 / dpi
    space = "/DeviceRGB" if lying.mode == "RGB" else "/DeviceGray"
    page = f"/MediaBox [0 0 {across:.3f} {along:.3f}] /Resources << /XObject << /I 5 0 R >> >> /Contents 4 0 R"
    pixels = f"/Width {width} /Height {height} /ColorSpace {space} /BitsPerComponent 8 /Filter /FlateDecode"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {page} >>".encode(),
        _stream("", f"{across:.3f} 0 0 {along:.3f} 0 0 cm /I Do".encode()),
        _stream(f"/Type /XObject /Subtype /Image {pixels}", zlib.compress(lying.tobytes())),
    ]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    entries = "".join(f"{place:010d} 00000 n \n" for place in places)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{entries}"
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return bytes(out) + (table + trailer).encode()


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
