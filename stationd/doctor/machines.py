"""Probes of each line's printer: who it is, what it reports, what ribbon and film are left.

While a daemon runs the line's own word counts and the printer is not opened; without one it is opened, asked, and let
go. Nothing is moved either way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import CardCounter, Cleanable, Cleanings, Condition, Media, Printer, Reason
from stationd.doctor.finding import Finding, soon, stopped_by, stops, well
from stationd.model.stock_events import SupplyRead
from stationd.press.gate import HARMLESS
from stationd.press.notice import CleaningsTold, LineState, LineStatus
from stationd.press.plan import LACKING, LineUnfit, choose_route, lacks
from stationd.settings import LineSettings
from stationd.station.views import StationStatus

OPENING: Final = 10.0
ASKING: Final = 5.0
"""Seconds for opening a printer, and for each question to it."""

FEW: Final = 20
"""Cards left on a ribbon or film from which on a new one should lie ready."""

_PASSING: Final = frozenset({Reason.BUSY, Reason.WARMING_UP})


def of_running(line: LineSettings, status: StationStatus) -> Iterator[Finding]:
    """Say what the daemon knows of a line."""
    told = next((told for told in status.lines if told.name == line.name), None)
    if told is None:
        yield stops("line-unknown", line.name)
        return
    yield _state(told)
    for standing in told.conditions:
        if standing.reason in LACKING:
            yield well(standing.reason, line.name)
        elif standing.reason != told.cause and (standing.reason != Reason.CLEANING_DUE or told.cleanings is None):
            yield reported(line.name, Condition(Reason(standing.reason), standing.code, standing.text))
    if told.cleanings is not None or (told.printer and told.state in {LineState.READY, LineState.WORKING}):
        yield from cleaning(line.name, told.cleanings, {standing.reason for standing in told.conditions})
    for row in status.supplies:
        if row.line == line.name:
            yield _supply(line.name, SupplyRead(row.name, row.remaining, row.capacity, row.lot))


def _state(told: LineStatus) -> Finding:
    who = f"{told.printer} {told.firmware}".strip()
    match told.state:
        case LineState.READY | LineState.WORKING:
            return well("printer-there", told.name, who)
        case LineState.STARTING:
            return soon("line-starts", told.name)
        case LineState.ASKING:
            return stops("question-open", told.name, told.detail)
        case _ if told.cause in {reason.value for reason in _PASSING}:
            return soon(told.cause, told.name, told.detail)
        case _:
            return stops(told.cause or "line-failed", told.name, told.detail)


def of_opened(line: LineSettings, catalog: Catalog, *, desk: bool) -> Iterator[Finding]:
    """Open a line's printer and ask it. `desk` says whether the station has a reader on the desk."""
    if line.printer.driver not in catalog.printers:
        return  # said by another probe
    try:
        printer = catalog.printers[line.printer.driver].open(line.printer.address, Deadline.after(OPENING))
    except DeviceError as error:
        yield stopped_by(error, line.name)
        return
    try:
        yield from asked(line, printer, desk=desk)
    except DeviceError as error:
        yield stopped_by(error, line.name)
    finally:
        printer.close()


def asked(line: LineSettings, printer: Printer, *, desk: bool) -> Iterator[Finding]:
    """Ask an open printer for all that it tells. Raises `DeviceError`."""
    who = printer.identity
    counters = ""
    if isinstance(printer, CardCounter):
        told = printer.counters(Deadline.after(ASKING))
        counters = f"; {told.kind} {told.cards}" + "".join(f", {name} {count}" for name, count in told.others.items())
    if not who.firmware.strip():
        yield soon("firmware-not-told", line.name, f"{who.model} {who.serial}")
    yield well("printer-there", line.name, f"{who.maker} {who.model} {who.serial} {who.firmware}{counters}")
    try:
        choose_route(line, printer, desk=desk)
    except LineUnfit as unfit:
        yield stops("line-unfit", line.name, unfit.why)
    for word in lacks(printer):
        yield well(word, line.name)
    status = printer.status(Deadline.after(ASKING))
    cleanings = printer.cleanings(Deadline.after(ASKING)) if isinstance(printer, Cleanable) else None
    for condition in status.conditions:
        if condition.reason is not Reason.CLEANING_DUE or cleanings is None:
            yield reported(line.name, condition)
    yield from cleaning(line.name, cleanings, {condition.reason for condition in status.conditions})
    if status.media is Media.PRESENT:
        yield soon("card-in-machine", line.name)
    if status.ready:
        yield well("printer-ready", line.name)
    for supply in printer.supplies(Deadline.after(ASKING)):
        yield _supply(line.name, SupplyRead(supply.name, supply.remaining, supply.capacity, supply.lot))


def reported(line: str, condition: Condition) -> Finding:
    """Say what a printer's own report means: what is harmless or passes is to be seen to, the rest stops."""
    detail = f"{condition.text} ({condition.code})"
    harmless = condition.reason in HARMLESS or condition.reason in _PASSING
    return soon(condition.reason, line, detail) if harmless else stops(condition.reason, line, detail)


def cleaning(line: str, told: Cleanings | CleaningsTold | None, conditions: Collection[str]) -> Iterator[Finding]:
    """Say whether a printer wants to be cleaned, by what it counts, and else by what it reports.

    Args:
        line: whose printer it is.
        told: what it counts; None for one that a station cannot clean.
        conditions: the reasons that it reports.
    """
    if told is None:
        if Reason.CLEANING_DUE not in conditions:
            yield well("cleaning-told-by-machine", line)
        return
    detail = f"{told.done} cleanings"
    if told.since is not None:
        detail += f", {told.since} / {'?' if told.every is None else told.every} cards"
    due = told.due or Reason.CLEANING_DUE in conditions  # what it reports was asked for later than what it counts
    yield soon("cleaning-due", line, detail) if due else well("cleaning-not-due", line, detail)


def _supply(line: str, supply: SupplyRead) -> Finding:
    subject = f"{line}: {supply.name}"
    if supply.remaining is None:
        return well("supply-not-told", subject)
    detail = f"{supply.remaining} / {'?' if supply.capacity is None else supply.capacity}"
    if supply.remaining == 0:
        return stops("supply-empty", subject, detail)
    return soon("supply-low", subject, detail) if supply.remaining <= FEW else well("supply-left", subject, detail)
