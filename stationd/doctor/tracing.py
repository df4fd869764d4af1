"""Recording one device's wire: what passes while the daemon works, or while it is asked here how it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import CardCounter, Printer
from drivers.recording import Diagnosis, Record, Recorder
from drivers.wiretap import AlreadyTapped
from stationd import __version__
from stationd.doctor.devices import ENCODER, PRINTER, Use

LONGEST: Final = 600.0
"""Seconds that one recording may last."""

OPENING: Final = 10.0
ASKING: Final = 5.0
PAUSE: Final = 1.0
"""Seconds for opening, for each question, and between two rounds of questions."""


class Reported(msgspec.Struct, frozen=True):
    """What the machine reported, by its driver's own reading of the trace."""

    at: float
    reason: str
    code: str
    text: str


class Trace(msgspec.Struct, frozen=True):
    """A device's wire on record.

    Attributes:
        kind, driver, address: the device, as `station.toml` writes it.
        began: seconds since the epoch.
        seconds: how long it was recorded.
        records: what passed; members as `drivers.recording` writes them.
        reported: what the machine reported; empty also where its driver cannot read a trace.
        failed: what it was asked for when it failed, and the kind of error; empty if it did not.
        full: more passed than is kept.
    """

    kind: str
    driver: str
    address: str
    began: float
    seconds: float
    records: tuple[dict[str, Any], ...]
    reported: tuple[Reported, ...] = ()
    failed: str = ""
    full: bool = False
    program: str = __version__


@dataclass(eq=False)
class CannotTrace(Exception):
    """There is nothing to record.

    Attributes:
        cause: `no-such-device`, `wire-not-recorded` or `already-recording`: words of the catalogue.
        subject: what was asked for.
        detail: what there is.
    """

    cause: str
    subject: str
    detail: str


def choose(named: Sequence[Use], subject: str) -> Use:
    """Return the device that a line's name (its printer) or an address means.

    Raises:
        CannotTrace: if no line of the settings has it.
    """
    for use in named:
        if subject == use.address or (subject == use.by and (use.kind == PRINTER or use.by == "desk")):
            return use
    there = [f"{use.by}: {use.address}" for use in named]
    raise CannotTrace("no-such-device", subject, ", ".join(there))


class Recording:
    """One device's wire, being recorded: `with recording.on(): …`, then `trace`.

    Raises:
        CannotTrace: if its driver is not there, or does not say what may be kept.
    """

    def __init__(self, catalog: Catalog, use: Use) -> None:
        drivers = catalog.printers if use.kind == PRINTER else catalog.encoders
        driver: PrinterDriver | EncoderDriver | None = drivers.get(use.driver)
        if driver is None or driver.mask is None:
            raise CannotTrace("wire-not-recorded", use.driver, use.address)
        self._use = use
        self._replay = driver.replay
        self._recorder = Recorder(driver.mask)
        self._began, self._started = time.time(), time.monotonic()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Record while the block runs. Raises `CannotTrace` if the device is being recorded already."""
        try:
            with self._recorder.on((f"{self._use.driver} {self._use.address}", self._use.address)):
                yield
        except AlreadyTapped as tapped:
            raise CannotTrace("already-recording", self._use.by, str(tapped)) from None

    def trace(self, failed: str = "") -> Trace:
        """Return what passed, and what the machine reported by its driver's own reading of that."""
        records = tuple(self._recorder.records)
        return Trace(
            kind=self._use.kind,
            driver=self._use.driver,
            address=self._use.address,
            began=self._began,
            seconds=round(time.monotonic() - self._started, 3),
            records=tuple(passed.plain() for passed in records),
            reported=() if self._replay is None else _reported(self._replay, records),
            failed=failed,
            full=self._recorder.full,
        )


def _reported(replay: Callable[[Sequence[Record]], list[Diagnosis]], records: Sequence[Record]) -> tuple[Reported, ...]:
    found = ((diagnosis.at, diagnosis.condition) for diagnosis in replay(records))
    return tuple(Reported(at, condition.reason, condition.code, condition.text) for at, condition in found)


def ask(catalog: Catalog, use: Use, seconds: float) -> Trace:
    """Open a device and ask it, again and again, all that moves nothing; for when no daemon has it.

    Raises:
        CannotTrace: as `Recording`.
    """
    recording, failed = Recording(catalog, use), ""
    until = time.monotonic() + min(seconds, LONGEST)
    with recording.on():
        try:
            if use.kind == ENCODER:
                _ask_encoder(catalog, use, until)
            else:
                _ask_printer(catalog, use, until)
        except DeviceError as error:
            failed = f"{error.operation}: {type(error).__name__}"  # its words may quote what no mask has seen
    return recording.trace(failed)


def _ask_encoder(catalog: Catalog, use: Use, until: float) -> None:
    encoder = catalog.encoders[use.driver].open(use.address, Deadline.after(OPENING))
    try:
        _again_until(until, lambda: encoder.card_present(Deadline.after(ASKING)))
    finally:
        encoder.close()


def _ask_printer(catalog: Catalog, use: Use, until: float) -> None:
    printer = catalog.printers[use.driver].open(use.address, Deadline.after(OPENING))
    try:
        _again_until(until, lambda: _round(printer))
    finally:
        printer.close()


def _round(printer: Printer) -> None:
    """Ask a printer everything. What it reports now may keep it from answering the rest, and is what is looked for."""
    printer.status(Deadline.after(ASKING))
    if isinstance(printer, CardCounter):
        printer.counters(Deadline.after(ASKING))
    printer.supplies(Deadline.after(ASKING))


def _again_until(until: float, ask: Callable[[], object]) -> None:
    while True:
        ask()
        if time.monotonic() + PAUSE > until:
            return
        time.sleep(PAUSE)
