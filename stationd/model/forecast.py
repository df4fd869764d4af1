"""How long blanks, ribbon and film will last, and when more is asked for. Pure.

The rate is the larger of the policy's daily target and the mean use of the last days on which cards were made: a target
that nobody has raised for years understates, and a mean of quiet weeks does, too. A *shortage* begins when the stock is
expected to last no longer than the policy's days ahead, or has come down to its floor. One request is made for it, and
it is closed when all of it has arrived, or enough to end the shortage: a short delivery is not asked for twice, and an
office that has used up a late one while it waited asks again.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stationd.model.policy import Policy
from stationd.model.policy_tables import DayCount

BLANKS: Final = "blanks"
"""The supply that is counted by the book; others bear the names that printers give them."""

LONGEST: Final = 3650
"""Days beyond which nobody asks on which day something runs out."""

_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of one supply.

    Attributes:
        left: how many cards can be made of what there is.
        rate: cards a working day.
        days_left: whole working days for which that is enough; None if nothing is used.
        runs_out: the first day on which it is not; None if none is in sight.
        threshold: a shortage begins at so many, or at the policy's floor.
        short: it has begun.
        wanted: how many to ask for, so that the policy's days are covered before the next shortage begins.
    """

    left: int
    rate: float
    days_left: int | None
    runs_out: datetime.date | None
    threshold: int
    short: bool
    wanted: int


def rate(target: float, used: Mapping[datetime.date, int], today: datetime.date, window: int) -> float:
    """Return how many cards a working day are to be expected.

    Args:
        target: what the policy wants made a day.
        used: for each day how many were used; days without are no working days. Today is not over and does not count.
        today: the office's day.
        window: over so many of the last days that count the mean is taken.
    """
    worked = sorted(day for day, count in used.items() if count > 0 and day < today)[-window:]
    mean = sum(used[day] for day in worked) / len(worked) if worked else 0.0
    return max(target, mean)


def forecast(
    left: int,
    used: Mapping[datetime.date, int],
    today: datetime.date,
    policy: Policy,
    *,
    lines: int = 1,
    floor: bool = True,
) -> Forecast:
    """Look ahead for one supply.

    Args:
        left: cards that can be made of what there is.
        used: as for `rate`.
        today: the office's day.
        policy: the one in force.
        lines: the target is shared by so many lines; 1 for what is common to all.
        floor: whether the policy's floor, a number of blanks, holds for this supply.
    """
    rule = policy.reorder
    expected = rate(policy.daily_target / lines, used, today, rule.window)
    days = rule.ahead if rule.days is DayCount.WORKING else working_days(policy, today, rule.ahead)
    threshold = math.ceil(days * expected)
    lowest = max(threshold, rule.floor if floor else 0)
    days_left = math.floor(left / expected) if expected else None
    return Forecast(
        left=left,
        rate=expected,
        days_left=days_left,
        runs_out=None if days_left is None else _day_after(policy, today, days_left),
        threshold=threshold,
        short=left <= lowest and lowest > 0,
        wanted=max(0, math.ceil(rule.covers * expected) + lowest - left),
    )


def working_days(policy: Policy, today: datetime.date, ahead: int) -> int:
    """Return how many of the next so many days, today not among them, are working days by the policy."""
    return sum(is_working_day(policy, today + number * _DAY) for number in range(1, ahead + 1))


def is_working_day(policy: Policy, day: datetime.date) -> bool:
    """Say whether the office makes cards on a day, by its policy."""
    return day.isoweekday() in policy.workdays and day not in policy.holidays


def _day_after(policy: Policy, today: datetime.date, days: int) -> datetime.date | None:
    """Return the first working day, from today on, for which a stock of so many working days is not enough."""
    day = today
    for _ in range(LONGEST):
        if is_working_day(policy, day):
            if not days:
                return day
            days -= 1
        day += _DAY
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is open.

    Attributes:
        left: how many there were when it was made.
        wanted: how many were asked for.
        arrived: how many have come since.
    """

    left: int
    wanted: int = 0
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """A shortage begins: one request is to be made."""


@dataclass(frozen=True, slots=True)
class Close:
    """All that was asked for has arrived, or enough of it to end the shortage."""


def next_step(seen: Forecast, open_request: Asked | None, *, replaced: bool = False) -> Ask | Close | None:
    """Decide what follows from a forecast: exactly one request for one shortage.

    Args:
        seen: the forecast as it is now.
        open_request: the request that was made for this supply and is not closed; None if there is none.
        replaced: the supply is one that is replaced as a whole (a ribbon): it has arrived when there is more of it
            than there was, though a new one may not last for the days ahead either.
    """
    if open_request is None:
        return Ask() if seen.short else None
    if replaced:
        return Close() if seen.left > open_request.left else None
    enough = open_request.arrived >= open_request.wanted or not seen.short
    return Close() if open_request.arrived and enough else None
