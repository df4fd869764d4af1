"""Setting a text in a place: shrink to the smallest size on one line, then wrap, or say that it cannot be.

Pure: the font is a function that measures a line in ems, so a text breaks alike at every resolution.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stationd.artwork.geometry import HAIR, MM_PER_POINT

STEP = 0.25  # points between the sizes tried


@dataclass(frozen=True, slots=True)
class Ink:
    """How far a line's ink reaches from its origin on the baseline, in ems, each counted outwards.

    `left` and `right` also cover the pen's travel, so that an accent never hangs out of a box.
    """

    left: float
    above: float
    right: float
    below: float


Measure = Callable[[str], Ink]


@dataclass(frozen=True, slots=True)
class Room:
    """What a text has: width and height in millimetres, and its first baseline below the upper edge."""

    width: float
    height: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How a text may be set: sizes in points, lines, and the distance of baselines in ems."""

    size: float
    min_size: float
    max_lines: int
    leading: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits: its size in points and its lines, from the top."""

    size: float
    lines: tuple[str, ...] = field(repr=False)  # a citizen's


@dataclass(frozen=True, slots=True)
class Misfit:
    """A text that does not fit: the lines it would take at the smallest size, None if one word alone is too wide."""

    lines_needed: int | None


def fit(text: str, room: Room, limits: Limits, measure: Measure) -> Fitted | Misfit:
    """Set a text as large as it goes; the lines it has by itself are preferred to a larger size on more."""
    pieces = _pieces(text)
    own_lines = 1 + text.count("\n")
    for most in dict.fromkeys((min(own_lines, limits.max_lines), limits.max_lines)):
        for size in sizes(limits.size, limits.min_size):
            lines = _wrap(pieces, room.width, size, measure)
            if lines is not None and len(lines) <= most and _stands(lines, room, size, limits.leading, measure):
                return Fitted(size, lines)
    lines = _wrap(pieces, room.width, limits.min_size, measure)
    return Misfit(None if lines is None else len(lines))


def baselines(count: int, first: float, size: float, leading: float) -> list[float]:
    """The baselines of `count` lines, in millimetres below the upper edge, the first at `first`."""
    return [first + i * leading * size * MM_PER_POINT for i in range(count)]


def sizes(largest: float, smallest: float) -> Iterator[float]:
    """Every size to try, from the largest down to exactly the smallest."""
    while largest > smallest:
        yield largest
        largest -= STEP
    yield smallest


def _pieces(text: str) -> list[tuple[str, str]]:
    """Cut a text where a line may end: after a blank, hyphen or stroke.

    Each piece comes with what joins it to the one before: a blank, nothing, or a new line that the text demands.
    """
    pieces = []
    for line in text.splitlines():
        joint = "\n"
        for word in line.split():
            for piece in re.findall(r"[^/-]*[/-]+|[^/-]+", word):
                pieces.append((joint, piece))
                joint = ""
            joint = " "
    return pieces


def _wrap(pieces: list[tuple[str, str]], width: float, size: float, measure: Measure) -> tuple[str, ...] | None:
    """Fill lines one after another; None if a piece alone is wider than a line."""
    lines: list[str] = []
    for joint, piece in pieces:
        if joint != "\n" and _width(longer := lines[-1] + joint + piece, size, measure) <= width + HAIR:
            lines[-1] = longer
        elif _width(piece, size, measure) <= width + HAIR:
            lines.append(piece)
        else:
            return None
    return tuple(lines)


def _width(line: str, size: float, measure: Measure) -> float:
    ink = measure(line)
    return (ink.left + ink.right) * size * MM_PER_POINT


def _stands(lines: tuple[str, ...], room: Room, size: float, leading: float, measure: Measure) -> bool:
    """True if no line reaches over the upper or lower edge."""
    em = size * MM_PER_POINT
    for line, baseline in zip(lines, baselines(len(lines), room.baseline, size, leading), strict=True):
        ink = measure(line)
        if baseline - ink.above * em < -HAIR or baseline + ink.below * em > room.height + HAIR:
            return False
    return True
