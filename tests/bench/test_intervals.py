"""What the line's efficiency is computed with: intervals joined and laid over each other."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import intervals

MOMENT = st.integers(0, 60)
INTERVALS = st.lists(st.tuples(MOMENT, MOMENT).map(lambda pair: (min(pair), max(pair))), max_size=12)
WITHIN = st.tuples(MOMENT, MOMENT).map(lambda pair: (min(pair), max(pair)))


def covered(some: list[intervals.Interval]) -> set[int]:
    """The whole seconds in which any interval is under way."""
    return {second for start, end in some for second in range(int(start), int(end))}


@given(INTERVALS)
def test_a_union_covers_the_same_time_in_order_and_once(some: list[intervals.Interval]) -> None:
    joined = intervals.union(some)
    assert covered(joined) == covered(some)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(joined))
    assert intervals.length(some) == len(covered(some))


@given(INTERVALS, WITHIN)
def test_gaps_and_intervals_share_out_the_time(some: list[intervals.Interval], within: intervals.Interval) -> None:
    busy, idle = intervals.clipped(some, within), intervals.gaps(some, within)
    assert covered(busy) | covered(idle) == covered([within])
    assert not covered(busy) & covered(idle)


@given(INTERVALS, INTERVALS)
def test_an_overlap_is_the_time_that_both_cover(one: list[intervals.Interval], other: list[intervals.Interval]) -> None:
    assert intervals.overlap(one, other) == pytest.approx(len(covered(one) & covered(other)))
