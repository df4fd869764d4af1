"""Prints: on one card, once, and never from a film that this session did not print."""

from __future__ import annotations

import time
from typing import cast

from drivers.conformance.acts import fed, filmed
from drivers.conformance.bench import Bench, Broken, picture, require
from drivers.conformance.hands import CannotDo, Trouble
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import (
    CardCounter,
    CardTransport,
    Completion,
    Condition,
    DirectPrinter,
    Media,
    Printer,
    PrinterFault,
    Reason,
    RetransferPrinter,
    Station,
    WholeCardPrinter,
)


@promise(
    "film-of-no-session",
    "`transfer` is refused while no image was printed to film.",
    Facet.RETRANSFER,
    blanks=1,
    hand=True,
)
def film_of_no_session(bench: Bench) -> None:
    """Transfer without a film, and with one that was only begun."""
    with bench.printer() as printer:
        fed(bench, printer)
        _transfer_refused(bench, printer, "without an image")


@promise(
    "film-of-this-session",
    "`transfer` is refused for a film that another session printed.",
    Facet.RETRANSFER,
    blanks=1,
    hand=True,
)
def film_of_this_session(bench: Bench) -> None:
    """Print to film, open anew, transfer."""
    with bench.printer() as printer:
        filmed(bench, printer)
    with bench.printer() as printer:
        _transfer_refused(bench, printer, "with the film of an earlier session")


@promise(
    "cleared-film-is-gone",
    "After `clear_film` the card is still inside, and `transfer` is refused.",
    Facet.RETRANSFER,
    blanks=1,
    hand=True,
)
def cleared_film_is_gone(bench: Bench) -> None:
    """Print to film, clear it, transfer."""
    with bench.printer() as printer:
        filmed(bench, printer)
        _film(printer).clear_film(bench.soon())
        require(bench.hands.look().inside == 1, "clearing the film moved the card out")
        _transfer_refused(bench, printer, "after the film was cleared")


@promise(
    "film-is-used-once", "A film that was transferred is not transferred again.", Facet.RETRANSFER, blanks=1, hand=True
)
def film_is_used_once(bench: Bench) -> None:
    """Transfer twice."""
    with bench.printer() as printer:
        filmed(bench, printer)
        _film(printer).transfer(bench.soon(printer))
        _transfer_refused(bench, printer, "a second time")


@promise("film-waits-for-its-image", "`await_film` is refused while no image was begun.", Facet.RETRANSFER, blanks=1)
def film_waits_for_its_image(bench: Bench) -> None:
    """Wait for nothing."""
    with bench.printer() as printer:
        fed(bench, printer)
        try:
            _film(printer).await_film(bench.soon(printer))
        except PrinterFault:
            return
        raise Broken("await_film returned, and no image had been begun")


@promise(
    "transfer-prints-once",
    "`transfer` leaves one print on the card and keeps it inside, at the printing station.",
    Facet.RETRANSFER,
    blanks=1,
    hand=True,
)
def transfer_prints_once(bench: Bench) -> None:
    """Print, transfer, deliver."""
    with bench.printer() as printer:
        filmed(bench, printer)
        before = bench.hands.look()
        _film(printer).transfer(bench.soon(printer))
        after, status = bench.hands.look(), printer.status(bench.soon())
        require(after.prints == before.prints + 1, f"{after.prints - before.prints} prints")
        require(after.inside == 1 and after.station in (None, Station.PRINT), f"the card: {after}")
        require((status.media, status.station) in ((Media.PRESENT, Station.PRINT), (Media.PRESENT, None)), f"{status}")
        cast("CardTransport", printer).deliver(bench.soon())
        last = bench.hands.look()
        require((last.prints, last.out) == (after.prints, after.out + 1), f"delivered: {last}, before {after}")


@promise(
    "direct-prints-once",
    "`print_and_deliver` leaves one print on the card inside, and puts it out.",
    Facet.DIRECT,
    blanks=1,
    hand=True,
)
def direct_prints_once(bench: Bench) -> None:
    """Feed and print."""
    with bench.printer() as printer:
        fed(bench, printer)
        before = bench.hands.look()
        _direct(printer).print_and_deliver(picture(printer), bench.soon(printer))
        after = bench.hands.look()
        wanted = (0, before.out + 1, before.prints + 1)
        require((after.inside, after.out, after.prints) == wanted, f"before {before}, after {after}")


@promise(
    "direct-needs-a-card",
    "`print_and_deliver` without a card inside is refused, and takes none in.",
    Facet.DIRECT,
    blanks=1,
    hand=True,
)
def direct_needs_a_card(bench: Bench) -> None:
    """Print without a card."""
    with bench.printer() as printer:
        before = bench.hands.look()
        try:
            _direct(printer).print_and_deliver(picture(printer), bench.soon(printer))
        except PrinterFault as fault:
            require(not fault.may_have_acted, f"refused, and says that it may have acted: {fault!r}")
        else:
            raise Broken("it returned without a card")
        require(bench.hands.look() == before, f"before {before}, after {bench.hands.look()}")


@promise(
    "whole-card-prints-once",
    "`print_card` leaves one print on one card that is out, and says what stands behind it.",
    Facet.WHOLE_CARD,
    blanks=1,
    hand=True,
)
def whole_card_prints_once(bench: Bench) -> None:
    """Print a card."""
    with bench.printer() as printer:
        before = bench.hands.look()
        said: object = _whole(printer).print_card(picture(printer), bench.soon(printer))
        after = bench.hands.look()
    require(isinstance(said, Completion), f"it returned {said!r}")
    wanted = (0, before.out + 1, before.prints + 1)
    require((after.inside, after.out, after.prints) == wanted, f"before {before}, after {after}")
    if said is Completion.SEEN:
        seen = f"{Completion.SEEN} without a counter that could have seen it"
        require(isinstance(printer, CardCounter), seen)


@promise(
    "nothing-left-waiting",
    "After a failed `print_card` no job waits: a card put in later is not printed.",
    Facet.WHOLE_CARD,
    blanks=1,
    hand=True,
)
def nothing_left_waiting(bench: Bench) -> None:
    """Print with an empty hopper, then fill it and wait."""
    with bench.printer() as printer:
        bench.hands.cause(Trouble.HOPPER_EMPTY)
        before = bench.hands.look()
        try:
            _whole(printer).print_card(
                picture(printer), Deadline.after(min(20.0, bench.pace.act) + printer.capabilities.sending)
            )
        except DeviceError as failed:
            error = failed
        else:
            raise Broken("it returned with an empty hopper")
        bench.hands.remedy(Trouble.HOPPER_EMPTY)
        time.sleep(bench.pace.settle)
        after = bench.hands.look()
        if after != before and error.may_have_acted:
            raise CannotDo(f"the job could not be taken back, and the driver said so: {error!r}")
        require(after == before, f"printed when nobody asked: before {before}, after {after}; it had said {error!r}")


@promise(
    "waiting-is-told",
    "What `print_card` waits for is told while it waits, or fails it soon.",
    Facet.WHOLE_CARD,
    hand=True,
)
def waiting_is_told(bench: Bench) -> None:
    """Print with an empty hopper, and see when the driver says so."""
    with bench.printer() as printer:
        patience = min(20.0, bench.pace.act) + printer.capabilities.sending
        bench.hands.cause(Trouble.HOPPER_EMPTY)
        begun, told_after = time.monotonic(), float("inf")

        def tell(reported: tuple[Condition, ...]) -> None:
            nonlocal told_after
            if any(condition.reason is not Reason.BUSY for condition in reported):
                told_after = min(told_after, time.monotonic() - begun)

        try:
            _whole(printer).print_card(picture(printer), Deadline.after(patience), tell)
        except DeviceError:
            told_after = min(told_after, time.monotonic() - begun)
        else:
            raise Broken("it returned with an empty hopper")
    require(told_after < patience / 2, f"nothing was said for {told_after:.1f} s of {patience:.1f} s")


def _transfer_refused(bench: Bench, printer: Printer, how: str) -> None:
    before = bench.hands.look()
    try:
        _film(printer).transfer(bench.soon(printer))
    except PrinterFault as fault:
        require(not fault.may_have_acted, f"refused {how}, and says that it may have acted: {fault!r}")
        require(bench.hands.look().prints == before.prints, f"refused {how}, and printed")
    else:
        raise Broken(f"transfer returned {how}")


def _film(printer: Printer) -> RetransferPrinter:
    return cast("RetransferPrinter", printer)


def _direct(printer: Printer) -> DirectPrinter:
    return cast("DirectPrinter", printer)


def _whole(printer: Printer) -> WholeCardPrinter:
    return cast("WholeCardPrinter", printer)
