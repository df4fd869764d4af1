"""A promise of the driver interface, and how the checks of it are told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.conformance.bench import Bench
from drivers.conformance.hands import Lost, Trouble


class Facet(StrEnum):
    """Which part of the interface a promise belongs to. A driver without it has not promised it."""

    PRINTER = "Printer"
    ACTS = "any that acts"
    TRANSPORT = "CardTransport"
    FLIPPER = "CardFlipper"
    COUNTER = "CardCounter"
    ENCODING = "EncodingStation"
    CLEANABLE = "Cleanable"
    RETRANSFER = "RetransferPrinter"
    DIRECT = "DirectPrinter"
    WHOLE_CARD = "WholeCardPrinter"
    ENCODER = "Encoder"


Check = Callable[[Bench], None]


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence that a driver keeps, and a check that it does.

    Attributes:
        name: short, and never changed: reports of years are compared by it.
        sentence: what is promised.
        facet: who promises it.
        blanks: cards that the check may use up.
        hand: somebody has to do something to the machine, or to say what is so.
        needs: what is brought about for it; where nobody can do that it costs no card.
        check: raises `Broken`, or `CannotDo` where it could not be looked at.
    """

    name: str
    sentence: str
    facet: Facet
    blanks: int
    hand: bool
    check: Check = field(repr=False)
    needs: Lost | Trouble | None = None


_PROMISES: Final[list[Promise]] = []


def promise(
    name: str,
    sentence: str,
    facet: Facet,
    *,
    blanks: int = 0,
    hand: bool = False,
    needs: Lost | Trouble | None = None,
) -> Callable[[Check], Check]:
    """Enter a check under what it checks; the arguments are the fields of `Promise`."""

    def enter(check: Check) -> Check:
        if any(known.name == name for known in _PROMISES):
            raise ValueError(f"there is a promise {name} already")
        _PROMISES.append(Promise(name, sentence, facet, blanks, hand, check, needs))
        return check

    return enter


def entered() -> tuple[Promise, ...]:
    """Every promise entered so far, in the order of the modules that were imported."""
    return tuple(_PROMISES)
