"""Stretches of time: joined, measured, and laid over each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[float, float]
"""Beginning and end, in seconds of any clock."""


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Join what overlaps or touches; in order, none empty."""
    joined: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def clipped(intervals: Iterable[Interval], within: Interval) -> list[Interval]:
    """Return what of the intervals lies within another."""
    cut = ((max(start, within[0]), min(end, within[1])) for start, end in intervals)
    return [(start, end) for start, end in cut if start < end]


def length(intervals: Iterable[Interval]) -> float:
    """Return how long the intervals last together, counting what overlaps once."""
    return sum(end - start for start, end in union(intervals))


def gaps(intervals: Iterable[Interval], within: Interval) -> list[Interval]:
    """Return what of `within` no interval covers."""
    edges = [within[0]]
    for start, end in union(clipped(intervals, within)):
        edges += [start, end]
    edges.append(within[1])
    return [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2) if edges[at] < edges[at + 1]]


def overlap(one: Sequence[Interval], other: Sequence[Interval]) -> float:
    """Return for how long both are under way."""
    return length(one) + length(other) - length([*one, *other])
