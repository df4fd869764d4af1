"""Settling a discrepancy: what may explain it, what that moves, and who may say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from stationd.model.blank import Account, Movement, Place
from stationd.model.policy import Office, Policy, supervisors


class Origin(StrEnum):
    """How a discrepancy came to light."""

    STOCK_TAKE = "stock-take"
    EXCHANGE = "exchange"
    CLOSING = "closing"
    DECLARED = "declared"
    OBSERVATION = "observation"
    ALLOTMENT = "allotment"
    """An office and a mobile kit counted otherwise."""
    COUNTERS = "counters"
    COUNTERS_BACKWARDS = "counters-backwards"


class State(StrEnum):
    """How far the settlement of a discrepancy has come."""

    OPEN = "open"
    REQUESTED = "requested"
    PROVISIONAL = "provisional"
    SETTLED = "settled"


class Explanation(StrEnum):
    """What explains a discrepancy: a closed list, because free words would bring citizens into the book."""

    MISSING = "missing"
    FOUND_ELSEWHERE = "found-elsewhere"
    CAME_TO_LIGHT = "came-to-light"
    MISCOUNTED = "miscounted"
    DOUBLE_FEED = "double-feed"
    TEST_CARDS = "test-cards"
    COUNTER_RESET = "counter-reset"
    PRINTER_SWAPPED = "printer-swapped"


OF_COUNTERS = frozenset({Origin.COUNTERS, Origin.COUNTERS_BACKWARDS})
"""Discrepancies between a printer and the book; they move no blank."""

_SHORT = frozenset({Explanation.MISSING, Explanation.FOUND_ELSEWHERE, Explanation.MISCOUNTED})
_OVER = frozenset({Explanation.CAME_TO_LIGHT, Explanation.DOUBLE_FEED, Explanation.MISCOUNTED})
_COUNTERS = frozenset(
    {
        Explanation.DOUBLE_FEED,
        Explanation.TEST_CARDS,
        Explanation.COUNTER_RESET,
        Explanation.PRINTER_SWAPPED,
    }
)


def explanations(origin: str, expected: int, found: int) -> frozenset[Explanation]:
    """Return what may explain a discrepancy."""
    if origin in OF_COUNTERS:
        return _COUNTERS
    return _SHORT if found < expected else _OVER


def settled(
    balances: Mapping[Account, int], movements: Sequence[Movement], explanation: Explanation
) -> tuple[Movement, ...]:
    """Return what settling moves.

    Args:
        balances: what may be moved now.
        movements: those that the discrepancy made when it was found.
        explanation: what it is settled as.

    Returns:
        What is missing leaves *in question* for good. What was miscounted goes back to where the book had it, as far as
        it is still where the count put it: a later count may have found it. Everything else lies where it was seen.
    """
    now = dict(balances)
    made = []
    for movement in movements:
        source = movement.target
        match explanation:
            case Explanation.MISSING:
                target = Account(Place.MISSING, stock=source.stock, batch=source.batch)
            case Explanation.MISCOUNTED:
                target = movement.source
            case _:
                continue
        count = min(movement.count, now.get(source, 0))
        if count > 0:
            made.append(Movement(source, target, count))
            now[source] -= count
    return tuple(made)


class Verdict(StrEnum):
    """Whether an officer may approve a settlement."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    IS_REQUESTER = "approver-is-requester"
    NOT_SUPERVISOR = "approver-not-supervisor"


def may_approve(policy: Policy | None, requester: str, approver: str, office: Office, now: float | None) -> Verdict:
    """Decide whether an officer may approve what another one asked for.

    It takes another person, and a supervisor. Where nobody such is appointed, as in an office of one, the settlement is
    provisional: the kabupaten approves it afterwards.
    """
    others = supervisors(policy, office, now) - {requester}
    if approver in others:
        return Verdict.FINAL
    if not others:
        return Verdict.PROVISIONAL
    return Verdict.IS_REQUESTER if approver == requester else Verdict.NOT_SUPERVISOR
