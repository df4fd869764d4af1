"""Opening a line's devices, and seeing what kind of line they make, before a blank is inside."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.printer import (
    CardTransport,
    DirectPrinter,
    EncodingStation,
    Panel,
    Printer,
    RetransferPrinter,
    WholeCardPrinter,
)
from stationd.model import issuance
from stationd.press.bench import Bench
from stationd.press.desk_line import DeskBench, Person, WholeCardMachine
from stationd.press.desk_reader import DeskReader
from stationd.press.inline import DirectBench, InlineDirect, InlineRetransfer, RetransferBench
from stationd.settings import DeviceSettings, LineSettings

OPENING = 10.0
"""Seconds that opening a device may take."""

COLOUR = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})


@dataclass(eq=False)
class LineUnfit(Exception):
    """A line's devices cannot make a card as the line is set up."""

    line: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.line}: {self.why}"


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
            fit = _Fitting(line.name, printer)
            fit.require(printer.capabilities.raster.panels >= COLOUR, "has no colour panels")
            if isinstance(printer, WholeCardPrinter):
                bench = self._desk_bench(line, fit, person)
            else:
                bench = self._inline_bench(line, fit, deadline)
            opened.pop_all()
        return bench

    def _desk_bench(self, line: LineSettings, fit: _Fitting, person: Person) -> Bench:
        fit.require(line.encoder is None, "has no reader inside: leave encoder out, cards are written on the desk")
        fit.require(self._desk.there, "cannot hold a card for a reader: give the station a desk reader under [desk]")
        fit.require(not line.film_beside_chip, "prints no film that could run beside a chip")
        return DeskBench(cast("WholeCardMachine", fit.printer), issuance.DESK_THEN_PRINT, self._desk, person)

    def _inline_bench(self, line: LineSettings, fit: _Fitting, deadline: Deadline) -> Bench:
        printer, can = fit.printer, fit.printer.capabilities
        fit.require(isinstance(printer, CardTransport), "cannot be told where to hold a card")
        fit.require(isinstance(printer, EncodingStation), "has no encoding station inside")
        fit.require(isinstance(printer, RetransferPrinter | DirectPrinter), "prints in no way that a line knows")
        fit.require(can.reject_bin, "has no reject bin")
        fit.require(can.film_beside_chip or not line.film_beside_chip, "cannot print film while a chip is written")
        direct = isinstance(printer, DirectPrinter)
        fit.require(self._desk.there or not direct, "puts a card out before it is live: it needs a reader under [desk]")
        if line.encoder is None:
            raise LineUnfit(line.name, "the printer has a reader inside: name it as encoder")
        encoder = self._driver(line.name, "encoder", line.encoder, self._catalog.encoders).open(
            line.encoder.address, deadline
        )
        if direct:
            return DirectBench(cast("InlineDirect", printer), issuance.INLINE_DIRECT, encoder)
        route = issuance.INLINE_BESIDE if line.film_beside_chip else issuance.INLINE_IN_TURN
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


@dataclass(frozen=True)
class _Fitting:
    """A printer at a line that may or may not suit it."""

    line: str
    printer: Printer

    def require(self, holds: bool, why: str) -> None:
        """Raise `LineUnfit` unless something holds."""
        if not holds:
            raise LineUnfit(self.line, f"the printer {why}")
