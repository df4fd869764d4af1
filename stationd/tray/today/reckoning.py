"""What a day's figures come to, for a screen. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stationd.client.documents import AccountDayView, DayView, DocumentView
from stationd.tray.blanks.outlook import ORDER
from stationd.tray.words import Speech

PILES: Final = (*ORDER, "shelf")
"""Places of which a day is told, in that order: those of the station's blanks, and finished cards."""

MORE: Final = (
    "arrived",
    "refused",
    "revoked",
    "taken_in",
    "withdrawn",
    "transferred",
    "destroyed",
    "received",
    "sent_back",
    "trials",
    "discrepancies",
)
"""Figures that are told only where there is something to tell."""


PASSED: Final = frozenset({"machine", "output", "in-question"})
"""Places through which every card passes: told only if something is left there."""


class Pile(NamedTuple):
    """A place over a day, whatever the batch: at the start, what came, what went, at the end."""

    place: str
    line: str
    stock: str
    start: int
    came: int
    went: int
    end: int


def piles(accounts: Sequence[AccountDayView]) -> list[Pile]:
    """Return a day's accounts by place, line and stock."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in accounts:
        if each.place in PILES:
            key = each.place, each.line, each.stock
            numbers = each.start, each.came, each.went, each.end
            sums[key] = [one + more for one, more in zip(sums[key], numbers, strict=True)]
    ordered = sorted(sums.items(), key=lambda item: (PILES.index(item[0][0]), item[0][1:]))
    told = [Pile(*key, *numbers) for key, numbers in ordered if any(numbers)]
    return [pile for pile in told if pile.place not in PASSED or pile.start or pile.end]


def more(day: DayView) -> list[tuple[str, int]]:
    """Return what else happened on a day, as far as it did."""
    return [(name, count) for name in MORE if (count := getattr(day, name))]


def by_cause(day: DayView, speech: Speech) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return why cards were spoiled, jobs held and given back: under each heading the causes, the commonest first."""
    words = speech.words

    def returned(cause: str) -> str:
        name = speech.name("return", cause)
        return words.cause(cause).what if name == cause else f"{name[:1].upper()}{name[1:]}."

    parts = (
        ("spoiled", day.spoiled, words.spoil),
        ("held", day.held, lambda cause: words.cause(cause).what),
        ("returned", day.returned, returned),
    )
    return [
        (name, [(say(cause).rstrip("."), count) for cause, count in _commonest(counts)])
        for name, counts, say in parts
        if counts
    ]


def _commonest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def papers_of(day: DayView, papers: Sequence[DocumentView]) -> list[DocumentView]:
    """Return the papers that were issued on a day or are about it, newest first."""
    return [
        paper
        for paper in papers
        if day.since <= paper.issued < day.until or (paper.kind == "daily" and paper.subject == day.date)
    ]
