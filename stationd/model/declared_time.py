"""When a supervisor may say what time it is, on a computer that has lost it and has no network.

A declared time lets cards be started that were leased beforehand, and nothing else: so it must lie in the window in
which one of them may be started, and not before what is already known.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from stationd.model.officer import Role
from stationd.model.policy import Bar, Office, Policy, may_print


class NoDeclaration(StrEnum):
    """Why a declared time is not taken."""

    TIME_IS_KNOWN = "time-is-known"
    NOT_A_SUPERVISOR = "not-a-supervisor"
    BEFORE_WHAT_IS_KNOWN = "time-before-what-is-known"
    OUTSIDE_THE_SESSION = "time-outside-the-session"


def may_declare(
    seconds: float,
    *,
    policy: Policy | None,
    officer_id: str,
    office: Office,
    known: float | None,
    floor: float | None,
    leases_end: Iterable[int],
) -> NoDeclaration | Bar | None:
    """Decide whether an officer's word on the time is taken.

    Args:
        seconds: the time declared, seconds since the epoch.
        policy: the one in force; None if none was ever received.
        officer_id: who declares.
        office: this station.
        known: what the station itself takes the time to be; None while it is unknown.
        floor: the time before which it cannot be; None if nothing is known.
        leases_end: the `start_before` of each job here that is not printed yet.

    Returns:
        None if it is taken.
    """
    if known is not None:
        return NoDeclaration.TIME_IS_KNOWN
    barred = may_print(policy, officer_id, office, seconds)
    if barred is not None:
        return barred.bar
    officer = None if policy is None else policy.officer(officer_id)
    if officer is None or not officer.has_role(Role.SUPERVISOR):
        return NoDeclaration.NOT_A_SUPERVISOR
    if floor is None or seconds < floor:
        return NoDeclaration.BEFORE_WHAT_IS_KNOWN
    if seconds >= max(leases_end, default=0):
        return NoDeclaration.OUTSIDE_THE_SESSION
    return None
