"""Lets the rules act by themselves: jobs that are deferred and come back, and requests for what runs short.

Wakes when something was written that they depend on, and once a minute for what only the time brings.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

import structlog

from stationd.model import events, rule_events, stock_events
from stationd.model.blank import Place
from stationd.model.entry import AnyEvent, Entry
from stationd.model.forecast import BLANKS, Ask, Asked, Close, Forecast, next_step
from stationd.model.job import LAST_MIDNIGHT, Hold, Reason
from stationd.model.policy import Policy
from stationd.model.ruling import Wanted
from stationd.rules import LATEST, Rules, forecasts
from stationd.store.rows import JobRow
from stationd.store.rule_view import READY, RequestRow
from stationd.store.store import CommitFailed, Store
from stationd.store.view import View

log = structlog.get_logger()

ACTOR: Final = "rules"

DAY: Final = 86_400.0

LOOK: Final = 60.0
"""Seconds between looks at what only the time brings: a new day, a policy that begins."""

AT_ONCE: Final = 200
"""Jobs that are held or released in one commit, so that a line never waits long for its own."""

_WAYS: Final = tuple(Wanted(reason, None, LATEST) for reason in Reason)
"""One job for each reason: what the rules say of these they say of all that are not urgent."""


class Steward:
    """The rules' own hands.

    Args:
        store: the book.
        rules: of this station.
        look_again: looks at the jobs that are held for what only they themselves can tell of; called on each new day.
    """

    def __init__(self, store: Store, rules: Rules, look_again: Callable[[], None]) -> None:
        self._store = store
        self._rules = rules
        self._look_again = look_again
        self._news = asyncio.Event()
        self._left_shelf = True
        self._seen: object = None
        self._day: datetime.date | None = None

    def hear(self, entries: Sequence[Entry], loop: asyncio.AbstractEventLoop) -> None:
        """Take note of what was committed. May be called from any thread, also after the loop has ended."""
        if not any(_matters(entry.event) for entry in entries):
            return
        if any(move.source.place is Place.SHELF for entry in entries for move in entry.event.moves):
            self._left_shelf = True
        with contextlib.suppress(RuntimeError):  # the loop has ended: the next start looks at everything
            loop.call_soon_threadsafe(self._news.set)

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(self._look_again)
        while True:
            self._news.clear()
            try:
                await asyncio.to_thread(self.tend)
            except CommitFailed as failure:  # what was to be written is found again at the next look
                log.warning("the rules cannot write", why=str(failure))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._news.wait()

    def tend(self) -> None:
        """Hold, release and ask for what is due now. Nothing is, while the time is unknown."""
        now, policy = self._rules.clock.now(), self._rules.policy
        if now is None or policy is None:
            return
        latest = datetime.datetime.fromtimestamp(now, LAST_MIDNIGHT).date()  # a birthday has come where it comes last
        if self._day is not None and latest != self._day:
            self._look_again()
        if latest != self._day:
            with self._store.write(ACTOR) as transaction:
                transaction.forget_processings(now - policy.retention.processing_log * DAY)
        self._day = latest
        self._sweep(policy, policy.day(now))
        self._ask(policy, now)

    # --- jobs -------------------------------------------------------------------------------------------------------

    def _sweep(self, policy: Policy, today: datetime.date) -> None:
        left_shelf, self._left_shelf = self._left_shelf, False
        with self._store.read() as view:
            situation = self._rules.situation(view)
            seen = (policy.version, today, [situation.verdict(job) for job in _WAYS])
            if seen == self._seen and not left_shelf:
                return
            changed = self._rules.to_hold_and_release(view)
        self._seen = None  # until all of it is on the disk
        pending = iter(changed)
        while chunk := list(islice(pending, AT_ONCE)):
            self._put_down(chunk)
        self._seen = seen
        if changed:
            log.info("jobs held or released by the rules", jobs=len(changed), policy=policy.version)

    def _put_down(self, changed: Sequence[tuple[JobRow, Hold | None]]) -> None:
        with self._store.write(ACTOR) as transaction:
            for row, hold in changed:
                current = transaction.job(row.job_id)
                if current is None or (current.state, current.cause) != (row.state, row.cause):
                    continue  # somebody else was quicker
                if hold is not None:
                    held = events.JobHeld(job_id=row.job_id, cause=hold.cause, detail=hold.detail)
                    transaction.record(held)
                else:
                    transaction.record(events.JobReleased(job_id=row.job_id, cause=row.cause))

    # --- supplies ---------------------------------------------------------------------------------------------------

    def _ask(self, policy: Policy, now: float) -> None:
        with self._store.read() as view:
            due = list(self._due(view, policy, now))
        if not due:
            return
        with self._store.write(ACTOR) as transaction:
            for event in self._due(transaction, policy, now):
                transaction.record(event)
                log.info("supply asked for or arrived", supply=event.supply, line=event.line, left=event.left)

    def _due(
        self, view: View, policy: Policy, now: float
    ) -> Iterator[rule_events.StockRequested | rule_events.StockArrived]:
        """Yield what is due. A mobile kit's blanks are its office's: it asks for none."""
        kit = self._rules.away(view) is not None
        return (event for event in _due(view, policy, now) if not (kit and event.supply == BLANKS))


def _due(view: View, policy: Policy, now: float) -> Iterator[rule_events.StockRequested | rule_events.StockArrived]:
    """Yield what is to be written of requests: for blanks, and for each line's ribbon and film."""
    requests = {(row.supply, row.line, row.stock): row for row in view.requests()}
    for key, seen in forecasts(view, policy, now).items():
        asked = requests.get(key)
        was = None if asked is None else Asked(asked.left_then, asked.wanted, asked.arrived)
        step = next_step(seen, was, replaced=key[0] != BLANKS)
        if asked is not None and isinstance(step, Close):
            yield _arrived(asked, seen)
            step = next_step(seen, None)
        if isinstance(step, Ask):
            yield _request(key, seen, policy)


def _request(key: tuple[str, str, str], seen: Forecast, policy: Policy) -> rule_events.StockRequested:
    supply, line, stock = key
    return rule_events.StockRequested(
        supply=supply,
        line=line,
        stock=stock,
        to=policy.reorder.to,
        left=seen.left,
        rate=round(seen.rate, 1),
        days_left=seen.days_left,
        wanted=seen.wanted,
    )


def _arrived(asked: RequestRow, seen: Forecast) -> rule_events.StockArrived:
    return rule_events.StockArrived(
        request=asked.seq, supply=asked.supply, line=asked.line, stock=asked.stock, left=seen.left
    )


def _matters(event: AnyEvent) -> bool:
    """Say whether an entry can change what the rules say: blanks came or went, a day's share, a policy, a supply."""
    if any(move.source.place in READY or move.target.place in READY for move in event.moves):
        return True
    if any(move.source.place is Place.SHELF for move in event.moves):
        return True
    return isinstance(event, _WORTH_A_LOOK)


_WORTH_A_LOOK: Final = (
    stock_events.SuppliesRead,
    rule_events.StockRequestDropped,
    events.PolicyAdopted,
    events.PrintOrdered,
    events.OrderWithdrawn,
    events.AttemptSpoiled,
    events.AttemptGivenUp,
    events.AttemptReleased,
    events.TimeDeclared,
)
