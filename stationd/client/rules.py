"""The part of the api's client that is about the rules of the field."""

from __future__ import annotations

import msgspec


class WhyView(msgspec.Struct, frozen=True):
    """Why a job is where it is; members as in `stationd.station.why.Explained`."""

    job_id: str
    state: str = ""
    reason: str = ""
    verdict: str = ""
    cause: str = ""
    remedy: str = ""
    detail: str = ""
    place: int = 0
    of: int = 0
    fronted: int = 0
    urgent: int = 0
    ranked: int = 0
    earlier: int = 0
    scarce: bool = False
    front: str = ""
    policy_version: int = 0


class CoverageView(msgspec.Struct, frozen=True):
    """How many of those obliged have a card; members as in `stationd.station.why.Covered`."""

    recorded: int = 0
    obliged: int = 0
    on: str = ""
    percent: float = 0.0


class ForecastView(msgspec.Struct, frozen=True):
    """How long a supply lasts; members as in `stationd.station.why.Foreseen`."""

    supply: str
    line: str = ""
    stock: str = ""
    left: int = 0
    rate: float = 0.0
    days_left: int | None = None
    runs_out: str | None = None
    threshold: int = 0
    request: int | None = None
    wanted: int = 0
    to: str = ""
