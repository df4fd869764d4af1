"""A job: one citizen's card to be made, as the registry signed it, and whether the station takes it.

What is bad in itself is *refused*; what needs a person, a rule or a birthday is *held* with its cause. Both checks are
pure and are made again before a card is printed, because time and the registry's word move on.
"""

from __future__ import annotations

import datetime
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from typing_extensions import override

from stationd.model.card import CardData
from stationd.model.nik import Nik

JobId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
"""A job's id: the registry's, printable, safe in a log."""

CitizenRef = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
"""The registry's opaque reference to a citizen: the only thing about one that enters the book."""

FamilyCardNumber = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{16}\Z")]
Count = Annotated[int, msgspec.Meta(ge=1)]
UnixTime = Annotated[int, msgspec.Meta(ge=0, lt=2**36)]
"""Seconds since 1970, within what a calendar can show."""

CARD_AGE: Final = 17
"""Years from which an unmarried citizen has a card (UU 24/2013, article 63)."""

NEVER_MARRIED: Final = "BELUM KAWIN"

LAST_MIDNIGHT: Final = datetime.timezone(datetime.timedelta(hours=7))
"""WIB, the last of Indonesia's three zones to reach a new day: nobody comes of age too early by it."""


class Reason(StrEnum):
    """Why a card is made."""

    FIRST = "first"
    CHANGED = "changed"
    LOST = "lost"
    DAMAGED = "damaged"
    RENEWAL = "renewal"
    TRANSFER = "transfer"


class Urgency(StrEnum):
    """Why a card cannot wait its turn."""

    MEDICAL = "medical"
    PILGRIMAGE = "pilgrimage"


class FamilyCard(StrEnum):
    """Whether the citizen stands on a family card (KK)."""

    PRESENT = "present"
    ABSENT = "absent"


class NikStatus(StrEnum):
    """What the registry says of the citizen's record."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DIED = "died"
    MOVED = "moved"


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All claims of a sealed job. A claim that is not known here may be a restriction, so it is not passed over.

    Attributes:
        issue_no: rises with every lease and every card of a citizen.
        start_before: seconds since the epoch; no attempt starts at or after it.
        epoch: of the lease; a later lease of the same job has a higher one.
        office_authorisation: the Dukcapil office's decision behind a changed element of data.
        iat, exp: when it was signed and when it is worth nothing any more, seconds since the epoch.
        uncollected_at: the office where an earlier card lies uncollected.
        layout, profile: names of the card layout and of the chip profile to use.
        photo: JPEG.
        signature: PNG.
        chip: data objects by name.
    """

    job_id: JobId
    citizen_ref: CitizenRef
    nik: Nik
    issue_no: Count
    start_before: UnixTime
    station: str
    epoch: Count
    reason: Reason
    urgent: Urgency | None
    office_authorisation: str | None
    policy_version: int
    iat: UnixTime
    exp: UnixTime
    applied_at: datetime.date
    kk: FamilyCardNumber | None
    kk_status: FamilyCard
    nik_status: NikStatus
    marital_status: str
    contact: str | None
    uncollected_at: str | None
    layout: str
    profile: str
    card: CardData
    photo: bytes
    signature: bytes
    chip: dict[str, bytes]

    @override
    def __repr__(self) -> str:
        return f"Job(job_id={self.job_id!r}, issue_no={self.issue_no}, epoch={self.epoch}, …)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("job_id", self.job_id)]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The little by which an officer finds a job in the queue without opening it."""

    job_id: JobId
    name: str
    nik: Nik
    kelurahan: str

    @override
    def __repr__(self) -> str:
        return f"Label(job_id={self.job_id!r}, …)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("job_id", self.job_id)]


class RefusalCause(StrEnum):
    """What makes a job bad in itself."""

    OUTER_INNER_MISMATCH = "outer-inner-mismatch"
    LABEL_DIFFERS = "label-differs"
    WRONG_STATION = "wrong-station"
    EXPIRED = "expired"
    START_BEFORE_PASSED = "start-before-passed"
    LOWER_EPOCH = "lower-epoch"
    REPEATED_WITH_OTHER_CONTENT = "repeated-with-other-content"
    NIK_DIFFERS = "nik-differs"
    CHANGED_WITHOUT_AUTHORISATION = "changed-without-authorisation"


class HoldCause(StrEnum):
    """What a job waits for."""

    NIK_BLOCKED = "nik-blocked"
    NO_FAMILY_CARD = "no-family-card"
    DIED = "died"
    MOVED = "moved"
    NIK_BIRTH_DIFFERS = "nik-birth-differs"
    UNDER_AGE = "under-age"
    UNCOLLECTED = "lies-uncollected"
    LIES_HERE = "lies-here"
    UNKNOWN_LAYOUT = "unknown-layout"
    UNKNOWN_PROFILE = "unknown-profile"
    ARTWORK = "artwork-does-not-fit"
    CHIP_DATA = "chip-data-does-not-fit"
    POSSIBLY_PRINTED = "possibly-printed"
    BLANKS_SCARCE = "blanks-scarce"
    SHARE_USED_UP = "share-used-up"
    DAY_IS_FULL = "day-is-full"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The station does not take this job."""

    cause: RefusalCause
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The job is kept and not printed. `detail` names a field or a place, never a citizen's value."""

    cause: HoldCause
    detail: str = ""


def check_outer(outer_job_id: str, job: Job, label: Label) -> Refusal | None:
    """Hold what is sealed together to be about one job: the outer id, the job and its label."""
    if outer_job_id != job.job_id:
        return Refusal(RefusalCause.OUTER_INNER_MISMATCH)
    if (label.job_id, label.nik) != (job.job_id, job.nik):
        return Refusal(RefusalCause.LABEL_DIFFERS)
    return None


def check_repeat(job: Job, known_epoch: int | None, earlier: Job | None) -> Refusal | None:
    """Refuse a job that a newer lease has overtaken, or one that came before as something else.

    Args:
        job: what came.
        known_epoch: the highest lease epoch taken under its id; None if the id is new.
        earlier: what was taken under that epoch; None if it was erased since.
    """
    if known_epoch is None or job.epoch > known_epoch:
        return None
    if job.epoch < known_epoch:
        return Refusal(RefusalCause.LOWER_EPOCH)
    return None if earlier is None or job == earlier else Refusal(RefusalCause.REPEATED_WITH_OTHER_CONTENT)


def check_job(
    job: Job, *, station: str, now: float | None, known_layouts: Container[str], known_profiles: Container[str]
) -> Refusal | Hold | None:
    """Decide whether a job is taken, taken and held, or refused.

    Args:
        job: what came, verified.
        station: this station's id.
        now: seconds since the epoch, as far as time is trusted; None if unknown: what depends on it is then left to
            the check before printing.
        known_layouts: names of the card layouts installed here.
        known_profiles: names of the chip profiles installed here.

    Returns:
        None if it may be printed.
    """
    return (
        _bad_in_itself(job, station, now)
        or check_citizen(job, now)
        or _not_makeable_here(job, known_layouts, known_profiles)
    )


def check_citizen(job: Job, now: float | None) -> Hold | None:
    """Decide whether this citizen may have this card now. Arguments as for `check_job`."""
    waits = {
        Hold(HoldCause.DIED): job.nik_status is NikStatus.DIED,
        Hold(HoldCause.MOVED): job.nik_status is NikStatus.MOVED,
        Hold(HoldCause.NIK_BLOCKED): job.nik_status is NikStatus.BLOCKED,
        Hold(HoldCause.NO_FAMILY_CARD): job.kk_status is FamilyCard.ABSENT or job.kk is None,
        Hold(HoldCause.NIK_BIRTH_DIFFERS, "tanggal_lahir"): not job.nik.agrees_on_birth(job.card.tanggal_lahir),
        Hold(HoldCause.NIK_BIRTH_DIFFERS, "jenis_kelamin"): job.nik.sex != job.card.jenis_kelamin,
        Hold(HoldCause.UNDER_AGE): _under_age(job, now),
        Hold(HoldCause.UNCOLLECTED, job.uncollected_at or ""): _lies_uncollected(job),
    }
    return next((hold for hold, applies in waits.items() if applies), None)


def age(born: datetime.date, today: datetime.date) -> int:
    """Whole years. Who was born on 29 February has their birthday on 1 March of a common year."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _bad_in_itself(job: Job, station: str, now: float | None) -> Refusal | None:
    bad = {
        RefusalCause.WRONG_STATION: job.station != station,
        RefusalCause.EXPIRED: now is not None and now >= job.exp,
        RefusalCause.START_BEFORE_PASSED: now is not None and now >= job.start_before,
        RefusalCause.NIK_DIFFERS: job.card.nik != job.nik.digits,
        RefusalCause.CHANGED_WITHOUT_AUTHORISATION: job.reason is Reason.CHANGED and not job.office_authorisation,
    }
    return next((Refusal(cause) for cause, applies in bad.items() if applies), None)


def _not_makeable_here(job: Job, known_layouts: Container[str], known_profiles: Container[str]) -> Hold | None:
    """A missing layout or profile is this station's lack, for a technician to mend: the job itself is good."""
    if job.layout not in known_layouts:
        return Hold(HoldCause.UNKNOWN_LAYOUT, job.layout)
    if job.profile not in known_profiles:
        return Hold(HoldCause.UNKNOWN_PROFILE, job.profile)
    return None


def _under_age(job: Job, now: float | None) -> bool:
    # It is at least as late as the registry's signature on the job, even if the station does not know the time.
    today = datetime.datetime.fromtimestamp(job.iat if now is None else now, LAST_MIDNIGHT).date()
    return job.marital_status.strip().upper() == NEVER_MARRIED and age(job.card.tanggal_lahir, today) < CARD_AGE


def _lies_uncollected(job: Job) -> bool:
    return job.reason is Reason.LOST and bool(job.uncollected_at)
