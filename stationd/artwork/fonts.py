"""Fonts by way of Pillow: found once, measured in ems, and each glyph drawn once per size.

Pillow's basic layout engine is enough for Latin capitals and does not depend on an optional library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from stationd.artwork.errors import FontMissing
from stationd.artwork.fit import Ink
from stationd.artwork.layout import Font, Layout

_EM = 2000  # pixels; glyphs measured at this size are exact to a two-thousandth of an em
_SAMPLE = 40  # pixels; large enough to tell a glyph from the box that stands for a missing one
_ABSENT = "\U0010ffff"  # never assigned: every font answers with its box for missing glyphs


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawn character: its ink (L, 255 is full) and where that lies from the pen, in pixels, y downwards."""

    ink: Image.Image
    x: int
    y: int


class Typeface:
    """One font file. Implements `stationd.artwork.arrange.Face`."""

    def __init__(self, path: str) -> None:
        self._master = ImageFont.truetype(path, _EM, layout_engine=ImageFont.Layout.BASIC)
        self._sample = self._master.font_variant(size=_SAMPLE)
        self._missing = bytes(self._sample.getmask(_ABSENT))
        # The caches live as long as the typeface, which lives as long as the process; characters and sizes are few.
        self._extent = lru_cache(maxsize=1024)(self._measure)
        self.draws = lru_cache(maxsize=1024)(self._draws)
        self.glyph = lru_cache(maxsize=1024)(self._draw)
        self._at = lru_cache(maxsize=32)(lambda size: self._master.font_variant(size=size))

    def advance(self, character: str) -> float:
        """How far the pen moves, in ems."""
        return self._extent(character)[0]

    def ink(self, line: str) -> Ink:
        """Measure a line, in ems."""
        pen = left = above = right = below = 0.0
        for character in line:
            advance, (x0, y0, x1, y1) = self._extent(character)
            left, above = max(left, -(pen + x0)), max(above, -y0)
            right, below = max(right, pen + x1), max(below, y1)
            pen += advance
        return Ink(left, above, max(right, pen), below)

    def _measure(self, character: str) -> tuple[float, tuple[float, float, float, float]]:
        x0, y0, x1, y1 = self._master.getbbox(character, anchor="ls")
        return self._master.getlength(character) / _EM, (x0 / _EM, y0 / _EM, x1 / _EM, y1 / _EM)

    def _draws(self, character: str) -> bool:
        if character == " ":
            return True
        mask = bytes(self._sample.getmask(character))
        return bool(mask) and mask != self._missing

    def _draw(self, character: str, size: float) -> Glyph:
        font = self._at(size)
        x0, y0, x1, y1 = (round(edge) for edge in font.getbbox(character, anchor="ls"))
        ink = Image.new("L", (max(1, x1 - x0), max(1, y1 - y0)))
        ImageDraw.Draw(ink).text((-x0, -y0), character, font=font, fill=255, anchor="ls")
        return Glyph(ink, x0, y0)


def typefaces(layout: Layout) -> Mapping[str, Typeface]:
    """Open a layout's fonts, by family. Raises `FontMissing`."""
    return {family: _typeface(family, font) for family, font in layout.fonts.items()}


def _typeface(family: str, font: Font) -> Typeface:
    for path in _present(font):
        try:
            return _open(path)
        except OSError:  # there, but no font: the next may be one
            continue
    raise FontMissing(family, font.files, font.package)


def _present(font: Font) -> Iterator[str]:
    return (path for path in font.files if Path(path).is_file())


@lru_cache(maxsize=16)
def _open(path: str) -> Typeface:
    return Typeface(path)
