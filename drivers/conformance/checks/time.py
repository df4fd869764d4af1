"""Deadlines, and a close that comes from another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from drivers.conformance.acts import first_act
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo, Lost
from drivers.conformance.promise import Facet, promise
from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected
from drivers.printer import Printer

_UNDER_WAY = 0.05  # seconds until a call surely waits for its answer
_LONG = 30.0


@promise("deadline-of-questions", "A question returns or raises by its deadline.", Facet.PRINTER)
def deadline_of_questions(bench: Bench) -> None:
    """Ask for the status with a deadline of milliseconds, of a machine that is silent if somebody can make it so."""
    with bench.printer() as printer:
        with suppress(CannotDo):
            bench.hands.lose_answer(Lost.SILENCE, "status", acts=True)
        _by_the_deadline(bench, "status", printer.status)


@promise("deadline-of-acts", "A call that acts returns or raises by its deadline.", Facet.ACTS, blanks=1)
def deadline_of_acts(bench: Bench) -> None:
    """Act with a deadline of milliseconds."""
    with bench.printer() as printer:
        act = first_act(printer)
        with suppress(CannotDo):
            bench.hands.lose_answer(Lost.SILENCE, act.name, acts=True)
        _by_the_deadline(bench, act.name, lambda deadline: act.call(printer, deadline))


def _by_the_deadline(bench: Bench, name: str, call: Callable[[Deadline], object]) -> None:
    began = time.monotonic()
    with suppress(DeviceError):
        call(Deadline.after(bench.pace.short))
    took = time.monotonic() - began
    require(
        took <= bench.pace.short + bench.pace.slack,
        f"{name} took {took:.2f} s with a deadline of {bench.pace.short} s",
    )


@promise(
    "close-ends-a-call",
    "`close` from another thread ends a call under way, soon and with Disconnected.",
    Facet.ACTS,
    blanks=1,
)
def close_ends_a_call(bench: Bench) -> None:
    """Close while an act waits for its answer."""
    printer = bench.open_printer()
    ended: list[object] = []
    try:
        bench.await_calm(printer)
        act = first_act(printer)
        with suppress(CannotDo):
            bench.hands.lose_answer(Lost.SILENCE, act.name, acts=True)

        def work() -> None:
            try:
                act.call(printer, Deadline.after(_LONG))
            except DeviceError as error:
                ended.append(error)
            else:
                ended.append("returned")

        line = threading.Thread(target=work, daemon=True)
        line.start()
        time.sleep(_UNDER_WAY)
        if ended:
            raise CannotDo(f"{act.name} was over before it could be closed: {ended[0]!r}")
        began = time.monotonic()
        printer.close()
        line.join(2 * bench.pace.slack + 1.0)
        took = time.monotonic() - began
    finally:
        printer.close()
    require(ended, f"{act.name} still waited {took:.2f} s after close")
    require(took < 2 * bench.pace.slack, f"{act.name} ended {took:.2f} s after close")
    require(isinstance(ended[0], Disconnected), f"{act.name} ended with {ended[0]!r}")


@promise(
    "closed-stays-closed", "After `close` every call raises Disconnected; closing again is no error.", Facet.PRINTER
)
def closed_stays_closed(bench: Bench) -> None:
    """Close twice, then ask."""
    with bench.printer() as printer:
        printer.close()
        try:
            printer.close()
        except Exception as error:
            raise Broken(f"the second close raised {error!r}") from error
        _disconnected(printer, bench)


def _disconnected(printer: Printer, bench: Bench) -> None:
    try:
        told = printer.status(bench.soon())
    except Disconnected:
        return
    except DeviceError as error:
        raise Broken(f"a closed printer raised {error!r}") from error
    raise Broken(f"a closed printer told {told}")
