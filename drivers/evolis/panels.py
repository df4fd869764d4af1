"""A panel as the download wants it: turned, reduced to so many levels, and packed bit to bit.

From the Guide: always 648 × 1016 points, each of 1, 5, 6 or 7 bits, joined so that every bit is used; 1 prints
(`Wcb;o;255` fills the overlay). The turn is that of the Perl driver in `dpavlin/Printer-EVOLIS`: the upright landscape
by 90° clockwise, 81 bytes a line, most significant bit first.

The Guide contradicts itself on the size: its formula gives 82,296 bytes a bit, the numbers beside it 84,624. The jobs
captured from the vendor's driver have 1016 lines of 81 bytes, and the Perl driver prints with 82,296: that is sent.

Uncertain: that the colours' bits are joined most significant first, too, and that their level 0 is no ink, as in the
Guide's compressed form, where 0 stands for a white line.
"""

from __future__ import annotations

from typing import Final

from PIL import Image

WIDTH: Final = 1016  # of the upright card, in points
HEIGHT: Final = 648
DPI: Final = 300
BITS: Final = {2: 1, 32: 5, 64: 6, 128: 7}  # levels → bits a point
_POINTS: Final = WIDTH * HEIGHT
_LANE: Final = 64  # bits in which eight points are gathered


def size(levels: int) -> int:
    """Bytes of a packed panel."""
    return _POINTS * BITS[levels] // 8


def card(levels: int) -> int:
    """Bytes of all the panels of a card: three colours, black and overcoat."""
    return 3 * size(levels) + 2 * size(2)


def packed(upright: bytes, levels: int) -> bytes:
    """Pack one panel of the upright card.

    Args:
        upright: 1016 × 648 bytes, 0 no ink and 255 full ink.
        levels: 2, 32, 64 or 128.
    """
    turned = Image.frombytes("L", (WIDTH, HEIGHT), upright).transpose(Image.Transpose.ROTATE_270).tobytes()
    bits = BITS[levels]
    value = int.from_bytes(turned.translate(bytes(level >> (8 - bits) for level in range(256))), "big")
    # The whole panel is one number, and neighbours close up in three steps: to pairs, to fours, to eights.
    lane = 8
    while lane < _LANE:
        low = _repeated((1 << bits) - 1, 2 * lane)
        value = (value >> (lane - bits)) & (low << bits) | value & low
        lane, bits = 2 * lane, 2 * bits
    lanes, used = value.to_bytes(_POINTS, "big"), bits // 8
    whole = bytearray(size(levels))
    for place in range(used):
        whole[place::used] = lanes[8 - used + place :: 8]
    return bytes(whole)


def _repeated(pattern: int, every: int) -> int:
    """A number as wide as a panel that has the pattern in every so many bits."""
    return int.from_bytes(pattern.to_bytes(every // 8, "big") * (8 * _POINTS // every), "big")
