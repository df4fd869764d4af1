"""Which route a line can take, from what its printer declares. Decided before a blank is inside."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from drivers.printer import (
    CardCounter,
    CardTransport,
    DirectPrinter,
    EncodingStation,
    Panel,
    Printer,
    RetransferPrinter,
    WholeCardPrinter,
)
from stationd.model import issuance
from stationd.settings import LineSettings

NO_REJECT_BIN = "no-reject-bin"
"""The machine cannot put a spoiled card aside: it comes out, and a person lays it with the others."""

NO_CARD_COUNTER = "no-card-counter"
"""It counts no cards, or does not tell: nothing but the book and the counts by hand says how many went through it."""

CHIP_ON_DESK = "chip-on-desk"
"""It holds no card for a reader: each chip is written on the desk, and a person carries the card to the printer."""

LACKING = frozenset({NO_REJECT_BIN, NO_CARD_COUNTER, CHIP_ON_DESK})
"""What `lacks` may say: it is so for as long as the machine is there, and stands in nobody's way."""

COLOUR = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})


@dataclass(eq=False)
class LineUnfit(Exception):
    """A line's devices cannot make a card as the line is set up."""

    line: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.line}: {self.why}"


def choose_route(line: LineSettings, printer: Printer, *, desk: bool) -> issuance.Route:
    """Return the route of a line.

    Args:
        line: as it is set up.
        printer: what answered at the line's address.
        desk: whether the station has a reader on the desk.

    Raises:
        LineUnfit: if the machine cannot make a card this way.
    """
    _require(line, printer.capabilities.raster.panels >= COLOUR, "has no colour panels")
    if isinstance(printer, WholeCardPrinter):
        _require(line, line.encoder is None, "has no reader inside: leave encoder out, cards are written on the desk")
        return _by_hand(line, desk=desk)
    if line.encoder is None and desk and isinstance(printer, CardTransport) and isinstance(printer, DirectPrinter):
        return _by_hand(line, desk=desk)  # what a reader inside would do is done on the desk
    return _inside(line, printer, desk=desk)


def lacks(printer: Printer) -> tuple[str, ...]:
    """Return what a machine cannot do that a line works without, as causes that people are told at its start."""
    lacking = {
        NO_REJECT_BIN: not printer.capabilities.reject_bin,
        NO_CARD_COUNTER: not isinstance(printer, CardCounter),
        CHIP_ON_DESK: isinstance(printer, WholeCardPrinter),
    }
    return tuple(word for word, so in lacking.items() if so)


def _by_hand(line: LineSettings, *, desk: bool) -> issuance.Route:
    _require(line, desk, "cannot hold a card for a reader: give the station a desk reader under [desk]")
    _require(line, not line.film_beside_chip, "prints no film that could run beside a chip")
    return issuance.DESK_THEN_PRINT


def _inside(line: LineSettings, printer: Printer, *, desk: bool) -> issuance.Route:
    can = printer.capabilities
    _require(line, isinstance(printer, CardTransport), "cannot be told where to hold a card")
    _require(line, isinstance(printer, EncodingStation), "has no encoding station inside")
    _require(line, isinstance(printer, RetransferPrinter | DirectPrinter), "prints in no way that a line knows")
    _require(line, line.encoder is not None, "has a reader inside: name it as encoder")
    _require(line, can.reject_bin or isinstance(printer, DirectPrinter), "has no reject bin")
    _require(line, can.film_beside_chip or not line.film_beside_chip, "cannot print film while a chip is written")
    if isinstance(printer, DirectPrinter):
        _require(line, desk, "puts a card out before it is live: it needs a reader under [desk]")
        return issuance.INLINE_DIRECT
    return issuance.INLINE_BESIDE if line.film_beside_chip else issuance.INLINE_IN_TURN


def _require(line: LineSettings, holds: bool, why: str) -> None:
    if not holds:
        raise LineUnfit(line.name, f"the printer {why}")
