"""Tables derived from the book for the rules of the field: how blanks were used up, and what was asked for."""

from __future__ import annotations

import sqlite3

from stationd.model import events, mobile_events, rule_events, stock_events
from stationd.model.blank import CITIZENS
from stationd.model.entry import Entry
from stationd.model.forecast import BLANKS

TABLES = {"uses": "id", "requests": "supply, line, stock"}
"""These projections with their keys."""

OUT = "out"
"""The answer of who has found the card of an unknown attempt to be good."""


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry."""
    event, envelope = entry.event, entry.envelope
    match event:
        case rule_events.StockRequested():
            key = (event.supply, event.line, event.stock)
            asked = (*key, envelope.seq, envelope.time, event.to, event.left, event.wanted)
            db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", asked)
        case events.BlanksReceived():
            came = (event.count, BLANKS, event.stock)
            db.execute("UPDATE requests SET arrived = arrived + ? WHERE supply = ? AND stock = ?", came)
        case rule_events.StockArrived() | rule_events.StockRequestDropped():
            db.execute("DELETE FROM requests WHERE seq = ?", (event.request,))
        case events.AttemptReserved():
            db.execute(
                "INSERT INTO uses SELECT ?, ?, ?, coalesce(max(reason), ''), ?, 1, 0 FROM jobs WHERE job_id = ?",
                (event.attempt_id, event.line, event.stock, envelope.time, event.job_id),
            )
        case events.AttemptReleased():
            db.execute("DELETE FROM uses WHERE id = ?", (event.attempt_id,))
        case events.AttemptSpoiled() | events.AttemptGivenUp():
            _wasted(db, event.attempt_id)
        case events.QuestionAnswered() if event.answer != OUT:
            _wasted(db, event.attempt_id)
        case stock_events.TrialEnded() if event.fed or event.outcome == "failed":
            _used_otherwise(db, entry, event.line, CITIZENS, 1)
        case stock_events.BlanksSpoiled():
            _used_otherwise(db, entry, event.line, event.stock, event.count)
        case _:
            _through_kits(db, entry)


def _through_kits(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case mobile_events.AllotmentGiven():
            row = (_of_kit(event.allotment_id), event.stock, envelope.time, event.count)
            db.execute("INSERT INTO uses VALUES (?, '', ?, '', ?, ?, 1)", row)
        case mobile_events.AllotmentTakenBack():
            unused = (event.unused, _of_kit(event.allotment_id))
            db.execute("UPDATE uses SET count = max(0, count - ?) WHERE id = ?", unused)
        case _:
            pass


def _of_kit(allotment_id: str) -> str:
    """Name the use of blanks that went to a kit, on that day and in nobody's share of it, less those that come back."""
    return f"kit/{allotment_id}"  # no attempt's id has a slash


def _wasted(db: sqlite3.Connection, attempt_id: str) -> None:
    """A blank of which no card came: it is used up, and nobody's share of the day."""
    db.execute("UPDATE uses SET wasted = 1 WHERE id = ?", (attempt_id,))


def _used_otherwise(db: sqlite3.Connection, entry: Entry, line: str, stock: str, count: int) -> None:
    row = (f"e{entry.envelope.seq}", line, stock, entry.envelope.time, count)
    db.execute("INSERT INTO uses VALUES (?, ?, ?, '', ?, ?, 1)", row)
