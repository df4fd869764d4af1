"""Works a printer until it fails, with its wire on record: `python -m tests.drivers.tracing.talk DRIVER ADDRESS`.

Prints JSON: the trace's lines, and what the driver said of the failure. The picture that is printed is of one word, so
that a trace can be searched for it.
"""

from __future__ import annotations

import json
import sys

from drivers import catalog, recording
from drivers.deadline import Deadline
from drivers.printer import (
    CardTransport,
    Condition,
    DirectPrinter,
    Image,
    Panel,
    Printer,
    PrinterFault,
    RetransferPrinter,
    Station,
    WholeCardPrinter,
)

FACE = b"A-CITIZENS-FACE-\xff\xd8\xff\xe0-"
SECONDS = 12.0


def picture(printer: Printer) -> Image:
    """Return a picture that is the word over and over, turned either way."""
    raster = printer.capabilities.raster
    size = raster.width * raster.height
    panel = (FACE * (size // len(FACE) + 1))[:size]
    colours = (Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK)
    return Image(raster.width, raster.height, dict.fromkeys(colours, panel))


def work(printer: Printer) -> None:
    """Make a card as the machine can, until something is wrong."""
    if isinstance(printer, WholeCardPrinter):
        printer.print_card(picture(printer), Deadline.after(SECONDS))
    elif isinstance(printer, CardTransport):
        printer.feed(Station.PRINT, Deadline.after(SECONDS))
        if isinstance(printer, RetransferPrinter):
            printer.start_film(picture(printer), Deadline.after(SECONDS))
            printer.await_film(Deadline.after(SECONDS))
            printer.transfer(Deadline.after(SECONDS))
            printer.deliver(Deadline.after(SECONDS))
        elif isinstance(printer, DirectPrinter):
            printer.print_and_deliver(picture(printer), Deadline.after(SECONDS))


def told(condition: Condition) -> dict[str, str]:
    """Return a condition as plain data."""
    return {"reason": condition.reason, "code": condition.code, "text": condition.text}


def main() -> None:
    """Record until the machine fails, then ask how it is."""
    driver, address = sys.argv[1:]
    family = catalog.load().printers[driver]
    assert family.mask is not None
    recorder = recording.Recorder(family.mask)
    fault: Condition | None = None
    with recorder.on([f"{driver} {address}"]):
        printer = family.open(address, Deadline.after(SECONDS))
        try:
            work(printer)
        except PrinterFault as failed:
            fault = failed.condition
        reported = printer.status(Deadline.after(SECONDS)).conditions
        printer.close()
    lines = list(recording.lines({"device": address}, recorder.records))
    said = {"trace": lines, "fault": None if fault is None else told(fault), "status": [told(c) for c in reported]}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
