"""One job's story, read from the database beside its writer, with or without a daemon."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from stationd.model import events
from stationd.model.entry import AnyEvent, Envelope
from stationd.model.story import Story, story
from stationd.store import chronicle, database
from stationd.store.view import View

_AROUND = ("station-started", "line-stopped", "line-ready")
"""Types of what happens to a station or a line while a card is inside."""


def history(path: Path, job_id: str) -> Story | None:
    """Read what a book says of a job; None if it says nothing. Looks through the whole book, with no look at the rest.

    Args:
        path: the database file.
        job_id: which job.

    Raises:
        DatabaseUnusable: if there is no such database, or it cannot be read.
        msgspec.DecodeError: if an entry is of a newer program.
    """
    db = database.connect(path, read_only=True)
    try:
        db.execute("BEGIN")  # one moment for the book and for the state that is derived from it
        told = story(job_id, _entries(db, job_id))
        row = View(db).job(job_id)
    except sqlite3.Error as error:
        raise database.DatabaseUnusable(path, str(error)) from error
    finally:
        db.close()
    if row is not None:
        return msgspec.structs.replace(told, state=row.state, cause=row.cause, detail=row.detail)
    return told if told.told else None


def _entries(db: sqlite3.Connection, job_id: str) -> Iterator[tuple[Envelope, AnyEvent]]:
    """Yield the entries that may be of a job's story. The book has no index by job: a story is rarely asked for."""
    named = [_member("job_id", job_id)]
    query = "SELECT text FROM book WHERE instr(text, ?) ORDER BY seq"
    of_the_job = [chronicle.parse(text) for (text,) in db.execute(query, named)]
    reserved = [entry for entry in of_the_job if isinstance(entry.event, events.AttemptReserved)]
    if not reserved:
        yield from ((entry.envelope, entry.event) for entry in of_the_job)
        return
    named += [
        _member("attempt_id", e.event.attempt_id) for e in reserved if isinstance(e.event, events.AttemptReserved)
    ]
    named += [_member("type", kind) for kind in _AROUND]
    any_of = " OR ".join(["instr(text, ?)"] * len(named))
    query = f"SELECT text FROM book WHERE seq > ? AND ({any_of}) ORDER BY seq"  # noqa: S608 - marks only
    first = reserved[0].envelope.seq
    yield from ((e.envelope, e.event) for e in of_the_job if e.envelope.seq <= first)
    for (text,) in db.execute(query, (first, *named)):
        entry = chronicle.parse(text)
        yield entry.envelope, entry.event


def _member(name: str, value: str) -> str:
    """Return a member as it stands in an entry's canonical JSON."""
    return f'"{name}":{msgspec.json.encode(value).decode()}'
