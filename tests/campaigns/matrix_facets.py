"""What a printer declares when it is opened, told by a process that finds it as the daemon would.

`python -m tests.campaigns.matrix_facets DRIVER ADDRESS`
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import msgspec

from drivers import catalog
from drivers.deadline import Deadline
from drivers.printer import (
    CardCounter,
    CardFlipper,
    CardTransport,
    Cleanable,
    DirectPrinter,
    EncodingStation,
    Printer,
    RetransferPrinter,
    WholeCardPrinter,
)

_FACETS: Final = (
    *(CardTransport, CardFlipper, CardCounter, EncodingStation, Cleanable),
    *(RetransferPrinter, DirectPrinter, WholeCardPrinter),
)
OPENING = 20.0


class Facets(msgspec.Struct, frozen=True):
    """What one printer declares.

    Attributes:
        facets: those of `drivers.printer` that it has.
        counter: what its counter counts; empty without one.
        supplies: what it tells of ribbon and film, and whether as a number of cards.
    """

    model: str
    facets: tuple[str, ...]
    width: int
    height: int
    dpi: int
    panels: tuple[str, ...]
    reject_bin: bool
    over_the_edge: bool
    film_beside_chip: bool
    counter: str
    supplies: dict[str, bool]


def declared(printer: Printer) -> Facets:
    """Ask an open printer."""
    can, soon = printer.capabilities, Deadline.after(OPENING)
    return Facets(
        model=f"{printer.identity.maker} {printer.identity.model}".strip(),
        facets=tuple(facet.__name__ for facet in _FACETS if isinstance(printer, facet)),
        width=can.raster.width,
        height=can.raster.height,
        dpi=can.raster.dpi,
        panels=tuple(sorted(can.raster.panels)),
        reject_bin=can.reject_bin,
        over_the_edge=can.over_the_edge,
        film_beside_chip=can.film_beside_chip,
        counter=printer.counters(soon).kind if isinstance(printer, CardCounter) else "",
        supplies={supply.name: supply.remaining is not None for supply in printer.supplies(soon)},
    )


def ask(driver: str, address: str, environment: Mapping[str, str]) -> Facets:
    """Let a process whose environment finds the printer ask it."""
    command = [sys.executable, "-m", "tests.campaigns.matrix_facets", driver, address]
    done = subprocess.run(command, env=dict(environment), capture_output=True, check=True)
    return msgspec.json.decode(done.stdout, type=Facets)


def main() -> None:
    """Open a printer and write down what it declares."""
    driver, address = sys.argv[1:]
    printer = catalog.load().printers[driver].open(address, Deadline.after(OPENING))
    try:
        sys.stdout.buffer.write(msgspec.json.encode(declared(printer)))
    finally:
        printer.close()


if __name__ == "__main__":
    main()
