"""Holding a printer's counter against the book. Pure.

A counter belongs to a machine, by its serial number, and to what it counts; it is never compared with another one's.
What is compared are differences since the two last agreed, because a printer had a life before it came here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from stationd.model.issuance import LEAVING, Step


class Tally(StrEnum):
    """What a printer's counter counts, as drivers name it."""

    CARDS_FED = "cards-fed"
    CARDS_PRINTED = "cards-printed"
    CARDS_TOTAL = "cards-total"


COUNTED: Mapping[Tally, frozenset[Step]] = {
    Tally.CARDS_FED: frozenset({Step.FEED}),
    Tally.CARDS_PRINTED: frozenset({Step.TRANSFER, Step.PRINT}),
    Tally.CARDS_TOTAL: frozenset(LEAVING),
}
"""The steps that make each counter go on: a card spoiled before the transfer is fed and comes out, but not printed."""


class Finding(StrEnum):
    """What comparing a counter with the book came to."""

    FIRST = "first"
    SWAPPED = "swapped"
    AGREED = "agreed"
    DIFFERS = "differs"
    BACKWARDS = "backwards"


class Booked(msgspec.Struct, frozen=True):
    """What the book says of the cards that went through a printer, in one of the ways of counting.

    Attributes:
        sure: seen to have gone through.
        doubted: of which it was never known whether they did.
        open: under way, or interrupted and not looked at yet.
    """

    sure: int = 0
    doubted: int = 0
    open: int = 0


class Reading(msgspec.Struct, frozen=True):
    """A counter at one moment, with what the book said then."""

    cards: int
    booked: Booked


class Comparison(msgspec.Struct, frozen=True):
    """What a comparison found.

    Attributes:
        expected: cards since the last agreement by the book; with cards in doubt, the nearest number that would agree.
        counted: cards since then by the machine.
    """

    finding: Finding
    expected: int = 0
    counted: int = 0


def compare(base: Reading | None, now: Reading, *, known_line: bool = False) -> Comparison:
    """Compare a counter with the book.

    Args:
        base: when the two last agreed; None for a counter that was never seen.
        now: what both say now.
        known_line: the line worked with another printer before.
    """
    if base is None:
        return Comparison(Finding.SWAPPED if known_line else Finding.FIRST)
    counted = now.cards - base.cards
    surely = now.booked.sure - base.booked.sure
    # What was open then may have been counted already; what is in doubt since then may or may not have been.
    least = max(0, surely - base.booked.open)
    most = surely + now.booked.doubted - base.booked.doubted + now.booked.open
    expected = min(max(counted, least), most)
    if counted < 0:
        return Comparison(Finding.BACKWARDS, expected, counted)
    return Comparison(Finding.AGREED if counted == expected else Finding.DIFFERS, expected, counted)


def settles(base: Reading, now: Reading) -> bool:
    """Say whether an agreement is worth noting: cards in doubt are then no longer a slack for later ones."""
    return base.booked.open > 0 or now.booked.doubted > base.booked.doubted
