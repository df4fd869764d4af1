"""Tables derived from the book about mobile kits: allotments, trips, the halves to be paired; and partners' lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

import msgspec

from stationd.model import events, mobile_events, stock_events
from stationd.model.blank import CITIZENS
from stationd.model.entry import Entry, Envelope
from stationd.model.mobile import Leg, TripState
from stationd.model.settling import Origin

TABLES: Final = {
    "allotments": "allotment_id",
    "trips": "allotment_id",
    "halves": "allotment_id, leg",
    "partner_lists": "list_id",
}
"""These projections with their keys."""

FIGURES: Final = ("allotted", "printed", "spoiled", "returned", "missing", "stated")
"""What is kept of what a trip came to."""

ALONE, PAIRED, DIFFERS = "alone", "paired", "differs"
"""States of a half."""

WAITS, SENT, REFUSED = "waits", "sent", "refused"
"""States of a partner's list."""


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry; to be called after its movements were made."""
    event, envelope = entry.event, entry.envelope
    match event:
        case mobile_events.AllotmentGiven() | mobile_events.AllotmentInherited():
            batches = _json(event.batches)
            row = (event.allotment_id, event.kit, event.stock, event.count, batches, event.signed_at)
            db.execute(
                "INSERT INTO allotments VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, '')",
                (*row, envelope.time, envelope.actor),
            )
            if isinstance(event, mobile_events.AllotmentGiven):  # else the book before has said it
                _half(db, event.allotment_id, Leg.OUT, envelope, event.stock, event.count)
        case mobile_events.AllotmentTakenBack():
            came = event.unused + event.unfit + event.spoiled + event.finished
            db.execute(
                "UPDATE allotments SET back = ?, stated = ? WHERE allotment_id = ?",
                (envelope.time, _json(event.stated), event.allotment_id),
            )
            _half(db, event.allotment_id, Leg.BACK, envelope, event.stock, came)
        case mobile_events.KitCardTaken():
            card = (event.job_id, event.citizen_ref, event.issue_no, event.identity)
            stock = event.moves[-1].target.stock if event.moves else CITIZENS
            db.execute(
                "INSERT INTO shelf (job_id, attempt_id, citizen_ref, issue_no, identity, since, seq, stock, came)"
                " VALUES (?, '', ?, ?, ?, ?, ?, ?, ?)",
                (*card, envelope.time, envelope.seq, stock, event.allotment_id),
            )
        case mobile_events.AllotmentPaired() | mobile_events.AllotmentDiffers():
            _paired(db, event)
        case stock_events.DiscrepancyFound(origin=Origin.ALLOTMENT):
            leg, _, allotment_id = event.subject.partition("/")
            db.execute(
                "UPDATE halves SET told = 1 WHERE (allotment_id, leg) = (?, ?)", (allotment_id.split("/")[0], leg)
            )
        case mobile_events.PartnerListTaken():
            numbers = (event.rows, event.good, event.bad, event.double)
            row_ = (event.list_id, event.partner, *numbers, envelope.time, envelope.actor)
            db.execute("INSERT INTO partner_lists VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')", (*row_, WAITS))
        case mobile_events.PartnerListSent():
            db.execute("UPDATE partner_lists SET state = ? WHERE list_id = ?", (SENT, event.list_id))
        case mobile_events.PartnerListRefused():
            refused = (REFUSED, event.cause, event.list_id)
            db.execute("UPDATE partner_lists SET state = ?, cause = ? WHERE list_id = ?", refused)
        case _:
            _trip(db, event, envelope)


def _trip(db: sqlite3.Connection, event: events.Event, envelope: Envelope) -> None:
    match event:
        case mobile_events.TripOpened() | mobile_events.TripInherited():
            _opened(db, event, envelope)
        case mobile_events.AllotmentTaken():
            _half(db, event.allotment_id, Leg.OUT, envelope, event.stock, event.count)
        case mobile_events.TripClosing():
            db.execute(
                "UPDATE trips SET state = ? WHERE allotment_id = ?", (TripState.CLOSING.value, event.allotment_id)
            )
        case mobile_events.TripClosed():
            figures = {
                name: getattr(event, name)
                for name in ("allotted", "printed", "spoiled", "returned", "missing", "stated")
            }
            db.execute(
                "UPDATE trips SET state = ?, signed_at = ?, figures = ? WHERE allotment_id = ?",
                (TripState.CLOSED.value, event.signed_at, _json(figures), event.allotment_id),
            )
            (stock,) = db.execute(
                "SELECT stock FROM trips WHERE allotment_id = ?", (event.allotment_id,)
            ).fetchone() or ("",)
            bags = event.stated.bags
            came = bags.unused + bags.unfit + bags.spoiled + bags.finished
            _half(db, event.allotment_id, Leg.BACK, envelope, stock, came)
        case _:
            pass


def _opened(
    db: sqlite3.Connection, event: mobile_events.TripOpened | mobile_events.TripInherited, envelope: Envelope
) -> None:
    """Enter a trip, with what each place holds before its blanks come: this event comes before they do.

    One that is carried over stands in a book that has begun with it, and with nothing before.
    """
    held = db.execute("SELECT place, sum(count) FROM balances WHERE stock = ? GROUP BY place", (event.stock,))
    base: dict[str, int] = dict(held.fetchall())
    state = TripState.OPEN
    if isinstance(event, mobile_events.TripInherited):
        base, state = {}, TripState.CLOSING if event.closing else TripState.OPEN
    terms = (event.announced, event.jobs, event.begins, event.until, event.offline, event.place)
    row = (event.allotment_id, event.office, event.stock, *terms, state.value)
    db.execute(
        "INSERT INTO trips VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')",
        (*row, envelope.seq, envelope.time, envelope.actor, _json(base)),
    )


def _half(db: sqlite3.Connection, allotment_id: str, leg: Leg, envelope: Envelope, stock: str, count: int) -> None:
    row = (allotment_id, leg.value, envelope.seq, stock, count, ALONE)
    # What the kit claims beyond the allotment is found before it can be moved: then it is told already.
    about = (Origin.ALLOTMENT.value, f"{leg.value}/{allotment_id}/")
    query = "SELECT 1 FROM discrepancies WHERE origin = ? AND instr(subject, ?) = 1"
    told = db.execute(query, about).fetchone() is not None
    db.execute("INSERT INTO halves VALUES (?, ?, ?, ?, ?, NULL, ?, ?)", (*row, told))


def _paired(db: sqlite3.Connection, event: mobile_events.AllotmentPaired | mobile_events.AllotmentDiffers) -> None:
    there = event.there if isinstance(event, mobile_events.AllotmentDiffers) else None
    state = PAIRED if there is None else DIFFERS
    db.execute(
        "UPDATE halves SET state = ?, there = coalesce(?, count) WHERE (allotment_id, leg) = (?, ?)",
        (state, there, event.allotment_id, event.leg),
    )


def _json(content: Mapping[str, object] | msgspec.Struct) -> str:
    return msgspec.json.encode(content, order="deterministic").decode()
