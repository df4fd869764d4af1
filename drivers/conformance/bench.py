"""What a check works with: the driver, the address, somebody's hands, and how long things may take."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from drivers.catalog import EncoderDriver, PrinterDriver
from drivers.conformance.hands import CannotDo, Hands
from drivers.deadline import Deadline
from drivers.encoder import Encoder
from drivers.errors import DeviceError
from drivers.printer import CardTransport, Image, Media, Panel, Printer

PATTERN = bytes.fromhex("c53a96e1")
"""What the test card's panels consist of: recognised wherever a picture leaks."""


_LOOK_AGAIN = 0.1


class Broken(Exception):
    """A promise was not kept; the text is the evidence."""


def require(kept: object, evidence: str) -> None:
    """Raise `Broken` with the evidence unless it is so."""
    if not kept:
        raise Broken(evidence)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take, in seconds. A check that fails waits as long as this says.

    Attributes:
        act: for any call that moves, prints or asks, with a machine that works; a picture's way over a slow
            cable is added.
        short: a deadline that a silent machine lets pass.
        slack: by which a call may overrun a deadline.
        lost: for an answer that will not come.
        field: for a reader to notice that a card came or went.
        settle: after which whatever was left waiting in a machine or a queue would have happened.
    """

    act: float = 120.0
    short: float = 0.05
    slack: float = 0.5
    lost: float = 10.0
    field: float = 10.0
    settle: float = 10.0


@dataclass(frozen=True, slots=True)
class Bench:
    """One machine under test.

    Attributes:
        driver: the record that its package exports.
        address: as `station.toml` has it; it holds wherever the machine is plugged in.
        hands: on it.
        pace: how long things may take.
        reader: opens the encoder inside a printer; None if its address was not given.
    """

    driver: PrinterDriver | EncoderDriver
    address: str
    hands: Hands
    pace: Pace = Pace()
    reader: Callable[[], Encoder] | None = None

    def soon(self, sends: Printer | None = None) -> Deadline:
        """Time enough for one act; where a picture is sent, its printer says how long that is on its way besides."""
        return Deadline.after(self.pace.act + (0.0 if sends is None else sends.capabilities.sending))

    def open_printer(self) -> Printer:
        """Open the printer; a machine that was just switched on is asked again until it opens."""
        deadline = self.soon()
        while True:
            try:
                printer = self.driver.open(self.address, deadline)
            except DeviceError as error:
                if error.may_have_acted or deadline.remaining() < self.pace.act / 2 or not _passes(error):
                    raise
            else:
                if not isinstance(printer, Printer):
                    printer.close()
                    raise Broken(f"{self.driver.name} opened a {type(printer).__name__}, not a Printer")
                return printer

    @contextmanager
    def printer(self) -> Iterator[Printer]:
        """Open the printer for a check, without a card inside."""
        printer = self.open_printer()
        try:
            self.await_calm(printer)
            yield printer
        finally:
            printer.close()

    @contextmanager
    def encoder(self) -> Iterator[Encoder]:
        """Open the reader under test."""
        encoder = self.driver.open(self.address, self.soon())
        if not isinstance(encoder, Encoder):
            encoder.close()
            raise Broken(f"{self.driver.name} opened a {type(encoder).__name__}, not an Encoder")
        try:
            yield encoder
        finally:
            encoder.close()

    @contextmanager
    def reader_inside(self) -> Iterator[Encoder]:
        """Open the encoder inside the printer."""
        if self.reader is None:
            raise CannotDo("the address of the reader inside was not given")
        encoder = self.reader()
        try:
            yield encoder
        finally:
            encoder.close()

    def await_calm(self, printer: Printer) -> None:
        """Ask until it no longer tells a reset, and no longer works."""
        deadline = self.soon()
        while not (status := printer.status(self.soon())).ready and not deadline.passed:
            told = {condition.reason.value for condition in status.conditions}
            if not told & {"power-reset", "busy", "warming-up"}:
                return

    def await_back(self) -> None:
        """Wait until a machine that was away opens again. Raises what opening it raises last."""
        deadline = self.soon()
        while True:
            try:
                self.driver.open(self.address, deadline).close()
            except DeviceError:
                if deadline.remaining() < self.pace.act / 2:
                    raise
                time.sleep(_LOOK_AGAIN)
            else:
                return

    def tidy(self) -> None:
        """Bring the machine back to where the next check may begin: nothing wrong, no card inside."""
        self.hands.make_ready()
        if isinstance(self.driver, EncoderDriver):
            return
        stuck = True
        with suppress(DeviceError, Broken), self.printer() as printer:
            media = printer.status(self.soon()).media
            if isinstance(printer, CardTransport) and media is not Media.NOT_PRESENT:
                printer.deliver(self.soon())
                media = printer.status(self.soon()).media
            stuck = media not in (Media.NOT_PRESENT, Media.UNKNOWN)
        if stuck:
            self.hands.take_out()


def _passes(error: DeviceError) -> bool:
    condition = getattr(error, "condition", None)
    return condition is not None and condition.reason.value in {"busy", "warming-up", "power-reset"}


def picture(printer: Printer) -> Image:
    """A test card in black, from bytes that are found again wherever they leak to."""
    raster = printer.capabilities.raster
    size = raster.width * raster.height
    panel = Panel.BLACK if Panel.BLACK in raster.panels else min(raster.panels)
    return Image(raster.width, raster.height, {panel: (PATTERN * (size // len(PATTERN) + 1))[:size]})


_NOWHERE: Final[dict[str, Callable[[str], str]]] = {
    "usb": lambda address: re.sub(r"\?.*", "", address) + "?serial=NO-SUCH-MACHINE",
    "tcp": lambda _: "tcp:127.0.0.1:1",
    "serial": lambda _: "serial:/dev/no-such-port",
    "ipp": lambda _: "ipp://127.0.0.1:1/printers/none",
    "ipps": lambda _: "ipps://127.0.0.1:1/printers/none",
    "pcsc": lambda _: "pcsc:No Such Reader 00 00",
}


def nowhere(address: str) -> str:
    """An address of the same form at which nothing is. Raises `CannotDo` for a form that is not known here."""
    make = _NOWHERE.get(address.partition(":")[0])
    if make is None:
        raise CannotDo("an address of this form at which nothing is, is not known here")
    return make(address)
