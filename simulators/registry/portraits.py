"""Drawn faces and signatures: pictures with the size and look of the real ones, of nobody."""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

RED: Colour = (196, 30, 38)
BLUE: Colour = (34, 82, 168)
_SKINS: tuple[Colour, ...] = ((247, 214, 180), (232, 190, 148), (214, 166, 120), (186, 134, 92), (148, 100, 66))
_CLOTHES: tuple[Colour, ...] = (
    (245, 245, 240),
    (90, 98, 112),
    (120, 60, 40),
    (40, 90, 70),
    (214, 196, 150),
    (70, 60, 110),
)
_SCARVES: tuple[Colour, ...] = ((236, 230, 220), (70, 80, 96), (150, 110, 130), (96, 130, 120), (200, 170, 110))
_INK: Colour = (44, 30, 26)
_SCALE = 3  # drawn larger and scaled down, for smooth edges


@dataclass(frozen=True, slots=True)
class Looks:
    """How a face is drawn.

    Attributes:
        female: chooses among hair and head coverings.
        age: in years; hair greys.
        background: the wall behind, red for odd and blue for even birth years.
    """

    female: bool
    age: int
    background: Colour


class _Pencil:
    """A picture 300 by 400 in the drawer's units, whatever the real scale."""

    def __init__(self, background: Colour) -> None:
        self.image = Image.new("RGB", (300 * _SCALE, 400 * _SCALE), background)
        self._draw = ImageDraw.Draw(self.image)

    @staticmethod
    def _scaled(points: tuple[float, ...]) -> list[float]:
        return [p * _SCALE for p in points]

    def oval(self, *box: float, fill: Colour, outline: Colour | None = None, width: int = 1) -> None:
        self._draw.ellipse(self._scaled(box), fill=fill, outline=outline, width=width * _SCALE)

    def ring(self, *box: float, outline: Colour, width: int) -> None:
        self._draw.ellipse(self._scaled(box), outline=outline, width=width * _SCALE)

    def half(self, *box: float, start: float, end: float, fill: Colour) -> None:
        self._draw.chord(self._scaled(box), start, end, fill=fill)

    def arc(self, *box: float, start: float, end: float, fill: Colour, width: int) -> None:
        self._draw.arc(self._scaled(box), start, end, fill=fill, width=width * _SCALE)

    def area(self, *points: float, fill: Colour) -> None:
        self._draw.polygon(self._scaled(points), fill=fill)

    def block(self, *box: float, radius: float, fill: Colour) -> None:
        self._draw.rounded_rectangle(self._scaled(box), radius * _SCALE, fill=fill)

    def line(self, *points: float, fill: Colour, width: int) -> None:
        self._draw.line(self._scaled(points), fill=fill, width=width * _SCALE)


def _shade(colour: Colour, factor: float) -> Colour:
    r, g, b = (max(0, min(255, round(c * factor))) for c in colour)
    return r, g, b


def _hair_colour(rng: random.Random, age: int) -> Colour:
    grey = max(0.0, min(1.0, (age - 40 + rng.uniform(-8, 8)) / 35))
    dark = rng.choice(((28, 22, 20), (46, 32, 24), (20, 20, 24)))
    r, g, b = (round(d + (205 - d) * grey) for d in dark)
    return r, g, b


def draw_portrait(rng: random.Random, looks: Looks) -> Image.Image:
    """Draw a friendly face and shoulders, 300 by 400 pixels, three by four as passport photos are."""
    pencil = _Pencil(looks.background)
    skin = rng.choice(_SKINS)
    hair = _hair_colour(rng, looks.age)
    half = rng.uniform(60, 70)  # half the face's width
    chin = rng.uniform(262, 276)
    covered = looks.female and rng.random() < 0.6  # noqa: PLR2004 - a share of women
    long_hair = looks.female and not covered
    if long_hair:
        length = rng.choice((255, 300, 345))
        pencil.block(150 - half - 16, 120, 150 + half + 16, length, radius=50, fill=hair)
    _shoulders(pencil, rng, skin, collar=not covered)
    scarf = rng.choice(_SCARVES)
    if covered:
        pencil.oval(150 - half - 26, 70, 150 + half + 26, chin + 40, fill=scarf)
        pencil.area(150 - half - 22, 220, 150 + half + 22, 220, 150 + half + 50, 372, 150 - half - 50, 372, fill=scarf)
        pencil.arc(110, 250, 190, 330, start=20, end=160, fill=_shade(scarf, 0.8), width=3)
    else:
        for side in (-1, 1):
            centre = 150 + side * half
            pencil.oval(centre - 12, 186, centre + 12, 222, fill=_shade(skin, 0.92))
    pencil.oval(150 - half, 104, 150 + half, chin, fill=skin)
    if covered:
        pencil.half(150 - half - 4, 98, 150 + half + 4, 250, start=205, end=335, fill=_shade(scarf, 0.88))
    else:
        _hair(pencil, rng, looks, hair, half)
    _features(pencil, rng, looks, skin, hair)
    return pencil.image.reduce(_SCALE)


def _shoulders(pencil: _Pencil, rng: random.Random, skin: Colour, *, collar: bool) -> None:
    cloth = rng.choice(_CLOTHES)
    broad = rng.uniform(118, 136)
    pencil.block(150 - broad, 318, 150 + broad, 480, radius=62, fill=cloth)
    pencil.block(122, 240, 178, 334, radius=22, fill=_shade(skin, 0.88))
    if collar:
        pencil.area(122, 312, 150, 350, 178, 312, fill=_shade(skin, 0.88))
        pencil.area(116, 306, 150, 352, 128, 372, 104, 326, fill=_shade(cloth, 0.86))
        pencil.area(184, 306, 150, 352, 172, 372, 196, 326, fill=_shade(cloth, 0.86))
        pencil.line(150, 352, 150, 400, fill=_shade(cloth, 0.75), width=2)


def _hair(pencil: _Pencil, rng: random.Random, looks: Looks, hair: Colour, half: float) -> None:
    if looks.female:
        pencil.half(150 - half - 8, 88, 150 + half + 8, 236, start=185, end=355, fill=hair)
        parting = rng.choice((-18, 0, 18))
        pencil.line(150 + parting, 92, 150 + parting, 118, fill=_shade(hair, 1.5), width=2)
        return
    style = rng.choice(("short", "side", "cap", "thin"))
    if style == "cap":  # a peci
        pencil.block(150 - half - 4, 84, 150 + half + 4, 150, radius=16, fill=(24, 22, 26))
        pencil.line(150 - half, 146, 150 + half, 146, fill=(60, 56, 60), width=2)
    elif style == "thin":
        for side in (-1, 1):
            edge = 150 + side * half
            pencil.oval(edge - 10, 140, edge + 10, 196, fill=hair)
        pencil.half(150 - half, 100, 150 + half, 190, start=212, end=328, fill=hair)
    else:
        pencil.half(150 - half - 5, 84, 150 + half + 5, 226, start=192, end=348, fill=hair)
        if style == "side":
            pencil.half(150 - half - 2, 90, 150 + 30, 176, start=170, end=330, fill=hair)


def _features(pencil: _Pencil, rng: random.Random, looks: Looks, skin: Colour, hair: Colour) -> None:
    apart = rng.uniform(27, 33)
    eye = rng.uniform(7.5, 9.5)
    brow = _shade(hair, 0.9)
    glasses = rng.random() < (0.5 if looks.age > 45 else 0.15)  # noqa: PLR2004 - reading age
    for side in (-1, 1):
        x = 150 + side * apart
        pencil.oval(x - eye * 1.6, 190 - eye * 0.9, x + eye * 1.6, 190 + eye * 0.9, fill=(250, 250, 250))
        pencil.oval(x - eye * 0.8, 190 - eye * 0.8, x + eye * 0.8, 190 + eye * 0.8, fill=_INK)
        pencil.arc(x - eye * 2, 164, x + eye * 2, 184, start=200, end=340, fill=brow, width=2 if looks.female else 4)
        if glasses:
            pencil.ring(x - 25, 171, x + 25, 211, outline=(50, 50, 56), width=3)
    if glasses:
        pencil.line(150 - apart + 24, 188, 150 + apart - 24, 188, fill=(50, 50, 56), width=3)
    pencil.arc(138, 196, 162, 224, start=20, end=160, fill=_shade(skin, 0.75), width=3)
    smile = rng.uniform(20, 30)
    lips = (176, 70, 78) if looks.female else _shade(skin, 0.62)
    pencil.arc(150 - smile, 214, 150 + smile, 246, start=25, end=155, fill=lips, width=4)
    if not looks.female and rng.random() < 0.3:  # noqa: PLR2004 - a share of men
        pencil.arc(126, 222, 174, 250, start=200, end=340, fill=hair, width=6)


def jpeg(image: Image.Image, limit: int) -> bytes:
    """Encode as JPEG in the best quality that fits.

    Args:
        image: any picture; its metadata is not kept.
        limit: the most bytes allowed.

    Raises:
        ValueError: not even the poorest quality fits.
    """
    for quality in (88, 80, 70, 60, 50, 40, 30, 20):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= limit:
            return out.getvalue()
    raise ValueError(f"a {image.width} x {image.height} picture does not fit into {limit} bytes of JPEG")


def draw_signature(rng: random.Random) -> Image.Image:
    """Draw a signature, black on white, 300 by 110 pixels: a rising wave with loops, a long stroke below."""
    scale = 3
    image = Image.new("L", (300 * scale, 110 * scale), 255)
    draw = ImageDraw.Draw(image)
    waves = [(rng.uniform(5, 16), rng.uniform(4, 11), rng.uniform(0, math.tau)) for _ in range(3)]
    loop, turns = rng.uniform(10, 22), rng.uniform(5, 9)
    points: list[tuple[float, float]] = []
    for i in range(400):
        t = i / 399
        x = 24 + 240 * t + loop * math.cos(turns * math.tau * t) * (1 - t * 0.6)
        y = 58 - 14 * t + sum(a * math.sin(f * math.tau * t / 2 + p) for a, f, p in waves) * (0.5 + 0.5 * (1 - t))
        points.append((x * scale, y * scale))
    for (x1, y1), (x2, y2), i in zip(points, points[1:], range(400), strict=False):
        width = round(scale * (1.6 + 0.8 * math.sin(i / 17)))
        draw.line((x1, y1, x2, y2), fill=10, width=max(2, width))
    left, right, bow = rng.uniform(20, 60), rng.uniform(220, 285), rng.uniform(-8, 8)
    stroke = [
        ((left + (right - left) * i / 20) * scale, (94 + bow * math.sin(math.pi * i / 20)) * scale) for i in range(21)
    ]
    draw.line(stroke, fill=10, width=2 * scale, joint="curve")
    return image.reduce(scale)


def png(image: Image.Image, shades: int) -> bytes:
    """Encode as grey PNG with that many shades (a power of two up to 16)."""
    levels = image.convert("L").point([round(v / 255 * (shades - 1)) for v in range(256)])
    palette = [round(i * 255 / (shades - 1)) for i in range(shades) for _ in range(3)]
    indexed = Image.new("P", image.size)
    indexed.putpalette(palette)
    indexed.frombytes(levels.tobytes())
    out = io.BytesIO()
    indexed.save(out, "PNG", optimize=True, bits=(shades - 1).bit_length())
    return out.getvalue()
