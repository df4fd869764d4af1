"""What papers are made of: looked up in the book, and nothing decided."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import takewhile

from stationd.documents.forms.destruction import Destruction
from stationd.documents.forms.request import Request
from stationd.documents.forms.stock_take import Difference, StockTake
from stationd.model import day as days
from stationd.model import events, rule_events, stock_events
from stationd.model.day import DayReport, SupplyLeft
from stationd.model.entry import AnyEvent, Entry
from stationd.model.forecast import BLANKS
from stationd.model.papers import DAY
from stationd.model.standing import Standing
from stationd.store.rows import JobState
from stationd.store.view import View

WAITING = (JobState.QUEUED, JobState.ORDERED, JobState.PRINTING, JobState.DELIVERED)
"""Jobs that wait to be printed, or whose card is under way."""

SHOWN = 10
"""So many of the last days with cards are in a letter."""

HISTORY = 120 * DAY
"""Seconds before a request in which those days are looked for."""

_DIGITS = 18
"""Of an entry's number at most: what the database can hold."""


def day_report(
    view: View, station: str, incarnation: str, date: datetime.date, utc_hours: int, now: float
) -> DayReport:
    """Add a day up, from the book.

    Args:
        view: a look at it that nobody waits for.
        station: whose book it is.
        incarnation: which of that station's.
        date: the office's day.
        utc_hours: the office's time.
        now: seconds since the epoch.
    """
    zone = datetime.timezone(datetime.timedelta(hours=utc_hours))
    since = datetime.datetime.combine(date, datetime.time(), zone).timestamp()
    over = now >= since + DAY
    first = view.first_since(since)
    end = view.first_since(since + DAY) if over else view.head().seq + 1
    later = (move for entry in view.moving_entries(end) for move in entry.event.moves)
    tally = days.tally((entry.event for entry in view.stretch(first, end)), days.before(view.balances(), later))
    closed = view.closed_day()
    waiting, held = _now(view) if not over else _then(view, end)
    return DayReport(
        **{name: getattr(tally, name) for name in tally.__struct_fields__},
        station=station,
        incarnation=incarnation,
        date=date.isoformat(),
        since=since,
        until=since + DAY,
        as_of=min(now, since + DAY),
        first=first,
        last=end - 1,
        head=view.digest_at(end - 1),
        waiting=waiting,
        held=held,
        supplies=tuple(SupplyLeft(s.line, s.name, s.remaining, s.capacity) for s in view.supplies()),
        closed=closed.since if closed is not None and since <= closed.since < since + DAY else None,
    )


def _now(view: View) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many jobs wait, by state, and how many are held, by cause."""
    return {state: n for state, n in view.job_counts().items() if state in set(WAITING)}, view.held_by_cause()


def _then(view: View, end: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return the same before an entry of the book."""
    standing = Standing().follow(entry.event for entry in view.job_entries(end))
    return standing.waiting, standing.held


def request_of(view: View, subject: str, utc_hours: int) -> Request | None:
    """Return the request that an entry is; if none is named the last open one, for blanks before others."""
    if not subject:
        open_ones = [(row.supply == BLANKS, row.seq) for row in view.requests()]
        subject = str(max(open_ones)[1]) if open_ones else ""
    entry = entry_named(view, subject)
    event = None if entry is None else entry.event
    if entry is None or not isinstance(event, rule_events.StockRequested):
        return None
    line = None if event.supply == BLANKS else event.line
    used = view.used_by_day(entry.envelope.time - HISTORY, utc_hours, line)
    zone = datetime.timezone(datetime.timedelta(hours=utc_hours))
    asked = datetime.datetime.fromtimestamp(entry.envelope.time, zone).date()
    before = [
        (day.isoformat(), count) for day, count in used.items() if day < asked
    ]  # as for the rate that was asked by
    made = tuple(before[-SHOWN:])
    return Request(
        seq=entry.envelope.seq,
        time=entry.envelope.time,
        supply=event.supply,
        line=event.line,
        stock=event.stock,
        to=event.to,
        left=event.left,
        rate=event.rate,
        days_left=event.days_left,
        wanted=event.wanted,
        made=made,
    )


def destruction_of(view: View, subject: str) -> Destruction | None:
    """Return what an entry says was destroyed; the last one if none is named. Each stock type by itself."""
    entry = entry_named(view, subject) if subject else view.last_of(stock_events.CardsDestroyed)
    if entry is None or not isinstance(entry.event, stock_events.CardsDestroyed):
        return None
    event = entry.event
    since = _destroyed_before(view, entry.envelope.seq, event.stock) + 1
    aside = list(_set_aside((each.event for each in view.stretch(since, entry.envelope.seq)), view, event.stock))
    causes = Counter({cause: 0 for cause, _, _ in aside})
    for cause, count, _ in aside:
        causes[cause] += count
    return Destruction(
        seq=entry.envelope.seq,
        time=entry.envelope.time,
        record=event.record,
        stock=event.stock,
        count=event.count,
        moves=event.moves,
        causes=tuple(causes.items()),
        identities=tuple(identity for _, _, identity in aside if identity),
    )


def _destroyed_before(view: View, seq: int, stock: str) -> int:
    """Return the entry before a number by which cards of a stock type were destroyed; 0 if none were."""
    while (before := view.last_of(stock_events.CardsDestroyed, seq)) is not None:
        seq = before.envelope.seq
        if isinstance(before.event, stock_events.CardsDestroyed) and before.event.stock == stock:
            return seq
    return 0


def _set_aside(happened: Iterable[AnyEvent], view: View, stock: str) -> Iterator[tuple[str, int, str]]:
    """Yield what was set aside to be destroyed: cause, how many, and the chip's identity if it is known."""
    for event in happened:
        match event:
            case events.AttemptSpoiled() if view.attempt(event.attempt_id).stock == stock:
                yield event.cause, 1, event.identity
            case events.QuestionAnswered(answer="spoiled") if view.attempt(event.attempt_id).stock == stock:
                yield event.answer, 1, event.identity
            case stock_events.BlanksSpoiled() if event.stock == stock:
                yield event.cause, event.count, ""
            case stock_events.CardWithdrawn() if event.moves[0].source.stock == stock:
                yield event.cause, 1, event.identity
            case _:
                pass


def stock_take_of(view: View, subject: str) -> StockTake | None:
    """Return the count that an entry is; the last stock-take if none is named."""
    entry = entry_named(view, subject) if subject else view.last_of(stock_events.BlanksCounted)
    if entry is None or not isinstance(entry.event, stock_events.BlanksCounted):
        return None
    seq = entry.envelope.seq
    following = view.stretch(seq + 1, seq + 1 + len(entry.event.counted))
    found = takewhile(lambda each: isinstance(each.event, stock_events.DiscrepancyFound), following)
    return StockTake(
        seq=seq,
        time=entry.envelope.time,
        occasion=entry.event.occasion,
        counted=entry.event.counted,
        differences=tuple(_difference(view, each) for each in found),
    )


def _difference(view: View, entry: Entry) -> Difference:
    row = view.discrepancy(f"d{entry.envelope.seq}")
    assert row is not None  # noqa: S101 - derived from the entry that was just read
    return Difference(
        row.discrepancy_id, row.subject, row.expected, row.found, row.state, row.explanation, row.settled_by
    )


def entry_named(view: View, subject: str) -> Entry | None:
    """Return the entry of a number; None if there is none, or it is no number."""
    return view.entry(int(subject)) if subject.isascii() and subject.isdigit() and len(subject) <= _DIGITS else None
