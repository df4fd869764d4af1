"""When a station may print: only on a record of its readiness, where the kabupaten wants one."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from simulators.registry.state import Registry

PRINTING: Final = "CETAK"
_SETTING: Final = "needs-readiness"


class NotReady(ValueError):
    """The grant is not made; the text says why."""


def need_readiness(registry: Registry, on: bool = True) -> bool:
    """Let printing be granted only on a record of readiness from now on, or on request alone."""
    with registry.database.transaction():
        registry.database.set_setting(_SETTING, "1" if on else "")
    return on


def grant_printing(registry: Registry, station: str, digest: str) -> int:
    """Grant a station printing on a record of its readiness, which the next version of its policy cites.

    Args:
        registry: where.
        station: whom.
        digest: of the record, as it stands in the station's book.

    Returns:
        The version.

    Raises:
        NotReady: its book, as far as it came here, has no such record.
    """
    database = registry.database
    with database.transaction():
        newest = database.policy(station)
        if newest is None:
            raise NotReady(f"station {station} has no policy yet; give it an enrolment code first")
        payload = json.loads(newest["payload"])
        services = [*payload["services"], *({PRINTING} - set(payload["services"]))]
        payload |= {"version": newest["version"] + 1, "services": services, "readiness": digest}
        check_grant(registry, station, payload, always=True)
        row = {"station": station, "version": payload["version"], "valid_from": payload["valid_from"]}
        database.add_policy({**row, "payload": json.dumps(payload)})
    return int(payload["version"])


def check_grant(registry: Registry, station: str, payload: dict[str, Any], *, always: bool = False) -> None:
    """See that a policy which grants printing cites a record that the station has made, where one is wanted.

    Raises:
        NotReady: it does not.
    """
    if PRINTING not in payload["services"] or not (always or registry.database.setting(_SETTING)):
        return
    cited = payload.get("readiness", "")
    if cited not in _records(registry, station):
        raise NotReady(f"station {station} has handed in no record of readiness {cited or 'at all'}; it may not print")


def _records(registry: Registry, station: str) -> set[str]:
    """Return the digests of the records in all of a station's books that are what their digests say."""
    found = set()
    for book in registry.database.incarnations(station):
        for row in registry.database.events(station, book["incarnation"], 1, 2**62):
            if '"readiness-recorded"' not in row["text"]:
                continue
            event = json.loads(row["text"])
            record = str(event.get("record", ""))
            if event["type"] == "readiness-recorded" and json.loads(record)["station"] == station:
                found.add(hashlib.sha256(record.encode()).hexdigest())
    return found
