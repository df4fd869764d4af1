"""Which machine it is, where it is, and who has it."""

from __future__ import annotations

import time
from contextlib import suppress

from drivers.addresses import BadAddress
from drivers.conformance.acts import first_act
from drivers.conformance.bench import Bench, Broken, nowhere, require
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.errors import DeviceError, HeldByAnother, NotFound
from drivers.printer import Panel

_SHARED = ("ipp:", "ipps:")
_SILENT = ("tcp:", "serial:", *_SHARED)


@promise(
    "identity-lasts",
    "A machine tells its maker, model and serial number, the same at each open.",
    Facet.PRINTER,
)
def identity_lasts(bench: Bench) -> None:
    """Open twice and compare."""
    with bench.printer() as printer:
        first = printer.identity
    with bench.printer() as printer:
        second = printer.identity
    require(first.serial.strip() and first.model.strip() and first.maker.strip(), f"not all of it is told: {first}")
    require(first == second, f"first {first}, then {second}")


@promise(
    "capabilities-fit",
    "The capabilities name a raster with panels that a picture can be made for, the same at each open.",
    Facet.PRINTER,
)
def capabilities_fit(bench: Bench) -> None:
    """Open twice and compare."""
    with bench.printer() as printer:
        first = printer.capabilities
    with bench.printer() as printer:
        require(printer.capabilities == first, f"first {first}, then {printer.capabilities}")
    raster = first.raster
    require(min(raster.width, raster.height, raster.dpi) > 0, f"no raster: {raster}")
    require(raster.panels and raster.panels <= set(Panel), f"no panels: {raster}")


@promise("address-read", "An address that cannot be read is refused as such, and nothing is opened.", Facet.PRINTER)
def address_read(bench: Bench) -> None:
    """Open `nonsense`."""
    error = _refusal(bench, "nonsense", Deadline.after(bench.pace.act))
    require(isinstance(error, BadAddress), f"`nonsense` gave {error!r}")


@promise(
    "nobody-there", "An address at which nothing is raises NotFound by the deadline, and nothing acted.", Facet.PRINTER
)
def nobody_there(bench: Bench) -> None:
    """Open an address of the same form at which nothing is."""
    address, seconds = nowhere(bench.address), min(5.0, bench.pace.act)
    began = time.monotonic()
    error = _refusal(bench, address, Deadline.after(seconds))
    took = time.monotonic() - began
    require(isinstance(error, NotFound), f"{address} gave {error!r}")
    require(not error.may_have_acted, f"{address}: {error!r} says that something may have acted")
    require(took < seconds + bench.pace.slack, f"{address}: {took:.2f} s with a deadline of {seconds:.2f} s")


@promise("held-by-another", "A machine that is in use opens for nobody else: HeldByAnother.", Facet.PRINTER)
def held_by_another(bench: Bench) -> None:
    """Open twice at once; the first session must go on."""
    if bench.address.startswith(_SHARED):
        raise CannotDo("a print queue is shared by nature; who else prints there is seen by its jobs")
    with bench.printer() as printer:
        try:
            error = _refusal(bench, bench.address, Deadline.after(min(3.0, bench.pace.act)))
        except Broken:
            if bench.address.startswith("tcp:"):
                raise CannotDo("this machine takes a second connection: no driver can tell who else has one") from None
            raise
        require(isinstance(error, HeldByAnother), f"the second open gave {error!r}")
        printer.status(bench.soon())


@promise("find-lists", "`find` lists the machine by an address at which it opens.", Facet.PRINTER)
def find_lists(bench: Bench) -> None:
    """Look, and open what was found until it is the machine under test."""
    with bench.printer() as printer:
        serial = printer.identity.serial
    found = bench.driver.find()
    for address in found:
        with suppress(DeviceError):
            candidate = bench.driver.open(address, bench.soon())
            identity = getattr(candidate, "identity", None)
            candidate.close()
            if identity is not None and identity.serial == serial:
                return
    if bench.address.startswith(_SILENT):
        raise CannotDo("a machine on a network or on a serial line does not announce itself")
    raise Broken(f"{serial} is at none of {list(found)}")


@promise(
    "find-disturbs-nothing", "`find` disturbs no session that is open, and no card.", Facet.PRINTER, blanks=1, hand=True
)
def find_disturbs_nothing(bench: Bench) -> None:
    """Look while a session is open, then act in it."""
    with bench.printer() as printer:
        act = first_act(printer)
        before = bench.hands.look()
        bench.driver.find()
        require(bench.hands.look() == before, f"before {before}, after {bench.hands.look()}")
        try:
            act.call(printer, bench.soon(printer))
        except DeviceError as error:
            raise Broken(f"after find, {act.name} failed: {error!r}") from error


def _refusal(bench: Bench, address: str, deadline: Deadline) -> DeviceError:
    try:
        opened = bench.driver.open(address, deadline)
    except DeviceError as error:
        return error
    opened.close()
    raise Broken(f"{address} was opened")
