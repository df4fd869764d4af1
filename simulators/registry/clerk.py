"""What the registry's own people do: make codes and policies, add and revoke jobs, look things up.

Each act is a function of the registry and of plain values, so that it can be asked for over the desk's socket.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any, Final

from simulators.registry import field as field_data
from simulators.registry import leasing
from simulators.registry.citizens import Population
from simulators.registry.defects import NEEDS_AN_EARLIER_JOB, Defect
from simulators.registry.enrolling import make_code
from simulators.registry.granting import check_grant, grant_printing, need_readiness
from simulators.registry.heard import answer_report, citizen_reports
from simulators.registry.places import VILLAGES
from simulators.registry.sending import arrival_list
from simulators.registry.state import CLOCK_MARGIN, Registry

SERVICES: Final = ("SIAK", "REKAM", "CETAK")
_WEEK: Final = 7 * 86400
_YEAR: Final = 365 * 86400


_USUAL: Final[dict[str, Any]] = {
    "reason": "first",
    "urgent": None,
    "office_authorisation": None,
    "kk_status": "present",
    "nik_status": "active",
    "uncollected_at": None,
    "layout": "ktp-el",
    "profile": "lab-iso7816",
}


class CannotDo(ValueError):
    """The desk's request makes no sense as things are; the text says why."""


_CODE_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 16
"""One-time codes for PINs: 80 bits in Crockford's base 32."""

OFFICE = "73.16.02"
"""Code of the kecamatan (Enrekang) in which the usual officers serve."""


def code(registry: Registry, station: str) -> str:
    """Make a one-time enrolment code; a station that has no policy gets one that allows everything."""
    if registry.database.policy(station) is None:
        policy(registry, station)
    return make_code(registry, station)


def policy(
    registry: Registry,
    station: str,
    services: list[str] | None = None,
    officers: list[dict[str, Any]] | None = None,
    valid_from: int | None = None,
    retry_after_spoil: str = "operator",
    more: dict[str, Any] | None = None,
) -> int:
    """Make the next version of a station's policy.

    Args:
        registry: where.
        station: for whom.
        services: of SIAK, REKAM, CETAK; all if not given.
        officers: as in the contract; a default operator, supervisor and technician if not given.
        valid_from: Unix time; now if not given.
        retry_after_spoil: whose consent another blank takes: `supervisor`, or `operator` for a standing consent.
        more: further members of the policy.

    Returns:
        The version.
    """
    database, now = registry.database, int(registry.now())
    start = now if valid_from is None else valid_from
    with database.transaction():
        newest = database.policy(station)
        version = 1 if newest is None else newest["version"] + 1
        # A code that was given out is good until its own term ends, not until the next policy.
        codes = [] if newest is None else json.loads(newest["payload"]).get("pin_codes", [])
        payload = {
            "pin_codes": codes,
            **(more or {}),
            "version": version,
            "valid_from": start,
            "station": station,
            "services": list(SERVICES) if services is None else services,
            "officers": _default_officers(now) if officers is None else officers,
            "retry_after_spoil": retry_after_spoil,
        }
        check_grant(registry, station, payload)
        row = {"station": station, "version": version, "valid_from": start, "payload": json.dumps(payload)}
        database.add_policy(row)
    return version


def field(registry: Registry, station: str, place: str, kecamatan: str | None = None) -> int:
    """Make the next version of a station's policy as it would be in a place that the news tells of.

    Args:
        registry: where.
        station: for whom.
        place: a name of `simulators.registry.field`.
        kecamatan: which of its offices; the first if not given.

    Returns:
        The version.
    """
    known = field_data.place(place)
    office = kecamatan or next(iter(known.offices))
    if office not in known.offices:
        raise CannotDo(f"no office {office} is known of {place}; take one of {', '.join(known.offices)}")
    return policy(registry, station, services=known.offices[office], more=known.policy)


def pin_code(registry: Registry, station: str, officer: str, lasts: int = _WEEK) -> str:
    """Give an officer a one-time code to set a PIN with: the next version of the station's policy carries its digest.

    Args:
        registry: where.
        station: whose officer it is.
        officer: the id.
        lasts: seconds.

    Returns:
        The code.
    """
    database, now = registry.database, int(registry.now())
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    digest = hashlib.sha256(f"stationd pin code\n{station}\n{officer}\n{code}".encode()).hexdigest()
    with database.transaction():
        newest = database.policy(station)
        if newest is None:
            raise CannotDo(f"station {station} has no policy yet; give it an enrolment code first")
        payload = json.loads(newest["payload"])
        payload["version"] = newest["version"] + 1
        given = {"officer": officer, "digest": digest, "valid_until": now + lasts}
        payload["pin_codes"] = [*payload.get("pin_codes", ()), given]
        row = {"station": station, "version": payload["version"], "valid_from": payload["valid_from"]}
        database.add_policy({**row, "payload": json.dumps(payload)})
    return code


def _default_officers(now: int) -> list[dict[str, Any]]:
    people = (
        ("op-1", "SITI RAHMA", "operator"),
        ("spv-1", "ANDI BASO", "supervisor"),
        ("tek-1", "YUSUF", "technician"),
    )
    return [
        {
            "id": officer,
            "name": name,
            "sk": "800/17/DISDUKCAPIL/2026",
            "roles": [role],
            "kecamatan": OFFICE,
            "valid_from": now - _YEAR,
            "valid_until": now + _YEAR,
            "trained": True,
        }
        for officer, name, role in people
    ]


def add_jobs(
    registry: Registry,
    station: str,
    *,
    count: int = 1,
    of: str | None = None,
    claims: dict[str, Any] | None = None,
    card: dict[str, str] | None = None,
    born: str | None = None,
    start_within: int = _WEEK,
    long_names: float = 0.05,
    long_addresses: float = 0.08,
    kecamatan: str = "ENREKANG",
) -> list[str]:
    """Queue jobs, each for a new citizen unless one is named.

    Args:
        registry: where.
        station: who shall print them.
        count: how many.
        of: an earlier job, whose citizen these are for, with the same data, as for a lost card.
        claims: members of the claims to set otherwise than usual (`reason`, `urgent`, `nik_status`, `kk`, …).
        card: fields of the card to set otherwise than invented.
        born: the day of birth of all new citizens, `YYYY-MM-DD`.
        start_within: seconds from the lease to its `start_before`.
        long_names: the share of long names.
        long_addresses: the share of long addresses.
        kecamatan: where they live.

    Returns:
        The jobs' ids, in the order in which they will be leased.
    """
    if kecamatan not in VILLAGES:
        raise CannotDo(f"no villages are known of kecamatan {kecamatan}; take one of {', '.join(VILLAGES)}")
    today = datetime.datetime.fromtimestamp(registry.now(), datetime.UTC).date()
    people = Population(registry.seed, today, kecamatan, long_names, long_addresses)
    birthday = None if born is None else datetime.date.fromisoformat(born)
    known = None if of is None else json.loads(_job(registry, of)["content"])
    ids = []
    with registry.database.transaction():
        for _ in range(count):
            number = registry.database.job_count() + 1
            content = _USUAL | {"applied_at": today.isoformat()}
            content |= known or people.citizen(number, birthday).claims()
            content |= claims or {}
            content["card"] = content["card"] | (card or {})
            ids.append(_queue(registry, station, number, content, start_within))
    return ids


def add_bad_job(registry: Registry, station: str, defect: str, of: str | None = None, start_within: int = _WEEK) -> str:
    """Queue a job that is wrong in one way.

    Args:
        registry: where.
        station: who shall refuse it.
        defect: a `Defect`.
        of: the earlier job to imitate, for defects that need one; the station's newest leased job if not given.
        start_within: seconds from the lease to its `start_before`.

    Returns:
        The id under which the registry knows it; the station may see another.
    """
    kind = Defect(defect)
    if kind not in NEEDS_AN_EARLIER_JOB:
        (job_id,) = add_jobs(registry, station, start_within=start_within)
        with registry.database.transaction():
            registry.database.set_job(job_id, defect=kind.value)
        return job_id
    leased = [job["job_id"] for job in registry.database.jobs(station) if job["epoch"] and not job["defect"]]
    earlier = registry.database.job(of or (leased[-1] if leased else ""))
    if earlier is None or earlier["epoch"] is None:
        raise CannotDo(f"{kind} imitates a job that was leased to {station} before; there is none")
    with registry.database.transaction():
        number = registry.database.job_count() + 1
        content = json.loads(earlier["content"])
        return _queue(registry, station, number, content, start_within, defect=kind, sent_as=earlier["job_id"])


def _queue(
    registry: Registry,
    station: str,
    number: int,
    content: dict[str, Any],
    start_within: int,
    *,
    defect: Defect | None = None,
    sent_as: str | None = None,
) -> str:
    job_id = f"job-{number:06d}"
    earlier = registry.database.citizen_jobs(citizen_ref=content["citizen_ref"])
    row = {
        "job_id": job_id,
        "sent_as": sent_as or job_id,
        "station": station,
        "citizen_ref": content["citizen_ref"],
        "nik": content["nik"],
        "state": "queued",
        "since": int(registry.now()),
        "issue_no": max((job["issue_no"] for job in earlier), default=0) + 1,
        "start_within": start_within,
        "defect": defect,
        "content": json.dumps(content, ensure_ascii=False),
    }
    registry.database.add_job(row)
    return job_id


def revoke(registry: Registry, job_id: str) -> str:
    """Revoke a job; returns the station that has it."""
    job = _job(registry, job_id)
    with registry.database.transaction():
        registry.database.set_job(job_id, revoked=1)
    return str(job["station"])


def requeue(registry: Registry, job_id: str, station: str | None = None) -> str:
    """Queue again a job that was given back, refused, or whose lease has lapsed; returns the station that gets it.

    Raises:
        CannotDo: another station may still print it.
    """
    job, now = _job(registry, job_id), registry.now()
    lapsed = (
        job["state"] in {"leased", "arrived", "held"} and job["start_before"] + CLOCK_MARGIN < now and not job["defect"]
    )
    if not lapsed and job["state"] not in {"queued", "returned", "refused"}:
        raise CannotDo(f"{job_id} is {job['state']} at {job['station']} and may be printed there until it is returned")
    target = station or str(job["station"])
    with registry.database.transaction():
        registry.database.set_job(job_id, state="queued", station=target, cause=None, since=int(now))
    return target


def jobs(registry: Registry, station: str | None = None) -> list[dict[str, Any]]:
    """Return the jobs of a station, or all, without their content."""
    return registry.database.jobs(station)


def claims(registry: Registry, job_id: str, epoch: int | None = None) -> dict[str, Any]:
    """Return the claims of a job as they were sent to the station."""
    sent = leasing.claims_sent(registry, job_id, epoch)
    if sent is None:
        raise CannotDo(f"{job_id} was not leased under that epoch, or never")
    return sent


def events(registry: Registry, station: str, incarnation: str | None = None, after: int = 0) -> list[str]:
    """Return a station's acknowledged events after a number, byte for byte; of its newest book if none is named."""
    book = registry.database.book(station, incarnation)
    if book is None:
        return []
    return [row["text"] for row in registry.database.events(station, book["incarnation"], after + 1, 2**62)]


def station(registry: Registry, station: str) -> dict[str, Any]:
    """Return what is known of a station: its books, policy version and reports."""
    newest = registry.database.policy(station)
    return {
        "station": station,
        "enrolled": registry.database.enrolment(station) is not None,
        "books": registry.database.incarnations(station),
        "policy_version": None if newest is None else newest["version"],
        "reports": [json.loads(row["body"]) for row in registry.database.reports(station)],
    }


def stations(registry: Registry) -> list[str]:
    """Return the stations that were ever enrolled."""
    return registry.database.stations()


def void_chips(registry: Registry, identity: str | None = None, job_id: str | None = None) -> list[dict[str, Any]]:
    """Return the chips of spoiled, lost and withdrawn cards: none of them is a citizen's, whatever it answers.

    Args:
        registry: where.
        identity: of the one chip that is asked about, hex; empty list if it is not void.
        job_id: only those of this job's cards.
    """
    return registry.database.void_chips(None if identity is None else identity.lower(), job_id)


def incidents(registry: Registry) -> list[dict[str, Any]]:
    """Return what must not have happened: forks, cards made after their lease."""
    return registry.database.incidents()


def forward(registry: Registry, seconds: int) -> float:
    """Put the registry's clock forward; returns its time."""
    registry.put_clock_forward(seconds)
    return registry.now()


def _job(registry: Registry, job_id: str) -> dict[str, Any]:
    job = registry.database.job(job_id)
    if job is None:
        raise CannotDo(f"there is no job {job_id}")
    return job


ACTS: Final[dict[str, Callable[..., Any]]] = {
    act.__name__.replace("_", "-"): act
    for act in (
        code,
        policy,
        field,
        pin_code,
        add_jobs,
        add_bad_job,
        revoke,
        requeue,
        jobs,
        claims,
        events,
        station,
        stations,
        void_chips,
        incidents,
        forward,
        arrival_list,
        need_readiness,
        grant_printing,
        citizen_reports,
        answer_report,
    )
}
"""What may be asked for over the desk's socket, by name."""
