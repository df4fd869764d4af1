"""A card's front as pixels: the picture for the colour panels, the black for the resin panel.

Nothing drawn is kept: what a card took is freed with its `Front`. Only fonts and their glyphs stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from stationd.artwork import pictures
from stationd.artwork.arrange import Placed, arrange
from stationd.artwork.fonts import Typeface, typefaces
from stationd.artwork.geometry import MM_PER_INCH, MM_PER_POINT, card_pixels
from stationd.artwork.layout import Layout
from stationd.model.card import CardData

# Pillow puts a glyph on whole pixels. Type for a coarser machine is set on a finer raster and reduced, so that the
# letters of a line keep their distances.
_FINE_DPI = 600
_CHECK_DPI = 100

# What the labels and values of this layout's language and its neighbours are written with.
_COMMON = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;'’()/-+"


@dataclass(frozen=True, slots=True)
class Front:
    """A card's front at one resolution.

    Attributes:
        dpi: pixels an inch.
        black: L, of the card's size: text and signature; 255 is full ink.
        picture: RGB, of its place's size; the rest of the card has no colour.
        at: where on the card the picture's upper left corner lies, in pixels.
    """

    dpi: int
    black: Image.Image = field(repr=False)
    picture: Image.Image = field(repr=False)
    at: tuple[int, int]


def compose(layout: Layout, card: CardData, photo: bytes, signature: bytes, dpi: int) -> Front:
    """Draw a card's front.

    Args:
        layout: what goes where.
        card: the texts.
        photo: a JPEG.
        signature: a PNG, dark on light or on transparency.
        dpi: the machine's resolution, 100 to 1200.

    Raises:
        CannotFit: a text is too long for its place.
        NoGlyph: a font lacks a character.
        BadPicture: the photo or the signature cannot be used.
        FontMissing: a font of the layout is not installed.
    """
    faces = typefaces(layout)
    placed = arrange(layout, card, faces)
    photo_box = layout.photo.box.pixels(dpi)
    sign_box = layout.signature.box.pixels(dpi)
    picture = pictures.photo(photo, _size(photo_box), layout.photo)
    strokes = pictures.signature(signature, _size(sign_box), layout.signature)
    black = _type(placed, faces, dpi)
    black.paste(strokes, sign_box)
    return Front(dpi, black, picture, photo_box[:2])


def check(layout: Layout, card: CardData, photo: bytes, signature: bytes) -> None:
    """Find out whether a card can be drawn, without drawing it. Raises as `compose`."""
    arrange(layout, card, typefaces(layout))
    pictures.photo(photo, _size(layout.photo.box.pixels(_CHECK_DPI)), layout.photo)
    pictures.signature(signature, _size(layout.signature.box.pixels(_CHECK_DPI)), layout.signature)


def warm(layout: Layout) -> None:
    """Load the layout's fonts and measure the common letters, so that the first card does not wait for that."""
    for face in typefaces(layout).values():
        face.ink(_COMMON)
        for character in _COMMON:
            face.draws(character)


def _size(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _type(placed: Sequence[Placed], faces: Mapping[str, Typeface], dpi: int) -> Image.Image:
    """Draw every line of type; L, 255 is full ink."""
    times = max(1, -(-_FINE_DPI // dpi))
    fine = dpi * times
    width, height = card_pixels(dpi)
    mask = Image.new("L", (width * times, height * times))
    for text in placed:
        face, em = faces[text.font], text.size * MM_PER_POINT * fine / MM_PER_INCH
        for line in text.lines:
            pen, y = line.x * fine / MM_PER_INCH, round(line.baseline * fine / MM_PER_INCH)
            for character in line.text:
                if character != " ":
                    glyph = face.glyph(character, em)
                    # Full ink through the glyph as a mask: neighbours that touch do not rub each other out.
                    mask.paste(255, (round(pen) + glyph.x, y + glyph.y), glyph.ink)
                pen += face.advance(character) * em
    return mask if times == 1 else mask.reduce(times)
