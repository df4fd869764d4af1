"""Tables derived from the book about blanks: exchanges, the closed day, discrepancies, tallies, counters, supplies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from stationd.model import events, recovery, stock_events
from stationd.model.entry import AnyEvent, Entry
from stationd.model.issuance import Attempt, Step
from stationd.model.reconcile import COUNTED, Tally
from stationd.model.settling import State

TABLES = {
    "exchanges": "line",
    "closed_day": "seq",
    "discrepancies": "discrepancy_id",
    "machine_attempts": "attempt_id",
    "machine_tallies": "printer, tally",
    "counters": "printer, kind",
    "supplies": "line, name",
    "trial_blanks": "line",
    "profiles": "profile",
    "kept_profiles": "digest",
}
"""These projections with their keys."""


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring these tables up to date with one entry, before the attempt's own state follows it."""
    event, envelope = entry.event, entry.envelope
    match event:
        case stock_events.ExchangeBegan():
            db.execute("INSERT INTO exchanges VALUES (?, ?, ?)", (event.line, envelope.time, envelope.actor))
        case stock_events.ExchangeEnded():
            db.execute("DELETE FROM exchanges WHERE line = ?", (event.line,))
        case stock_events.BlankReleased():
            given = (event.line, envelope.time, envelope.actor)
            db.execute("INSERT OR REPLACE INTO trial_blanks VALUES (?, ?, ?)", given)
        case stock_events.DayClosed():
            db.execute("INSERT INTO closed_day VALUES (?, ?, ?)", (envelope.seq, envelope.time, envelope.actor))
        case stock_events.DayOpened():
            db.execute("DELETE FROM closed_day")
        case stock_events.CountersBased():
            row = (event.printer, event.kind, event.line, event.cards, event.booked, event.doubted, event.open)
            db.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        case stock_events.ProfileUsed():
            db.execute("INSERT OR REPLACE INTO profiles VALUES (?, ?)", (event.profile, event.version))
        case stock_events.ProfileKept():
            db.execute("INSERT OR REPLACE INTO kept_profiles VALUES (?, ?)", (event.digest, event.content))
        case stock_events.SuppliesRead():
            _supplies(db, event, envelope.time)
        case _:
            _discrepancy(db, entry)
            _through_a_machine(db, event)


def _supplies(db: sqlite3.Connection, event: stock_events.SuppliesRead, time: float) -> None:
    db.execute("DELETE FROM supplies WHERE line = ?", (event.line,))
    for position, each in enumerate(event.supplies):
        row = (event.line, each.name, event.printer, position, each.remaining, each.capacity, each.lot, time)
        db.execute("INSERT OR REPLACE INTO supplies VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _discrepancy(db: sqlite3.Connection, entry: Entry) -> None:
    event, envelope = entry.event, entry.envelope
    match event:
        case stock_events.DiscrepancyFound():
            moved = msgspec.json.encode(event.moves, order="deterministic").decode()
            what = (f"d{envelope.seq}", event.origin, event.subject, event.line, event.stock)
            numbers = (event.expected, event.found, moved, envelope.time, envelope.actor)
            row = (*what, *numbers, State.OPEN, "", "", "", "")
            db.execute(f"INSERT INTO discrepancies VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - marks only
        case stock_events.SettlementRequested():
            db.execute(
                "UPDATE discrepancies SET state = ?, explanation = ?, requested_by = ? WHERE discrepancy_id = ?",
                (State.REQUESTED, event.explanation, envelope.actor, event.discrepancy_id),
            )
        case stock_events.DiscrepancySettled():
            state = State.PROVISIONAL if event.provisional else State.SETTLED
            db.execute(
                "UPDATE discrepancies SET state = ?, explanation = ?, settled_by = ? WHERE discrepancy_id = ?",
                (state, event.explanation, envelope.actor, event.discrepancy_id),
            )
        case stock_events.SettlementApproved():
            db.execute(
                "UPDATE discrepancies SET state = ?, reference = ? WHERE discrepancy_id = ?",
                (State.SETTLED, event.reference, event.discrepancy_id),
            )
        case _:
            pass


def _through_a_machine(db: sqlite3.Connection, event: AnyEvent) -> None:
    """Count what goes through each printer: surely, or nobody knows."""
    match event:
        case events.AttemptReserved():
            db.execute("INSERT INTO machine_attempts VALUES (?, ?)", (event.attempt_id, event.printer))
        case events.StepObserved():
            _tally(db, event.attempt_id, [event.step], sure=1)
        case stock_events.TrialBegan():
            db.execute("DELETE FROM trial_blanks WHERE line = ?", (event.line,))
            _tally_machine(db, event.printer, list(COUNTED), doubted=1)
        case stock_events.TrialEnded():
            _trial_ended(db, event)
        case stock_events.CleaningBegan():
            _tally_machine(db, event.printer, list(COUNTED), doubted=1)
        case stock_events.CleaningEnded():
            _cleaning_ended(db, event)
        case events.StepFailed() | events.StepDeclined(step=Step.PRINT, cause=recovery.INTERRUPTED):
            # A card that is found after its print was cut off tells where it is, and not whether it was counted.
            _tally(db, event.attempt_id, [event.step], doubted=1)
        case events.AttemptUnknown() | events.AttemptGivenUp():
            row = db.execute("SELECT state FROM attempts WHERE attempt_id = ?", (event.attempt_id,)).fetchone()
            left = msgspec.json.decode(row[0], type=Attempt).open if row else frozenset()
            _tally(db, event.attempt_id, left, doubted=1)
        case _:
            pass


def _tally(db: sqlite3.Connection, attempt_id: str, steps: Iterable[str], sure: int = 0, doubted: int = 0) -> None:
    for step in steps:
        for tally, counted in COUNTED.items():
            if step in counted:
                db.execute(
                    "INSERT INTO machine_tallies SELECT printer, ?, ?, ? FROM machine_attempts WHERE attempt_id = ?"
                    " ON CONFLICT DO UPDATE SET sure = sure + excluded.sure, doubted = doubted + excluded.doubted",
                    (tally, sure, doubted, attempt_id),
                )


def _trial_ended(db: sqlite3.Connection, event: stock_events.TrialEnded) -> None:
    """What was in doubt while the trial lasted is known now, unless it failed in the middle."""
    if event.outcome == "failed":
        return
    _tally_machine(db, event.printer, list(COUNTED), doubted=-1)
    went = {Tally.CARDS_FED: event.fed, Tally.CARDS_TOTAL: event.fed, Tally.CARDS_PRINTED: event.printed}
    _tally_machine(db, event.printer, [tally for tally, counted in went.items() if counted], sure=1)


def _cleaning_ended(db: sqlite3.Connection, event: stock_events.CleaningEnded) -> None:
    """A cleaning card is no blank, but a machine may count it as a card; a second card in a cleaning is none of it."""
    if event.outcome == "failed" or not event.kind:
        return
    _tally_machine(db, event.printer, list(COUNTED), doubted=-1)
    if event.drawn > 0:
        _tally_machine(db, event.printer, [Tally(event.kind)], sure=1)


def _tally_machine(
    db: sqlite3.Connection, printer: str, tallies: Iterable[Tally], sure: int = 0, doubted: int = 0
) -> None:
    for tally in tallies:
        db.execute(
            "INSERT INTO machine_tallies VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET sure = sure + excluded.sure, doubted = doubted + excluded.doubted",
            (printer, tally, sure, doubted),
        )
