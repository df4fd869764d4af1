"""Cards taken in, moved and put out: a call that returns without error did it."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from drivers.conformance.acts import fed, first_act
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.errors import DeviceError
from drivers.printer import (
    CardCounter,
    CardTransport,
    EncodingStation,
    Media,
    Printer,
    PrinterFault,
    Station,
)


@promise("questions-move-nothing", "Status, supplies and counters move nothing.", Facet.PRINTER, blanks=1, hand=True)
def questions_move_nothing(bench: Bench) -> None:
    """Ask everything three times, with an empty machine and with a card inside."""
    with bench.printer() as printer:
        _ask_everything(bench, printer)
        if isinstance(printer, CardTransport):
            fed(bench, printer)
            _ask_everything(bench, printer)


def _ask_everything(bench: Bench, printer: Printer) -> None:
    before = bench.hands.look()
    for _ in range(3):
        printer.status(bench.soon())
        printer.supplies(bench.soon())
        if isinstance(printer, CardCounter):
            printer.counters(bench.soon())
    after = bench.hands.look()
    require(before == after, f"before {before}, after {after}")


@promise(
    "feed-holds", "`feed` returns with one card inside, held where it was sent.", Facet.TRANSPORT, blanks=3, hand=True
)
def feed_holds(bench: Bench) -> None:
    """Feed to each station that the machine has."""
    with bench.printer() as printer:
        for station in _stations(printer):
            before = bench.hands.look()
            _transport(printer).feed(station, bench.soon())
            _held_at(bench, printer, station)
            require(bench.hands.look().inside == before.inside + 1, f"{bench.hands.look()} after feeding at {before}")
            _transport(printer).deliver(bench.soon())


@promise(
    "feed-takes-one",
    "`feed` with a card inside is refused, and takes no second one.",
    Facet.TRANSPORT,
    blanks=2,
    hand=True,
)
def feed_takes_one(bench: Bench) -> None:
    """Feed twice."""
    with bench.printer() as printer:
        fed(bench, printer)
        before = bench.hands.look()
        _refused(bench, printer, "feed")
        require(bench.hands.look() == before, f"before {before}, after {bench.hands.look()}")


@promise("move-holds", "`move` returns with the card held where it was sent.", Facet.TRANSPORT, blanks=1, hand=True)
def move_holds(bench: Bench) -> None:
    """Move from station to station."""
    with bench.printer() as printer:
        fed(bench, printer)
        for station in (*_stations(printer), Station.PRINT):
            _transport(printer).move(station, bench.soon())
            _held_at(bench, printer, station)


@promise(
    "needs-a-card",
    "`move`, `deliver` and `reject` without a card inside are refused, and take none in.",
    Facet.TRANSPORT,
    blanks=1,
    hand=True,
)
def needs_a_card(bench: Bench) -> None:
    """Move, deliver and reject nothing."""
    with bench.printer() as printer:
        before = bench.hands.look()
        for name in ("move", "deliver", "reject"):
            _refused(bench, printer, name)
        require(bench.hands.look() == before, f"before {before}, after {bench.hands.look()}")


@promise("deliver-puts-out", "`deliver` returns with the card in the output.", Facet.TRANSPORT, blanks=1, hand=True)
def deliver_puts_out(bench: Bench) -> None:
    """Feed and deliver."""
    with bench.printer() as printer:
        fed(bench, printer)
        before = bench.hands.look()
        _transport(printer).deliver(bench.soon())
        after = bench.hands.look()
        require((after.inside, after.out) == (0, before.out + 1), f"before {before}, after {after}")
        media = printer.status(bench.soon()).media
        require(media is Media.NOT_PRESENT, f"after deliver it tells {media}")


@promise(
    "reject-puts-aside",
    "`reject` returns with the card in the reject bin.",
    Facet.TRANSPORT,
    blanks=1,
    hand=True,
)
def reject_puts_aside(bench: Bench) -> None:
    """Feed and reject; a machine that declares no reject bin has to refuse."""
    with bench.printer() as printer:
        fed(bench, printer)
        before = bench.hands.look()
        if not printer.capabilities.reject_bin:
            _refused(bench, printer, "reject")
            return
        _transport(printer).reject(bench.soon())
        after = bench.hands.look()
        require((after.inside, after.rejected) == (0, before.rejected + 1), f"before {before}, after {after}")


@promise(
    "errors-say-where",
    "An error's `device` holds the address and its `operation` is the call that failed.",
    Facet.PRINTER,
)
def errors_say_where(bench: Bench) -> None:
    """Let a call fail by a deadline that has passed, and one after close."""
    with bench.printer() as printer:
        printer.close()
        _says_where(bench, "status", lambda: printer.status(bench.soon()))
        _says_where(bench, "supplies", lambda: printer.supplies(bench.soon()))
        with suppress(CannotDo):
            act = first_act(printer)
            _says_where(bench, act.name, lambda: act.call(printer, bench.soon(printer)))


def _says_where(bench: Bench, name: str, call: object) -> None:
    if not callable(call):
        raise TypeError(name)
    try:
        call()
    except DeviceError as error:
        require(bench.address in error.device, f"device is {error.device!r}, not with {bench.address}")
        require(error.operation == name, f"operation is {error.operation!r}, not {name!r}")
    else:
        raise Broken(f"{name} returned after close")


def _refused(bench: Bench, printer: Printer, name: str) -> None:
    transport, deadline = _transport(printer), bench.soon()
    calls = {
        "feed": lambda: transport.feed(Station.PRINT, deadline),
        "move": lambda: transport.move(Station.PRINT, deadline),
        "deliver": lambda: transport.deliver(deadline),
        "reject": lambda: transport.reject(deadline),
    }
    try:
        calls[name]()
    except PrinterFault as fault:
        require(not fault.may_have_acted, f"{name} was refused and says that it may have acted: {fault!r}")
    else:
        raise Broken(f"{name} returned")


def _held_at(bench: Bench, printer: Printer, station: Station) -> None:
    status, seen = printer.status(bench.soon()), bench.hands.look()
    require(seen.inside == 1, f"{seen.inside} cards are inside")
    require(seen.station in (None, station), f"sent to {station}, it is at {seen.station}")
    require(status.media is Media.PRESENT, f"a card is inside, and it tells {status.media}")
    require(status.station in (None, station), f"sent to {station}, it tells {status.station}")


def _stations(printer: Printer) -> tuple[Station, ...]:
    return (Station.CONTACTLESS, Station.PRINT) if isinstance(printer, EncodingStation) else (Station.PRINT,)


def _transport(printer: Printer) -> CardTransport:
    return cast("CardTransport", printer)
