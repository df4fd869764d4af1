"""Opening a line's devices, and seeing what kind of line they make, before a blank is inside."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TypeVar, cast

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import HeldByAnother
from drivers.printer import CardCounter, Cleanable, DirectPrinter, Identity, Printer, WholeCardPrinter
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
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, str, str]] = {}  # by line: maker, model and serial number

    def bench(self, line: LineSettings, person: Person) -> Bench:
        """Open the devices of a line and see that they fit together.

        Args:
            line: as it is set up.
            person: does what no device can.

        Raises:
            LineUnfit: if a driver is not installed or the machine cannot make a card this way.
            drivers.errors.HeldByAnother: if another line has that machine, by whatever address. Nothing has moved.
            drivers.errors.DeviceError: if a device cannot be opened or is not what was expected.
        """
        deadline = Deadline.after(OPENING)
        driver = self._driver(line.name, "printer", line.printer, self._catalog.printers)
        with contextlib.ExitStack() as opened:
            opened.callback(self.let_go, line.name)  # after its printer is closed
            printer = driver.open(line.printer.address, deadline)
            opened.callback(printer.close)
            self._hold(line, printer.identity)
            route = choose_route(line, printer, desk=self._desk.there)
            if route is DESK_THEN_PRINT:
                bench: Bench = DeskBench(_whole_cards(printer), route, self._desk, person, line.name)
            else:
                bench = self._inline(line, printer, route, person, deadline)
            bench.cleanable = printer if isinstance(printer, Cleanable) else None
            opened.pop_all()
        return bench

    def let_go(self, line: str) -> None:
        """Say that a line has closed its devices, so that another one may have them. Never raises."""
        with self._lock:
            self._held.pop(line, None)

    def _hold(self, line: LineSettings, identity: Identity) -> None:
        """Let no two lines work one machine: station.toml can name it twice, by another host name or another cable."""
        serial = identity.serial.strip()
        if not serial:
            return  # it does not tell which machine it is
        machine = (identity.maker.strip().casefold(), identity.model.strip().casefold(), serial.casefold())
        with self._lock:
            other = next((name for name, held in self._held.items() if held == machine and name != line.name), None)
            if other is not None:
                machine_named = f"{identity.model} {serial}"
                holder = (
                    f"{other} of this station works this machine, {machine_named}; correct one of the two addresses"
                )
                raise HeldByAnother(f"{line.printer.driver} {line.printer.address}", "open", holder)
            self._held[line.name] = machine

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
