"""Every call of the interface that moves, presses or prints: how it is prepared, and how it is seen to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from drivers.conformance.bench import Bench, picture
from drivers.conformance.hands import CannotDo, Seen
from drivers.deadline import Deadline
from drivers.printer import (
    CardFlipper,
    CardTransport,
    DirectPrinter,
    EncodingStation,
    Printer,
    RetransferPrinter,
    Station,
    WholeCardPrinter,
)


@dataclass(frozen=True, slots=True)
class Act:
    """One call that acts.

    Attributes:
        name: of the call.
        prepare: brings card and film to where the call can be made.
        call: makes it.
        done: from before and after, whether it was truly done.
    """

    name: str
    prepare: Callable[[Bench, Printer], None]
    call: Callable[[Printer, Deadline], object]
    done: Callable[[Seen, Seen], bool]


def fed(bench: Bench, printer: Printer, to: Station = Station.PRINT) -> None:
    """Take a card in."""
    _transport(printer).feed(to, bench.soon())


def filmed(bench: Bench, printer: Printer) -> None:
    """Take a card in, and print the test card to film."""
    fed(bench, printer)
    film = cast("RetransferPrinter", printer)
    film.start_film(picture(printer), bench.soon(printer))
    film.await_film(bench.soon(printer))


def acts_of(printer: Printer) -> Iterator[Act]:
    """The calls that act of those facets which the printer has."""
    if isinstance(printer, CardTransport):
        yield Act(
            "feed",
            lambda _bench, _printer: None,
            lambda p, d: _transport(p).feed(Station.PRINT, d),
            lambda a, b: b.inside == a.inside + 1,
        )
        if isinstance(printer, EncodingStation):
            yield Act(
                "move",
                fed,
                lambda p, d: _transport(p).move(Station.CONTACTLESS, d),
                lambda _, b: b.inside == 1 and b.station in (None, Station.CONTACTLESS),
            )
        if isinstance(printer, CardFlipper):
            yield Act(
                "flip",
                fed,
                lambda p, d: cast("CardFlipper", p).flip(d),
                lambda a, b: b.inside == 1 and (a.turned is None or b.turned is not a.turned),
            )
        yield Act(
            "deliver",
            fed,
            lambda p, d: _transport(p).deliver(d),
            lambda a, b: (b.inside, b.out) == (0, a.out + 1),
        )
        if printer.capabilities.reject_bin:
            yield Act(
                "reject",
                fed,
                lambda p, d: _transport(p).reject(d),
                lambda a, b: (b.inside, b.rejected) == (0, a.rejected + 1),
            )
    if isinstance(printer, RetransferPrinter):
        yield Act(
            "transfer",
            filmed,
            lambda p, d: cast("RetransferPrinter", p).transfer(d),
            lambda a, b: b.prints == a.prints + 1,
        )
    if isinstance(printer, DirectPrinter):
        yield Act(
            "print_and_deliver",
            fed,
            lambda p, d: cast("DirectPrinter", p).print_and_deliver(picture(p), d),
            lambda a, b: (b.prints, b.out) == (a.prints + 1, a.out + 1),
        )
    if isinstance(printer, WholeCardPrinter):
        yield Act(
            "print_card",
            lambda _bench, _printer: None,
            lambda p, d: cast("WholeCardPrinter", p).print_card(picture(p), d),
            lambda a, b: (b.prints, b.out) == (a.prints + 1, a.out + 1),
        )


def first_act(printer: Printer) -> Act:
    """The act that begins with an empty machine. Raises `CannotDo` for a printer without one."""
    act = next(acts_of(printer), None)
    if act is None:
        raise CannotDo("the driver offers nothing that acts")
    return act


def printing_act(printer: Printer) -> Act:
    """The act that prints. Raises `CannotDo` for a printer without one."""
    for act in acts_of(printer):
        if act.name in ("transfer", "print_and_deliver", "print_card"):
            return act
    raise CannotDo("the driver offers nothing that prints")


def _transport(printer: Printer) -> CardTransport:
    return cast("CardTransport", printer)
