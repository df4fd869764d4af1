"""After each attempt and at each start: the printer's counter against the book, and what ribbon and film are left.

What agrees and leaves nothing in doubt writes nothing. A difference is a discrepancy, dated, until people settle it;
the comparison begins anew from there, so that one difference is named once.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from drivers.printer import Counters, Identity, Supply
from stationd.model import stock_events
from stationd.model.reconcile import Comparison, Finding, Reading, Tally, compare, settles
from stationd.model.settling import Origin
from stationd.model.supplies import worth_noting
from stationd.store.store import Store

log = structlog.get_logger()

ACTOR = "press"

_ORIGINS = {Finding.DIFFERS: Origin.COUNTERS, Finding.BACKWARDS: Origin.COUNTERS_BACKWARDS}


def machine_of(identity: Identity) -> str:
    """Return how the book names a printer: model and serial number, wherever it is plugged in."""
    return f"{identity.model}:{identity.serial}"


def reconcile_after(store: Store, line: str, printer_identity: Identity, counters: Counters) -> Comparison:
    """Hold a printer's counter against what the book says went through that printer.

    Args:
        store: the book.
        line: which line it works on.
        printer_identity: which machine answered; the comparison is by its serial number.
        counters: as read when no card was on its way through.

    Raises:
        stationd.store.store.CommitFailed: if the disk does not take what was found.
    """
    printer, tally = machine_of(printer_identity), Tally(counters.kind)
    with store.write(ACTOR) as transaction:
        base = transaction.counters_base(printer, tally)
        now = Reading(counters.cards, transaction.booked(printer, tally))
        found = compare(base, now, known_line=transaction.had_other_printer(line, printer))
        if found.finding in _ORIGINS:
            log.warning("counters differ", line=line, printer=printer, expected=found.expected, counted=found.counted)
            transaction.record(
                stock_events.DiscrepancyFound(
                    origin=_ORIGINS[found.finding],
                    subject=f"{printer} {tally}",
                    expected=found.expected,
                    found=found.counted,
                    line=line,
                )
            )
        if base is None or found.finding is not Finding.AGREED or settles(base, now):
            transaction.record(
                stock_events.CountersBased(
                    line=line,
                    printer=printer,
                    kind=tally,
                    cards=now.cards,
                    booked=now.booked.sure,
                    doubted=now.booked.doubted,
                    open=now.booked.open,
                    cause=found.finding,
                )
            )
    return found


def note_supplies(store: Store, line: str, printer_identity: Identity, supplies: Iterable[Supply]) -> bool:
    """Put ribbon and film in the book if they have changed noticeably; returns whether they had.

    Raises:
        stationd.store.store.CommitFailed: if the disk does not take it.
    """
    printer = machine_of(printer_identity)
    now = tuple(stock_events.SupplyRead(s.name, s.remaining, s.capacity, s.lot) for s in supplies)
    with store.read() as view:  # the line alone writes its printer's supplies: nobody comes in between
        if not worth_noting(view.supplies_of(line, printer), now):
            return False
    store.record(ACTOR, stock_events.SuppliesRead(line=line, printer=printer, supplies=now))
    return True
