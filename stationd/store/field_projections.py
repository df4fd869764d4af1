"""Tables derived from the book about citizens: what officers reported, and whose data lies on this disk."""

from __future__ import annotations

import sqlite3
from typing import Final

from stationd.model import events, field_events, mobile_events, paper_events, shelf_events, stock_events
from stationd.model.entry import Entry
from stationd.model.job import HoldCause

TABLES: Final = {"reports": "seq", "keepings": "seq, kind, job_id", "test_cards": "printer", "readiness": "digest"}
"""These projections with their keys."""

SHELF_RECORD: Final = "shelf-record"
"""The kind of the record of a finished card's owner: what it takes to find, tell and hand over."""

PARTNER_LIST: Final = "partner-list"
"""The kind of a partner's list that the registry does not have yet; it names several, and stands under its own id."""

PAPER_NAMES: Final = "paper-names"
"""The kind of what a paper is to say of those whose cards have left, until it is issued."""

PAYLOAD: Final = "payload"
"""The kind of a sealed job: all that is needed to make a card."""


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry."""
    _reports(db, entry)
    _keepings(db, entry)
    _readiness(db, entry)


def _reports(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case field_events.CitizenReported():
            row = (envelope.seq, event.citizen_ref, event.kind, envelope.time)
            db.execute("INSERT INTO reports VALUES (?, ?, ?, ?, 0)", row)
            for table in _REPORTED:
                db.execute(f"UPDATE {table} SET reported = ? WHERE citizen_ref = ?", (event.kind, event.citizen_ref))  # noqa: S608
        case field_events.ReportAnswered():
            _answered(db, event.job_id, answered=True)
            for table in _REPORTED:
                db.execute(f"UPDATE {table} SET reported = '' WHERE job_id = ?", (event.job_id,))  # noqa: S608
        case events.JobArrived():  # if its claims do not answer what was reported, it is held for that at once
            db.execute("UPDATE reports SET answered = 1 WHERE citizen_ref = ?", (event.citizen_ref,))
        case events.JobHeld(cause=HoldCause.REPORTED):
            _answered(db, event.job_id, answered=False)
            db.execute("UPDATE jobs SET reported = ? WHERE job_id = ?", (event.detail, event.job_id))
        case shelf_events.CardArrived() | mobile_events.KitCardTaken():
            query = "SELECT kind FROM reports WHERE citizen_ref = ? AND NOT answered ORDER BY seq DESC LIMIT 1"
            reported = db.execute(query, (event.citizen_ref,)).fetchone() or ("",)
            db.execute("UPDATE shelf SET reported = ? WHERE job_id = ?", (*reported, event.job_id))
        case _:
            pass


_REPORTED: Final = ("jobs", "shelf")
"""The tables whose rows say what was reported of their citizen."""


def _answered(db: sqlite3.Connection, job_id: str, *, answered: bool) -> None:
    """Enter whether the last report of a job's citizen is answered."""
    whose = "SELECT citizen_ref FROM jobs WHERE job_id = ? UNION SELECT citizen_ref FROM shelf WHERE job_id = ?"
    last = f"SELECT max(seq) FROM reports WHERE citizen_ref IN ({whose})"  # noqa: S608 - constant
    up_to = "<=" if answered else "="
    db.execute(
        f"UPDATE reports SET answered = ? WHERE citizen_ref IN ({whose}) AND seq {up_to} ({last})",  # noqa: S608 - ours
        (answered, job_id, job_id, job_id, job_id),
    )


def _keepings(db: sqlite3.Connection, entry: Entry) -> None:
    event, at = entry.event, entry.envelope.time
    match event:
        case events.JobArrived():
            end(db, PAYLOAD, event.job_id, at)  # a newer lease takes its place
            begin(db, entry, PAYLOAD, event.job_id, event.citizen_ref, event.reason)
        case events.PayloadErased():
            end(db, PAYLOAD, event.job_id, at)
        case events.CardAccepted():
            begin(db, entry, SHELF_RECORD, event.job_id, event.citizen_ref, "collection")
        case shelf_events.CardsAnnounced() | mobile_events.KitNamesTaken():
            for card in event.cards:
                if card.job_id:
                    begin(db, entry, SHELF_RECORD, card.job_id, card.citizen_ref, "collection")
        case paper_events.NamesLeft():
            for named in event.cards:
                begin(db, entry, PAPER_NAMES, named.job_id, named.citizen_ref, event.kind)
        case paper_events.NamesForgotten():
            query = "UPDATE keepings SET until = ? WHERE seq = ? AND kind = ?"
            db.execute(query, (at, event.entry, PAPER_NAMES))
        case _:
            _lists(db, entry)


def _lists(db: sqlite3.Connection, entry: Entry) -> None:
    event, at = entry.event, entry.envelope.time
    match event:
        case shelf_events.ShelfRecordErased():
            end(db, SHELF_RECORD, event.job_id, at)
        case mobile_events.PartnerListTaken():
            begin(db, entry, PARTNER_LIST, event.list_id, "", "request")
        case mobile_events.PartnerListSent() | mobile_events.PartnerListRefused():
            end(db, PARTNER_LIST, event.list_id, at)
        case _:
            pass


def _readiness(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case stock_events.TrialEnded(kind="test-print", outcome="done", printed=True):
            tested = (event.printer, event.line, envelope.seq, envelope.time)
            db.execute("INSERT OR REPLACE INTO test_cards VALUES (?, ?, ?, ?)", tested)
        case field_events.ReadinessRecorded():
            recorded = (event.digest, envelope.seq, envelope.time)
            db.execute("INSERT OR IGNORE INTO readiness VALUES (?, ?, ?)", recorded)
        case _:
            pass


def begin(db: sqlite3.Connection, entry: Entry, kind: str, job_id: str, citizen_ref: str, why: str) -> None:
    """Enter that data of a citizen is on this disk from an entry on.

    Args:
        db: the database.
        entry: by which it came.
        kind: what it is: one word.
        job_id: whose it is.
        citizen_ref: the registry's reference to the same citizen.
        why: for what it is kept: one word.
    """
    row = (entry.envelope.seq, kind, job_id, citizen_ref, entry.envelope.time, why)
    db.execute("INSERT INTO keepings VALUES (?, ?, ?, ?, ?, NULL, ?)", row)


def end(db: sqlite3.Connection, kind: str, job_id: str, at: float) -> None:
    """Enter that data of a kind is gone."""
    db.execute("UPDATE keepings SET until = ? WHERE job_id = ? AND kind = ? AND until IS NULL", (at, job_id, kind))
