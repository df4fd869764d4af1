"""The station at one look, and other answers that belong to no room of the api."""

from __future__ import annotations

import msgspec

from stationd.client.blanks import ClosedDayView, DiscrepancyView, ExchangeView, SupplyView
from stationd.client.lines import LineView


class LinkView(msgspec.Struct, frozen=True):
    """The link to the registry; members as in `stationd.station.LinkStatus`."""

    online: bool = False
    last_contact: float | None = None
    last_error: str = ""
    acknowledged: int = 0


class RefusalView(msgspec.Struct, frozen=True):
    """Something sent and not taken as a job; members as in `stationd.store.rows.Refusal`."""

    job_id: str = ""
    cause: str = ""
    detail: str = ""
    seq: int = 0


class QuestionView(msgspec.Struct, frozen=True):
    """Something that only a person can tell; members as in `stationd.store.rows.Question`."""

    question_id: str
    job_id: str = ""
    line: str = ""
    step: str = ""
    cause: str = ""


class StatusView(msgspec.Struct, frozen=True):
    """The station at one look; members as in `stationd.station.StationStatus`."""

    station: str
    version: str = ""
    time: float | None = None
    trust: str = ""
    policy_version: int = 0
    lines: tuple[LineView, ...] = ()
    link: LinkView = LinkView()
    jobs: dict[str, int] = {}
    refused: tuple[RefusalView, ...] = ()
    questions: tuple[QuestionView, ...] = ()
    blanks: dict[str, int] = {}
    exchanges: tuple[ExchangeView, ...] = ()
    closed_day: ClosedDayView | None = None
    discrepancies: tuple[DiscrepancyView, ...] = ()
    supplies: tuple[SupplyView, ...] = ()
    to_compare: tuple[str, ...] = ()
    book: int = 0
    head: str = ""


class JobView(msgspec.Struct, frozen=True):
    """A job; members as in `stationd.store.rows.JobRow`."""

    job_id: str
    issue_no: int = 0
    start_before: int = 0
    reason: str = ""
    urgent: str | None = None
    arrived: int = 0
    state: str = ""
    cause: str = ""
    detail: str = ""
    attempt_id: str | None = None


class ShelfView(msgspec.Struct, frozen=True):
    """A finished card that lies here; members as in `stationd.store.shelf_view.ShelfCard`."""

    job_id: str
    issue_no: int = 0
    identity: str = ""
    since: float = 0.0
    place: str = ""


class HeadView(msgspec.Struct, frozen=True):
    """The last entry of the book."""

    seq: int = 0
    digest: str = ""


class VerificationView(msgspec.Struct, frozen=True):
    """What a verification of the book found; members as in `stationd.store.verify.Report`."""

    findings: tuple[str, ...]
    entries: int = 0
    head: HeadView = HeadView()
    signed_commits: int = 0
    countersigned: int = 0
