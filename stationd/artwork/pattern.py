"""A test print: rulers, registration marks, greys and colours, made by code alone. It shows nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image as Pixels
from PIL import ImageDraw, ImageFont

from drivers.printer import Image, Raster
from stationd.artwork.geometry import CARD_HEIGHT, CARD_WIDTH, card_pixels, px
from stationd.artwork.render import Front
from stationd.artwork.separate import separate

INSET: Final = 2.0
"""Millimetres between the card's edge and the rulers: what the two differ by is what calibration has to set right."""

_TICKS: Final = ((10, 3.0), (5, 2.0), (1, 1.0))  # every so many millimetres a tick of that length
_STEPS: Final = 11  # of each wedge, from none to full
_WEDGES: Final = ((0, 1, 1), (1, 0, 1), (1, 1, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0, 0))
"""Which of red, green and blue a wedge leaves white: cyan, magenta, yellow, blue, green, red, grey."""
_MARKS: Final = tuple((x, y) for x in (12.0, CARD_WIDTH - 12.0) for y in (12.0, CARD_HEIGHT - 12.0))
_TEXT: Final = 2.4  # millimetres high


def pattern(raster: Raster, said: Sequence[str]) -> Image:
    """Draw the test print for a machine.

    Args:
        raster: the machine's.
        said: lines of plain text to show in the middle: which machine, which calibration.

    Raises:
        stationd.artwork.errors.RasterUnfit: as for any card.
    """
    dpi = raster.dpi
    black = Pixels.new("L", card_pixels(dpi))
    picture = Pixels.new("RGB", black.size, "white")
    _wedges(ImageDraw.Draw(picture), dpi)
    ink = ImageDraw.Draw(black)
    _rulers(ink, dpi)
    for x, y in _MARKS:
        _mark(ink, px(x, dpi), px(y, dpi), dpi)
        _mark(ImageDraw.Draw(picture), px(x, dpi), px(y, dpi), dpi, "black")  # of three colours, under the black one
    font = ImageFont.load_default(px(_TEXT, dpi))
    for number, line in enumerate(said):
        ink.text((px(20, dpi), px(38 + number * (_TEXT + 0.4), dpi)), line, fill=255, font=font)
    return separate(Front(dpi, black, picture, (0, 0)), raster)


def _rulers(ink: ImageDraw.ImageDraw, dpi: int) -> None:
    """A ruler along each edge, counted from the middle: what is off on one side is off on the other."""
    left, upper, right, lower = (px(at, dpi) for at in (INSET, INSET, CARD_WIDTH - INSET, CARD_HEIGHT - INSET))
    ink.rectangle((left, upper, right, lower), outline=255)
    for along, across, vertical in ((CARD_WIDTH, CARD_HEIGHT, False), (CARD_HEIGHT, CARD_WIDTH, True)):
        reach = int(along / 2 - INSET)
        for step in range(-reach, reach + 1):
            length = next(length for every, length in _TICKS if step % every == 0)
            at = px(along / 2 + step, dpi)
            for start, end in ((INSET, INSET + length), (across - INSET - length, across - INSET)):
                ends = (px(start, dpi), px(end, dpi))
                ink.line((ends[0], at, ends[1], at) if vertical else (at, ends[0], at, ends[1]), fill=255)


def _wedges(colour: ImageDraw.ImageDraw, dpi: int) -> None:
    """Wedges of every pure colour, of their pairs and of grey, in steps from none to full."""
    width, height, top = 5.0, 2.6, 17.0
    for row, wedge in enumerate(_WEDGES):
        for step in range(_STEPS):
            light = round(255 * (1 - step / (_STEPS - 1)))
            x, y = 16 + step * width, top + row * height
            box = (px(x, dpi), px(y, dpi), px(x + width, dpi) - 1, px(y + height, dpi) - 1)
            colour.rectangle(box, fill=(_part(wedge[0], light), _part(wedge[1], light), _part(wedge[2], light)))


def _part(white: int, light: int) -> int:
    return 255 if white else light


def _mark(ink: ImageDraw.ImageDraw, x: int, y: int, dpi: int, fill: int | str = 255) -> None:
    """A cross in a circle: where the panels lie apart it is seen twice."""
    reach, radius = px(2.5, dpi), px(1.5, dpi)
    ink.line((x - reach, y, x + reach, y), fill=fill)
    ink.line((x, y - reach, x, y + reach), fill=fill)
    ink.ellipse((x - radius, y - radius, x + radius, y + radius), outline=fill)
