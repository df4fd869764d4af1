"""Cleaning: believed when the machine has counted it, and never with somebody's card inside."""

from __future__ import annotations

from typing import cast

from drivers.conformance.acts import fed
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.errors import DeviceError
from drivers.printer import CardTransport, Cleanable, Printer, PrinterFault


@promise(
    "cleaning-is-counted",
    "`clean` returns when the machine has counted one cleaning; none is due any more, and no card was printed on.",
    Facet.CLEANABLE,
    hand=True,
)
def cleaning_is_counted(bench: Bench) -> None:
    """Prepare as the driver says, clean, count."""
    with bench.printer() as printer:
        machine = _cleanable(printer)
        bench.hands.prepare_cleaning(machine.preparations)
        before, seen = machine.cleanings(bench.soon()), bench.hands.look()
        try:
            machine.clean(bench.soon())
        except DeviceError as error:
            raise Broken(f"prepared as it says: {error!r}") from error
        after, now = machine.cleanings(bench.soon()), bench.hands.look()
    require(after.done == before.done + 1, f"first {before}, then {after}")
    require(not after.due, f"after the cleaning it is due: {after}")
    require((now.prints, now.inside) == (seen.prints, 0), f"first {seen}, then {now}")


@promise(
    "cleaning-needs-an-empty-machine",
    "`clean` with a card inside is refused, and the card stays where it is.",
    Facet.CLEANABLE,
    blanks=1,
)
def cleaning_needs_an_empty_machine(bench: Bench) -> None:
    """Take a card in, and ask for a cleaning."""
    with bench.printer() as printer:
        if not isinstance(printer, CardTransport):
            raise CannotDo("it cannot hold a card inside")
        fed(bench, printer)
        before = _cleanable(printer).cleanings(bench.soon())
        try:
            _cleanable(printer).clean(bench.soon())
        except PrinterFault as fault:
            require(not fault.may_have_acted, f"it was refused and says that it may have acted: {fault!r}")
        else:
            raise Broken("it returned with a card inside")
        after = _cleanable(printer).cleanings(bench.soon())
        require(after == before, f"refused, and yet first {before}, then {after}")
        printer.deliver(bench.soon())


def _cleanable(printer: Printer) -> Cleanable:
    return cast("Cleanable", printer)
