"""Tables derived from the book: jobs, attempts, balances, questions, the shelf.

`project` is called for each entry in the transaction that appends it, and again for each when the book is replayed. It
reads nothing but the tables it writes, so that both give the same rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from stationd.model import blank, events, issuance, queue_events, shelf_events, stock_events
from stationd.model.entry import AnyEvent, Entry, Envelope
from stationd.model.job import HoldCause
from stationd.store import (
    field_projections,
    mobile_projections,
    paper_projections,
    rule_projections,
    shelf_projections,
    stock_projections,
)
from stationd.store.rows import JobState

VERSION: Final = 15
"""Of the rules by which these tables follow from the book. Raise it with every change after which a book gives other
rows, and with every migration that touches a derived table: a database of another version is derived anew when opened.
"""

TABLES = {
    "jobs": "job_id",
    "job_tally": "state",
    "refusals": "sealed_digest",
    "attempts": "attempt_id",
    "balances": "place, line, stock, batch",
    "questions": "question_id",
    "doubts": "cause",
    **stock_projections.TABLES,
    **rule_projections.TABLES,
    **mobile_projections.TABLES,
    **paper_projections.TABLES,
    **field_projections.TABLES,
    **shelf_projections.TABLES,
}
"""Every projection with its key, in the order in which a comparison reads them."""


def project(db: sqlite3.Connection, entry: Entry) -> None:
    """Bring the projections up to date with one entry.

    Raises:
        stationd.model.issuance.OutOfOrder, stationd.model.blank.Overdrawn, stationd.model.blank.BadMovement: if the
            event cannot be; the caller rolls its transaction back.
    """
    event = entry.event
    _move(db, event.moves)
    stock_projections.project(db, entry)
    rule_projections.project(db, entry)
    mobile_projections.project(db, entry)
    paper_projections.project(db, entry)
    shelf_projections.project(db, entry)
    field_projections.project(db, entry)
    match event:
        case events.JobArrived() | events.LeaseInherited():
            _job_arrived(db, event, entry.envelope)
        case events.JobRefused():
            row = (event.sealed_digest, event.job_id, event.cause, event.detail, entry.envelope.seq)
            db.execute("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?)", row)
        case events.PrintOrdered():
            pressed = (entry.envelope.seq, entry.envelope.actor, event.job_id)
            db.execute("UPDATE jobs SET ordered = ?, ordered_by = ? WHERE job_id = ?", pressed)
            _job(db, event.job_id, JobState.ORDERED)
        case events.PayloadErased():
            db.execute("UPDATE jobs SET payload = 0 WHERE job_id = ?", (event.job_id,))
        case events.BookDoubted():
            db.execute("INSERT OR IGNORE INTO doubts VALUES (?, ?)", (event.cause, event.seq_doubted))
        case (
            events.JobHeld()
            | events.JobReleased()
            | events.JobReturned()
            | events.ReturnConfirmed()
            | events.JobRevoked()
            | events.OrderWithdrawn()
        ):
            _job_set_aside(db, event)
        case events.AttemptReserved():
            attempt = issuance.start(event)
            reserved = (attempt.attempt_id, attempt.job_id, attempt.line, _written(attempt))
            db.execute("INSERT INTO attempts VALUES (?, ?, ?, '', ?, 1, 1)", reserved)
            _job(db, attempt.job_id, JobState.PRINTING, attempt_id=attempt.attempt_id)
        case (
            events.StepIntended()
            | events.StepObserved()
            | events.StepDeclined()
            | events.StepFailed()
            | events.ChipIdentified()
            | events.ChipObjectWritten()
            | events.AttemptSpoiled()
            | events.AttemptReleased()
            | events.AttemptRecalled()
            | events.BlankUnfit()
            | events.AttemptResumed()
            | events.AttemptGivenUp()
            | events.AttemptUnknown()
            | events.QuestionAnswered()
            | events.CardAccepted()
        ):
            _attempt_goes_on(db, event)
        case _:
            _settled_by_people(db, event, entry.envelope)


def _settled_by_people(db: sqlite3.Connection, event: AnyEvent, envelope: Envelope) -> None:
    """Follow what people do with the queue and with finished cards, and say of cards that may have been printed."""
    match event:
        case queue_events.JobFronted():
            moved = (envelope.seq, event.cause, event.job_id)
            db.execute("UPDATE jobs SET front = ?, front_reason = ? WHERE job_id = ?", moved)
        case queue_events.JobUnfronted():
            db.execute("UPDATE jobs SET front = 0, front_reason = '' WHERE job_id = ?", (event.job_id,))
        case stock_events.CardWithdrawn(job_id=job_id) | stock_events.CardTransferred(job_id=job_id):
            left = JobState.WITHDRAWN if isinstance(event, stock_events.CardWithdrawn) else JobState.TRANSFERRED
            _job(db, job_id, left, event.cause)
        case shelf_events.CardHandedOver():
            _job(db, event.job_id, JobState.HANDED_OVER, event.to)
        case shelf_events.CardArrived():
            _job(db, event.job_id, JobState.ACCEPTED)
        case stock_events.PrintedCardFound():
            _job(db, event.job_id, JobState.FOUND, event.where)
        case stock_events.NotPrintedSaid():
            _job(db, event.job_id, JobState.HELD, HoldCause.POSSIBLY_PRINTED, envelope.actor)
        case _:
            pass


def _move(db: sqlite3.Connection, movements: Iterable[blank.Movement]) -> None:
    for movement in movements:
        there = balance(db, movement.source)
        blank.check(movement, there)
        _hold(db, movement.source, there - movement.count)
        _hold(db, movement.target, balance(db, movement.target) + movement.count)


def _hold(db: sqlite3.Connection, account: blank.Account, count: int) -> None:
    """Let an account hold so many; one that holds none has no row."""
    if count:
        query = "INSERT INTO balances VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count"
        db.execute(query, (*_account_key(account), count))
    else:
        query = "DELETE FROM balances WHERE (place, line, stock, batch) = (?, ?, ?, ?)"
        db.execute(query, _account_key(account))


def covered(db: sqlite3.Connection, movements: Sequence[blank.Movement]) -> bool:
    """Say whether each source holds what is taken from it, without what the other movements bring there."""
    taken: dict[blank.Account, int] = {}
    for movement in movements:
        if movement.source.place not in blank.OUTSIDE:
            taken[movement.source] = taken.get(movement.source, 0) + movement.count
    return all(balance(db, account) >= count for account, count in taken.items())


def balance(db: sqlite3.Connection, account: blank.Account) -> int:
    """Return what an account holds."""
    query = "SELECT count FROM balances WHERE (place, line, stock, batch) = (?, ?, ?, ?)"
    row = db.execute(query, _account_key(account)).fetchone()
    return int(row[0]) if row else 0


def _account_key(account: blank.Account) -> tuple[str, str, str, str]:
    return (account.place, account.line, account.stock, account.batch)


def _job_arrived(db: sqlite3.Connection, event: events.JobArrived | events.LeaseInherited, envelope: Envelope) -> None:
    """Enter a job; a newer lease of one that is here takes its place. An inherited one has no payload here."""
    db.execute("DELETE FROM jobs WHERE job_id = ?", (event.job_id,))
    db.execute(
        "INSERT INTO jobs (job_id, citizen_ref, issue_no, epoch, start_before, reason, urgent, layout, profile,"
        " sealed_digest, arrived, state, payload, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.job_id,
            event.citizen_ref,
            event.issue_no,
            event.epoch,
            event.start_before,
            event.reason,
            event.urgent,
            event.layout,
            event.profile,
            event.sealed_digest,
            envelope.seq,
            JobState.QUEUED,
            isinstance(event, events.JobArrived),
            envelope.time,
        ),
    )


def _job(
    db: sqlite3.Connection,
    job_id: str,
    state: JobState,
    cause: str = "",
    detail: str = "",
    attempt_id: str | None = None,
) -> None:
    db.execute(
        "UPDATE jobs SET state = ?, cause = ?, detail = ?, attempt_id = coalesce(?, attempt_id) WHERE job_id = ?",
        (state, cause, detail, attempt_id, job_id),
    )


def _job_set_aside(
    db: sqlite3.Connection,
    event: events.JobHeld
    | events.JobReleased
    | events.JobReturned
    | events.ReturnConfirmed
    | events.JobRevoked
    | events.OrderWithdrawn,
) -> None:
    match event:
        case events.JobHeld():
            _job(db, event.job_id, JobState.HELD, event.cause, event.detail)
        case events.JobReturned():
            _job(db, event.job_id, JobState.RETURNING, event.cause)
        case events.ReturnConfirmed():
            _job(db, event.job_id, JobState.RETURNED)
        case events.JobRevoked():
            _job_revoked(db, event.job_id)
        case events.JobReleased() | events.OrderWithdrawn():
            _job(db, event.job_id, JobState.QUEUED)


def _job_revoked(db: sqlite3.Connection, job_id: str) -> None:
    """A job with a card under way is over when that card is; any other at once."""
    going_on = "SELECT 1 FROM attempts WHERE going_on AND attempts.job_id = jobs.job_id"
    asked = "SELECT 1 FROM questions WHERE answer IS NULL AND questions.job_id = jobs.job_id"
    db.execute(
        f"UPDATE jobs SET revoked = 1, state = CASE WHEN EXISTS ({going_on}) OR EXISTS ({asked})"  # noqa: S608 - constants
        " THEN state ELSE ? END WHERE job_id = ?",
        (JobState.REVOKED, job_id),
    )


def _job_back(db: sqlite3.Connection, job_id: str, state: JobState, cause: str = "", detail: str = "") -> None:
    """The card of a job is spoiled or was never begun: the job waits for another one, if nobody took it back."""
    (revoked,) = db.execute("SELECT revoked FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
    if revoked:
        _job(db, job_id, JobState.REVOKED)
    else:
        _job(db, job_id, state, cause, detail)


def _attempt_goes_on(db: sqlite3.Connection, event: issuance.AttemptEvent) -> None:
    before = attempt_of(db, event.attempt_id)
    attempt = issuance.apply(before, event)
    _attempt(db, before, attempt)
    match event:
        case events.StepObserved() if attempt.card is issuance.CardRegion.DELIVERED and before.card is not attempt.card:
            _job(db, attempt.job_id, JobState.DELIVERED)
        case events.AttemptReleased():
            _job_back(db, attempt.job_id, JobState.ORDERED)
        case events.AttemptGivenUp():
            if attempt.touched:
                _job_back(db, attempt.job_id, JobState.HELD, "spoiled", event.cause)
            else:
                _job_back(db, attempt.job_id, JobState.ORDERED)
        case events.AttemptSpoiled():
            _job_back(db, attempt.job_id, JobState.HELD, "spoiled", event.cause)
        case events.AttemptUnknown():
            _job(db, attempt.job_id, JobState.HELD, "unknown", event.step)
            asked = (event.question_id, event.attempt_id, event.job_id, event.line, event.step, event.cause)
            db.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, NULL)", asked)
        case events.QuestionAnswered():
            if attempt.outcome is None:
                _job(db, attempt.job_id, JobState.DELIVERED)
            else:
                _job_back(db, attempt.job_id, JobState.HELD, "spoiled", event.answer)
            db.execute("UPDATE questions SET answer = ? WHERE question_id = ?", (event.answer, event.question_id))
        case events.CardAccepted():
            _job(db, attempt.job_id, JobState.ACCEPTED)
        case _:
            pass


def attempt_of(db: sqlite3.Connection, attempt_id: str) -> issuance.Attempt:
    """Return an attempt's state.

    Raises:
        stationd.model.issuance.OutOfOrder: if the book has no such attempt.
    """
    row = db.execute("SELECT state FROM attempts WHERE attempt_id = ?", (attempt_id,)).fetchone()
    if row is None:
        raise issuance.OutOfOrder(attempt_id, "event", "no such attempt was reserved")
    return msgspec.json.decode(row[0], type=issuance.Attempt)


def _attempt(db: sqlite3.Connection, before: issuance.Attempt, attempt: issuance.Attempt) -> None:
    """Write an attempt's state. What the indexes are over changes seldom, and is left alone until it does."""
    if _indexed(attempt) == _indexed(before):
        db.execute("UPDATE attempts SET state = ? WHERE attempt_id = ?", (_written(attempt), attempt.attempt_id))
        return
    db.execute(
        "UPDATE attempts SET state = ?, identity = ?, going_on = ?, inside = ? WHERE attempt_id = ?",
        (_written(attempt), *_indexed(attempt), attempt.attempt_id),
    )


def _written(attempt: issuance.Attempt) -> str:
    return msgspec.json.encode(attempt, order="deterministic").decode()


def _indexed(attempt: issuance.Attempt) -> tuple[str, bool, bool]:
    """Return the chip's identity, whether the attempt goes on, and whether its card is inside the line."""
    going_on = attempt.outcome is None
    left = attempt.card in issuance.GONE
    return attempt.identity, going_on, going_on and not left
