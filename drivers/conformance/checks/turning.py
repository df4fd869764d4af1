"""Cards turned over inside: where they were, and ready to be printed on their other side."""

from __future__ import annotations

from typing import cast

from drivers.conformance.acts import fed
from drivers.conformance.bench import Bench, Broken, picture, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.printer import (
    CardCounter,
    CardFlipper,
    CardTransport,
    EncodingStation,
    Media,
    Printer,
    PrinterFault,
    RetransferPrinter,
    Station,
)


@promise(
    "flip-holds",
    "After `flip` the card is held where it was, the other side up; it is not printed on, and nothing is counted.",
    Facet.FLIPPER,
    blanks=2,
    hand=True,
)
def flip_holds(bench: Bench) -> None:
    """Turn a card over and back, at each station where a line holds one."""
    with bench.printer() as printer:
        stations = (Station.CONTACTLESS, Station.PRINT) if isinstance(printer, EncodingStation) else (Station.PRINT,)
        for station in stations:
            fed(bench, printer, station)
            for _ in range(2):
                _turned(bench, printer)
            cast("CardTransport", printer).deliver(bench.soon())


def _turned(bench: Bench, printer: Printer) -> None:
    before, told, counted = bench.hands.look(), printer.status(bench.soon()), _counted(bench, printer)
    _flipper(printer).flip(bench.soon())
    after, status = bench.hands.look(), printer.status(bench.soon())
    require((after.inside, after.out, after.rejected) == (1, before.out, before.rejected), f"the card: {after}")
    require(after.prints == before.prints, f"{after.prints - before.prints} prints by turning")
    require(after.station is before.station, f"turned at {before.station}, it is at {after.station}")
    require(before.turned is None or after.turned is not before.turned, f"it was not turned: {after}")
    require(status.media is Media.PRESENT, f"a card is inside, and it tells {status.media}")
    require(status.station is told.station, f"it told {told.station} before, and tells {status.station}")
    require(_counted(bench, printer) == counted, f"it counted {counted} before and {_counted(bench, printer)} after")


@promise(
    "flip-turns",
    "What is printed after `flip` lies on the other side of the card than what was printed before.",
    Facet.FLIPPER,
    blanks=1,
    hand=True,
)
def flip_turns(bench: Bench) -> None:
    """Print one side, turn the card, print the other."""
    with bench.printer() as printer:
        if not isinstance(printer, RetransferPrinter):
            raise CannotDo("the printer puts out each card that it has printed on")
        before = bench.hands.printed_on_both_sides()
        fed(bench, printer)
        _print(bench, printer)
        _flipper(printer).flip(bench.soon())
        _print(bench, printer)
        after = bench.hands.printed_on_both_sides()
        require(after == before + 1, f"{before} cards were printed on both sides before, {after} after")


@promise(
    "flip-needs-a-card",
    "`flip` without a card inside is refused, and takes none in.",
    Facet.FLIPPER,
    blanks=1,
    hand=True,
)
def flip_needs_a_card(bench: Bench) -> None:
    """Turn nothing."""
    with bench.printer() as printer:
        before = bench.hands.look()
        try:
            _flipper(printer).flip(bench.soon())
        except PrinterFault as fault:
            require(not fault.may_have_acted, f"refused, and says that it may have acted: {fault!r}")
        else:
            raise Broken("it returned without a card")
        require(bench.hands.look() == before, f"before {before}, after {bench.hands.look()}")


def _print(bench: Bench, printer: Printer) -> None:
    film = cast("RetransferPrinter", printer)
    film.start_film(picture(printer), bench.soon(printer))
    film.await_film(bench.soon(printer))
    film.transfer(bench.soon(printer))


def _counted(bench: Bench, printer: Printer) -> int:
    return printer.counters(bench.soon()).cards if isinstance(printer, CardCounter) else 0


def _flipper(printer: Printer) -> CardFlipper:
    return cast("CardFlipper", printer)
