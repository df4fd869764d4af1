"""What the numbers of blanks, ribbon and film come to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stationd.client.blanks import BalanceView, DayUseView, StockedView
from stationd.client.rules import ForecastView
from stationd.model.pile import COUNTABLE
from stationd.tray.palette import Tone

BLANKS = "blanks"

ORDER = ("store", "hopper", "machine", "hand", "output", "reject", "unfit", "withdrawn", "in-question", "missing")
"""Places in which blanks of the station are, in the order in which they are told."""

FEW = 0.15
"""A ribbon or a film of which less than this is left is nearly at its end."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long something lasts.

    Attributes:
        name: of the supply, as its printer names it; empty for blanks.
        line: whose; empty for blanks.
        left: how many cards it is enough for; None if the printer does not tell.
        of: of how many when it was new; None if nobody knows.
        days: working days; None if that cannot be said.
        asked: whether more was asked for.
        tone: how much it matters.
    """

    name: str
    line: str
    left: int | None
    of: int | None
    days: int | None
    asked: bool
    tone: Tone


def blanks_lasting(stocked: StockedView) -> Lasting:
    """Return how long the blanks last."""
    foreseen = _foreseen(stocked.foreseen, BLANKS, "")
    days = foreseen.days_left if foreseen else None
    asked = foreseen is not None and foreseen.request is not None
    low = foreseen is not None and foreseen.left <= foreseen.threshold
    tone = Tone.BAD if not stocked.ready else Tone.CARE if low else Tone.GOOD
    return Lasting("", "", stocked.ready, None, days, asked, tone)


def supplies_lasting(stocked: StockedView) -> tuple[Lasting, ...]:
    """Return how long each ribbon and film lasts."""
    return tuple(
        Lasting(
            each.name,
            each.line,
            each.remaining,
            each.capacity,
            foreseen.days_left if foreseen else None,
            foreseen is not None and foreseen.request is not None,
            _tone_of(each.remaining, each.capacity),
        )
        for each in stocked.supplies
        for foreseen in (_foreseen(stocked.foreseen, each.name, each.line),)
    )


def piles(accounts: Sequence[BalanceView]) -> tuple[BalanceView, ...]:
    """Return what lies in each pile, the batches of one added up, in the order in which they are told."""
    sums: dict[tuple[str, str, str], int] = {}
    for account in accounts:
        if account.place in ORDER:
            key = (account.place, account.line, account.stock)
            sums[key] = sums.get(key, 0) + account.count
    found = [BalanceView(place, line, stock, "", count) for (place, line, stock), count in sums.items() if count]
    return tuple(sorted(found, key=lambda each: (ORDER.index(each.place), each.line, each.stock)))


def countable(accounts: Sequence[BalanceView], lines: Sequence[str], stock: str) -> tuple[BalanceView, ...]:
    """Return the piles of a stock-take: those that hold something, and store and hoppers in any case."""
    there = {(pile.place, pile.line, pile.stock): pile for pile in piles(accounts) if pile.place in set(COUNTABLE)}
    for place, line in (("store", ""), *(("hopper", line) for line in lines)):
        there.setdefault((place, line, stock), BalanceView(place, line, stock))
    return tuple(sorted(there.values(), key=lambda each: (ORDER.index(each.place), each.line, each.stock)))


def busiest(days: Sequence[DayUseView], target: int | None) -> int:
    """Return how high a chart of these days has to reach; one at least."""
    return max([1, target or 0, *(day.used for day in days)])


def _foreseen(all_of: Sequence[ForecastView], supply: str, line: str) -> ForecastView | None:
    return next((each for each in all_of if (each.supply, each.line) == (supply, line)), None)


def _tone_of(left: int | None, of: int | None) -> Tone:
    if left is None:
        return Tone.CALM
    if not left:
        return Tone.BAD
    return Tone.CARE if of and left < FEW * of else Tone.GOOD
