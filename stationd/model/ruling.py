"""May a card be made for this job, by this officer, at this station, with this stock, on this day? Pure.

The same question is asked when a job arrives, when an officer presses print, and just before its blank is fed; each
time the answer names what stands in the way and what takes it out of the way. What is *held* comes back by itself when
that is gone, or with a person's act; what is *refused* has changed nothing, and may be asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from stationd.model.job import Hold, HoldCause, Reason
from stationd.model.mobile import Away, NotAway, barred
from stationd.model.officer import Role
from stationd.model.policy import Office, Policy, may_print_here, may_use_printer


class Remedy(StrEnum):
    """What takes a cause out of the way."""

    BLANKS = "blanks"
    """Blanks arrive; the job comes back by itself."""
    TOMORROW = "tomorrow"
    """A new day; the job comes back by itself."""
    BIRTHDAY = "birthday"
    """The citizen's seventeenth birthday, or marriage by a new job; the job comes back by itself."""
    COLLECTION = "collection"
    """The card that lies uncollected is handed out or withdrawn."""
    REGISTRY = "registry"
    """The registry's record of the citizen is put right, by those whose it is, and the job is sent anew or revoked."""
    POLICY = "policy"
    """The kabupaten gives another policy: a licence, a decree, a training."""
    OFFICER = "officer"
    """Another officer presses print."""
    TIME = "time"
    """The station learns what time it is, or a date comes."""
    TECHNICIAN = "technician"
    """A file is installed, or the job is looked at by somebody who knows the machine."""
    SUPERVISOR = "supervisor"
    """A supervisor decides."""
    NETWORK = "network"
    """The registry answers again, or the policy grants printing without it."""


@dataclass(frozen=True, slots=True)
class Yes:
    """A card may be made."""


@dataclass(frozen=True, slots=True)
class Held:
    """The job waits. `detail` names a place, a field or a reason, never a citizen's value."""

    cause: str
    remedy: Remedy
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not done, now or by this officer. Nothing has moved."""

    cause: str
    remedy: Remedy
    detail: str = ""


Verdict = Yes | Held | Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be decided about: a job, without the citizen.

    Attributes:
        reason: why the card is made.
        urgent: a `stationd.model.job.Urgency`, or None.
        start_before: seconds since the epoch, from the job.
        arrived: its place in the order of arrival.
        hold: what was found in its claims; None if nothing was.
        lies_here: the job of an earlier card of this citizen that lies on this station's shelf; empty if none does.
        revoked: the registry took it back.
        front: the number of the entry by which an officer moved it to the front of the queue; 0 if none did.
        reported: what an officer has reported of the citizen, until the registry has answered; empty if nothing.
    """

    reason: Reason
    urgent: str | None
    start_before: int
    arrived: int = 0
    hold: Hold | None = None
    lies_here: str = ""
    revoked: bool = False
    front: int = 0
    reported: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """The station: where it stands, and the policy in force there, None if none was ever received.

    `away` is how it stands if it is a mobile kit; None for any other station.
    """

    office: Office
    policy: Policy | None
    away: Away | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """Blanks that are ready to be used."""

    blanks: int


@dataclass(frozen=True, slots=True)
class Day:
    """The office's day so far.

    Attributes:
        now: seconds since the epoch, as far as time is trusted; None if it is unknown.
        begun: for each reason, cards of today that are made, being made, or ordered.
    """

    now: float | None
    begun: Mapping[str, int] = field(default_factory=dict)


REMEDIES: Final[Mapping[str, Remedy]] = {
    HoldCause.NIK_BLOCKED: Remedy.REGISTRY,
    HoldCause.NO_FAMILY_CARD: Remedy.REGISTRY,
    HoldCause.DIED: Remedy.REGISTRY,
    HoldCause.MOVED: Remedy.REGISTRY,
    HoldCause.NIK_BIRTH_DIFFERS: Remedy.REGISTRY,
    HoldCause.UNDER_AGE: Remedy.BIRTHDAY,
    HoldCause.UNCOLLECTED: Remedy.COLLECTION,
    HoldCause.LIES_HERE: Remedy.COLLECTION,
    HoldCause.UNKNOWN_LAYOUT: Remedy.TECHNICIAN,
    HoldCause.UNKNOWN_PROFILE: Remedy.TECHNICIAN,
    HoldCause.ARTWORK: Remedy.REGISTRY,
    HoldCause.CHIP_DATA: Remedy.REGISTRY,
    HoldCause.POSSIBLY_PRINTED: Remedy.SUPERVISOR,
    HoldCause.BLANKS_SCARCE: Remedy.BLANKS,
    HoldCause.SHARE_USED_UP: Remedy.TOMORROW,
    HoldCause.DAY_IS_FULL: Remedy.TOMORROW,
    HoldCause.REPORTED: Remedy.REGISTRY,
}
"""What takes the cause of a hold out of the way."""

DEFERRALS: Final = frozenset({HoldCause.BLANKS_SCARCE, HoldCause.SHARE_USED_UP, HoldCause.DAY_IS_FULL})
"""Causes that are no fault of the job: it waits for blanks or for a day."""

COMES_BACK: Final = DEFERRALS | {HoldCause.LIES_HERE}
"""Causes of which the book alone tells that they are gone."""


class NotThis(StrEnum):
    """Why a job is refused, beside what bars the station or the officer from all jobs."""

    REVOKED = "job-was-revoked"
    LEASE_OVER = "lease-over"
    SUPERVISOR_ORDERS = "supervisor-orders"


def may_print(job: Wanted, officer: str | None, station: Station, stock: Stock, day: Day) -> Verdict:
    """Decide whether a card may be made.

    Args:
        job: which.
        officer: the id of who presses print; None where nobody does, when a job arrives or its turn is looked at.
        station: where.
        stock: what there is to make it of.
        day: when.

    Returns:
        The first thing in the way: the station's, then the officer's, then the job's, then the stock's and the day's.
    """
    return deciding(officer, station, stock, day)(job)


def deciding(officer: str | None, station: Station, stock: Stock, day: Day) -> Callable[[Wanted], Verdict]:
    """Return what decides about many jobs: `may_print` with all but the job settled, once for all of them."""
    bar = _station_refuses(station, day) or _officer_refused(officer, station, day)
    if bar is not None:
        return lambda _: bar
    barred = {reason: _reason_refused(reason, officer, station) for reason in Reason}
    waits = {reason: _deferred(reason, station, stock, day) for reason in Reason}
    urgent = station.policy.urgent if station.policy is not None else frozenset()
    now, yes = day.now, Yes()

    def verdict(job: Wanted) -> Verdict:
        return (
            barred[job.reason]
            or _job_in_the_way(job, now)
            or (None if job.urgent in urgent else waits[job.reason])
            or yes
        )

    return verdict


def is_urgent(job: Wanted, policy: Policy | None) -> bool:
    """Say whether a job goes before all others: by a cause that the policy knows as one."""
    return job.urgent is not None and policy is not None and job.urgent in policy.urgent


def is_scarce(policy: Policy | None, stock: Stock) -> bool:
    """Say whether blanks are scarce by the policy."""
    return policy is not None and stock.blanks < policy.scarcity.below


def _station_refuses(station: Station, day: Day) -> Refused | None:
    bar = may_use_printer(station.policy, station.office, day.now)
    if bar is None:
        return _kit_refuses(station.away, day.now)
    of_time = {"time-unknown", "policy-not-yet-valid"}
    return Refused(bar, Remedy.TIME if bar in of_time else Remedy.POLICY)


def _kit_refuses(away: Away | None, now: float | None) -> Refused | None:
    bar = None if away is None else barred(away, now)
    if bar is None:
        return None
    remedies = {NotAway.OFFLINE: Remedy.NETWORK, NotAway.NOT_BEGUN: Remedy.TIME}
    return Refused(bar, remedies.get(bar, Remedy.SUPERVISOR))


def _officer_refused(officer: str | None, station: Station, day: Day) -> Refused | None:
    if officer is None or station.policy is None:
        return None
    refused = may_print_here(station.policy, officer, station.office, day.now)
    return None if refused is None else Refused(refused.bar, Remedy.OFFICER, officer or "?")


def _reason_refused(reason: Reason, officer: str | None, station: Station) -> Refused | None:
    if officer is None or station.policy is None or reason not in station.policy.consents.supervisor_orders:
        return None
    known = station.policy.officer(officer)
    if known and known.has_role(Role.SUPERVISOR):
        return None
    return Refused(NotThis.SUPERVISOR_ORDERS, Remedy.SUPERVISOR, reason)


def _job_in_the_way(job: Wanted, now: float | None) -> Verdict | None:
    if job.revoked:
        return Refused(NotThis.REVOKED, Remedy.REGISTRY)
    if now is not None and now >= job.start_before:
        return Refused(NotThis.LEASE_OVER, Remedy.REGISTRY)
    if job.reported:
        return Held(HoldCause.REPORTED, Remedy.REGISTRY, job.reported)
    if job.hold is not None:
        return Held(job.hold.cause, REMEDIES[job.hold.cause], job.hold.detail)
    if job.lies_here and job.reason is Reason.LOST:
        return Held(HoldCause.LIES_HERE, Remedy.COLLECTION, job.lies_here)
    return None


def _deferred(reason: Reason, station: Station, stock: Stock, day: Day) -> Held | None:
    policy = station.policy
    if policy is None:
        return None
    if is_scarce(policy, stock) and reason not in policy.scarcity.serves:
        return Held(HoldCause.BLANKS_SCARCE, Remedy.BLANKS, reason)
    if policy.daily_most is None:
        return None
    if sum(day.begun.values()) >= policy.daily_most:
        return Held(HoldCause.DAY_IS_FULL, Remedy.TOMORROW)
    sharing, most = _share_of(reason, policy, policy.daily_most)
    if sum(day.begun.get(other, 0) for other in sharing) >= most:
        return Held(HoldCause.SHARE_USED_UP, Remedy.TOMORROW, reason)
    return None


def _share_of(reason: Reason, policy: Policy, daily_most: int) -> tuple[frozenset[Reason], int]:
    """Return the reasons that share with this one, and how many cards a day they have together."""
    for share in policy.shares:
        if reason in share.reasons:
            return share.reasons, share.cards(daily_most)
    named = frozenset(reason for share in policy.shares for reason in share.reasons)
    return frozenset(Reason) - named, daily_most - sum(share.cards(daily_most) for share in policy.shares)
