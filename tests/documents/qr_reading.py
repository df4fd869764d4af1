"""Reads a QR code from a picture, by ISO/IEC 18004 alone: no error correction, as nothing on a fresh paper is lost.

Written for tests of what is drawn, and apart from the library that draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from PIL import Image

_MASKS: Final[tuple[Callable[[int, int], bool], ...]] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, _: i % 2 == 0,
    lambda _, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
_ALIGNED: Final = {
    13: (6, 34, 62),
    14: (6, 26, 46, 66),
    15: (6, 26, 48, 70),
    16: (6, 26, 50, 74),
    17: (6, 30, 54, 78),
    18: (6, 30, 56, 82),
}
"""Where the centres of alignment patterns are, by version (annex E)."""

_BLOCKS: Final = {
    13: [37] * 8 + [38],
    14: [40] * 4 + [41] * 5,
    15: [41] * 5 + [42] * 5,
    16: [45] * 7 + [46] * 3,
    17: [46] * 10 + [47],
    18: [43] * 9 + [44] * 4,
}
"""Data codewords of each block at level M, by version (table 9)."""

_LEVEL_M: Final = 0b00
_BYTES: Final = 0b0100


def read(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> str:
    """Return what the code says whose dark part fills this box of a grey picture, in pixels."""
    grid = _modules(picture, left, top, right, bottom)
    size = len(grid)
    version = (size - 17) // 4
    form = int("".join(str(grid[8][j]) for j in (0, 1, 2, 3, 4)), 2) ^ 0b10101
    assert form >> 3 == _LEVEL_M, "the tables here are those of level M"
    mask = _MASKS[form & 0b111]
    bits = [grid[i][j] ^ mask(i, j) for i, j in _path(size) if not _is_function(i, j, size, version)]
    words = [int("".join(map(str, map(int, bits[at : at + 8]))), 2) for at in range(0, len(bits) - 7, 8)]
    stream = "".join(f"{word:08b}" for word in _in_order(words, _BLOCKS[version]))
    assert int(stream[:4], 2) == _BYTES
    count = int(stream[4:20], 2)  # sixteen bits from version 10 on
    return bytes(int(stream[at : at + 8], 2) for at in range(20, 20 + 8 * count, 8)).decode()


def _modules(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> list[list[int]]:
    """Return the modules, 1 for dark: the finder in the corner, seven modules wide, says how large one is."""
    row = top + 2
    dark = next(x for x in range(left, right) if picture.getpixel((x, row)) > 127) - left  # type: ignore[operator]
    size = round((right - left) / (dark / 7))
    size = 17 + 4 * round((size - 17) / 4)
    step_x, step_y = (right - left) / size, (bottom - top) / size
    return [
        [
            int(picture.getpixel((int(left + (j + 0.5) * step_x), int(top + (i + 0.5) * step_y))) < 128)  # type: ignore[operator]
            for j in range(size)
        ]
        for i in range(size)
    ]


def _path(size: int) -> Iterator[tuple[int, int]]:
    """Yield the modules in the order in which bits are laid: two columns wide, up and down, past the timing column."""
    up = True
    for right in (*range(size - 1, 6, -2), *range(5, 0, -2)):
        for step in range(size):
            i = size - 1 - step if up else step
            yield i, right
            yield i, right - 1
        up = not up


def _is_function(i: int, j: int, size: int, version: int) -> bool:
    """Say whether a module is none of the data: finders with the format, timing, alignment, version, dark module."""
    if (i < 9 and j < 9) or (i < 9 and j >= size - 8) or (i >= size - 8 and j < 9) or i == 6 or j == 6:
        return True
    if (i < 6 and j >= size - 11) or (j < 6 and i >= size - 11):
        return True
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    centres = ((a, b) for a in _ALIGNED[version] for b in _ALIGNED[version] if (a, b) not in corners)
    return any(abs(i - a) <= 2 and abs(j - b) <= 2 for a, b in centres)


def _in_order(words: list[int], blocks: list[int]) -> list[int]:
    """Return the data codewords block by block: they are laid one of each block by turns."""
    sorted_out: list[list[int]] = [[] for _ in blocks]
    taken = iter(words)
    for at in range(max(blocks)):
        for block, length in zip(sorted_out, blocks, strict=True):
            if at < length:
                block.append(next(taken))
    return [word for block in sorted_out for word in block]
