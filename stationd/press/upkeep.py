"""What a line asks of its printer between two cards, beside its state: counters, ribbon and film, cleaning.

The next card waits for the answers. So the counters are held against the book after each card, and the rest is asked
for after a few, when something had to be put right, and when there is no card to make. That a ribbon runs low or a
cleaning is due the printer says by its state, which is asked before each card anyway.
"""

from __future__ import annotations

import time
from typing import Final

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Counters
from stationd.press.bench import Bench
from stationd.press.gate import LOOK
from stationd.press.notice import Notice
from stationd.press.reconcile import note_supplies, reconcile_after
from stationd.press.trouble import cause_of
from stationd.store.store import Store

log = structlog.get_logger()

EVERY: Final = 5
"""Cards after which ribbon, film and cleaning are asked for though there is another card to make."""

FRESH: Final = 1.0
"""Seconds for which counters that were read behind one card may be the evidence before the next one."""


class Upkeep:
    """Reads what one line's printer counts, while no card is on its way through it.

    Args:
        line: its name.
        store: the book.
        notice: tells people of its cleaning.
    """

    def __init__(self, line: str, store: Store, notice: Notice) -> None:
        self._line = line
        self._store = store
        self._notice = notice
        self._cards = 0
        self._soon = False
        self._counted: tuple[str, Counters, float] | None = None

    def after_card(self, bench: Bench, counters: Counters | None) -> None:
        """Look when a card has left; `counters` as they were read then, None if they could not be."""
        self._cards += 1
        if self._soon or self._cards >= EVERY:
            self.look(bench, counters)
        else:
            self._hold(bench, counters)

    def at_rest(self, bench: Bench) -> None:
        """Ask for what was left out while there was no time for it."""
        if self._cards:
            self.look(bench)

    def hurry(self) -> None:
        """Somebody is at the printer, perhaps with a new ribbon: look at all of it after the next card, not before.

        Until then a ribbon may be out, which is not to be put down as used up.
        """
        self._soon, self._counted = True, None

    def counted(self, bench: Bench) -> Counters | None:
        """Return what was counted behind the last card, if nothing can have happened since. It is given once."""
        known, self._counted = self._counted, None
        if known is None or known[0] != bench.session or time.monotonic() - known[2] > FRESH:
            return None
        return known[1]

    def look(self, bench: Bench, counters: Counters | None = None, *, supplies: bool = True) -> None:
        """Hold the printer's counters against the book, now that no card is on its way through it.

        `counters` as they were read when the card had left, else read now; `supplies`: ribbon and film are read, too.
        """
        try:
            left = bench.printer.supplies(Deadline.after(LOOK)) if supplies else None
            if bench.cleanable is not None:
                self._notice.count_cleanings(bench.cleanable.cleanings(Deadline.after(LOOK)))
        except DeviceError as trouble:
            log.warning("supplies not read", line=self._line, cause=cause_of(trouble).word)
            if counters is None:
                return
        else:
            if left is not None:
                self._cards, self._soon = 0, False
                note_supplies(self._store, self._line, bench.printer.identity, left)
        self._hold(bench, counters)

    def _hold(self, bench: Bench, counters: Counters | None) -> None:
        """Hold the counters against the book; if they are not known, they are read."""
        try:
            counters = counters or bench.counters(Deadline.after(LOOK))
        except DeviceError as trouble:
            log.warning("counters not read", line=self._line, cause=cause_of(trouble).word)
            return
        if counters is not None:
            reconcile_after(self._store, self._line, bench.printer.identity, counters)
            self._counted = bench.session, counters, time.monotonic()
