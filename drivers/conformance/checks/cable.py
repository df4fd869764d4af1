"""What follows when the cable or the mains are pulled."""

from __future__ import annotations

from drivers.conformance.acts import fed, first_act
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.errors import DeviceError
from drivers.printer import CardTransport, Media, Printer


@promise("unplugged-is-told", "A machine that was unplugged answers no call: it raises.", Facet.PRINTER, hand=True)
def unplugged_is_told(bench: Bench) -> None:
    """Unplug, then ask."""
    with bench.printer() as printer:
        bench.hands.unplug()
        try:
            told = printer.status(bench.soon())
        except DeviceError:
            return
        raise Broken(f"unplugged, it told {told}")


@promise(
    "back-after-replug",
    "A machine that was unplugged and plugged in again opens at the same address, and is the same one.",
    Facet.PRINTER,
    blanks=1,
    hand=True,
)
def back_after_replug(bench: Bench) -> None:
    """Unplug within a session, plug in, open, act."""
    _back(bench, elsewhere=False)


@promise(
    "back-after-another-port",
    "So does one that was plugged in elsewhere: its address holds no place on the bus.",
    Facet.PRINTER,
    blanks=1,
    hand=True,
)
def back_after_another_port(bench: Bench) -> None:
    """The same, with another place on the bus."""
    if not bench.address.startswith("usb:"):
        raise CannotDo("elsewhere than on USB the address is the place")
    _back(bench, elsewhere=True)


def _back(bench: Bench, *, elsewhere: bool) -> None:
    with bench.printer() as printer:
        identity = printer.identity
        bench.hands.unplug()
        bench.hands.replug(elsewhere=elsewhere)
    try:
        bench.await_back()
        with bench.printer() as printer:
            require(printer.identity == identity, f"first {identity}, then {printer.identity}")
            first_act(printer).call(printer, bench.soon(printer))
    except DeviceError as error:
        raise Broken(f"after it was plugged in again: {error!r}") from error


@promise(
    "place-after-reset",
    "After a power cut the card that is still inside is not said to be gone.",
    Facet.TRANSPORT,
    blanks=1,
    hand=True,
)
def place_after_reset(bench: Bench) -> None:
    """Cut the power with a card inside, and open anew."""
    with bench.printer() as printer:
        fed(bench, printer)
        bench.hands.cut_power()
    bench.await_back()
    with bench.printer() as printer:
        media, inside = printer.status(bench.soon()).media, bench.hands.look().inside
        if inside:
            require(media is not Media.NOT_PRESENT, "a card is inside, and the driver says that there is none")
        else:
            require(media is not Media.PRESENT, "no card is inside, and the driver says that there is one")
            return
        _out(bench, printer)


def _out(bench: Bench, printer: Printer) -> None:
    if isinstance(printer, CardTransport):
        printer.deliver(bench.soon())
        require(not bench.hands.look().inside, "deliver returned, and the card is still inside")
