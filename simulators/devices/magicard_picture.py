"""The planes of a Magicard job, and the picture that they leave on a card.

A plane is one line after another along the card; a line is one row of bits for each bit of a pixel, lowest first; a
row is as the head wants it (`Layout`). Pixels of a line count from the card's lower edge: read so, neither of the
two captured jobs nor Gutenprint's output is a mirror image, and the document gives corners from the bottom left, too.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageChops

from simulators.devices.magicard_data import (
    CANVAS,
    CARD_HEIGHT,
    COLOUR_BITS,
    HEAD_CENTRE,
    LINE_BYTES,
    Layout,
    Model,
)

PANELS = ("yellow", "magenta", "cyan", "black", "overcoat")
_LOWER_HALF = 288
_WORD = 4


def bits_of(ink: str) -> int:
    """Bits of a pixel of an ink."""
    return 1 if ink == "black" else COLOUR_BITS


def plane(model: Model, data: bytes, bits: int) -> Image.Image:
    """Return a plane as it lies on the card, upright: `lines` × 672 pixels, 0 to 255 of ink.

    Raises:
        ValueError: the data has another size than such a plane.
    """
    row = LINE_BYTES[model.layout]
    if len(data) != model.plane_bytes(bits):
        raise ValueError(f"a plane of {len(data)} bytes where {model.plane_bytes(bits)} belong")
    lines = Image.frombytes("1", (row * 8 * bits, model.lines), _highest_first(data, model.layout))
    dots = Image.new("L", (row * 8, model.lines))
    for bit in range(bits):
        weight = 1 << bit
        seen = lines.crop((bit * row * 8, 0, (bit + 1) * row * 8, model.lines)).convert("L")
        dots = ImageChops.add(dots, seen.point([0] * 255 + [weight]))
    most = (1 << bits) - 1
    full = [min(value, most) * 255 // most for value in range(256)]
    return _in_order(dots.point(full), model.layout).transpose(Image.Transpose.ROTATE_90)


def _highest_first(data: bytes, layout: Layout) -> bytes:
    """Turn words around whose first pixel is in the lowest bit."""
    if layout != "alto":
        return data
    words = bytearray(len(data))
    reverse = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
    for place in range(_WORD):
        words[place::_WORD] = data[_WORD - 1 - place :: _WORD].translate(reverse)
    return bytes(words)


def _in_order(dots: Image.Image, layout: Layout) -> Image.Image:
    """Put the pixels of lines in their order: the head of two halves takes them by turns."""
    if layout == "rio":
        return dots
    half = dots.width // 2
    sent = dots.tobytes()
    lower = Image.frombytes("L", (half, dots.height), sent[0::2])
    upper = Image.frombytes("L", (half, dots.height), sent[1::2])
    lines = Image.new("L", (CANVAS, dots.height))
    lines.paste(lower.crop((half - _LOWER_HALF, 0, half, dots.height)), (0, 0))
    lines.paste(upper, (_LOWER_HALF, 0))
    return lines


def develop(model: Model, planes: Mapping[str, bytes], printed: Mapping[str, float], head_position: int) -> bytes:
    """Return the PNG that a print leaves on a white card, upright and cropped to the card.

    Args:
        model: gives the head.
        planes: by ink.
        printed: how much of the card's length each ink was put on, 0 to 1, from the left; those not named were not.
        head_position: of this machine.
    """
    inks = {ink: _cut(plane(model, data, bits_of(ink)), printed.get(ink, 0.0)) for ink, data in planes.items()}
    paper = Image.new("L", (model.lines, CANVAS), 255)
    seen = {ink: ImageChops.invert(dots) for ink, dots in inks.items()}
    black = seen.get("black", paper)
    picture = Image.merge(
        "RGB", [ImageChops.multiply(seen.get(ink, paper), black) for ink in ("cyan", "magenta", "yellow")]
    )
    below = (CANVAS - CARD_HEIGHT) // 2 + HEAD_CENTRE - head_position
    top = CANVAS - below - CARD_HEIGHT
    card = Image.new("RGB", (model.lines, CARD_HEIGHT), "white")
    card.paste(picture, (0, -top))
    png = io.BytesIO()
    card.save(png, "PNG", compress_level=1)
    return png.getvalue()


def _cut(dots: Image.Image, part: float) -> Image.Image:
    if part >= 1.0:
        return dots
    width = int(dots.width * part)
    cut = Image.new("L", dots.size)
    cut.paste(dots.crop((0, 0, width, dots.height)), (0, 0))
    return cut
