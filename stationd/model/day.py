"""What happened on one day: a stretch of the book, added up. Pure.

A day is a stretch of entries without gaps, so what an account held at its beginning, plus what came, less what went, is
what it held at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from stationd.model import events, shelf_events, stock_events
from stationd.model.blank import OUTSIDE, Account, Movement, Place
from stationd.model.entry import AnyEvent
from stationd.model.event import Event

OUT = "out"
"""The answer of who has found the card of an unknown attempt to be good."""


class AccountDay(msgspec.Struct, frozen=True):
    """One account over a day: at the start, what came, what went, at the end."""

    place: Place
    line: str
    stock: str
    batch: str
    start: int
    came: int
    went: int
    end: int


class Moved(msgspec.Struct, frozen=True, order=True):
    """All that went from one place to another on a day, whatever the batch."""

    source: Place
    source_line: str
    target: Place
    target_line: str
    stock: str
    count: int


class SupplyLeft(msgspec.Struct, frozen=True):
    """Ribbon or film as its printer last told; in cards, None where it does not tell."""

    line: str
    name: str
    remaining: int | None = None
    capacity: int | None = None


class DayTally(msgspec.Struct, frozen=True):
    """What was done on a day.

    Attributes:
        printed: cards that were found good.
        spoiled: blanks of which no good card came, by cause.
        returned: jobs given back to the registry, by cause.
        arrived, refused, revoked: jobs that came, that were not taken, that the registry took back.
        handed_over, taken_in: finished cards that went home, and that came from other offices.
        withdrawn, transferred, destroyed: cards that left the shelf, were sent away, were burned.
        received, sent_back: blanks.
        trials: blanks given for test prints.
        discrepancies: counts that did not agree with the book.
    """

    printed: int = 0
    spoiled: dict[str, int] = {}
    returned: dict[str, int] = {}
    arrived: int = 0
    refused: int = 0
    revoked: int = 0
    handed_over: int = 0
    taken_in: int = 0
    withdrawn: int = 0
    transferred: int = 0
    destroyed: int = 0
    received: int = 0
    sent_back: int = 0
    trials: int = 0
    discrepancies: int = 0
    accounts: tuple[AccountDay, ...] = ()
    moved: tuple[Moved, ...] = ()


class DayReport(DayTally, frozen=True, kw_only=True):
    """A day at a station, for the screen and the daily report.

    Attributes:
        date: the office's day, as `2026-08-01`.
        since, until: when it begins and ends, seconds since the epoch.
        as_of: for which moment it holds: the end of the day, or now.
        first, last: the stretch of the book; `last` is less than `first` for a day without entries.
        head: digest of the last entry of it, or of the one before it.
        waiting: jobs that waited to be printed at its end, or were under way, by state.
        held: held jobs at its end, by cause.
        supplies: ribbon and film.
        closed: since when the store is locked, seconds since the epoch; None while it is open.
    """

    station: str
    incarnation: str
    date: str
    since: float
    until: float
    as_of: float
    first: int
    last: int
    head: str
    waiting: dict[str, int]
    held: dict[str, int]
    supplies: tuple[SupplyLeft, ...]
    closed: float | None = None


def before(balances: Mapping[Account, int], movements: Iterable[Movement]) -> dict[Account, int]:
    """Return what accounts held before movements, of which these are the balances."""
    held = Counter(dict(balances))
    for movement in movements:
        held[movement.source] += movement.count
        held[movement.target] -= movement.count
    return {account: count for account, count in held.items() if count}


def tally(happened: Iterable[AnyEvent], end: Mapping[Account, int]) -> DayTally:
    """Add a day up.

    Args:
        happened: the events of the day, in the order of the book.
        end: what each account held after the last of them.
    """
    known: Counter[str] = Counter()
    spoiled: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    movements: list[Movement] = []
    for event in happened:
        movements += event.moves
        spoiled.update(dict(_spoiled(event)))
        if isinstance(event, events.JobReturned):
            returned[event.cause] += 1
        name, count = _counted(event)
        known[name] += count
    del known[""]
    return DayTally(
        spoiled=dict(sorted(spoiled.items())),
        returned=dict(sorted(returned.items())),
        accounts=tuple(_accounts(end, movements)),
        moved=tuple(_moved(movements)),
        **known,
    )


def _spoiled(event: AnyEvent) -> Iterator[tuple[str, int]]:
    match event:
        case events.AttemptSpoiled():
            yield event.cause, 1
        case events.AttemptGivenUp() if event.identity:
            yield event.cause, 1
        case events.QuestionAnswered() if event.answer != OUT:
            yield event.answer, 1
        case stock_events.BlanksSpoiled():
            yield event.cause, event.count
        case _:
            pass


def _counted(event: AnyEvent) -> tuple[str, int]:
    """Return which figure of `DayTally` an event raises, and by how much."""
    if isinstance(event, _SOME):
        return _FIGURES[type(event)], event.count
    if isinstance(event, stock_events.TrialEnded) and not event.fed:
        return "", 0
    return _FIGURES.get(type(event), ""), 1


_SOME = (events.BlanksReceived, stock_events.BlanksSentBack, stock_events.CardsDestroyed)
"""Events about several blanks or cards at once."""

_FIGURES: Final[Mapping[type[Event], str]] = {
    events.CardAccepted: "printed",
    events.JobArrived: "arrived",
    events.JobRefused: "refused",
    events.JobRevoked: "revoked",
    events.BlanksReceived: "received",
    stock_events.BlanksSentBack: "sent_back",
    stock_events.CardsDestroyed: "destroyed",
    shelf_events.CardHandedOver: "handed_over",
    shelf_events.CardArrived: "taken_in",
    stock_events.CardWithdrawn: "withdrawn",
    stock_events.CardTransferred: "transferred",
    stock_events.TrialEnded: "trials",
    stock_events.DiscrepancyFound: "discrepancies",
}


def _accounts(end: Mapping[Account, int], movements: Iterable[Movement]) -> Iterator[AccountDay]:
    came: Counter[Account] = Counter()
    went: Counter[Account] = Counter()
    for movement in movements:
        went[movement.source] += movement.count
        came[movement.target] += movement.count
    order = list(Place)
    for account in sorted({*end, *came, *went}, key=lambda a: (order.index(a.place), a.line, a.stock, a.batch)):
        if account.place not in OUTSIDE:
            last, more, less = end.get(account, 0), came[account], went[account]
            yield AccountDay(
                account.place, account.line, account.stock, account.batch, last - more + less, more, less, last
            )


def _moved(movements: Iterable[Movement]) -> Iterator[Moved]:
    sums: Counter[tuple[Place, str, Place, str, str]] = Counter()
    for movement in movements:
        source, target = movement.source, movement.target
        sums[source.place, source.line, target.place, target.line, source.stock] += movement.count
    order = list(Place)
    for key, count in sorted(sums.items(), key=lambda s: (order.index(s[0][0]), order.index(s[0][2]), *s[0])):
        yield Moved(*key, count)
