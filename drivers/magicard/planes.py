"""A picture's panels as the print head of the Enduro family wants them.

Facts (*doc* and *filter* as in `protocol`; every one was held against the job in `magicard.prn`):

- A colour plane is 1016 lines, one for each column of the card, left to right. A line is six rows of bits, the least
  significant of the upper six bits of a dye's 8 first; the black plane has one row. A row is 24 big-endian words: 768
  bits. That makes 585 216 and 97 536 bytes.
- A row holds a canvas of 672 dots: dots 0 to 287 on the even bits, counted from the most significant one, of words 6 to
  23, dots 288 to 671 on the odd bits of words 0 to 23.
- The 642 dots of the card lie in the canvas at 65 less the head's position, which is kept between 35 and 65 (filter);
  50 puts them in the middle.
- Dot 0 is at the *bottom* of the card: the picture in `magicard.prn` stands on its head otherwise, the captured one
  as well, and the corners of overcoat areas are counted from the bottom left (doc). The captured driver turns its
  picture by 180° besides; which end of a card goes in first is not said anywhere.
"""

from __future__ import annotations

from typing import Final

from PIL import Image as Pixels

WIDTH: Final = 1016
HEIGHT: Final = 642

_ON_EVEN: Final = 288  # dots of the canvas on even bits
_EVEN_START: Final = 96  # even bits left free at the start of a row: words 0 to 5
_HALF: Final = 384  # even bits, and odd bits, of a row
_ROW: Final = 2 * _HALF
_ROW_BYTES: Final = _ROW // 8
_CHUNK: Final = _ROW * 127  # so many lines of dots are turned at once: one big number, which still fits a cache
_MIDDLE, _REACH = 50, 15  # of the head's position, and how far it may be from there

_COLOUR_BITS: Final = range(2, 8)
_BLACK_BITS: Final = range(7, 8)  # the uppermost: half ink is ink

# Turning blocks of eight bytes into eight rows of bits: three rounds of swaps, each a distance and the bits to move.
_SWAPS: Final = tuple(
    (distance, int.from_bytes(bytes.fromhex(mask) * (_CHUNK // 8)))
    for distance, mask in ((7, "00AA00AA00AA00AA"), (14, "0000CCCC0000CCCC"), (28, "00000000F0F0F0F0"))
)


def colour_plane(panel: bytes, head_position: int) -> bytes:
    """Make the plane of a dye.

    Args:
        panel: 1016 × 642 bytes, row by row from the top left; 0 is no ink, 255 full ink.
        head_position: as the machine tells it.
    """
    return _plane(panel, head_position, _COLOUR_BITS)


def black_plane(panel: bytes, head_position: int) -> bytes:
    """Make the plane of the black resin, which is laid or not: from half ink on it is."""
    return _plane(panel, head_position, _BLACK_BITS)


def margin(head_position: int) -> int:
    """Return the canvas's dot at which the card begins. A machine that tells 0 has not been adjusted (filter)."""
    position = head_position or _MIDDLE
    return _MIDDLE + _REACH - min(max(position, _MIDDLE - _REACH), _MIDDLE + _REACH)


def rectangle(panel: bytes) -> tuple[int, int, int, int] | None:
    """Return the least rectangle around a panel's ink (left, top, right and bottom, the last two outside); or None."""
    return Pixels.frombytes("L", (WIDTH, HEIGHT), panel).getbbox()


def _plane(panel: bytes, head_position: int, bits: range) -> bytes:
    dots = _dots(panel, head_position)
    blocks = b"".join(_transposed(dots[start : start + _CHUNK]) for start in range(0, len(dots), _CHUNK))
    lines = Pixels.new("L", (_ROW_BYTES * len(bits), WIDTH))
    for place, bit in enumerate(bits):
        rows = Pixels.frombytes("L", (_ROW_BYTES, WIDTH), blocks[7 - bit :: 8])
        lines.paste(rows, (place * _ROW_BYTES, 0))
    return lines.tobytes()


def _dots(panel: bytes, head_position: int) -> bytearray:
    """Lay the card's columns into the canvas: a byte for every bit of a row."""
    upright = Pixels.frombytes("L", (WIDTH, HEIGHT), panel)
    # Turned clockwise, a row is a column of the card, from its bottom.
    columns = upright.transpose(Pixels.Transpose.ROTATE_270)
    at = margin(head_position)
    even, odd = Pixels.new("L", (_HALF, WIDTH)), Pixels.new("L", (_HALF, WIDTH))
    even.paste(columns.crop((0, 0, _ON_EVEN - at, WIDTH)), (_EVEN_START + at, 0))
    odd.paste(columns.crop((_ON_EVEN - at, 0, HEIGHT, WIDTH)), (0, 0))
    dots = bytearray(_ROW * WIDTH)
    dots[::2], dots[1::2] = even.tobytes(), odd.tobytes()
    return dots


def _transposed(chunk: bytes | bytearray) -> bytes:
    """Transpose every block of eight bytes as a matrix of bits: its first byte gets the uppermost bit of all eight."""
    word = int.from_bytes(chunk)
    for distance, mask in _SWAPS:
        differing = (word ^ (word >> distance)) & mask
        word ^= differing ^ (differing << distance)
    return word.to_bytes(len(chunk))
