"""A card's time on a line, taken apart: what devices worked, what people did, and what everybody waited for. Pure.

Device time passes `factor` times as fast as in life, the station's own and people's as they do. What any device was
busy with is scaled back, and the gaps, in which everything waited for the station, are added as they were. While a
person does what the station asked for, nobody waits for the station.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench import intervals
from tests.bench.intervals import Interval

Entry = Mapping[str, Any]

PAUSE = "cool"
"""A pause that a hot print head makes by itself: a card takes as long as the device needs for it."""


@dataclass(frozen=True)
class Route:
    """What the devices must do for one card.

    Attributes:
        works: of the machine, one after another, and how often each.
        film: a work of the machine that runs while the chip is written.
        turn: the work after which the chip, if it is asked again, is made live.
    """

    works: Mapping[str, int]
    turn: str
    film: str = ""


@dataclass(frozen=True)
class Logs:
    """What was written down while cards were made, all by this computer's monotonic seconds.

    Attributes:
        machine, chip: the busy logs.
        book: the station's.
        people: when somebody did what the station had asked for.
        ready: when the station had a card ready for the next one.
    """

    machine: Sequence[Entry]
    chip: Sequence[Entry]
    book: Sequence[Entry] = ()
    people: Sequence[Interval] = ()
    ready: Sequence[float] = ()


@dataclass(frozen=True)
class Cycle:
    """One card.

    Attributes:
        busy: seconds in which a device worked, as they would pass in life.
        gaps: real seconds in which everybody waited for the station, by what was before and after.
        ideal: seconds that the devices alone need for such a card.
        chip: seconds that the chip itself worked, in life.
        hidden: share of the steps write and seal during which film was printed.
    """

    busy: float
    gaps: Mapping[str, float]
    ideal: float
    chip: float
    hidden: float = 0.0

    @property
    def achieved(self) -> float:
        """Seconds that the card would have taken in life, people left out."""
        return self.busy + sum(self.gaps.values())


def windows(machine: Sequence[Entry]) -> list[Interval]:
    """Return when each card was made: from feed to feed, the last one until it was out."""
    feeds = [entry["start"] for entry in machine if entry["what"] == "feed"]
    ejects = [entry["end"] for entry in machine if entry["what"] == "eject"]
    return list(zip(feeds, [*feeds[1:], ejects[-1]], strict=True))


def ahead(logs: Logs, factor: float) -> list[float]:
    """Return by how much the next card was ready before each card but the last was out, in seconds of the devices.

    Less than nothing: it was not.
    """
    out = [entry["end"] for entry in logs.machine if entry["what"] == "eject"]
    return [(left - ready) * factor for left, ready in zip(out[:-1], logs.ready, strict=True)]


def cycle(route: Route, within: Interval, logs: Logs, factor: float) -> Cycle:
    """Take one card's time apart."""
    works = [(entry, span) for entry in logs.machine for span in intervals.clipped([_span(entry)], within)]
    exchanges = intervals.clipped([_span(entry) for entry in logs.chip], within)
    people = intervals.clipped(logs.people, within)
    turn = next(span[0] for entry, span in works if entry["what"] == route.turn)
    before = intervals.length(span for span in exchanges if span[0] < turn) * factor
    after = intervals.length(span for span in exchanges if span[0] > turn) * factor
    labelled = [
        *((entry["what"], span) for entry, span in works),
        *(("chip", span) for span in exchanges),
        *(("person", span) for span in people),
    ]
    devices = [span for _, span in works] + exchanges
    return Cycle(
        busy=intervals.length(devices) * factor,
        gaps=_gaps(within, labelled),
        ideal=_needed(route, [entry for entry, _ in works], before) + after,
        chip=before + after,
        hidden=_hidden(route, within, logs) if route.film else 0.0,
    )


def _span(entry: Entry) -> Interval:
    return entry["start"], entry["end"]


def _needed(route: Route, works: Sequence[Entry], chip: float) -> float:
    """Add up what the devices need: each work as long as it took by its nature, as often as the route has it.

    Works beyond that are the station's fault, and count as achieved only.
    """
    took: dict[str, list[float]] = defaultdict(list)
    for entry in works:
        took[entry["what"]].append(entry["seconds"])
    one_by_one = sum(times * statistics.median(took[what]) for what, times in route.works.items())
    film = statistics.median(took[route.film]) if route.film else 0.0
    return one_by_one + max(film, chip) + sum(took[PAUSE])


def _gaps(within: Interval, works: Sequence[tuple[str, Interval]]) -> dict[str, float]:
    """Add up the times in which nothing went on, by what ended before and what began after."""
    sums: dict[str, float] = defaultdict(float)
    for start, end in intervals.gaps([span for _, span in works], within):
        ended = next((what for what, span in works if span[1] == start), "start")
        began = next((what for what, span in works if span[0] == end), "next card")
        sums[f"{ended} → {began}"] += end - start
    return dict(sums)


def _hidden(route: Route, within: Interval, logs: Logs) -> float:
    film = intervals.clipped([_span(entry) for entry in logs.machine if entry["what"] == route.film], within)
    steps = [_step(logs.book, step, within) for step in ("write", "seal")]
    return intervals.overlap(steps, film) / intervals.length(steps)


def _step(book: Sequence[Entry], step: str, within: Interval) -> Interval:
    """Return from when to when a step lasted, by the book: from its intent to its observation."""
    edges = {
        entry["type"]: float(entry["mono"])
        for entry in book
        if entry.get("step") == step and within[0] <= entry["mono"] < within[1]
    }
    return edges["step-intended"], edges["step-observed"]
