"""Opening a line's devices, and seeing what kind of line they make, before a blank is inside."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TypeVar, cast

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.printer import CardCounter, DirectPrinter, Printer, WholeCardPrinter
from stationd.model.issuance import DESK_THEN_PRINT, Route
from stationd.press.bench import Bench
from stationd.press.desk_line import DeskBench, Person, WholeCardMachine
from stationd.press.desk_reader import DeskReader
from stationd.press.inline import DirectBench, InlineDirect, InlineRetransfer, RetransferBench
from stationd.press.one_by_one import CountedMachine, CountedOneByOne, DirectMachine, OneByOne
from stationd.press.plan import LineUnfit, choose_route
from stationd.press.readers import open_reader
from stationd.settings import DeviceSettings, LineSettings

OPENING = 10.0
"""Seconds that opening a device may take."""

_D = TypeVar("_D")


class Opening:
    """Opens the devices of lines.

    Args:
        catalog: the drivers that are installed.
        desk: the reader on the officer's desk.
    """

    def __init__(self, catalog: Catalog, desk: DeskReader) -> None:
        self._catalog = catalog
        self._desk = desk

    def bench(self, line: LineSettings, person: Person) -> Bench:
        """Open the devices of a line and see that they fit together.

        Args:
            line: as it is set up.
            person: does what no device can.

        Raises:
            LineUnfit: if a driver is not installed or the machine cannot make a card this way.
            drivers.errors.DeviceError: if a device cannot be opened or is not what was expected.
        """
        deadline = Deadline.after(OPENING)
        driver = self._driver(line.name, "printer", line.printer, self._catalog.printers)
        with contextlib.ExitStack() as opened:
            printer = driver.open(line.printer.address, deadline)
            opened.callback(printer.close)
            route = choose_route(line, printer, desk=self._desk.there)
            if route is DESK_THEN_PRINT:
                bench: Bench = DeskBench(_whole_cards(printer), route, self._desk, person, line.name)
            else:
                bench = self._inline(line, printer, route, person, deadline)
            opened.pop_all()
        return bench

    def _inline(self, line: LineSettings, printer: Printer, route: Route, person: Person, deadline: Deadline) -> Bench:
        assert line.encoder is not None  # noqa: S101 - the route was chosen with it
        self._driver(line.name, "encoder", line.encoder, self._catalog.encoders)
        encoder = open_reader(line.encoder, self._catalog, deadline)
        if isinstance(printer, DirectPrinter):
            return DirectBench(cast("InlineDirect", printer), route, encoder, person)
        return RetransferBench(cast("InlineRetransfer", printer), route, encoder)

    def _driver(self, line: str, kind: str, device: DeviceSettings, known: Mapping[str, _D]) -> _D:
        if device.driver in known:
            return known[device.driver]
        if device.driver in self._catalog.broken:
            raise LineUnfit(
                line, f"the {kind} driver {device.driver!r} cannot be loaded: {self._catalog.broken[device.driver]}"
            )
        installed = ", ".join(sorted(known)) or "none"
        raise LineUnfit(line, f"no {kind} driver is called {device.driver!r}; installed are: {installed}")


def _whole_cards(printer: Printer) -> WholeCardMachine:
    """Return a printer that can make a whole card as one that does."""
    if isinstance(printer, WholeCardPrinter):
        return cast("WholeCardMachine", printer)
    if isinstance(printer, CardCounter):
        return CountedOneByOne(cast("CountedMachine", printer))
    return OneByOne(cast("DirectMachine", printer))
