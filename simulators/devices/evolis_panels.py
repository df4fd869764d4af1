"""A card's side under the head of an Evolis machine: panels as they are sent, and the picture that they leave."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageChops

from simulators.devices.evolis_data import BITS, COLUMNS, LINES

SIZE = (COLUMNS, LINES)
FULL = 255
WIDTH = COLUMNS // 8
"""Bytes of a line of black or overcoat."""


def decode(data: bytes, levels: int) -> Image.Image:
    """Return a panel as ink, 0 to 255 a pixel.

    Pixels follow each other line by line without gaps, each most significant bit first (Programming Guide, `Db`).
    A set bit of black or overcoat is ink, as in the files of `dpavlin/Printer-EVOLIS`; a higher level is more ink.

    Args:
        data: exactly as many bytes as the guide gives for that many levels.
        levels: 2, 32, 64 or 128.
    """
    bits = BITS[levels]
    row = Image.frombytes("1", (COLUMNS * bits, LINES), data).convert("L").tobytes()
    ink = Image.new("L", SIZE)
    for number in range(bits):
        weight = 1 << (bits - 1 - number)
        plane = Image.frombytes("L", SIZE, row[number::bits])
        ink = ImageChops.add(ink, plane.point([0] + [weight] * FULL))
    return ink.point([min(FULL, round(level * FULL / (levels - 1))) for level in range(FULL + 1)])


def unpack(data: bytes) -> bytes:
    """Return black or overcoat as `Db` has it from the form in which `Dbc` has it. Raises `ValueError`.

    Each line begins with a byte: 0 for a white line, 255 for a black one, else how many bytes of the line follow; the
    rest of it is white (Programming Guide, "Data compression"; captures in `dpavlin/Printer-EVOLIS`).
    """
    lines = []
    at = 0
    while at < len(data):
        count = data[at]
        if count not in {0, FULL} and (count > WIDTH or at + count >= len(data)):
            raise ValueError(f"a line of {count} bytes cannot be at {at}")
        useful = b"" if count in {0, FULL} else data[at + 1 : at + 1 + count]
        lines.append(b"\xff" * WIDTH if count == FULL else useful.ljust(WIDTH, b"\0"))
        at += 1 + len(useful)
    if len(lines) != LINES:
        raise ValueError(f"a panel has {LINES} lines, this one {len(lines)}")
    return b"".join(lines)


def cut(ink: Image.Image, fraction: float) -> Image.Image:
    """Return what of a panel is on the card if the machine stops after so much of the card's length."""
    kept = Image.new("L", SIZE)
    lines = int(LINES * fraction)
    kept.paste(ink.crop((0, 0, COLUMNS, lines)), (0, 0))
    return kept


def develop(layers: Mapping[str, Image.Image]) -> bytes:
    """Return the PNG that panels (`y`, `m`, `c`, `k`; overcoat is not seen) leave on a white card, upright.

    A line of 648 pixels lies across the card. The picture is turned as in the files of `dpavlin/Printer-EVOLIS`: its
    upper edge is at the end of each line.
    """
    paper = Image.new("L", SIZE, FULL)

    def seen(panel: str) -> Image.Image:
        return ImageChops.invert(layers[panel]) if panel in layers else paper

    black = seen("k")
    picture = Image.merge("RGB", [ImageChops.multiply(seen(ink), black) for ink in "cmy"])
    png = io.BytesIO()
    picture.transpose(Image.Transpose.ROTATE_90).save(png, "PNG", compress_level=1)
    return png.getvalue()
