"""Drivers of no hardware, for probes to look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from typing_extensions import override

from drivers.catalog import Catalog, EncoderDriver, PrinterDriver
from drivers.deadline import Deadline
from drivers.encoder import Connection, Encoder
from drivers.errors import DeviceError
from drivers.printer import (
    Capabilities,
    CardCounter,
    Condition,
    CounterKind,
    Counters,
    Identity,
    Media,
    Panel,
    Printer,
    Raster,
    Reason,
    Status,
    Supply,
)
from stationd.settings import Settings, read


class FakePrinter(Printer, CardCounter):
    """Says what it was told to say."""

    def __init__(self, serial: str = "S1", conditions: Sequence[Reason] = (), left: int | None = 300) -> None:
        self._serial = serial
        self._conditions = tuple(Condition(reason, f"code {reason}", f"text {reason}") for reason in conditions)
        self._left = left
        self.closed = 0

    @property
    @override
    def capabilities(self) -> Capabilities:
        return Capabilities(Raster(8, 8, 300, frozenset(Panel)), True, False, False)

    @property
    @override
    def identity(self) -> Identity:
        return Identity("Maker", "Model", self._serial, "1.0")

    @override
    def status(self, deadline: Deadline) -> Status:
        return Status(Media.NOT_PRESENT, None, self._conditions)

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return (Supply("ribbon", self._left, 500, "LOT"),)

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return Counters(CounterKind.CARDS_PRINTED, 1234, {"clean": 12})

    @override
    def close(self) -> None:
        self.closed += 1


class NoEncoder(Encoder):
    """Is never opened."""

    @property
    @override
    def name(self) -> str:
        return "none"

    @override
    def card_present(self, deadline: Deadline) -> bool:
        return False

    @override
    def connect(self, deadline: Deadline) -> Connection:
        raise AssertionError("no probe connects to a card")

    @override
    def await_empty(self, deadline: Deadline) -> None:
        return None

    @override
    def close(self) -> None:
        return None


def printers(name: str, found: Sequence[str], opened: Callable[[str], Printer] | DeviceError) -> PrinterDriver:
    """Make a family whose printers are found at those addresses."""

    def open_one(address: str, deadline: Deadline) -> Printer:
        if isinstance(opened, DeviceError):
            raise opened
        return opened(address)

    return PrinterDriver(name, open_one, lambda: found, "…")


def readers(found: Sequence[str] | DeviceError, name: str = "pcsc") -> EncoderDriver:
    """Make a family of readers that are found at those addresses."""

    def find() -> Sequence[str]:
        if isinstance(found, DeviceError):
            raise found
        return found

    return EncoderDriver(name, lambda _address, _deadline: NoEncoder(), find, "…")


def catalog(*drivers: PrinterDriver | EncoderDriver, broken: dict[str, str] | None = None) -> Catalog:
    """Make a catalogue."""
    return Catalog(
        printers={driver.name: driver for driver in drivers if isinstance(driver, PrinterDriver)},
        encoders={driver.name: driver for driver in drivers if isinstance(driver, EncoderDriver)},
        broken=broken or {},
    )


def hanging(name: str, until: float) -> PrinterDriver:
    """Make a family whose finding takes that many seconds."""

    def find() -> Sequence[str]:
        time.sleep(until)
        return ()

    return PrinterDriver(name, lambda _address, _deadline: FakePrinter(), find, "…")


LINE = """
[[line]]
name = "{name}"
printer = {{ driver = "{driver}", address = "{printer}" }}
encoder = {{ driver = "pcsc", address = "{encoder}" }}
"""


def settings(folder: Path, *lines: tuple[str, str, str, str], more: str = "") -> Settings:
    """Write and read settings with those lines: name, driver, printer's address, encoder's address."""
    file = folder / "station.toml"
    file.write_text(
        """
        [station]
        id = "kec-731601"
        kecamatan = "73.16.01"
        data = "data"
        [api]
        socket = "run/api.sock"
        [registry]
        url = "https://127.0.0.1:1"
        [folders]
        layouts = "not-here"
        profiles = "not-here"
        """
        + "".join(LINE.format(name=n, driver=d, printer=p, encoder=e) for n, d, p, e in lines)
        + more
    )
    return read(file)
