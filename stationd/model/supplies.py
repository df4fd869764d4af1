"""When a change of ribbon or film is worth an entry in the book. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stationd.model.stock_events import SupplyRead

STEPS: Final = 50
"""A supply is noted in steps of one part in so many of its capacity: enough to forecast, and no more."""

CARDS: Final = 10
"""The step, in cards, where a machine does not tell the capacity."""


def worth_noting(before: Sequence[SupplyRead], now: Sequence[SupplyRead]) -> bool:
    """Say whether supplies have changed noticeably: another one is in, it has run out, or gone down by a step."""
    known = {supply.name: supply for supply in before}
    return known.keys() != {supply.name for supply in now} or any(_changed(known[s.name], s) for s in now)


def _changed(before: SupplyRead, now: SupplyRead) -> bool:
    if (before.lot, before.capacity) != (now.lot, now.capacity):
        return True
    if before.remaining is None or now.remaining is None or before.remaining == now.remaining:
        return before.remaining != now.remaining
    step = max(1, now.capacity // STEPS) if now.capacity else CARDS
    return now.remaining == 0 or now.remaining > before.remaining or before.remaining - now.remaining >= step
