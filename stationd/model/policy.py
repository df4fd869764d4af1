"""What the registry allows a station to do: a signed, versioned table, and who may print under it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from stationd.model.coverage import Coverage
from stationd.model.job import Reason, Urgency
from stationd.model.officer import Officer, Role
from stationd.model.policy_tables import (
    Consents,
    MobileGrant,
    Number,
    Reorder,
    Retention,
    Scarcity,
    Share,
    ShelfRule,
)

Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
"""1 is Monday, as in ISO 8601."""


class Service(StrEnum):
    """What a kecamatan is licensed for, each by itself."""

    RECORDS = "SIAK"
    ENROLMENT = "REKAM"
    PRINTING = "CETAK"


class Retry(StrEnum):
    """Whose consent another blank takes after one was spoiled."""

    SUPERVISOR = "supervisor"
    """A supervisor's, for each job."""
    OPERATOR = "operator"
    """The policy's own: any officer who may print lets the job be printed again."""


class PinCode(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code that the registry gave an officer, to set a PIN with.

    Attributes:
        officer: whose PIN it sets.
        digest: as `stationd.model.pins.code_digest` makes it: the code itself is nowhere in the policy.
        valid_until: seconds since the epoch.
    """

    officer: str
    digest: str
    valid_until: int


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a station's policy. Members that this version of the daemon does not know are ignored.

    Attributes:
        version: a higher one replaces a lower one, never the other way round.
        valid_from: seconds since the epoch.
        station: whom it is for.
        services: values of `Service`; unknown ones grant nothing here.
        officers: everyone with a decree for this station.
        retry_after_spoil: a `Retry`; what is not known here is taken as the strictest, a supervisor's consent.
        valid_until: seconds since the epoch; from then on nothing is printed under it. None: until a newer one.
        utc_hours: the office's time: 7 WIB, 8 WITA, 9 WIT. By it days begin.
        reasons: by rank, while blanks are scarce: those that are not named come last.
        urgent: causes for which a job goes before all others and is deferred by nothing.
        daily_most: so many cards a day and no more; None: no limit.
        shares: what some reasons have of `daily_most`. The reasons without a share have what the shares leave.
        daily_target: cards that the office is to make on a working day.
        workdays, holidays: on which days the office makes cards, for what is counted in days. They close nothing.
        deputies: officers who may stand in for a supervisor where another one's PIN is to be set.
        pin_codes: one-time codes for that.
        coverage: how many of those obliged have a card, as the kabupaten counted; None if it does not say.
        readiness: digest of the station's record of readiness on which printing was granted; empty if none is cited.
    """

    version: int
    valid_from: int
    station: str
    services: frozenset[str] = frozenset()
    officers: tuple[Officer, ...] = ()
    retry_after_spoil: str = Retry.SUPERVISOR
    valid_until: int | None = None
    utc_hours: Literal[7, 8, 9] = 7
    reasons: tuple[Reason, ...] = tuple(Reason)
    urgent: frozenset[Urgency] = frozenset(Urgency)
    daily_most: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    shares: tuple[Share, ...] = ()
    scarcity: Scarcity = Scarcity()
    daily_target: Number = 0
    workdays: frozenset[Weekday] = frozenset({1, 2, 3, 4, 5})
    holidays: frozenset[datetime.date] = frozenset()
    reorder: Reorder = Reorder()
    consents: Consents = Consents()
    shelf: ShelfRule = ShelfRule()
    mobile: tuple[MobileGrant, ...] = ()
    retention: Retention = Retention()
    deputies: frozenset[str] = frozenset()
    pin_codes: tuple[PinCode, ...] = ()
    coverage: Coverage | None = None
    readiness: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""

    def day(self, now: float) -> datetime.date:
        """Return which day it is at the office, at a time in seconds since the epoch."""
        return datetime.datetime.fromtimestamp(now, self.zone).date()

    def midnight(self, now: float) -> float:
        """Return when the office's day began, in seconds since the epoch."""
        moment = datetime.datetime.fromtimestamp(now, self.zone)
        return moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    @property
    def zone(self) -> datetime.timezone:
        """The office's time zone."""
        return datetime.timezone(datetime.timedelta(hours=self.utc_hours))

    def grants(self, service: Service) -> bool:
        """Say whether the station is licensed for a service."""
        return service in self.services

    def officer(self, officer_id: str) -> Officer | None:
        """Find an officer by id."""
        return next((officer for officer in self.officers if officer.id == officer_id), None)

    def officer_of_card(self, identity: str) -> Officer | None:
        """Find an officer by the identity of their card, lower-case hex. One that two are said to have is nobody's."""
        found = [officer for officer in self.officers if identity and officer.card == identity]
        return found[0] if len(found) == 1 else None


class Bar(StrEnum):
    """Why an officer may not print here and now."""

    NO_POLICY = "no-policy"
    OTHER_STATION = "policy-for-another-station"
    TIME_UNKNOWN = "time-unknown"
    POLICY_NOT_YET_VALID = "policy-not-yet-valid"
    POLICY_ENDED = "policy-ended"
    NO_CETAK = "station-has-no-cetak"
    OFFICER_UNKNOWN = "officer-unknown"
    NO_ROLE = "officer-has-no-printing-role"
    OTHER_KECAMATAN = "officer-of-another-kecamatan"
    SK_NOT_YET_VALID = "sk-not-yet-valid"
    SK_EXPIRED = "sk-expired"
    NOT_TRAINED = "officer-not-trained"
    NO_TECHNICIAN = "technician-needed"
    NO_KNOWN_ROLE = "officer-has-no-role"


@dataclass(frozen=True, slots=True)
class PrintRefused:
    """Printing is not allowed. Nothing has moved.

    Attributes:
        bar: the first reason found, from the station's own to the officer's.
        officer: the id that was given.
    """

    bar: Bar
    officer: str


@dataclass(frozen=True, slots=True)
class Office:
    """Where this station stands, by its own settings."""

    station: str
    kecamatan: str


def may_print(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> PrintRefused | None:
    """Decide whether this officer may print at this station now.

    Args:
        policy: the one in force; None if none was ever received.
        officer_id: who asks.
        office: this station.
        now: seconds since the epoch, as far as time is trusted; None if it is unknown.

    Returns:
        None if they may.
    """
    bar = _station_bar(policy, office, now)
    if bar is None and policy is not None and now is not None:
        bar = _officer_bar(policy.officer(officer_id), office, now)
    return None if bar is None else PrintRefused(bar, officer_id)


def may_print_here(policy: Policy, officer_id: str, office: Office, now: float | None) -> PrintRefused | None:
    """Decide as `may_print`, for a station that may print: what the officer's own papers say."""
    bar = None if now is None else _officer_bar(policy.officer(officer_id), office, now)
    return None if bar is None else PrintRefused(bar, officer_id)


def may_set_aside(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> PrintRefused | None:
    """Decide whether this officer may cancel an order or give a job back: also at a station that may not print.

    Arguments and result as for `may_print`.
    """
    bar = _station_bar(policy, office, now, printing=False)
    if bar is None and policy is not None and now is not None:
        bar = _officer_bar(policy.officer(officer_id), office, now)
    return None if bar is None else PrintRefused(bar, officer_id)


def may_service(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> PrintRefused | None:
    """Decide whether this officer may let a printer move cards beside the work: a technician's act, or a supervisor's.

    A station that may not print is looked after all the same. Training for printing is not asked for.
    Arguments and result as for `may_print`.
    """
    bar = _station_bar(policy, office, now, printing=False)
    if bar is None and policy is not None and now is not None:
        bar = _officer_bar(policy.officer(officer_id), office, now, _SERVICING)
    return None if bar is None else PrintRefused(bar, officer_id)


def technicians(policy: Policy | None, office: Office, now: float | None) -> frozenset[str]:
    """Return the officers whom `may_service` lets here and now. Arguments as for it."""
    return frozenset(
        officer.id
        for officer in (policy.officers if policy else ())
        if may_service(policy, officer.id, office, now) is None
    )


def supervisors(policy: Policy | None, office: Office, now: float | None) -> frozenset[str]:
    """Return the officers who may act as supervisors here and now. Arguments as for `may_print`."""
    return frozenset(
        officer.id
        for officer in (policy.officers if policy else ())
        if officer.has_role(Role.SUPERVISOR) and may_print(policy, officer.id, office, now) is None
    )


def may_sign_in(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> PrintRefused | None:
    """Decide whether this officer may be signed in: one of any role, at a station that may print or may not.

    Also while the time is unknown, which a supervisor has to be signed in to declare: what an officer then may do is
    decided for each act. Arguments and result as for `may_print`.
    """
    known = now if now is not None or policy is None else float(policy.valid_from)
    bar = _station_bar(policy, office, known, printing=False)
    if bar is None and policy is not None and known is not None:
        bar = _officer_bar(policy.officer(officer_id), office, known, _BEING_HERE)
        if now is None and bar in {Bar.SK_NOT_YET_VALID, Bar.SK_EXPIRED}:
            bar = None
    return None if bar is None else PrintRefused(bar, officer_id)


def may_see_citizens(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> bool:
    """Decide whether citizens' names and numbers are shown to an officer who is signed in: never to a mere technician.

    Also at a station that may not print, and while the time is unknown. Arguments as for `may_print`.
    """
    if policy is None or may_sign_in(policy, officer_id, office, now) is not None:
        return False
    officer = policy.officer(officer_id)
    return officer is not None and officer.has_role(Role.OPERATOR, Role.SUPERVISOR)


def may_give_code(policy: Policy | None, giver: str, officer_id: str, office: Office, now: float | None) -> bool:
    """Decide whether an officer may give another one a code to set a PIN with: a supervisor may, or a deputy."""
    if policy is None or giver == officer_id or may_sign_in(policy, giver, office, now) is not None:
        return False
    officer = policy.officer(giver)
    return giver in policy.deputies or (officer is not None and officer.has_role(Role.SUPERVISOR))


class Consent(StrEnum):
    """By what a spoiled job may be printed again."""

    SUPERVISOR = "supervisor"
    POLICY = "policy"


def consent_to_retry(policy: Policy | None, officer_id: str, office: Office, now: float | None) -> Consent | None:
    """Return by what an officer, who may print, may let a spoiled job be printed again; None if they may not.

    Arguments as for `may_print`.
    """
    if officer_id in supervisors(policy, office, now):
        return Consent.SUPERVISOR
    return Consent.POLICY if policy is not None and policy.retry_after_spoil == Retry.OPERATOR else None


def may_use_printer(policy: Policy | None, office: Office, now: float | None) -> Bar | None:
    """Return why this station may not print now, whoever presses print; None if it may. Arguments as `may_print`'s."""
    return _station_bar(policy, office, now)


def _station_bar(policy: Policy | None, office: Office, now: float | None, *, printing: bool = True) -> Bar | None:
    if policy is None:
        return Bar.NO_POLICY
    if policy.station != office.station:
        return Bar.OTHER_STATION
    if printing and not policy.grants(Service.PRINTING):
        return Bar.NO_CETAK
    return Bar.TIME_UNKNOWN if now is None else _term_bar(policy, now)


def _term_bar(policy: Policy, now: float) -> Bar | None:
    if now < policy.valid_from:
        return Bar.POLICY_NOT_YET_VALID
    if policy.valid_until is not None and now >= policy.valid_until:
        return Bar.POLICY_ENDED
    return None


@dataclass(frozen=True, slots=True)
class _Act:
    """A kind of act: whose it is, what is said to others, and whether it takes the training for printing."""

    roles: tuple[Role, ...]
    bar: Bar
    trained: bool


_PRINTING = _Act((Role.OPERATOR, Role.SUPERVISOR), Bar.NO_ROLE, trained=True)
_BEING_HERE = _Act(tuple(Role), Bar.NO_KNOWN_ROLE, trained=False)
_SERVICING = _Act((Role.TECHNICIAN, Role.SUPERVISOR), Bar.NO_TECHNICIAN, trained=False)


def _officer_bar(officer: Officer | None, office: Office, now: float, act: _Act = _PRINTING) -> Bar | None:
    if officer is None:
        return Bar.OFFICER_UNKNOWN
    barred = {
        act.bar: not officer.has_role(*act.roles),
        Bar.OTHER_KECAMATAN: officer.kecamatan != office.kecamatan,
        Bar.SK_NOT_YET_VALID: now < officer.valid_from,
        Bar.SK_EXPIRED: now >= officer.valid_until,
        Bar.NOT_TRAINED: act.trained and not officer.trained,
    }
    return next((bar for bar, applies in barred.items() if applies), None)
