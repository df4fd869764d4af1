"""What the rules of the field do at a station: more words of the book."""

from __future__ import annotations

from stationd.model.event import Event
from stationd.model.field_events import AnyFieldEvent


class PolicyRefused(Event, frozen=True):
    """What came as a policy is not gone by: the one before stays in force.

    Attributes:
        digest: SHA-256 of what came, lower-case hex.
        cause: why: `policy-older`, or a word of `stationd.model.policy_check.PolicyFault`.
        place: where in it, as a JSON path; empty if it is about the whole.
        version: the one that it bears.
    """

    digest: str
    cause: str
    place: str
    version: int


class StockRequested(Event, frozen=True):
    """A shortage began: more is asked for. One request for one shortage; it is known by the number of its entry.

    Attributes:
        supply: `blanks`, or the name that a printer gives its ribbon or film.
        line: whose ribbon or film; empty for blanks.
        stock: the stock type of blanks; empty for others.
        to: a `stationd.model.policy_tables.Addressee`.
        left: cards that can be made of what there is.
        rate: cards a working day that are expected to be made.
        days_left: working days for which it is enough.
        wanted: how many cards' worth is asked for.
    """

    supply: str
    line: str
    stock: str
    to: str
    left: int
    rate: float
    days_left: int | None
    wanted: int


class StockArrived(Event, frozen=True):
    """What was asked for has arrived: the request with this number is closed."""

    request: int
    supply: str
    line: str
    stock: str
    left: int


class StockRequestDropped(Event, frozen=True):
    """A supervisor said that the delivery, or its rest, will not come: the request with this number is closed.

    Attributes:
        request, supply, line, stock: which.
        cause: why, a `stationd.model.reasons.DropReason`.
    """

    request: int
    supply: str
    line: str
    stock: str
    cause: str


AnyRuleEvent = PolicyRefused | StockRequested | StockArrived | StockRequestDropped | AnyFieldEvent
"""All of them, for the union by which the book is read."""
