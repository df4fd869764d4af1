"""Finds drivers by their entry points (group `stationd.drivers`): ours and a vendor's alike.

A driver package exports one filled record, `PrinterDriver`, `EncoderDriver` or `ModemDriver`. A package that fails to
import is named with its error and does not keep the others from working.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from drivers.deadline import Deadline
from drivers.encoder import Encoder
from drivers.modem import Modem
from drivers.printer import Printer
from drivers.recording import Mask, Replay

GROUP = "stationd.drivers"


@dataclass(frozen=True, slots=True)
class PrinterDriver:
    """A family of printers.

    Attributes:
        name: as written in `station.toml`.
        open: takes an address (its own syntax, described in `addresses`) and a deadline.
        find: lists the addresses of attached machines, without opening a session that disturbs them.
        addresses: one line for people on how an address is written.
        mask: what of its wire may be kept in a trace; None: its wire cannot be recorded.
        replay: reads a trace of it; None: nobody can.
    """

    name: str
    open: Callable[[str, Deadline], Printer]
    find: Callable[[], Sequence[str]]
    addresses: str
    mask: Mask | None = None
    replay: Replay | None = None


@dataclass(frozen=True, slots=True)
class EncoderDriver:
    """A family of chip encoders; the fields are those of `PrinterDriver`, and one more.

    Attributes:
        same: whether an address as somebody wrote it means the reader that `find` lists by another.
    """

    name: str
    open: Callable[[str, Deadline], Encoder]
    find: Callable[[], Sequence[str]]
    addresses: str
    mask: Mask | None = None
    replay: Replay | None = None
    same: Callable[[str, str], bool] = operator.eq


@dataclass(frozen=True, slots=True)
class ModemDriver:
    """A way to modems; the fields are those of `PrinterDriver`. Nobody looks for one: asking would disturb a port."""

    name: str
    open: Callable[[str, Deadline], Modem]
    addresses: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every driver found, and every one that is installed but broken (name → what its import said)."""

    printers: dict[str, PrinterDriver]
    encoders: dict[str, EncoderDriver]
    broken: dict[str, str]
    modems: dict[str, ModemDriver] = field(default_factory=dict)


def load(points: Sequence[EntryPoint] | None = None) -> Catalog:
    """Import every driver that is installed."""
    catalog = Catalog(printers={}, encoders={}, broken={})
    for point in entry_points(group=GROUP) if points is None else points:
        try:
            driver = point.load()
        except Exception as error:  # a vendor's package may fail in any way; the others must work
            catalog.broken[point.name] = f"{type(error).__name__}: {error}"
            continue
        match driver:
            case PrinterDriver():
                catalog.printers[point.name] = driver
            case EncoderDriver():
                catalog.encoders[point.name] = driver
            case ModemDriver():
                catalog.modems[point.name] = driver
            case _:
                catalog.broken[point.name] = f"exports a {type(driver).__name__}, not a driver's record"
    return catalog
