"""Questions about citizens that the book can answer: what was reported of them, and what of theirs lies here."""

from __future__ import annotations

import sqlite3
from typing import Final, NamedTuple

import msgspec


class ReportRow(NamedTuple):
    """The last report about a citizen.

    Attributes:
        seq: its entry of the book.
        kind: a `stationd.model.field_events.ReportKind`.
        at: when it was made, seconds since the epoch.
    """

    seq: int
    kind: str
    at: float


class Keeping(msgspec.Struct, frozen=True):
    """Somebody's data on this disk.

    Attributes:
        kind: what it is: `payload` (a sealed job: biodata, picture, signature, what the chip holds), `shelf-record`
            (who waits for a card), `partner-list`, `paper-names` (what a paper is to say of who waited), or
            `document`.
        job_id: whose it is; the id of a list, or a document's kind, year and number: they may name several.
        citizen_ref: the registry's reference; empty for a list and a document.
        since, until: from when to when, seconds since the epoch; None while it is here.
        why: what for.
    """

    kind: str
    job_id: str
    citizen_ref: str
    since: float
    until: float | None
    why: str


class Processing(msgspec.Struct, frozen=True):
    """One opening of somebody's data: when (seconds since the epoch), by whom, whose, how and what for."""

    at: float
    trust: str
    actor: str
    job_id: str
    act: str
    purpose: str


_KEPT: Final = (
    "SELECT kind, job_id, citizen_ref, since, until, why FROM keepings"
    " UNION ALL SELECT 'document', kind || '-' || year || '-' || number, '', issued, erased_at, 'document' FROM"
    " (SELECT *, CASE WHEN erased THEN retain_until END AS erased_at FROM documents)"
)
"""A document is erased on its day, so that its day tells when."""


class FieldView:
    """The part of a consistent look at the database that is about citizens."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def last_report(self, citizen_ref: str) -> ReportRow | None:
        """Return the last report about a citizen; None if there never was one."""
        query = "SELECT seq, kind, at FROM reports WHERE citizen_ref = ? ORDER BY seq DESC LIMIT 1"
        row = self._db.execute(query, (citizen_ref,)).fetchone()
        return None if row is None else ReportRow(*row)

    def jobs_of_citizen(self, citizen_ref: str) -> list[str]:
        """Return the jobs of a citizen, finished ones included, in the order of their arrival."""
        query = "SELECT job_id FROM jobs INDEXED BY jobs_by_citizen WHERE citizen_ref = ? ORDER BY arrived"
        return [job_id for (job_id,) in self._db.execute(query, (citizen_ref,))]

    def test_cards(self) -> dict[str, tuple[int, float]]:
        """Return for each printer the entry of its last test card, and when that was, seconds since the epoch."""
        rows = self._db.execute("SELECT printer, seq, at FROM test_cards ORDER BY printer")
        return {printer: (seq, at) for printer, seq, at in rows}

    def readiness_recorded(self, digest: str) -> bool:
        """Say whether a record of readiness is in this book."""
        return self._db.execute("SELECT 1 FROM readiness WHERE digest = ?", (digest,)).fetchone() is not None

    def keepings(self, since: float | None, until: float) -> list[Keeping]:
        """Return whose data was on this disk at some time of a span, oldest first.

        Args:
            since: where the span begins, in seconds since the epoch; None: where it ends, for what is here then.
            until: where it ends.
        """
        begin = until if since is None else since
        query = f"SELECT * FROM ({_KEPT}) WHERE since <= ? AND coalesce(until, 9e99) > ? ORDER BY since, job_id"  # noqa: S608 - constant
        return [Keeping(*row) for row in self._db.execute(query, (until, begin))]

    def processings(self, since: float, job_id: str | None = None, last: int = 10_000) -> list[Processing]:
        """Return the log of processing from a time on, oldest first: of all jobs, or of one; so many of the last."""
        query = (
            "SELECT at, trust, actor, job_id, act, purpose FROM processings"
            " WHERE at >= ? AND (? IS NULL OR job_id = ?) ORDER BY id DESC LIMIT ?"
        )
        return [Processing(*row) for row in self._db.execute(query, (since, job_id, job_id, last))][::-1]
