"""Questions about citizens that the book can answer: what was reported of them, and what of theirs lies here."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


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
