"""Which station may print which job, and until when: leases, revocations and returns."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from simulators.registry.books import GENESIS
from simulators.registry.defects import Claims, Defect, alter, enclose, label_of
from simulators.registry.enrolling import present_enrolment
from simulators.registry.mobile import trip_end
from simulators.registry.problems import Problem
from simulators.registry.sealing import seal, signature_holds
from simulators.registry.state import CLOCK_MARGIN, Registry

_FRESH_SECONDS: Final = 3600  # how long an answer is not called out of date
_WITH_STATION: Final = frozenset({"leased", "arrived", "held", "started", "unknown"})
_NOT_TO_PRINT: Final = frozenset({"queued", "returned", "revoked"})


def lease(registry: Registry, station: str, key: str, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/leases` as of now; the waiting is the caller's.

    Args:
        registry: whose jobs.
        station: who asks.
        key: the `Idempotency-Key`.
        request: the body, already held against the contract.

    Raises:
        Problem: `book-fork` if the station's book is not the one that the registry has.
    """
    database, now = registry.database, int(registry.now())
    fork = _fork(registry, station, request["book"])
    if fork is not None:
        raise fork
    with database.transaction():
        enrolment = present_enrolment(registry, station)
        granted = _granted_before(registry, station, key)
        if not granted and _may_print(registry, station, now):
            granted = _grant(registry, station, enrolment, key, request)
        jobs = [_packed(registry, job_id, epoch, enrolment) for job_id, epoch in granted]
        newest = database.policy(station)
        outdated = newest is not None and newest["version"] > request["policy_version"]
        return {
            "epoch": database.newest_epoch(station),
            "jobs": jobs,
            "revoked": [job_id for job_id in request["holding"] if _must_not_print(registry, station, job_id)],
            "policy": registry.signer.sign(json.loads(newest["payload"])) if newest and outdated else None,
            "expires": now + _FRESH_SECONDS,
            "book": _position(registry, station, request["book"]["incarnation"]),
        }


def brings_news(answer: dict[str, Any]) -> bool:
    """Tell whether a lease's answer says anything that the station did not know."""
    return bool(answer["jobs"] or answer["revoked"] or answer["policy"])


def give_back(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/returns`.

    Raises:
        Problem: `bad-signature`.
    """
    station, job_ids, reason = request["station"], request["job_ids"], request["reason"]
    message = "stationd returns\n" + "\n".join(job_ids) + "\n" + reason
    if not signature_holds(present_enrolment(registry, station)["book_key"], request["signature"], message):
        raise Problem("bad-signature", "the return is not signed by the station's book key; nothing was taken back")
    returned = []
    with registry.database.transaction():
        for job_id in job_ids:
            job = registry.database.job(job_id)
            if job is None or job["station"] != station:
                continue
            if job["state"] in {"leased", "arrived", "held", "refused"}:
                registry.database.set_job(job_id, state="returned", cause=reason, since=int(registry.now()))
                returned.append(job_id)
            elif job["state"] == "returned":
                returned.append(job_id)
    return {"returned": returned}


def claims_sent(registry: Registry, job_id: str, epoch: int | None = None) -> Claims | None:
    """Return the claims of a job as they were sent under a lease, the newest unless an epoch is named."""
    job, terms = registry.database.job(job_id), registry.database.lease(job_id, epoch)
    if job is None or terms is None:
        return None
    claims: Claims = {
        **json.loads(job["content"]),
        "job_id": job["sent_as"],
        **{n: terms[n] for n in ("station", "epoch", "issue_no", "iat", "exp", "start_before", "policy_version")},
    }
    return alter(claims, _defect(job))


def _defect(job: dict[str, Any]) -> Defect | None:
    return None if job["defect"] is None else Defect(job["defect"])


def _packed(registry: Registry, job_id: str, epoch: int, enrolment: dict[str, Any]) -> dict[str, str]:
    job, claims = registry.database.job(job_id), claims_sent(registry, job_id, epoch)
    assert job is not None  # noqa: S101 - a granted job is in the tables
    assert claims is not None  # noqa: S101
    sealed = enclose(claims, _defect(job), registry.signer, enrolment["sealing_key"])
    label = seal(registry.signer.sign(label_of(claims, job["sent_as"])), enrolment["sealing_key"])
    registry.database.add_sending(hashlib.sha256(sealed.encode()).hexdigest(), job_id)
    return {"job_id": job["sent_as"], "sealed": sealed, "label": label}


def _granted_before(registry: Registry, station: str, key: str) -> list[tuple[str, int]]:
    """Return what this request was given before, without what has ended since."""
    granted = [(row["job_id"], row["epoch"]) for row in registry.database.grant(station, key)]
    return [(job_id, epoch) for job_id, epoch in granted if _holds(registry, station, job_id, epoch)]


def _holds(registry: Registry, station: str, job_id: str, epoch: int) -> bool:
    job = registry.database.job(job_id)
    return (
        job is not None
        and (job["station"], job["epoch"]) == (station, epoch)
        and job["state"] in _WITH_STATION
        and not job["revoked"]
    )


def _may_print(registry: Registry, station: str, now: int) -> bool:
    policy = registry.database.policy(station, now)
    return policy is not None and "CETAK" in json.loads(policy["payload"])["services"]


def _grant(
    registry: Registry, station: str, enrolment: dict[str, Any], key: str, request: dict[str, Any]
) -> list[tuple[str, int]]:
    database, now, want = registry.database, int(registry.now()), request["want"]
    for job in database.lapsed(station, now - CLOCK_MARGIN):
        database.set_job(job["job_id"], state="queued", cause=None, since=now)
    lost: list[tuple[str, int]] = []
    book = request["book"]
    if _position(registry, station, book["incarnation"])["seq"] >= book["seq"]:
        held = set(request["holding"])
        unheard = database.unheard_of(station, enrolment["enrolment"])
        lost = [(job["job_id"], job["epoch"]) for job in unheard if job["sent_as"] not in held][:want]
    fresh: list[tuple[str, int]] = []
    trip_ends = trip_end(registry, station, request.get("trip"))
    if trip_ends == 0:
        want = len(lost)
    # Never below the time of its grant: a registry restored from a backup goes on above the epochs that it forgot.
    epoch = max(database.newest_epoch() + 1, int(registry.now() * 1000))
    for job in database.queued(station, want - len(lost)):
        _lease_one(registry, job, enrolment["enrolment"], epoch, trip_ends or 0)
        fresh.append((job["job_id"], _repeated_epoch(registry, job) or epoch))
    granted = lost + fresh
    database.add_grant(station, key, granted)
    return granted


def _repeated_epoch(registry: Registry, job: dict[str, Any]) -> int | None:
    """Return the epoch of the earlier job that a bad one imitates; None for all others."""
    if job["sent_as"] == job["job_id"]:
        return None
    earlier = registry.database.lease(job["sent_as"])
    return None if earlier is None else int(earlier["epoch"])


def _lease_one(registry: Registry, job: dict[str, Any], enrolment: int, epoch: int, at_least: int) -> None:
    """Lease a job; it may be started for as long as it says, and at least until a time."""
    now, station = int(registry.now()), job["station"]
    policy = registry.database.policy(station, now)
    issue_no = job["issue_no"] + (0 if job["epoch"] is None else 1)
    terms = {
        "iat": now,
        "start_before": max(now + job["start_within"], at_least),
        "exp": max(now + job["start_within"], at_least),
        "policy_version": 0 if policy is None else policy["version"],
        "issue_no": issue_no,
        "epoch": epoch,
    }
    imitated = registry.database.lease(job["sent_as"]) if job["sent_as"] != job["job_id"] else None
    if imitated is not None:
        terms = {name: imitated[name] for name in terms}
    row = {"job_id": job["job_id"], "station": station, "enrolment": enrolment, **terms}
    registry.database.add_lease(row)
    registry.database.set_job(
        job["job_id"],
        state="leased",
        cause=None,
        since=now,
        epoch=terms["epoch"],
        issue_no=terms["issue_no"],
        start_before=terms["start_before"],
    )


def _must_not_print(registry: Registry, station: str, job_id: str) -> bool:
    """A job that the registry does not know is left alone: it may have been restored from a backup."""
    job = registry.database.job(job_id)
    return job is not None and bool(job["revoked"] or job["station"] != station or job["state"] in _NOT_TO_PRINT)


def _position(registry: Registry, station: str, incarnation: str) -> dict[str, Any]:
    book = registry.database.book(station, incarnation)
    if book is None:
        return {"incarnation": incarnation, "seq": 0, "head": GENESIS}
    return {"incarnation": incarnation, "seq": book["have"], "head": book["head"]}


def _fork(registry: Registry, station: str, said: dict[str, Any]) -> Problem | None:
    """Compare the head that a station names with the event that the registry has at that number."""
    if said["seq"] == 0:
        return None
    known = registry.database.events(station, said["incarnation"], said["seq"], 1)
    if not known or known[0]["digest"] == said["head"]:
        return None
    with registry.database.transaction():
        registry.database.add_incident(
            int(registry.now()), station, "book-fork", f"{said['incarnation']}/{said['seq']}"
        )
    return Problem("book-fork", f"event {said['seq']} of the station's book is not the one held here", seq=said["seq"])
