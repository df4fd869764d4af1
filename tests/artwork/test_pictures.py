from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from stationd.artwork import pictures
from stationd.artwork.errors import BadPicture
from stationd.artwork.layout import Layout

SIZE = (227, 302)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(width: int, height: int, colour: str = "red", mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and brings few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000)))


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header promises another size."""
    data = bytearray(encode(plain(360, 480), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


BAD_PHOTOS = {
    "nothing": (b"", "not a JPEG"),
    "text": (b"not a picture at all", "not a JPEG"),
    "a PNG": (encode(plain(360, 480), "PNG"), "not a JPEG"),
    "a GIF": (encode(plain(360, 480), "GIF"), "not a JPEG"),
    "a TIFF": (encode(plain(360, 480), "TIFF"), "not a JPEG"),
    "only a start": (b"\xff\xd8\xff\xe0", "not a JPEG"),
    "half of it": (encode(plain(360, 480), "JPEG")[:900], "damaged or cut short"),
    "too few pixels": (encode(plain(90, 120), "JPEG"), "90 × 120 pixels are less than the 150 × 200"),
    "too wide": (encode(plain(800, 400), "JPEG"), "shape is 800:400"),
    "too high": (encode(plain(200, 600), "JPEG"), "shape is 200:600"),
    "a bomb": (jpeg_claiming(65_000, 65_000), "pixels are more than"),
    "too many bytes": (encode(plain(360, 480), "JPEG") + bytes(pictures.MAX_BYTES), "bytes are more than"),
}


@pytest.mark.parametrize("name", BAD_PHOTOS)
def test_a_bad_photo_is_refused_with_the_reason(layout: Layout, name: str) -> None:
    data, why = BAD_PHOTOS[name]
    with pytest.raises(BadPicture) as caught:
        pictures.photo(data, SIZE, layout.photo)
    assert caught.value.which == "photo"
    assert why in caught.value.why


BAD_SIGNATURES = {
    "nothing": (b"", "not a PNG"),
    "a JPEG": (encode(plain(300, 150), "JPEG"), "not a PNG"),
    "too few pixels": (encode(plain(30, 15), "PNG"), "less than"),
    "a bomb": (png_header(60_000, 60_000), "more than"),
    "half of it": (encode(Image.effect_noise((300, 150), 60), "PNG")[:5000], "damaged or cut short"),
    "less than it promises": (png_header(400, 200), "damaged or cut short"),
    "white on black": (encode(plain(300, 150, "black"), "PNG"), "mostly dark"),
    "16 bits": (encode(Image.new("I;16", (300, 150), 60_000), "PNG"), "more than 8 bits"),
}


@pytest.mark.parametrize("name", BAD_SIGNATURES)
def test_a_bad_signature_is_refused_with_the_reason(layout: Layout, name: str) -> None:
    data, why = BAD_SIGNATURES[name]
    with pytest.raises(BadPicture) as caught:
        pictures.signature(data, (200, 100), layout.signature)
    assert caught.value.which == "signature"
    assert why in caught.value.why


@given(st.data())
def test_a_photo_cut_short_anywhere_is_refused(layout: Layout, photo: bytes, data: st.DataObject) -> None:
    # The last few bytes hold no pixels: a decoder has the whole picture without them.
    end = data.draw(st.integers(0, len(photo) - 64))
    with pytest.raises(BadPicture):
        pictures.photo(photo[:end], SIZE, layout.photo)


@given(st.data())
@settings(max_examples=60)
def test_damaged_bytes_give_a_picture_or_a_refusal_and_nothing_else(
    layout: Layout, photo: bytes, signature: bytes, data: st.DataObject
) -> None:
    hits = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8)

    def damaged(whole: bytes) -> bytes:
        broken = bytearray(whole)
        for at, value in data.draw(hits):
            broken[at % len(broken)] = value
        return bytes(broken)

    for make in (
        lambda: pictures.photo(damaged(photo), SIZE, layout.photo),
        lambda: pictures.signature(damaged(signature), SIZE, layout.signature),
    ):
        refused = None
        try:
            image = make()
        except BadPicture as error:
            refused = error
        if refused is None:
            assert image.size == SIZE


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_jpeg_becomes_rgb_of_the_size_asked(layout: Layout, mode: str) -> None:
    image = pictures.photo(encode(plain(360, 480, "white").convert(mode), "JPEG"), SIZE, layout.photo)
    assert (image.mode, image.size) == ("RGB", SIZE)
    assert image.convert("L").getextrema()[0] > 245


@pytest.mark.parametrize("background", [(200, 10, 20), (20, 40, 190)])
def test_the_background_keeps_its_colour(layout: Layout, background: tuple[int, int, int]) -> None:
    image = pictures.photo(encode(Image.new("RGB", (360, 480), background), "JPEG", quality=95), SIZE, layout.photo)
    corner = image.getpixel((3, 3))
    assert isinstance(corner, tuple)
    assert all(abs(a - b) < 8 for a, b in zip(corner, background, strict=True))


def test_a_photo_of_another_shape_is_cropped_evenly_and_never_distorted(layout: Layout) -> None:
    image = plain(480, 480, "white")
    ImageDraw.Draw(image).ellipse((140, 140, 339, 339), fill="black")
    seen = pictures.photo(encode(image, "JPEG"), (300, 400), layout.photo)
    box = seen.convert("L").point(lambda v: 255 if v < 128 else 0).getbbox()
    assert box is not None
    assert box[2] - box[0] == pytest.approx(box[3] - box[1], abs=2)
    assert (box[0] + box[2]) / 2 == pytest.approx(150, abs=2)


def test_a_photo_lying_on_its_side_is_put_upright(layout: Layout) -> None:
    image = plain(480, 360, "white")
    ImageDraw.Draw(image).rectangle((0, 0, 100, 359), fill="black")  # the left side, which is up
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = pictures.photo(encode(image, "JPEG", exif=exif), (300, 400), layout.photo).convert("L")
    assert seen.crop((20, 10, 280, 60)).getextrema()[1] < 40
    assert seen.crop((20, 200, 280, 390)).getextrema()[0] > 215


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_signature_is_ink_where_it_is_dark_and_none_on_paper(layout: Layout, mode: str) -> None:
    drawn = Image.new("RGBA", (400, 200), (245, 245, 240, 255))
    ImageDraw.Draw(drawn).line((50, 100, 350, 100), fill=(20, 20, 60, 255), width=12)
    ink = pictures.signature(encode(drawn.convert(mode, dither=Image.Dither.NONE), "PNG"), (200, 100), layout.signature)
    assert (ink.mode, ink.size) == ("L", (200, 100))
    assert ink.getpixel((100, 50)) == 255
    assert ink.getbbox() is not None
    assert ink.crop((0, 0, 200, 40)).getbbox() is None


def test_a_signature_on_nothing_has_no_ink_around_it(layout: Layout) -> None:
    drawn = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).line((50, 200, 350, 200), fill=(0, 0, 0, 255), width=12)
    ink = pictures.signature(encode(drawn, "PNG"), (200, 100), layout.signature)
    box = ink.getbbox()
    assert box is not None
    assert box[0] >= 60
    assert box[2] <= 140  # shown whole: a square in a box twice as wide
    assert box[3] - box[1] <= 10
