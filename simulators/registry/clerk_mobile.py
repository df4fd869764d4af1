"""What the registry's people do about mobile kits and partners' lists. Acts as those of `clerk`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from simulators.registry import mobile
from simulators.registry.clerk import CannotDo
from simulators.registry.sealing import public_jwk
from simulators.registry.state import Registry

_WEEK: Final = 7 * 86400


def grant_trips(
    registry: Registry,
    kit: str,
    office: str,
    *,
    blanks: int = 100,
    lasts: int = _WEEK,
    offline: bool = True,
    places: list[str] | None = None,
) -> list[int]:
    """Let a kit go on trips with an office's blanks: the next version of both stations' policies has the grant.

    Both must be enrolled: the grant carries the public keys of their books.

    Args:
        registry: where.
        kit: the one that goes.
        office: the one whose blanks it takes.
        blanks: the most that an allotment may be.
        lasts: seconds from now.
        offline: whether the kit may print without the network.
        places: where it may go; anywhere if not given.

    Returns:
        The versions of the kit's and the office's policy.
    """
    now = int(registry.now())
    grant = {
        "kit": kit,
        "office": office,
        "blanks": blanks,
        "valid_from": now,
        "valid_until": now + lasts,
        "offline": offline,
        "places": places or [],
        "kit_key": _key(registry, kit, "book_key"),
        "office_key": _key(registry, office, "book_key"),
        "office_sealing_key": _key(registry, office, "sealing_key"),
    }
    versions = []
    with registry.database.transaction():
        for station in (kit, office):
            newest = registry.database.policy(station)
            if newest is None:
                raise CannotDo(f"station {station} has no policy yet; give it an enrolment code first")
            payload = json.loads(newest["payload"])
            others = [each for each in payload.get("mobile", []) if (each["kit"], each.get("office")) != (kit, office)]
            payload |= {"version": newest["version"] + 1, "mobile": [*others, grant]}
            row = {"station": station, "version": payload["version"], "valid_from": payload["valid_from"]}
            registry.database.add_policy({**row, "payload": json.dumps(payload)})
            versions.append(int(payload["version"]))
    return versions


def _key(registry: Registry, station: str, kind: str) -> dict[str, str]:
    enrolment = registry.database.enrolment(station)
    if enrolment is None:
        raise CannotDo(f"station {station} is not enrolled; its slips would be nobody's")
    return public_jwk(json.loads(enrolment[kind]))


def allotments(registry: Registry, station: str | None = None) -> list[dict[str, Any]]:
    """Return each way of each allotment with what the two books say, as far as they have come."""
    found: list[dict[str, Any]] = mobile.allotments(registry, station)["allotments"]
    return found


def partner_list(registry: Registry, station: str, list_id: str) -> list[dict[str, Any]]:
    """Return the rows of a partner's list as they came."""
    return [json.loads(row["content"]) for row in registry.database.partner_rows(station, list_id)]


def decide_row(
    registry: Registry, station: str, list_id: str, row: int, cause: str | None = None, job_id: str | None = None
) -> None:
    """Decide about a row of a partner's list: refuse it for a cause, or name the job that came of it."""
    if (cause is None) == (job_id is None):
        raise CannotDo("name either why the row is refused, or the job that came of it")
    state = "refused" if job_id is None else "queued"
    with registry.database.transaction():
        registry.database.decide_row(station, list_id, row, state=state, cause=cause, job_id=job_id)


ACTS: Final[dict[str, Callable[..., Any]]] = {
    "grant-trips": grant_trips,
    "allotments": allotments,
    "partner-list": partner_list,
    "decide-row": decide_row,
}
"""What may be asked for over the desk's socket, by name."""
