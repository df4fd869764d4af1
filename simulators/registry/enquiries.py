"""What stations ask and tell besides jobs and the book: time, policy, where a card is, reports."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from simulators.registry import notifying
from simulators.registry.problems import Problem
from simulators.registry.sealing import compact
from simulators.registry.state import Registry

_SEEN_AS: Final = {
    "queued": "queued",
    "leased": "queued",
    "arrived": "queued",
    "started": "queued",
    "returned": "queued",
    "held": "held",
    "refused": "held",
    "unknown": "held",
    "on-shelf": "on-shelf",
    "handed-over": "handed-over",
    "transferred": "printed",
    "revoked": "revoked",
}
"""What a job's state means to someone who asks for the card."""


def signed_time(registry: Registry, nonce: str) -> dict[str, Any]:
    """Answer `GET /v1/time`."""
    return {"time": registry.signer.sign({"nonce": nonce, "time": registry.now()})}


def signed_policy(registry: Registry, station: str) -> tuple[int, dict[str, Any]]:
    """Answer `GET /v1/policy`: the newest version and the body.

    Raises:
        Problem: `not-found` if the station has none.
    """
    policy = registry.database.policy(station)
    if policy is None:
        raise Problem("not-found", f"no policy was ever made for {station}; the registry's desk makes one")
    return policy["version"], {"policy": registry.signer.sign(json.loads(policy["payload"]))}


def whereabouts(registry: Registry, *, citizen_ref: str | None = None, nik: str | None = None) -> dict[str, Any]:
    """Answer `GET` and `POST /v1/cards`: the state of a citizen's newest job."""
    answer: dict[str, Any] = {
        "citizen_ref": citizen_ref,
        "as_of": int(registry.now()),
        "state": "not-recorded",
        **dict.fromkeys(("reason", "office", "since", "job_id", "issue_no")),
        "notices": [],
    }
    jobs = registry.database.citizen_jobs(citizen_ref=citizen_ref, nik=nik)
    if not jobs:
        return answer
    job = jobs[-1]
    state = "revoked" if job["revoked"] else _SEEN_AS[job["state"]]
    return {
        **answer,
        "citizen_ref": job["citizen_ref"],
        "state": state,
        "reason": (job["cause"] or job["state"]) if state == "held" else None,
        "office": job["station"],
        "since": job["since"],
        "job_id": job["job_id"],
        "issue_no": job["issue_no"],
        "notices": notifying.notices(registry, job["job_id"]),
    }


def notices(registry: Registry, station: str, job_ids: list[str]) -> dict[str, Any]:
    """Answer `POST /v1/notices`: every notice of a station's cards."""
    told = []
    for job_id in job_ids:
        job = registry.database.job(job_id)
        if job is not None and job["station"] == station:
            told += [{"job_id": job_id, **row} for row in notifying.notices(registry, job_id)]
    return {"notices": told}


def take_report(registry: Registry, report: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/reports`.

    Raises:
        Problem: `report-differs`.
    """
    station, report_id = report["station"], report["report_id"]
    body = compact(report)
    digest, now = hashlib.sha256(body).hexdigest(), int(registry.now())
    with registry.database.transaction():
        known = registry.database.report(station, report_id)
        if known is not None and known["digest"] != digest:
            raise Problem("report-differs", f"report {report_id} was received with another content; give it a new id")
        if known is not None:
            return {"report_id": report_id, "received_at": known["received_at"]}
        row = {"station": station, "report_id": report_id, "digest": digest, "received_at": now, "body": body.decode()}
        registry.database.add_report(row)
    return {"report_id": report_id, "received_at": now}
