"""The order in which waiting jobs get their turn, and why one stands where it does. Pure.

Whom an officer moved to the front comes first: the person stands at the counter. Urgent causes follow. While blanks are
scarce the policy's rank of reasons is next; else, and within a rank, jobs come in the order in which they arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from stationd.model.job import Reason
from stationd.model.policy import Policy
from stationd.model.ruling import Stock, Wanted, is_scarce, is_urgent

Turn = int
"""The smaller one comes first. One number, as very many are compared with each other: above bit 48 the standing (moved
to the front, urgent, or neither; then the rank), below it the number of the entry of arrival, or of being moved."""

_STANDING: Final = 48
_GROUP: Final = 8
"""Bits in which an entry's number has room, and a rank."""

_FRONT, _URGENT, _OTHERS = range(3)

_T = TypeVar("_T")


def turns(policy: Policy | None, stock: Stock) -> Callable[[Wanted], Turn]:
    """Return what gives each job its turn.

    Args:
        policy: the one in force; None if none was ever received: then jobs come as they arrived.
        stock: whether blanks are scarce is decided by it.
    """
    ranked = policy.reasons if policy is not None and is_scarce(policy, stock) else ()
    ranks = {reason: ranked.index(reason) if reason in ranked else len(ranked) for reason in Reason}
    urgent, others = ({reason: _standing(group, ranks[reason]) for reason in Reason} for group in (_URGENT, _OTHERS))

    def turn(job: Wanted) -> Turn:
        if job.front:
            return job.front
        first = job.urgent is not None and is_urgent(job, policy)
        return (urgent if first else others)[job.reason] + job.arrived

    return turn


def _standing(group: int, rank: int) -> Turn:
    return (group << _GROUP | rank) << _STANDING


def in_order(jobs: Iterable[_T], wanted: Callable[[_T], Wanted], turn: Callable[[Wanted], Turn]) -> list[_T]:
    """Return jobs, whatever they are, in the order of their turns; equal turns stay as they were."""
    return sorted(jobs, key=lambda job: turn(wanted(job)))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a job stands in the queue.

    Attributes:
        place: 1 is next.
        of: how many wait.
        fronted: how many before it were moved to the front, where it was not.
        urgent: how many before it are urgent, where it is not.
        ranked: how many before it have a reason that ranks above its own.
        earlier: how many before it only came earlier.
    """

    place: int
    of: int
    fronted: int
    urgent: int
    ranked: int
    earlier: int


def position(job: Wanted, queue: Sequence[Wanted], turn: Callable[[Wanted], Turn]) -> Position:
    """Say where a job stands among all that wait, itself one of them, and what those before it have before it."""
    own = turn(job)
    standing = own >> _STANDING
    group = standing >> _GROUP
    before = [other >> _STANDING for other in map(turn, queue) if other < own]
    groups = Counter(other >> _GROUP for other in before)
    fronted = groups[_FRONT] if group != _FRONT else 0
    urgent = groups[_URGENT] if group != _URGENT else 0
    ranked = sum(other < standing and other >> _GROUP == group for other in before)
    return Position(len(before) + 1, len(queue), fronted, urgent, ranked, len(before) - fronted - urgent - ranked)
