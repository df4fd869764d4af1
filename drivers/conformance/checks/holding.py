"""The reader inside a printer: it sees the one card that it is engaged with, and none when released."""

from __future__ import annotations

from typing import cast

from drivers.conformance.acts import fed
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import CardTransport, EncodingStation, PrinterFault, Station


@promise(
    "engage-shows-the-card", "After `engage` the reader inside sees the one card.", Facet.ENCODING, blanks=1, hand=True
)
def engage_shows_the_card(bench: Bench) -> None:
    """Feed, engage, connect."""
    with bench.reader_inside() as encoder, bench.printer() as printer:
        fed(bench, printer, Station.CONTACTLESS)
        _station(printer).engage(Station.CONTACTLESS, bench.soon())
        try:
            encoder.connect(Deadline.after(bench.pace.field)).close()
        except DeviceError as error:
            raise Broken(f"engaged, the reader said {error!r}") from error


@promise(
    "released-shows-none",
    "When the card was released and moved away the reader inside sees none.",
    Facet.ENCODING,
    blanks=1,
    hand=True,
)
def released_shows_none(bench: Bench) -> None:
    """Engage, release, move to the printing station."""
    with bench.reader_inside() as encoder, bench.printer() as printer:
        fed(bench, printer, Station.CONTACTLESS)
        _station(printer).engage(Station.CONTACTLESS, bench.soon())
        try:
            encoder.connect(Deadline.after(bench.pace.field)).close()
        except DeviceError as error:
            raise CannotDo(f"the reader did not see the card that was engaged: {error!r}") from error
        _station(printer).release(Station.CONTACTLESS, bench.soon())
        cast("CardTransport", printer).move(Station.PRINT, bench.soon())
        try:
            encoder.await_empty(Deadline.after(bench.pace.field))
        except DeviceError as error:
            raise Broken(f"released and moved away, the reader said {error!r}") from error


@promise(
    "engage-needs-the-card-there",
    "`engage` and `release` with the card elsewhere, or without one, are refused.",
    Facet.ENCODING,
    blanks=1,
)
def engage_needs_the_card_there(bench: Bench) -> None:
    """Engage with no card, then with a card at the printing station."""
    with bench.printer() as printer:
        _refused(bench, printer)
        fed(bench, printer, Station.PRINT)
        _refused(bench, printer)


def _refused(bench: Bench, printer: object) -> None:
    for name in ("engage", "release"):
        try:
            getattr(printer, name)(Station.CONTACTLESS, bench.soon())
        except PrinterFault as fault:
            require(not fault.may_have_acted, f"{name} was refused and says that it may have acted: {fault!r}")
        else:
            raise Broken(f"{name} returned")


def _station(printer: object) -> EncodingStation:
    return cast("EncodingStation", printer)
