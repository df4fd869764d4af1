from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from stationd.artwork.fit import Fitted, Ink, Limits, Misfit, Room, baselines, fit
from stationd.artwork.geometry import HAIR, MM_PER_POINT


def measure(line: str) -> Ink:
    """A made-up font: widths, accents and tails differ from letter to letter."""
    return Ink(
        left=0.05 if line.startswith("J") else 0.0,
        above=max((0.95 if ord(c) > 127 else 0.72 for c in line), default=0.0),
        right=sum(0.28 if c in " .,-/'" else 0.5 + ord(c) % 7 / 14 for c in line),
        below=max((0.22 if c in "gjpqy,;Q" else 0.0 for c in line), default=0.0),
    )


texts = st.text(st.sampled_from("ABCJMWQgyÉ .,-/'0189 "), max_size=120)
rooms = st.builds(Room, st.floats(2, 80), st.floats(1, 12), st.floats(0.5, 4))
limits = st.builds(
    lambda small, more, lines, leading: Limits(small + more, small, lines, leading),
    st.floats(3, 8),
    st.floats(0, 6),
    st.integers(1, 4),
    st.floats(1, 1.5),
)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(texts, rooms, limits)
def test_a_text_lies_inside_its_room_and_is_whole_or_is_refused(text: str, room: Room, limits: Limits) -> None:
    result = fit(text, room, limits, measure)
    if isinstance(result, Misfit):
        return
    assert bare("".join(result.lines)) == bare(text)
    assert len(result.lines) <= limits.max_lines
    assert limits.min_size <= result.size <= limits.size
    em = result.size * MM_PER_POINT
    for line, down in zip(
        result.lines, baselines(len(result.lines), room.baseline, result.size, limits.leading), strict=True
    ):
        ink = measure(line)
        assert (ink.left + ink.right) * em <= room.width + HAIR
        assert down - ink.above * em >= -HAIR
        assert down + ink.below * em <= room.height + HAIR


@given(texts, rooms, limits)
def test_only_what_cannot_be_set_at_the_smallest_size_is_refused(text: str, room: Room, limits: Limits) -> None:
    """A second, plainer way to the same verdict: put word after word on lines at the smallest size."""
    result = fit(text, room, limits, measure)
    em = limits.min_size * MM_PER_POINT
    words = re.findall(r"\s+|[^\s/-]*[/-]+|[^\s/-]+", text.strip())
    lines, line = [], ""
    for word in words:
        longer = measure(" ".join((line + word).split()))
        if line.strip() and (longer.left + longer.right) * em > room.width + HAIR:
            lines.append(line)
            line = ""
        line += word
    lines = [" ".join(entry.split()) for entry in [*lines, line] if entry.strip()]
    stands = len(lines) <= limits.max_lines
    for entry, down in zip(lines, baselines(len(lines), room.baseline, limits.min_size, limits.leading), strict=True):
        ink = measure(entry)
        stands &= (ink.left + ink.right) * em <= room.width + HAIR
        stands &= down - ink.above * em >= -HAIR and down + ink.below * em <= room.height + HAIR
    assert isinstance(result, Fitted) or not stands


def test_a_text_that_fits_keeps_its_size() -> None:
    assert fit("ABC", Room(40, 4, 3), Limits(8, 4, 2, 1.1), measure) == Fitted(8, ("ABC",))


def test_a_text_shrinks_before_it_wraps() -> None:
    room, words = Room(10, 8, 3), "AAA BBB"
    one = fit(words, room, Limits(8, 4, 2, 1.1), measure)
    assert isinstance(one, Fitted)
    assert one.lines == ("AAA BBB",)
    assert one.size < 8
    two = fit(words, room, Limits(8, 7, 2, 1.1), measure)
    assert isinstance(two, Fitted)
    assert two.lines == ("AAA", "BBB")
    assert two.size == 8


def test_a_demanded_line_break_is_kept() -> None:
    assert fit("ABC\nABC", Room(40, 9, 3), Limits(8, 4, 3, 1.1), measure) == Fitted(8, ("ABC", "ABC"))
    assert fit("ABC\nABC", Room(40, 9, 3), Limits(8, 4, 1, 1.1), measure) == Misfit(2)


def test_hyphens_and_strokes_may_end_a_line_and_letters_may_not() -> None:
    limits = Limits(8, 8, 2, 1.1)
    assert fit("AAAA-BBBB", Room(10, 9, 3), limits, measure) == Fitted(8, ("AAAA-", "BBBB"))
    assert fit("AAAABBBB", Room(10, 9, 3), limits, measure) == Misfit(None)


def test_a_refusal_tells_the_lines_it_would_take() -> None:
    assert fit("AAAA BBBB CCCC", Room(10, 9, 3), Limits(8, 8, 2, 1.1), measure) == Misfit(3)


def test_no_text_is_no_lines() -> None:
    assert fit("", Room(10, 9, 3), Limits(8, 8, 2, 1.1), measure) == Fitted(8, ())
