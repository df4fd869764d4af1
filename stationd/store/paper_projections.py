"""Tables derived from the book about papers."""

from __future__ import annotations

import sqlite3

from stationd.model import paper_events
from stationd.model.entry import Entry

TABLES = {"documents": "kind, year, number", "paper_numbers": "kind, year"}
"""These projections with their keys."""

_ONE = "WHERE (kind, year, number) = (?, ?, ?)"


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry.

    Raises:
        sqlite3.IntegrityError: if a number was left out or given twice.
    """
    event, envelope = entry.event, entry.envelope
    match event:
        case paper_events.DocumentIssued():
            db.execute(
                "INSERT INTO documents (kind, year, number, subject, pages, issued, issued_by, seq, content, digest,"
                " cites, head, retain_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(event.kind, event.year, event.number, event.subject, event.pages),
                    *(envelope.time, envelope.actor, envelope.seq, event.content, event.digest),
                    *(event.cites, event.head, event.retain_until),
                ),
            )
        case paper_events.DocumentScanFiled():
            filed = (event.digest, event.media, event.size, event.kind, event.year, event.number)
            db.execute(f"UPDATE documents SET scan_digest = ?, scan_media = ?, scan_size = ? {_ONE}", filed)  # noqa: S608 - constant
        case paper_events.DocumentErased():
            db.execute(f"UPDATE documents SET erased = 1 {_ONE}", (event.kind, event.year, event.number))  # noqa: S608 - constant
        case paper_events.NumbersInherited():
            for last in event.last:
                db.execute("INSERT INTO paper_numbers VALUES (?, ?, ?)", (last.kind, last.year, last.number))
        case _:
            pass
