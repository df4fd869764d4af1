"""Synthetic policies, jobs and stations for tests of the rules."""

from __future__ import annotations

from typing import Any

import msgspec

from stationd.model.job import Reason
from stationd.model.policy import Office, Policy
from stationd.model.ruling import Day, Station, Stock, Verdict, Wanted, may_print

NOW = 1_790_000_000
"""Monday 21 September 2026, 21:13 at an office in WIB."""

OFFICE = Office("7316-02", "73.16.02")

OFFICER: dict[str, Any] = {
    "id": "op-1",
    "name": "Sitti Contoh",
    "sk": "821/17/2026",
    "roles": ["operator"],
    "kecamatan": OFFICE.kecamatan,
    "valid_from": NOW - 86_400,
    "valid_until": NOW + 86_400,
    "trained": True,
}

SUPERVISOR = OFFICER | {"id": "spv-1", "roles": ["supervisor"]}

DOCUMENT: dict[str, Any] = {
    "version": 3,
    "valid_from": NOW - 1000,
    "station": OFFICE.station,
    "services": ["SIAK", "REKAM", "CETAK"],
    "officers": [OFFICER, SUPERVISOR],
}


def policy(**members: Any) -> Policy:
    """A policy as it is read from the registry's JSON."""
    return msgspec.json.decode(msgspec.json.encode(DOCUMENT | members), type=Policy)


def wanted(reason: str = "first", **members: Any) -> Wanted:
    return Wanted(**({"reason": Reason(reason), "urgent": None, "start_before": NOW + 3600} | members))


def decide(
    job: Wanted,
    said: Policy | None,
    *,
    officer: str | None = "op-1",
    blanks: int = 1000,
    begun: dict[str, int] | None = None,
    now: float | None = NOW,
) -> Verdict:
    return may_print(job, officer, Station(OFFICE, said), Stock(blanks), Day(now, begun or {}))
