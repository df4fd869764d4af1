"""Blanks as double-entry accounts: each one is in exactly one account, and only a movement changes a balance.

Pure: no clock, no database. An account is a place, and where it matters the line, the stock type and the batch. Some
places are the world outside (`SUPPLY`, `FOREIGN`, `OFFICE`): what a station holds is taken from them, so only they may
go below zero, and the sum over all accounts is always nought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from typing_extensions import override


class Place(StrEnum):
    """Where a blank, or the card it became, can be."""

    SUPPLY = "supply"
    STORE = "store"
    HOPPER = "hopper"
    MACHINE = "machine"
    OUTPUT = "output"
    SHELF = "shelf"
    CITIZEN = "citizen"
    HAND = "hand"
    REJECT = "reject"
    UNFIT = "unfit"
    """Blanks that came out as they went in, as their chips cannot be written here: they are sent back."""
    DESTROYED = "destroyed"
    SENT_BACK = "sent-back"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    MISSING = "missing"
    IN_QUESTION = "in-question"
    FOREIGN = "foreign"
    ALLOTTED = "allotted"
    """At an office: what a mobile kit has, in the name of the allotment."""
    OFFICE = "office"
    """At a mobile kit: the office whose blanks it has, in the name of the allotment."""


OUTSIDE = frozenset({Place.SUPPLY, Place.FOREIGN, Place.OFFICE})
"""Places that a station draws on and never counts."""

CITIZENS = "wni"
"""Stock type of the ordinary, blue blank. Foreign residents' orange blanks are another stock type."""


class Account(msgspec.Struct, frozen=True, order=True):
    """One pile of blanks.

    Attributes:
        place: where the pile is.
        line: the production line, for places that belong to a machine, or the allotment; empty elsewhere.
        stock: which kind of blank.
        batch: the delivery it came with; empty once a batch can no longer be told.
    """

    place: Place
    line: str = ""
    stock: str = CITIZENS
    batch: str = ""

    @override
    def __str__(self) -> str:
        return "/".join(part for part in (self.place, self.line, self.stock, self.batch) if part)


class Movement(msgspec.Struct, frozen=True):
    """`count` blanks go from one account to another."""

    source: Account
    target: Account
    count: int


@dataclass(eq=False)
class BadMovement(Exception):
    """A movement that cannot be: nothing or less is moved, or it goes nowhere."""

    movement: Movement

    @override
    def __str__(self) -> str:
        return f"cannot move {self.movement.count} from {self.movement.source} to {self.movement.target}"


@dataclass(eq=False)
class Overdrawn(Exception):
    """More would leave an account than is in it."""

    account: Account
    held: int
    wanted: int

    @override
    def __str__(self) -> str:
        return f"{self.account} holds {self.held}, but {self.wanted} would leave it; count the blanks there"


def check(movement: Movement, held: int) -> None:
    """Raise unless a movement may be made from an account that holds that many.

    Raises:
        BadMovement: if it moves less than one, or from an account to itself.
        Overdrawn: if the account would go below zero and is not outside the station.
    """
    if movement.count < 1 or movement.source == movement.target:
        raise BadMovement(movement)
    if held < movement.count and movement.source.place not in OUTSIDE:
        raise Overdrawn(movement.source, held, movement.count)


def moved(balances: Mapping[Account, int], movements: Iterable[Movement]) -> dict[Account, int]:
    """Return the balances after movements, each checked against the one before. Accounts at zero are left out."""
    after = dict(balances)
    for movement in movements:
        check(movement, after.get(movement.source, 0))
        after[movement.source] = after.get(movement.source, 0) - movement.count
        after[movement.target] = after.get(movement.target, 0) + movement.count
    return {account: count for account, count in after.items() if count}
