"""Whether a policy makes sense in itself. Pure. One that contradicts itself is not taken, and the place is named.

What cannot be read at all (an unknown reason, a share of 101 percent) is refused before, by the types of its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from stationd.model.job import Reason
from stationd.model.policy import Policy
from stationd.model.policy_tables import WHOLE
from stationd.model.shelf import DAY, GAP

SHORTEST_MONTH: Final = 28 * DAY


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """What is wrong with a policy.

    Attributes:
        place: where, as a JSON path.
        why: in one word: `ends-before-it-begins`, `named-twice`, `more-than-all`, `needs-daily-most`, `no-reason`,
            `comes-to-nothing`, `served-below-its-rank`, `more-than-weeks` or `ended`.
    """

    place: str
    why: str


def fault(policy: Policy) -> PolicyFault | None:
    """Find the first thing in a policy that contradicts another; None if nothing does."""
    return next(_faults(policy), None)


def fault_on_arrival(policy: Policy, now: float | None) -> PolicyFault | None:
    """Find what keeps a policy from being taken at a time: as `fault`, or it is over already.

    Args:
        policy: what came.
        now: seconds since the epoch; None if it is unknown, and then an end is left to the checks before printing.
    """
    if policy.valid_until is not None and now is not None and now >= policy.valid_until:
        return PolicyFault("$.valid_until", "ended")
    return fault(policy)


def _faults(policy: Policy) -> Iterator[PolicyFault]:
    if policy.valid_until is not None and policy.valid_until <= policy.valid_from:
        yield PolicyFault("$.valid_until", "ends-before-it-begins")
    yield from _twice("$.officers[{}].id", (officer.id for officer in policy.officers))
    for number, officer in enumerate(policy.officers):
        if officer.valid_until <= officer.valid_from:
            yield PolicyFault(f"$.officers[{number}].valid_until", "ends-before-it-begins")
    yield from _twice("$.reasons[{}]", policy.reasons)
    yield from _shares(policy)
    yield from _serves(policy)
    if policy.shelf.notices * GAP > policy.shelf.within_months * SHORTEST_MONTH:
        yield PolicyFault("$.shelf.notices", "more-than-weeks")
    for number, grant in enumerate(policy.mobile):
        if grant.valid_until <= grant.valid_from:
            yield PolicyFault(f"$.mobile[{number}].valid_until", "ends-before-it-begins")


def _twice(place: str, named: Iterable[str]) -> Iterator[PolicyFault]:
    seen: set[str] = set()
    for number, each in enumerate(named):
        if each in seen:
            yield PolicyFault(place.format(number), "named-twice")
        seen.add(each)


def _shares(policy: Policy) -> Iterator[PolicyFault]:
    if policy.shares and policy.daily_most is None:
        yield PolicyFault("$.shares", "needs-daily-most")
    taken: set[Reason] = set()
    for number, share in enumerate(policy.shares):
        place = f"$.shares[{number}]"
        if not share.reasons:
            yield PolicyFault(f"{place}.reasons", "no-reason")
        if taken & share.reasons:
            yield PolicyFault(f"{place}.reasons", "named-twice")
        taken |= share.reasons
        if policy.daily_most is not None and not share.cards(policy.daily_most):
            yield PolicyFault(f"{place}.percent", "comes-to-nothing")
    if sum(share.percent for share in policy.shares) > WHOLE:
        yield PolicyFault("$.shares", "more-than-all")


def _serves(policy: Policy) -> Iterator[PolicyFault]:
    """Who is served while blanks are scarce must not rank below one who then waits."""
    if not policy.scarcity.below:
        return
    waits = False
    for reason in policy.reasons:
        if reason not in policy.scarcity.serves:
            waits = True
        elif waits:
            yield PolicyFault("$.scarcity.serves", "served-below-its-rank")
            return
    if waits and policy.scarcity.serves - set(policy.reasons):  # those not named rank last
        yield PolicyFault("$.scarcity.serves", "served-below-its-rank")
