"""Planes as the maker's document lays them out become the picture that they were made from."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from simulators.devices.magicard_data import MODELS, Layout, Model
from simulators.devices.magicard_picture import develop, plane
from tests.simulators.magicard_jobs import CANVAS, LINES, enduro_plane

ENDURO = MODELS["Enduro"]
ON_CARD = 642
BELOW = 15


def picture(planes: dict[str, bytes], printed: float = 1.0, head: int = 50, model: Model = ENDURO) -> Image.Image:
    png = develop(model, planes, dict.fromkeys(planes, printed), head)
    return Image.open(io.BytesIO(png))


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(0, LINES - 1), st.integers(0, CANVAS - 1)), st.integers(1, 63), max_size=8)
)
def test_each_pixel_is_where_it_was_put(pixels: dict[tuple[int, int], int]) -> None:
    seen = plane(ENDURO, enduro_plane(6, pixels), 6)
    assert seen.size == (LINES, CANVAS)
    assert sum(seen.histogram()[1:]) == len(pixels)
    for (x, y), value in pixels.items():
        assert seen.getpixel((x, CANVAS - 1 - y)) == value * 255 // 63


def test_the_picture_is_upright_and_of_the_card_only() -> None:
    lower_left, upper_right = (0, BELOW), (LINES - 1, BELOW + ON_CARD - 1)
    seen = picture({"black": enduro_plane(1, {lower_left: 1, upper_right: 1, (5, BELOW - 1): 1})})
    assert seen.size == (LINES, ON_CARD)
    assert seen.getpixel((0, ON_CARD - 1)) == (0, 0, 0)
    assert seen.getpixel((LINES - 1, 0)) == (0, 0, 0)
    assert seen.histogram()[0] == 2, "what is printed beside the card is not on it"


@pytest.mark.parametrize(
    ("ink", "colour"), [("yellow", (255, 255, 0)), ("magenta", (255, 0, 255)), ("cyan", (0, 255, 255))]
)
def test_an_ink_has_its_colour(ink: str, colour: tuple[int, int, int]) -> None:
    assert picture({ink: enduro_plane(6, everywhere=63)}).getcolors() == [(LINES * ON_CARD, colour)]


def test_half_the_ink_is_half_as_dark() -> None:
    assert picture({"cyan": enduro_plane(6, everywhere=32)}).getpixel((1, 1)) == (255 - 32 * 255 // 63, 255, 255)


def test_a_print_that_was_cut_covers_the_first_part_of_the_card() -> None:
    seen = picture({"black": enduro_plane(1, everywhere=1)}, printed=0.25)
    assert [seen.getpixel((x, 300)) for x in (0, 253, 254, LINES - 1)] == [(0, 0, 0)] * 2 + [(255, 255, 255)] * 2


def test_a_head_that_stands_higher_wants_its_picture_lower() -> None:
    seen = picture({"black": enduro_plane(1, {(0, BELOW + 2): 1})}, head=48)
    assert seen.getpixel((0, ON_CARD - 1)) == (0, 0, 0)


@pytest.mark.parametrize("layout", ["alto", "rio"])
def test_other_heads_want_other_bits(layout: Layout) -> None:
    model = Model("other", layout, 2, 0)
    if layout == "rio":
        data = bytearray(84 * 2)
        data[84] = 0b0100_0000  # second line, second pixel
    else:
        data = bytearray(96 * 2)
        data[96 + 4 * 6 + 3] = 0b0000_0100  # second line, third bit of word 6 from below
    seen = plane(model, bytes(data), 1)
    assert seen.getpixel((1, CANVAS - 1 - 1)) == 255
    assert sum(seen.histogram()[1:]) == 1


def test_planes_for_another_head_are_refused() -> None:
    with pytest.raises(ValueError, match="85344 bytes where 97536 belong"):
        plane(ENDURO, bytes(84 * 1016), 1)
