"""A reader by itself: where it is, its deadlines, and its end."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from drivers.catalog import EncoderDriver
from drivers.conformance.bench import Bench, Broken, nowhere, require
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.encoder import Encoder, NoCard
from drivers.errors import DeviceError, Disconnected, NotFound


@promise("reader-has-a-name", "A reader has a name, the same at each open.", Facet.ENCODER)
def reader_has_a_name(bench: Bench) -> None:
    """Open twice, and look."""
    with bench.encoder() as encoder:
        first = encoder.name
    with bench.encoder() as encoder:
        require(first.strip() and encoder.name == first, f"first {first!r}, then {encoder.name!r}")


@promise("reader-is-listed", "`find` lists a reader by an address that means it, and at which it opens.", Facet.ENCODER)
def reader_is_listed(bench: Bench) -> None:
    """Look for it, and open what is found."""
    if not isinstance(bench.driver, EncoderDriver):
        raise Broken(f"{bench.driver.name} is no driver of readers")
    found = list(bench.driver.find())
    meant = [address for address in found if bench.driver.same(bench.address, address)]
    require(len(meant) == 1, f"{len(meant)} of {found} mean {bench.address}")
    bench.driver.open(meant[0], bench.soon()).close()


@promise("no-such-reader", "An address at which no reader is raises NotFound by the deadline.", Facet.ENCODER)
def no_such_reader(bench: Bench) -> None:
    """Open a reader that is not there."""
    address, began = nowhere(bench.address), time.monotonic()
    try:
        bench.driver.open(address, Deadline.after(5.0)).close()
    except NotFound:
        took = time.monotonic() - began
        require(took < 5.0 + bench.pace.slack, f"{address}: {took:.2f} s with a deadline of 5 s")
    except DeviceError as error:
        raise Broken(f"{address} gave {error!r}") from error
    else:
        raise Broken(f"{address} was opened")


@promise(
    "no-card-is-said", "Without a card `connect` raises NoCard at its deadline, and nothing was sent.", Facet.ENCODER
)
def no_card_is_said(bench: Bench) -> None:
    """Connect to an empty field."""
    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        began = time.monotonic()
        try:
            encoder.connect(Deadline.after(bench.pace.short)).close()
        except NoCard as error:
            took = time.monotonic() - began
            require(not error.may_have_acted, f"{error!r} says that something may have acted")
            require(took <= bench.pace.short + bench.pace.slack, f"it took {took:.2f} s")
        except DeviceError as error:
            raise Broken(f"an empty field gave {error!r}") from error
        else:
            raise Broken("it connected to an empty field")


@promise("reader-close-ends-a-call", "`close` from another thread ends a reader's call, soon.", Facet.ENCODER)
def reader_close_ends_a_call(bench: Bench) -> None:
    """Close while a call waits for a card."""
    ended: list[object] = []

    def wait(encoder: Encoder) -> None:
        try:
            encoder.connect(Deadline.after(30.0)).close()
        except DeviceError as error:
            ended.append(error)
        else:
            ended.append("connected")

    with bench.encoder() as encoder:
        encoder.await_empty(bench.soon())
        line = threading.Thread(target=wait, args=(encoder,), daemon=True)
        line.start()
        time.sleep(0.3)
        began = time.monotonic()
        encoder.close()
        line.join(bench.pace.slack * 2 + 2.0)
        took = time.monotonic() - began
    require(ended, f"the call still waited {took:.2f} s after close")
    require(isinstance(ended[0], DeviceError), f"the call {ended[0]}")


@promise("closed-reader-stays-closed", "After `close` every call raises; closing again is no error.", Facet.ENCODER)
def closed_reader_stays_closed(bench: Bench) -> None:
    """Close twice, then ask."""
    with bench.encoder() as encoder:
        encoder.close()
        encoder.close()
        with suppress(Disconnected):
            raise Broken(f"a closed reader told {encoder.card_present(bench.soon())}")
