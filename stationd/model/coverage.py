"""How many of those who are obliged to have a card have one. Pure.

People move in, and lists of the obliged are older than those of the recorded: it may pass 100 percent, and is said as
it is, with its counts and their day.
"""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the kabupaten counted.

    Attributes:
        recorded: who was recorded for a card.
        obliged: who has to have one.
        on: the day of the count.
    """

    recorded: Annotated[int, msgspec.Meta(ge=0, le=10**9)]
    obliged: Annotated[int, msgspec.Meta(ge=1, le=10**9)]
    on: datetime.date


def percent(counted: Coverage) -> float:
    """Return it in percent, to the hundredth; above 100 where more are recorded than obliged."""
    return round(100 * counted.recorded / counted.obliged, 2)
