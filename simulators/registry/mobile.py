"""Mobile kits and partners: halves of allotments paired, leases for trips, partners' lists and what becomes of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulators.registry.books import ReadEvent
from simulators.registry.problems import Problem
from simulators.registry.sealing import compact
from simulators.registry.state import Registry

_GIVEN, _TAKEN = "given", "taken"
_HALVES: Final[Mapping[str, tuple[str, str]]] = {
    "allotment-given": ("out", _GIVEN),
    "allotment-taken": ("out", _TAKEN),
    "trip-closed": ("back", _GIVEN),
    "allotment-taken-back": ("back", _TAKEN),
}
"""Which half each event is."""

_NAMES_OTHER: Final[Mapping[str, str]] = {
    "allotment-given": "kit",
    "allotment-taken": "office",
    "allotment-taken-back": "kit",
}
"""By which member each event names the station at the other end; the end of a trip names none."""

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
"""What a job's state means to the partner who asked for the card."""


def heed(registry: Registry, station: str, event: ReadEvent) -> None:
    """Take from a book's event what it says of an allotment; what is not understood changes nothing."""
    database = registry.database
    if event.kind in {"kit-card-taken", "card-transferred"}:
        _card_home(registry, station, event)
        return
    allotment_id, count = event.fields.get("allotment_id"), _moved(event)
    if event.kind not in _HALVES or not isinstance(allotment_id, str) or count is None:
        return
    leg, role = _HALVES[event.kind]
    other = event.fields.get(_NAMES_OTHER.get(event.kind, ""))
    row = {"allotment_id": allotment_id, "leg": leg, "role": role, "station": station, "count": count}
    database.add_half({**row, "other": other, "at": int(event.fields["time"])})
    halves = database.halves(allotment_id)
    begun = (leg, role) == ("out", _GIVEN)  # only now can the others be judged
    for half in halves if begun else [half for half in halves if (half["leg"], half["role"]) == (leg, role)]:
        if (begun or half["station"] == station) and not _fits(half, halves):
            subject = f"{half['leg']}/{allotment_id}"
            database.add_incident(int(registry.now()), half["station"], "allotment-other-sender", subject)
    paired = _by_role(halves, leg)
    if len(paired) > 1 and paired[_GIVEN]["count"] != paired[_TAKEN]["count"]:
        database.add_incident(int(registry.now()), station, "allotment-differs", f"{leg}/{allotment_id}")


def _fits(half: Mapping[str, Any], halves: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a half comes from whom it should: from the office that gave the blanks, or the kit that it named.

    As long as the office's own first half has not come, nobody can say that it does not.
    """
    given = next((each for each in halves if (each["leg"], each["role"]) == ("out", _GIVEN)), None)
    if given is None:
        return True
    office, kit = given["station"], given["other"]
    match half["leg"], half["role"]:
        case "out", "taken":
            return (half["station"], half["other"]) == (kit, office)
        case "back", "given":
            return bool(half["station"] == kit)
        case _:
            return (half["station"], half["other"]) == (office, kit)


def _by_role(halves: Sequence[Mapping[str, Any]], leg: str) -> dict[str, Mapping[str, Any]]:
    """Return the halves of one way that come from whom they should, the first of each role."""
    found: dict[str, Mapping[str, Any]] = {}
    for half in halves:
        if half["leg"] == leg and _fits(half, halves):
            found.setdefault(half["role"], half)
    return found


def _moved(event: ReadEvent) -> int | None:
    """Return how many blanks and cards an event says were moved; None if it does not say so as the contract has it."""
    fields = event.fields
    try:
        match event.kind:
            case "allotment-given" | "allotment-taken":
                return int(fields["count"])
            case "trip-closed":
                said = fields["stated"]
                loose = sum(said["unused"].values()) + said["unfit"] + said["spoiled"]
                return int(loose + len(said["finished"]))
            case _:
                return sum(int(fields[name]) for name in ("unused", "unfit", "spoiled", "finished"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _card_home(registry: Registry, station: str, event: ReadEvent) -> None:
    """A finished card came home from a trip. Which of the two books comes first is chance; only both together count."""
    database, at = registry.database, int(event.fields["time"])
    job = database.job(str(event.fields.get("job_id")))
    if job is None:
        return
    if event.kind == "kit-card-taken":
        database.add_homecoming({"job_id": job["job_id"], "station": station, "at": at})
    home = database.homecoming(job["job_id"])
    if home is not None and job["state"] == "transferred" and not job["revoked"]:
        database.set_job(job["job_id"], state="on-shelf", station=home["station"], cause=None, since=home["at"])


def allotments(registry: Registry, station: str | None) -> dict[str, Any]:
    """Answer `GET /v1/allotments`; of all stations if none is named."""
    found = []
    for way in registry.database.allotments(station):
        halves = _by_role(registry.database.halves(way["allotment_id"]), way["leg"])
        found.append({**way, **{role: halves[role]["count"] if role in halves else None for role in (_GIVEN, _TAKEN)}})
    return {"allotments": found}


def keep_names(registry: Registry, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/home-names`: what is sealed to the office is kept for it."""
    with registry.database.transaction():
        registry.database.keep_names({name: request[name] for name in ("allotment_id", "office", "station", "sealed")})
    return {"allotment_id": request["allotment_id"]}


def names(registry: Registry, office: str, allotment_id: str) -> dict[str, Any]:
    """Answer `GET /v1/home-names`: what the allotment's kit has sealed for this office; of another's kit, nothing."""
    kit = next((half["other"] for half in registry.database.halves(allotment_id) if half["station"] == office), None)
    kept = registry.database.names_for(office, allotment_id)
    sealed = next((row["sealed"] for row in kept if row["station"] == kit), None)
    return {"allotment_id": allotment_id, "sealed": sealed}


def trip_end(registry: Registry, station: str, trip: Mapping[str, Any] | None) -> int | None:
    """Return until when what is leased for a trip may be started: None for no trip, 0 where no grant covers it."""
    if trip is None:
        return None
    now, until = int(registry.now()), int(trip["until"])
    policy = registry.database.policy(station, now)
    grants = [] if policy is None else json.loads(policy["payload"]).get("mobile", [])
    covered = any(
        grant["kit"] == station and grant["valid_from"] <= now and until <= grant["valid_until"] for grant in grants
    )
    return until if covered and until > now else 0


def take_list(registry: Registry, request: dict[str, Any]) -> dict[str, Any]:
    """Answer `POST /v1/partner-lists`.

    Raises:
        Problem: `list-differs`.
    """
    station, list_id, database = request["station"], request["list_id"], registry.database
    digest = hashlib.sha256(compact(request)).hexdigest()
    with database.transaction():
        known = database.partner_list(station, list_id)
        if known is not None and known["digest"] != digest:
            raise Problem("list-differs", f"list {list_id} was received with another content; give it a new id")
        if known is None:
            row = {"station": station, "list_id": list_id, "partner": request["partner"], "digest": digest}
            rows = (
                {"row": each["row"], "content": json.dumps(each, ensure_ascii=False), "state": "received"}
                for each in request["rows"]
            )
            database.add_list({**row, "at": int(registry.now())}, rows)
    return {"list_id": list_id, "rows": len(request["rows"])}


def list_states(registry: Registry, station: str, list_id: str) -> dict[str, Any]:
    """Answer `GET /v1/partner-lists`.

    Raises:
        Problem: `not-found`.
    """
    if registry.database.partner_list(station, list_id) is None:
        raise Problem("not-found", f"{station} has handed in no list {list_id}")
    rows = []
    for each in registry.database.partner_rows(station, list_id):
        state, job = each["state"], registry.database.job(each["job_id"] or "")
        if job is not None:
            state = "revoked" if job["revoked"] else _SEEN_AS[job["state"]]
        rows.append({"row": each["row"], "state": state, "cause": each["cause"], "job_id": each["job_id"]})
    return {"list_id": list_id, "as_of": int(registry.now()), "rows": rows}
