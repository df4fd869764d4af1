"""Holds a driver to every promise that it makes, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.catalog import EncoderDriver
from drivers.conformance.bench import Bench, Broken
from drivers.conformance.checks import PROMISES
from drivers.conformance.hands import CannotDo
from drivers.conformance.promise import Facet, Promise
from drivers.printer import (
    CardCounter,
    CardFlipper,
    CardTransport,
    Cleanable,
    DirectPrinter,
    EncodingStation,
    Printer,
    RetransferPrinter,
    WholeCardPrinter,
)

_OFFERED: Final[dict[Facet, type]] = {
    Facet.TRANSPORT: CardTransport,
    Facet.FLIPPER: CardFlipper,
    Facet.COUNTER: CardCounter,
    Facet.ENCODING: EncodingStation,
    Facet.CLEANABLE: Cleanable,
    Facet.RETRANSFER: RetransferPrinter,
    Facet.DIRECT: DirectPrinter,
    Facet.WHOLE_CARD: WholeCardPrinter,
}


class Outcome(StrEnum):
    """What came of a promise."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise, looked at.

    Attributes:
        promise: which.
        outcome: what came of it.
        evidence: what was seen of a failure; why it was not checked; nothing else.
        seconds: how long it took.
    """

    promise: Promise
    outcome: Outcome
    evidence: str
    seconds: float


class Refused(Exception):
    """The machine is not the one that was agreed on, or cannot be worked with: nothing was done to it."""


def made_by(bench: Bench, serial: str | None = None) -> tuple[Promise, ...]:
    """The promises that this driver makes.

    Raises:
        Refused: the machine has another serial number than the one given.
        DeviceError: it does not open.
    """
    if isinstance(bench.driver, EncoderDriver):
        with bench.encoder() as encoder:
            if serial is not None and encoder.name != serial:
                raise Refused(f"the reader is {encoder.name!r}, not {serial!r}")
        return tuple(promise for promise in PROMISES if promise.facet is Facet.ENCODER)
    printer = bench.open_printer()
    try:
        if serial is not None and printer.identity.serial != serial:
            raise Refused(f"the machine's serial number is {printer.identity.serial!r}, not {serial!r}")
        offered = _offered(printer)
    finally:
        printer.close()
    return tuple(promise for promise in PROMISES if promise.facet in offered)


def _offered(printer: Printer) -> frozenset[Facet]:
    facets = {facet for facet, kind in _OFFERED.items() if isinstance(printer, kind)}
    acting = facets & {Facet.TRANSPORT, Facet.DIRECT, Facet.WHOLE_CARD}
    return frozenset({Facet.PRINTER, *facets, *({Facet.ACTS} if acting else ())})


def hold_to(bench: Bench, chosen: Iterable[Promise], blanks: int) -> Iterator[Finding]:
    """Check promises, using no more blanks than given; gives each finding as it is there."""
    left = blanks
    for promise in chosen:
        if why := _beyond(bench, promise):
            yield Finding(promise, Outcome.NOT_CHECKED, why, 0.0)
            continue
        if promise.blanks > left:
            why = f"needs {promise.blanks} blank cards, and {left} may still be used"
            yield Finding(promise, Outcome.NOT_CHECKED, why, 0.0)
            continue
        left -= promise.blanks
        yield _looked_at(bench, promise)


def _looked_at(bench: Bench, promise: Promise) -> Finding:
    began = time.monotonic()

    def finding(outcome: Outcome, evidence: str = "") -> Finding:
        return Finding(promise, outcome, evidence, time.monotonic() - began)

    try:
        bench.tidy()
        promise.check(bench)
    except CannotDo as why:
        return finding(Outcome.NOT_CHECKED, str(why))
    except Broken as broken:
        return finding(Outcome.FAILED, str(broken))
    except Exception as error:  # whatever a driver raises where it should not
        return finding(Outcome.FAILED, f"{type(error).__name__}: {error}")
    else:
        return finding(Outcome.PASSED)
    finally:
        _quietly(bench.hands.make_ready)


def _beyond(bench: Bench, promise: Promise) -> str:
    """Return why nobody here can bring about what a check needs; empty if somebody may."""
    try:
        if promise.needs is not None:
            bench.hands.require(promise.needs)
    except CannotDo as why:
        return str(why)
    return ""


def _quietly(act: Callable[[], None]) -> None:
    with suppress(CannotDo):
        act()
