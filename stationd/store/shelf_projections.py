"""Tables derived from the book about finished cards: the shelf, those that left it, notices, arrivals."""

from __future__ import annotations

import sqlite3
from typing import Final

from stationd.model import events, shelf, shelf_events, stock_events
from stationd.model.blank import CITIZENS, Place
from stationd.model.entry import Entry, Envelope
from stationd.model.event import Event
from stationd.model.shelf import Delivery, Notice

TABLES: Final = {
    "shelf": "job_id",
    "shelf_past": "job_id",
    "notices": "job_id, number",
    "arrivals": "list_id",
    "arrival_cards": "list_id, job_id, identity",
}
"""These projections with their keys."""

ANNOUNCED, ARRIVED, SHORT, EXTRA = "announced", "arrived", "short", "extra"
"""States of a line of a sender's list."""

_DELIVERY: Final[dict[type[Event], Delivery]] = {
    shelf_events.NoticeAsked: Delivery.ASKED,
    shelf_events.NoticeBegun: Delivery.BEGUN,
    shelf_events.NoticeSent: Delivery.SENT,
    shelf_events.NoticeDelivered: Delivery.DELIVERED,
    shelf_events.NoticeFailed: Delivery.FAILED,
    shelf_events.NoticeDoubtful: Delivery.DOUBTFUL,
}

_COLUMNS: Final = "job_id, attempt_id, citizen_ref, issue_no, identity, since, seq, place, stock, batch, came"


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry."""
    event, envelope = entry.event, entry.envelope
    if isinstance(event, shelf.AnyNotice):
        _notice(db, event, envelope)
        return
    match event:
        case shelf_events.CardHandedOver():
            _left(db, event.job_id, envelope, "handed-over", event.to)
        case stock_events.CardWithdrawn():
            _left(db, event.job_id, envelope, "withdrawn", event.cause)
        case stock_events.CardTransferred():
            _left(db, event.job_id, envelope, "transferred", event.office)
        case _:
            _laid(db, entry)
            _arrival(db, entry)


def _laid(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case events.CardAccepted():
            account = event.moves[-1].target if event.moves else None
            pile = (account.stock, account.batch) if account else (CITIZENS, "")
            card = (event.job_id, event.attempt_id, event.citizen_ref, event.issue_no, event.identity)
            _lay(db, (*card, envelope.time, envelope.seq, "", *pile, ""))
        case shelf_events.ShelfInherited():
            card = (event.job_id, "", event.citizen_ref, event.issue_no, event.identity)
            _lay(db, (*card, event.since, envelope.seq, "", event.stock, event.batch, ""))
        case shelf_events.CardArrived():
            _arrived(db, event, envelope)
        case shelf_events.CardPlaced():
            db.execute("UPDATE shelf SET place = ? WHERE job_id = ?", (event.place, event.job_id))
        case shelf_events.CardLost():
            db.execute("UPDATE shelf SET lost = ? WHERE job_id = ?", (envelope.time, event.job_id))
        case shelf_events.CardFound():
            db.execute("UPDATE shelf SET lost = NULL, place = ? WHERE job_id = ?", (event.place, event.job_id))
        case _:
            pass


def _lay(db: sqlite3.Connection, row: tuple[object, ...]) -> None:
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO shelf ({_COLUMNS}) VALUES ({marks})", row)  # noqa: S608 - constants and marks


def _left(db: sqlite3.Connection, job_id: str, envelope: Envelope, how: str, detail: str) -> None:
    db.execute(
        "INSERT OR REPLACE INTO shelf_past SELECT job_id, citizen_ref, issue_no, identity, since, seq, ?, ?, ?"
        " FROM shelf WHERE job_id = ?",
        (envelope.time, how, detail, job_id),
    )
    db.execute("DELETE FROM shelf WHERE job_id = ?", (job_id,))


def notices_of(db: sqlite3.Connection, job_id: str) -> tuple[Notice, ...]:
    """Return a card's notices, first to last."""
    query = "SELECT number, channel, delivery, at, tries FROM notices WHERE job_id = ? ORDER BY number"
    return tuple(
        Notice(number, channel, Delivery(delivery), at, tries)
        for number, channel, delivery, at, tries in db.execute(query, (job_id,))
    )


def _notice(db: sqlite3.Connection, event: shelf.AnyNotice, envelope: Envelope) -> None:
    before = notices_of(db, event.job_id)
    after = shelf.follow(before, event.number, event.channel, _DELIVERY[type(event)], envelope.time)
    if after == before:
        return
    changed = after[event.number - 1]
    cause = getattr(event, "cause", "")
    row = (event.job_id, changed.number, changed.channel, changed.delivery, changed.at, changed.tries, cause)
    db.execute("INSERT OR REPLACE INTO notices VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _arrived(db: sqlite3.Connection, event: shelf_events.CardArrived, envelope: Envelope) -> None:
    target = next((move.target for move in event.moves if move.target.place is Place.SHELF), None)
    pile = (target.stock, target.batch) if target else (CITIZENS, "")
    card = (event.job_id, "", event.citizen_ref, event.issue_no, event.identity)
    # The card has been on a shelf before, here or elsewhere: its owner's notices begin anew.
    db.execute("DELETE FROM notices WHERE job_id = ?", (event.job_id,))
    _lay(db, (*card, envelope.time, envelope.seq, event.place, *pile, event.list_id))
    _mark(db, event.list_id, event.job_id, ARRIVED)


def _mark(db: sqlite3.Connection, list_id: str, job_id: str, state: str) -> None:
    db.execute("UPDATE arrival_cards SET state = ? WHERE list_id = ? AND job_id = ?", (state, list_id, job_id))


def _arrival(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case shelf_events.ArrivalOpened():
            row = (event.list_id, event.sender, event.digest, envelope.time, envelope.actor, event.cards)
            db.execute("INSERT INTO arrivals VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        case shelf_events.CardsAnnounced():
            for card in event.cards:
                line = (event.list_id, card.job_id, card.identity, card.citizen_ref, card.issue_no, card.stock)
                db.execute("INSERT INTO arrival_cards VALUES (?, ?, ?, ?, ?, ?, ?)", (*line, ANNOUNCED))
        case shelf_events.ExtraCardArrived():
            extra = (event.list_id, "", event.identity, "", 0, CITIZENS, EXTRA)
            db.execute("INSERT OR IGNORE INTO arrival_cards VALUES (?, ?, ?, ?, ?, ?, ?)", extra)
        case shelf_events.ArrivalClosed():
            db.execute("UPDATE arrivals SET closed = ? WHERE list_id = ?", (envelope.time, event.list_id))
            for job_id in event.short:
                _mark(db, event.list_id, job_id, SHORT)
        case _:
            pass
