"""The devices of one line, open: its printer and the reader inside it."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.encoder import Connection, Encoder
from drivers.errors import DeadlinePassed, WrongDevice
from drivers.printer import Station
from stationd.model.issuance import Route
from stationd.press.plan import InlineRetransfer, LineUnfit, choose_route
from stationd.settings import LineSettings

OPENING = 10.0
"""Seconds that opening a device may take."""

EMPTYING = 3.0
"""Seconds that a reader may take to notice that its card has gone."""


@dataclass
class Bench:
    """A line's devices in one session: from opening them to the first reset, disconnection or restart.

    Attributes:
        session: names this session in the book. A film printed in another one is never transferred.
    """

    printer: InlineRetransfer
    encoder: Encoder
    route: Route
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    _connection: Connection | None = None
    _engaged: bool = False

    @property
    def machine(self) -> str:
        """The printer as the book names it: model and serial number, wherever it is plugged in."""
        return f"{self.printer.identity.model}:{self.printer.identity.serial}"

    def engage(self, deadline: Deadline) -> Connection:
        """Bring the card at the encoding station and the reader together and open a session with its chip.

        The reader must be empty before: a card that it sees then is not the one in the machine.

        Raises:
            WrongDevice: if the reader sees a card before the printer has engaged one.
            drivers.errors.DeviceError: as the devices fail.
        """
        self.release(deadline)
        try:
            self.encoder.await_empty(deadline.sooner(EMPTYING))
        except DeadlinePassed:
            raise WrongDevice(self.encoder.name, "engage", "an empty reader", "a card") from None
        self._engaged = True
        self.printer.engage(Station.CONTACTLESS, deadline)
        self._connection = self.encoder.connect(deadline)
        return self._connection

    def release(self, deadline: Deadline) -> None:
        """End the session with the chip and part card and reader, if they are together.

        That the reader is empty then is seen before the next card is engaged: readers take some 0.4 s to notice.
        """
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._engaged:
            self.printer.release(Station.CONTACTLESS, deadline)
            self._engaged = False

    def part(self, deadline: Deadline) -> None:
        """Part card and reader, whoever brought them together: an interrupted session may have left them so."""
        self._engaged = True
        self.release(deadline)

    def close(self) -> None:
        """Let go of everything. Never raises."""
        if self._connection is not None:
            self._connection.close()
        self.encoder.close()
        self.printer.close()


def open_bench(line: LineSettings, catalog: Catalog) -> Bench:
    """Open the devices of a line and see that they fit together.

    Raises:
        LineUnfit: if a driver is not installed or the machine cannot make a card this way.
        drivers.errors.DeviceError: if a device cannot be opened or is not what was expected.
    """
    deadline = Deadline.after(OPENING)
    if line.printer.driver not in catalog.printers:
        raise LineUnfit(line.name, _no_driver("printer", line.printer.driver, catalog.broken, sorted(catalog.printers)))
    if line.encoder.driver not in catalog.encoders:
        raise LineUnfit(line.name, _no_driver("encoder", line.encoder.driver, catalog.broken, sorted(catalog.encoders)))
    with contextlib.ExitStack() as opened:
        printer = catalog.printers[line.printer.driver].open(line.printer.address, deadline)
        opened.callback(printer.close)
        whole, route = choose_route(line.name, printer, film_beside_chip=line.film_beside_chip)
        encoder = catalog.encoders[line.encoder.driver].open(line.encoder.address, deadline)
        opened.pop_all()
    return Bench(whole, encoder, route)


def _no_driver(kind: str, name: str, broken: dict[str, str], known: list[str]) -> str:
    if name in broken:
        return f"the {kind} driver {name!r} cannot be loaded: {broken[name]}"
    return f"no {kind} driver is called {name!r}; installed are: {', '.join(known) or 'none'}"
