"""Troubles: each is named by its own reason, or not named at all but shown with the machine's own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from drivers.conformance.acts import Act, acts_of, first_act, printing_act
from drivers.conformance.bench import Bench, Broken, require
from drivers.conformance.hands import CannotDo, Trouble
from drivers.conformance.promise import Facet, promise
from drivers.errors import DeviceError
from drivers.printer import Condition, Printer, PrinterFault, Reason, RetransferPrinter


@dataclass(frozen=True, slots=True)
class _Case:
    """How a trouble shows.

    Attributes:
        reasons: that name it rightly.
        act: which act meets it: `first`, `print`, or an act's name.
        early: it is caused before the act is prepared, which may meet it already.
    """

    reasons: frozenset[Reason]
    act: str
    early: bool = True


def _reasons(*reasons: Reason) -> frozenset[Reason]:
    return frozenset(reasons)


_CASES: Final = {
    Trouble.HOPPER_EMPTY: _Case(_reasons(Reason.MEDIA_EMPTY), "first"),
    Trouble.DOOR_OPEN: _Case(_reasons(Reason.COVER_OPEN), "first"),
    Trouble.RIBBON_OUT: _Case(_reasons(Reason.MARKER_SUPPLY_EMPTY), "print"),
    Trouble.FILM_OUT: _Case(_reasons(Reason.FILM_EMPTY), "transfer"),
    Trouble.FEED_JAM: _Case(_reasons(Reason.MEDIA_JAM, Reason.MEDIA_EMPTY), "first"),
    Trouble.JAM: _Case(_reasons(Reason.MEDIA_JAM, Reason.MECHANICAL), "first"),
    Trouble.HEAD_HOT: _Case(_reasons(Reason.OVERHEATED, Reason.WARMING_UP), "print"),
    Trouble.REJECT_FULL: _Case(_reasons(Reason.REJECT_FULL), "reject", early=False),
    Trouble.OUTPUT_FULL: _Case(_reasons(Reason.OUTPUT_AREA_FULL), "last", early=False),
    Trouble.CLEANING_DUE: _Case(_reasons(Reason.CLEANING_DUE), "first"),
}
# What may stand beside the trouble's own reason without being a wrong name for it.
_BESIDE: Final = _reasons(
    Reason.BUSY,
    Reason.WARMING_UP,
    Reason.POWER_RESET,
    Reason.MEDIA_LOW,
    Reason.MARKER_SUPPLY_LOW,
    Reason.FILM_LOW,
)
_HARMLESS: Final = frozenset({Trouble.CLEANING_DUE})


def _named(trouble: Trouble, bench: Bench) -> None:
    case = _CASES[trouble]
    with bench.printer() as printer:
        act = _act(printer, case.act)
        told: list[Condition] = []
        if not case.early:
            act.prepare(bench, printer)
        bench.hands.cause(trouble)
        before = bench.hands.look()
        told += _status(bench, printer)
        error: DeviceError | None = None
        try:
            if case.early:
                act.prepare(bench, printer)
            act.call(printer, bench.soon(printer))
        except PrinterFault as fault:
            error = fault
            told.append(fault.condition)
        except DeviceError as other:
            error = other
        told += _status(bench, printer)
        after = bench.hands.look()
    words = [f"{condition.reason.value} ({condition.code})" for condition in told]
    wrong = [c for c in told if c.reason not in case.reasons | _BESIDE | {Reason.UNMAPPED}]
    require(not wrong, f"{trouble.value} was called {', '.join(words)}")
    require(all(c.code.strip() for c in told), f"a reason without the machine's own code: {told}")
    if any(c.reason in case.reasons or c.reason is Reason.UNMAPPED for c in told):
        return
    if error is None and trouble not in _HARMLESS and act.done(before, after):
        raise CannotDo(f"{trouble.value} did not keep {act.name} from being done here")
    raise Broken(f"{trouble.value} was not told: {', '.join(words) or 'ready'}; {act.name}: {error!r}")


for _trouble, _case in _CASES.items():
    promise(
        f"told-{_trouble.value}",
        f"{_trouble.value}: told as {' or '.join(sorted(_case.reasons))}, or as unmapped with the machine's own code.",
        Facet.ACTS,
        blanks=1,
        hand=True,
        needs=_trouble,
    )(partial(_named, _trouble))


@promise(
    "works-after-trouble",
    "When a trouble has been put right the machine is ready, without being opened anew.",
    Facet.ACTS,
    blanks=2,
    hand=True,
)
def works_after_trouble(bench: Bench) -> None:
    """Open the door, let an act fail, close the door, and do it."""
    with bench.printer() as printer:
        act = first_act(printer)
        bench.hands.cause(Trouble.DOOR_OPEN)
        with suppress(DeviceError):
            act.call(printer, bench.soon(printer))
        bench.hands.remedy(Trouble.DOOR_OPEN)
        bench.await_calm(printer)
        before = bench.hands.look()
        try:
            act.call(printer, bench.soon(printer))
        except DeviceError as error:
            raise Broken(f"with the door closed again: {error!r}") from error
        require(act.done(before, bench.hands.look()), f"before {before}, after {bench.hands.look()}")


def _status(bench: Bench, printer: Printer) -> Iterator[Condition]:
    with suppress(DeviceError):
        yield from printer.status(bench.soon()).conditions


def _act(printer: Printer, name: str) -> Act:
    if name == "first":
        return first_act(printer)
    if name == "print":
        return printing_act(printer)
    if name == "transfer" and not isinstance(printer, RetransferPrinter):
        raise CannotDo("the machine has no film")
    acts = {act.name: act for act in acts_of(printer)}
    found = acts.get("deliver", acts.get("print_card")) if name == "last" else acts.get(name)
    if found is None:
        raise CannotDo("the driver has no such act")
    return found
