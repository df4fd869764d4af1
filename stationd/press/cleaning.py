"""Cleaning a line's printer: a cleaning card goes through it, which is no blank, and the book says that it did."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Cleanable, Cleanings, Counters, Media, Preparation
from stationd.model import stock_events
from stationd.press.bench import Bench
from stationd.press.errands import LineBusy
from stationd.press.trouble import cause_of
from stationd.store.store import Store

log = structlog.get_logger()

SECONDS = 300.0
"""How long a cleaning may take."""

ASKING = 5.0
"""Seconds for a question to the printer."""


@dataclass(frozen=True)
class Guide:
    """What a person is told before.

    Attributes:
        printer: model and serial number.
        preparations: what is done at the machine, in this order.
        cleanings: what the machine counts.
    """

    printer: str
    preparations: tuple[Preparation, ...]
    cleanings: Cleanings


@dataclass(frozen=True)
class Cleaned:
    """What came of a cleaning.

    Attributes:
        outcome: as in `stationd.model.stock_events.CleaningEnded`.
        cause, detail: why it failed.
        cleanings: what the machine counts now; None if it does not say.
    """

    outcome: str
    cause: str
    detail: str
    cleanings: Cleanings | None


def guide(line: str, bench: Bench) -> Guide:
    """Say how a line's printer is made ready for its cleaning card. Moves nothing.

    Raises:
        LineBusy: if it has no cleaning that a station can begin, or does not answer.
    """
    printer = _cleanable(line, bench)
    try:
        return Guide(bench.machine, printer.preparations, printer.cleanings(Deadline.after(ASKING)))
    except DeviceError as trouble:
        raise LineBusy(line, cause_of(trouble).word) from trouble


def clean(store: Store, line: str, officer: str, bench: Bench) -> Cleaned:
    """Draw the cleaning card through that lies ready in the printer: declared before, written down after.

    Args:
        store: the book.
        line: whose printer it is.
        officer: who asks for it.
        bench: the line's devices.

    Raises:
        LineBusy: if the printer cannot be told to, holds a card, or does not answer. Nothing was begun.
    """
    printer = _cleanable(line, bench)
    try:
        if bench.printer.status(Deadline.after(ASKING)).media in {Media.PRESENT, Media.JAMMED}:
            raise LineBusy(line, "card-in-machine")
        before = bench.counters(Deadline.after(ASKING))
    except DeviceError as trouble:
        raise LineBusy(line, cause_of(trouble).word) from trouble
    store.record(officer, stock_events.CleaningBegan(line=line, printer=bench.machine))
    outcome, cause, detail = "done", "", ""
    try:
        printer.clean(Deadline.after(SECONDS))
    except DeviceError as trouble:
        outcome, told = "failed" if trouble.may_have_acted else "not-begun", cause_of(trouble)
        cause, detail = told.word, told.detail
        log.warning("cleaning failed", line=line, cause=cause, detail=detail)
    after, cleanings = _after(bench, printer)
    drawn = None if before is None or after is None else after.cards - before.cards
    ended = stock_events.CleaningEnded(
        line=line,
        printer=bench.machine,
        outcome=outcome,
        cause=cause,
        cleanings=None if cleanings is None else cleanings.done,
        kind="" if drawn is None or after is None else after.kind,
        drawn=drawn or 0,
    )
    store.record(officer, ended)
    return Cleaned(outcome, cause, detail, cleanings)


def _cleanable(line: str, bench: Bench) -> Cleanable:
    if bench.cleanable is None:
        raise LineBusy(line, "cleaning-by-hand")
    return bench.cleanable


def _after(bench: Bench, printer: Cleanable) -> tuple[Counters | None, Cleanings | None]:
    try:
        return bench.counters(Deadline.after(ASKING)), printer.cleanings(Deadline.after(ASKING))
    except DeviceError as trouble:
        log.warning("counters not read after a cleaning", cause=cause_of(trouble).word)
        return None, None
