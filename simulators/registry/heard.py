"""What the registry's people do about reports from stations: somebody died, moved, or is recorded wrongly."""

from __future__ import annotations

import json
from typing import Any, Final

from simulators.registry.state import Registry

_AT_A_STATION: Final = frozenset({"leased", "arrived", "held", "started", "on-shelf"})


def citizen_reports(registry: Registry, station: str) -> list[dict[str, Any]]:
    """Return the reports in a station's newest book: number, time, officer, citizen_ref, kind and job, oldest first."""
    book = registry.database.book(station, None)
    if book is None:
        return []
    texts = (row["text"] for row in registry.database.events(station, book["incarnation"], 1, 2**62))
    read = (json.loads(text) for text in texts if '"citizen-reported"' in text)
    names = ("seq", "time", "actor", "citizen_ref", "kind", "job_id")
    return [{name: event.get(name) for name in names} for event in read if event["type"] == "citizen-reported"]


def answer_report(registry: Registry, citizen_ref: str, claims: dict[str, Any] | None = None) -> list[str]:
    """Look at a citizen's record after a report, and send their jobs anew to the stations that have them.

    Args:
        registry: where.
        citizen_ref: whom the report was about.
        claims: members of the claims that are otherwise now (`nik_status`, `kk_status`, …); none: the report was wrong.

    Returns:
        The jobs. They are leased under a new epoch, to the same station, when it asks next.
    """
    sent = []
    with registry.database.transaction():
        for job in registry.database.citizen_jobs(citizen_ref=citizen_ref):
            if job["state"] not in _AT_A_STATION or job["revoked"]:
                continue
            content = json.loads(job["content"]) | (claims or {})
            registry.database.set_job(
                job["job_id"],
                content=json.dumps(content, ensure_ascii=False),
                state="queued",
                cause=None,
                since=int(registry.now()),
            )
            sent.append(str(job["job_id"]))
    return sent
