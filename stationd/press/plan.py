"""Which route a line can take, from what its printer declares. Decided before a blank is inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from typing_extensions import override

from drivers.printer import (
    Capabilities,
    CardCounter,
    CardTransport,
    EncodingStation,
    Panel,
    Printer,
    RetransferPrinter,
)
from stationd.model import issuance

COLOUR = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})


@dataclass(eq=False)
class LineUnfit(Exception):
    """A line's devices cannot make a card as the line is set up."""

    line: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.line}: {self.why}"


class InlineRetransfer(Printer, CardTransport, CardCounter, EncodingStation, RetransferPrinter):
    """A printer with both facets that an inline retransfer line needs."""


def choose_route(line: str, printer: Printer, *, film_beside_chip: bool) -> tuple[InlineRetransfer, issuance.Route]:
    """Return the printer as one that can make whole cards, and the route of its line.

    Args:
        line: the line's name, for the error.
        printer: what answered at the line's address.
        film_beside_chip: whether a technician has proven that film and chip may run side by side here.

    Raises:
        LineUnfit: if the machine has no reader inside, does not print to film, or cannot do what is switched on.
    """
    _require(line, isinstance(printer, EncodingStation), "has no encoding station inside")
    _require(line, isinstance(printer, RetransferPrinter), "does not print to film")
    _require_capabilities(line, printer.capabilities, film_beside_chip)
    route = issuance.INLINE_BESIDE if film_beside_chip else issuance.INLINE_IN_TURN
    return cast("InlineRetransfer", printer), route


def _require_capabilities(line: str, can: Capabilities, film_beside_chip: bool) -> None:
    _require(line, can.raster.panels >= COLOUR, "has no colour panels")
    _require(line, can.reject_bin, "has no reject bin")
    _require(line, can.film_beside_chip or not film_beside_chip, "cannot print film while a chip is written")


def _require(line: str, holds: bool, why: str) -> None:
    if not holds:
        raise LineUnfit(line, f"the printer {why}")
