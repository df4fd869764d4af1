"""A card's panels as documents; the raster is read back by CUPS's own library."""

from __future__ import annotations

import ctypes
import io
import os
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from drivers.ipp import media
from drivers.ipp.pictures import JPEG, KINDS, PDF, PNG, RASTER, document, picture
from drivers.ipp.protocol import Attribute, Attributes, Resolution, Tag
from drivers.printer import Image, Panel

LYING = media.Sheet(Attribute(Tag.KEYWORD, "media", ["x"]), 8560, 5398)
STANDING = media.Sheet(Attribute(Tag.KEYWORD, "media", ["x"]), 5398, 8560)


def read_by_cups(folder, data):
    """Header fields and pixels of the one page, as libcups reads them."""
    library = ctypes.CDLL("libcups.so.2")
    library.cupsRasterOpen.restype = ctypes.c_void_p
    library.cupsRasterOpen.argtypes = [ctypes.c_int, ctypes.c_int]
    for name in ("cupsRasterReadHeader2", "cupsRasterReadPixels", "cupsRasterClose"):
        getattr(library, name).argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint][
            : {"cupsRasterReadPixels": 3, "cupsRasterReadHeader2": 2}.get(name, 1)
        ]
    path = folder / "page.pwg"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        raster = library.cupsRasterOpen(descriptor, 0)
        assert raster, "not a raster"
        header = ctypes.create_string_buffer(1796)
        assert library.cupsRasterReadHeader2(raster, header) == 1
        number = {at: int.from_bytes(header.raw[at : at + 4], "little") for at in range(256, 580, 4)}
        pixels = b""
        line = ctypes.create_string_buffer(number[392])
        for _ in range(number[376]):
            assert library.cupsRasterReadPixels(raster, line, number[392]) == number[392]
            pixels += line.raw
        assert library.cupsRasterReadHeader2(raster, header) == 0, "a second page"
        library.cupsRasterClose(raster)
    finally:
        os.close(descriptor)
    return number, pixels


@settings(max_examples=25)
@given(st.data())
def test_cups_reads_the_raster_pixel_by_pixel(tmp_path_factory, data):
    width, height = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 9))
    mode = data.draw(st.sampled_from(["RGB", "L"]))
    depth = len(Pillow.new(mode, (1, 1)).getbands())
    stride = width * depth
    lines = data.draw(st.lists(st.binary(min_size=stride, max_size=stride), min_size=1, max_size=height))
    pixels = b"".join(lines[min(at, len(lines) - 1)] for at in range(height))
    card = Pillow.frombytes(mode, (width, height), pixels)
    number, read = read_by_cups(tmp_path_factory.mktemp("raster"), document(RASTER, card, LYING, 300))
    assert read == pixels
    assert (number[276], number[280], number[372], number[376]) == (300, 300, width, height)
    assert (number[384], number[388], number[400]) == (8, 8 * depth, 19 if mode == "RGB" else 18)
    assert (number[420], number[452]) == (depth, 1)  # colours, pages


def test_more_lines_alike_than_one_count_can_say(tmp_path):
    card = Pillow.new("RGB", (638, 1011), (9, 8, 7))
    data = document(RASTER, card, LYING, 300)
    assert read_by_cups(tmp_path, data)[1] == card.tobytes()
    assert len(data) < 12_000


def test_inks_become_the_colours_they_make():
    panels = {
        Panel.CYAN: bytes([255, 0, 0, 0, 10, 200]),
        Panel.MAGENTA: bytes([0, 255, 0, 0, 20, 200]),
        Panel.YELLOW: bytes([0, 0, 255, 0, 30, 200]),
        Panel.BLACK: bytes([0, 0, 0, 255, 5, 200]),
    }
    card = picture(Image(6, 1, panels), colour=True)
    assert [card.getpixel((x, 0)) for x in range(6)] == [
        (0, 255, 255),
        (255, 0, 255),
        (255, 255, 0),
        (0, 0, 0),
        (240, 230, 220),
        (0, 0, 0),
    ]


def test_a_panel_that_is_not_given_has_no_ink():
    assert picture(Image(1, 1, {Panel.BLACK: b"\x40"}), colour=True).getpixel((0, 0)) == (191, 191, 191)
    assert picture(Image(1, 1, {Panel.BLACK: b"\x40"}), colour=False).getpixel((0, 0)) == 191


def marked():
    """An upright card, red at its top left."""
    card = Pillow.new("RGB", (8, 4), "white")
    card.putpixel((0, 0), (255, 0, 0))
    return card


@pytest.mark.parametrize("kind", [PNG, JPEG])
def test_a_card_that_goes_in_short_side_first_is_turned_anticlockwise(kind):
    lying = Pillow.open(io.BytesIO(document(kind, marked().resize((80, 40), 0), LYING, 300)))
    standing = Pillow.open(io.BytesIO(document(kind, marked().resize((80, 40), 0), STANDING, 300)))
    assert (lying.size, standing.size) == ((80, 40), (40, 80))
    assert lying.getpixel((4, 4))[1] < 100 < lying.getpixel((4, 36))[1]
    assert standing.getpixel((4, 76))[1] < 100 < standing.getpixel((4, 4))[1]
    assert round(lying.info["dpi"][0]) == 300


def test_a_pdf_is_one_page_of_the_cards_size_with_every_pixel():
    card = Pillow.frombytes("RGB", (638, 1011), os.urandom(638 * 1011 * 3))
    data = document(PDF, card, LYING, 300)
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)[1])
    assert data[start:].startswith(b"xref\n0 6\n0000000000 65535 f \n")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n \n", data[start:])]
    assert all(data[place:].startswith(b"%d 0 obj\n" % number) for number, place in enumerate(places, 1))
    assert len(places) == 5
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert float(box[1]) == pytest.approx(638 * 72 / 300, abs=0.001)
    assert float(box[2]) == pytest.approx(1011 * 72 / 300, abs=0.001)
    picture_object = data[places[4] :]
    length = int(re.search(rb"/Length (\d+)", picture_object)[1])
    begin = picture_object.index(b"stream\n") + 7
    assert zlib.decompress(picture_object[begin : begin + length]) == card.tobytes()
    assert picture_object[begin + length :].startswith(b"\nendstream")


def test_black_stays_black_where_nothing_is_lost():
    card = Pillow.new("RGB", (50, 50), (250, 200, 180))
    card.paste((0, 0, 0), (10, 10, 12, 40))
    png = Pillow.open(io.BytesIO(document(PNG, card, LYING, 300)))
    assert png.tobytes() == card.tobytes()
    assert KINDS.index(JPEG) == len(KINDS) - 1


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("om_card_54x86mm", (5400, 8600)),
        ("custom_cr80_53.98x85.6mm", (5398, 8560)),
        ("custom_53.98x85.6mm_53.98x85.6mm", (5398, 8560)),
        ("oe_card_2.125x3.375in", (5398, 8572)),
        ("iso_a4_210x297mm", (21000, 29700)),
        ("CR80", None),
        ("", None),
        ("custom_54x86", None),
    ],
)
def test_a_media_name_tells_its_size(name, size):
    assert media.size(name) == size


@given(st.text())
def test_any_media_name_has_a_size_or_none(name):
    assert media.size(name) is None or len(media.size(name)) == 2


def collection(across, along):
    return Attributes({"x-dimension": (across,), "y-dimension": (along,)})


@pytest.mark.parametrize(
    ("told", "wanted", "attribute"),
    [
        ({"media-supported": ("iso_a4_210x297mm", "om_card_54x86mm")}, None, ("media", "om_card_54x86mm")),
        ({"media-ready": ("a_86x54mm",), "media-supported": ("om_card_54x86mm",)}, None, ("media", "a_86x54mm")),
        ({"media-supported": ("om_card_54x86mm",)}, "CR80", ("media", "CR80")),
        ({"media-size-supported": (collection(21000, 29700), collection(5398, 8560))}, None, ("media-col", None)),
        ({"media-supported": ("oe_business-card_2x3.5in", "iso_a7_74x105mm")}, None, None),
        ({"media-size-supported": (Attributes(), collection(None, 8560), "x")}, None, None),
        ({}, None, None),
    ],
)
def test_the_card_among_the_media_is_found(told, wanted, attribute):
    sheet = media.sheet(Attributes(told), wanted)
    if attribute is None:
        assert sheet is None
    else:
        assert sheet.attribute.name == attribute[0]
        assert attribute[1] in (None, sheet.attribute.values[0])
        assert sheet.pixels(300)[0] in range(1010, 1018)
        assert sheet.pixels(300)[1] in range(637, 640)


@pytest.mark.parametrize(
    ("offered", "dpi"),
    [
        ([], 300),
        ([Resolution(600, 600), Resolution(300, 300)], 300),
        ([Resolution(300, 600), Resolution(600, 600)], 600),
        ([Resolution(118, 118, 4)], 300),
        ([Resolution(300, 600)], None),
        ([Resolution(0, 0), Resolution(-1, -1)], None),
    ],
)
def test_the_resolution_is_equal_both_ways(offered, dpi):
    assert media.dpi(Attributes({"printer-resolution-supported": tuple(offered)})) == dpi
