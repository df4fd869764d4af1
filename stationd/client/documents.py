"""The part of the api's client that is about papers."""

from __future__ import annotations

from abc import abstractmethod
from urllib.parse import quote

import msgspec

from stationd.client.queue import QueueCalls


class DocumentView(msgspec.Struct, frozen=True):
    """A paper; members as in `stationd.station.papers.DocumentView`."""

    id: str
    kind: str = ""
    title: str = ""
    subject: str = ""
    pages: int = 0
    issued: float = 0.0
    issued_by: str = ""
    content: str = ""
    digest: str = ""
    cites: int = 0
    head: str = ""
    retain_until: float = 0.0
    scan_media: str = ""
    scan_size: int = 0
    erased: bool = False


class TrustView(msgspec.Struct, frozen=True):
    """By what papers of a station are known elsewhere; members as in `stationd.station.papers.DocumentTrust`."""

    station: str
    pem: str = ""


class AccountDayView(msgspec.Struct, frozen=True):
    """One account over a day; members as in `stationd.model.day.AccountDay`."""

    place: str
    line: str = ""
    stock: str = ""
    batch: str = ""
    start: int = 0
    came: int = 0
    went: int = 0
    end: int = 0


class MovedView(msgspec.Struct, frozen=True):
    """All that went from one place to another; members as in `stationd.model.day.Moved`."""

    source: str
    source_line: str = ""
    target: str = ""
    target_line: str = ""
    stock: str = ""
    count: int = 0


class SupplyLeftView(msgspec.Struct, frozen=True):
    """Ribbon or film; members as in `stationd.model.day.SupplyLeft`."""

    line: str
    name: str = ""
    remaining: int | None = None
    capacity: int | None = None


class DayView(msgspec.Struct, frozen=True):
    """A day at a station; members as in `stationd.model.day.DayReport`."""

    station: str = ""
    incarnation: str = ""
    date: str = ""
    since: float = 0.0
    until: float = 0.0
    as_of: float = 0.0
    first: int = 0
    last: int = 0
    head: str = ""
    printed: int = 0
    spoiled: dict[str, int] = {}
    returned: dict[str, int] = {}
    arrived: int = 0
    refused: int = 0
    revoked: int = 0
    handed_over: int = 0
    taken_in: int = 0
    withdrawn: int = 0
    transferred: int = 0
    destroyed: int = 0
    received: int = 0
    sent_back: int = 0
    trials: int = 0
    discrepancies: int = 0
    accounts: tuple[AccountDayView, ...] = ()
    moved: tuple[MovedView, ...] = ()
    waiting: dict[str, int] = {}
    held: dict[str, int] = {}
    supplies: tuple[SupplyLeftView, ...] = ()
    closed: float | None = None


class DocumentCalls(QueueCalls):
    """What can be asked about papers."""

    @abstractmethod
    def fetch(self, path: str) -> bytes:
        """Fetch a file."""

    @abstractmethod
    def send(self, path: str, content: bytes) -> bytes:
        """Send a file; returns the answer's body."""

    def day(self, date: str = "") -> DayView:
        """Return the figures of one of the office's days, `2026-08-01`; of today if it is empty."""
        return self.get(f"/v1/day?date={_part(date)}", DayView)

    def documents(self) -> list[DocumentView]:
        """Return the papers that were issued, newest first."""
        return self.get("/v1/documents", list[DocumentView])

    def issue_document(self, kind: str, subject: str = "") -> DocumentView:
        """Issue a paper; `kind` is a `stationd.model.papers.Kind`, `subject` what it is about; empty: the latest."""
        return msgspec.convert(self.post("/v1/documents", {"kind": kind, "subject": subject}), DocumentView)

    def document(self, document_id: str) -> bytes:
        """Return a paper as PDF. It may name citizens: shown, and kept by nobody else."""
        return self.fetch(f"/v1/documents/{_part(document_id)}")

    def document_scan(self, document_id: str) -> bytes:
        """Return the scan of a signed paper, as it was filed."""
        return self.fetch(f"/v1/documents/{_part(document_id)}/scan")

    def file_scan(self, document_id: str, content: bytes) -> DocumentView:
        """File the scan of a signed paper: a PDF, JPEG or PNG."""
        return msgspec.json.decode(self.send(f"/v1/documents/{_part(document_id)}/scan", content), type=DocumentView)

    def print_document(self, document_id: str) -> None:
        """Print a paper on the office's printer."""
        self.post(f"/v1/documents/{_part(document_id)}/print")

    def document_trust(self) -> TrustView:
        """Return by what papers of this station are known on another computer."""
        return self.get("/v1/documents/trust", TrustView)


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
