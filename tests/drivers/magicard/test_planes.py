"""A picture's bits: fast as the driver packs them, and slowly as the maker's document describes it."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.magicard import planes

WIDTH, HEIGHT = planes.WIDTH, planes.HEIGHT


COLUMNS = (0, 7, 507, 1015)


def read_column(plane, depth, x):
    """Read one column of the canvas from a plane, word by word: 672 values, dot 0 first."""
    column = [0] * 672
    for row in range(depth):
        start = (x * depth + row) * 24 * 4
        words = [int.from_bytes(plane[start + 4 * w : start + 4 * w + 4], "big") for w in range(24)]
        for y in range(672):
            word, bit = (6 + y // 16, 31 - y % 16 * 2) if y < 288 else ((y - 288) // 16, 30 - (y - 288) % 16 * 2)
            column[y] |= (words[word] >> bit & 1) << row
    return column


def expected_column(panel, x, margin, value):
    """The same column as it should become of a panel."""
    ink = [value(panel[(HEIGHT - 1 - y) * WIDTH + x]) for y in range(HEIGHT)]
    return [0] * margin + ink + [0] * (672 - HEIGHT - margin)


def agree(plane, depth, panel, margin, value):
    return all(read_column(plane, depth, x) == expected_column(panel, x, margin, value) for x in COLUMNS)


def noise(seed):
    return random.Random(seed).randbytes(WIDTH * HEIGHT)  # noqa: S311 - pixels, not secrets


few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 1 << 32)
positions = st.integers(0, 120)


def margin_at(position):
    return 65 - min(max(position or 50, 35), 65)


@few
@given(seeds, positions)
def test_a_dye_has_the_upper_six_bits_of_every_pixel(seed, position):
    panel = noise(seed)
    plane = planes.colour_plane(panel, position)
    assert len(plane) == 585216
    assert agree(plane, 6, panel, margin_at(position), lambda ink: ink >> 2)


@few
@given(seeds, positions)
def test_black_is_laid_from_half_ink_on(seed, position):
    panel = noise(seed)
    plane = planes.black_plane(panel, position)
    assert len(plane) == 97536
    assert agree(plane, 1, panel, margin_at(position), lambda ink: int(ink >= 128))


@pytest.mark.parametrize(
    ("x", "y", "word", "bit"),
    [
        # The card's bottom row is dot 15 of the canvas: the last even bit of word 6.
        (0, 641, 6, 31 - 15 * 2),
        (1015, 641, 6, 31 - 15 * 2),
        # Dots 287 and 288 of the canvas: the last even one and the first odd one.
        (7, 641 - 272, 23, 1),
        (7, 641 - 273, 0, 30),
        # The card's top row is dot 656.
        (500, 0, 23, 30),
    ],
)
def test_where_one_dot_goes(x, y, word, bit):
    panel = bytearray(WIDTH * HEIGHT)
    panel[y * WIDTH + x] = 0xFF
    plane = planes.black_plane(bytes(panel), 50)
    number = (x * 24 + word) * 4
    assert int.from_bytes(plane[number : number + 4], "big") == 1 << bit
    assert plane.count(0) == len(plane) - 1


@pytest.mark.parametrize(("position", "margin"), [(50, 15), (35, 30), (65, 0), (1, 30), (99, 0), (0, 15), (52, 13)])
def test_the_card_lies_where_the_head_needs_it(position, margin):
    assert planes.margin(position) == margin


def test_no_ink_is_no_bit():
    blank = bytes(WIDTH * HEIGHT)
    assert planes.colour_plane(blank, 50) == bytes(585216)
    assert planes.black_plane(blank, 50) == bytes(97536)
    assert planes.rectangle(blank) is None
