"""Pages in PWG Raster (PWG 5102.4), which is what a print queue sends a printer that speaks IPP."""

from __future__ import annotations

import struct

from PIL import Image

SYNC = b"RaS2"
HEADER = 1796
_SIZE = struct.Struct(">II")
_FORM = struct.Struct(">IIIII")
_WIDTH_AT, _FORM_AT = 372, 384
_MODES = {8: ("L", 1), 24: ("RGB", 3)}
_FILL, _LITERAL = 128, 129


class NotRaster(ValueError):
    """The bytes are no page in PWG Raster, or of a kind that no card printer takes."""


def first_page(data: bytes) -> Image.Image:
    """Return the first page. Raises `NotRaster`."""
    if not data.startswith(SYNC) or len(data) < len(SYNC) + HEADER:
        raise NotRaster("no PWG Raster header")
    header = data[len(SYNC) : len(SYNC) + HEADER]
    width, height = _SIZE.unpack_from(header, _WIDTH_AT)
    _, bits, line, order, _ = _FORM.unpack_from(header, _FORM_AT)
    if bits not in _MODES or order != 0:
        raise NotRaster(f"{bits} bits a pixel in order {order}")
    mode, size = _MODES[bits]
    if not 0 < width * height <= 1 << 26 or line != width * size:
        raise NotRaster(f"{width} x {height} pixels in lines of {line} bytes")
    return Image.frombytes(mode, (width, height), _unpack(data[len(SYNC) + HEADER :], line, height, size))


def _unpack(packed: bytes, line: int, height: int, size: int) -> bytes:
    """Undo the compression: each line says how often it comes, then runs of one pixel and of different ones."""
    page = bytearray()
    at = 0
    try:
        while len(page) < line * height:
            times = packed[at] + 1
            at += 1
            row = bytearray()
            while len(row) < line:
                code = packed[at]
                at += 1
                if code < _FILL:
                    row += packed[at : at + size] * (code + 1)
                    at += size
                elif code == _FILL:
                    row += b"\xff" * (line - len(row))
                else:
                    count = (257 - code) * size
                    row += packed[at : at + count]
                    at += count
                if at > len(packed):
                    raise NotRaster("it ends amid a line")
            if len(row) != line:
                raise NotRaster("a line is too long")
            page += row * times
    except IndexError:
        raise NotRaster("it ends amid a page") from None
    return bytes(page[: line * height])
