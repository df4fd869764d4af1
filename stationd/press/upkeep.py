"""What a line asks of its printer between two cards, beside its state: counters, ribbon and film, cleaning."""

from __future__ import annotations

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Cleanable, Counters
from stationd.press.bench import Bench
from stationd.press.gate import LOOK
from stationd.press.notice import Notice
from stationd.press.reconcile import note_supplies, reconcile_after
from stationd.press.trouble import cause_of
from stationd.store.store import Store

log = structlog.get_logger()


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

    def look(self, bench: Bench, counters: Counters | None = None, *, supplies: bool = True) -> None:
        """Hold the printer's counters against the book, now that no card is on its way through it.

        `counters` as they were read when the card had left, else read now; `supplies`: ribbon and film are read, too.
        """
        try:
            counters = counters or bench.counters(Deadline.after(LOOK))
            left = bench.printer.supplies(Deadline.after(LOOK)) if supplies else None
            if isinstance(bench.printer, Cleanable):
                self._notice.count_cleanings(bench.printer.cleanings(Deadline.after(LOOK)))
        except DeviceError as trouble:
            log.warning("counters not read", line=self._line, cause=cause_of(trouble).word)
            return
        if counters is not None:
            reconcile_after(self._store, self._line, bench.printer.identity, counters)
        if left is not None:
            note_supplies(self._store, self._line, bench.printer.identity, left)
