"""Deriving the tables anew from the book, when this program does so by other rules than the one that wrote them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from stationd.model.blank import BadMovement, Overdrawn
from stationd.model.issuance import OutOfOrder
from stationd.model.shelf import OutOfTurn
from stationd.store import chronicle, projections
from stationd.store.chronicle import BookBroken

TOLD_EVERY: Final = 10_000
"""Entries between two words of progress: about a second's."""

Progress = Callable[[int, int], None]
"""Told how many entries of how many have been gone through."""

IMPOSSIBLE: Final = (OutOfOrder, OutOfTurn, Overdrawn, BadMovement, sqlite3.IntegrityError)
"""What a projection raises at an event that cannot follow from those before."""


def is_current(db: sqlite3.Connection) -> bool:
    """Say whether a database's derived tables are there and were written by this program's rules."""
    found = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'derived'").fetchone()
    return found is not None and db.execute("SELECT version FROM derived").fetchall() == [(projections.VERSION,)]


def derive_anew(db: sqlite3.Connection, tell: Progress) -> None:
    """Empty the derived tables and go through the whole book again, in one transaction.

    Whatever interrupts it leaves the tables as they were, and it is done again at the next start.

    Raises:
        BookBroken: at the first entry from which nothing can be derived.
        sqlite3.Error: if the disk does not take it.
    """
    last = chronicle.head(db).seq
    db.execute("BEGIN IMMEDIATE")
    try:
        for table in projections.TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from our own list
        _replay(db, last, tell)
        db.execute("DELETE FROM derived")
        db.execute("INSERT INTO derived VALUES (?)", (projections.VERSION,))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _replay(db: sqlite3.Connection, last: int, tell: Progress) -> None:
    for seq, text in enumerate(chronicle.texts(db, 0), 1):
        try:
            projections.project(db, chronicle.parse(text))
        except msgspec.DecodeError as error:
            raise BookBroken(seq, f"cannot be read: {error}") from None
        except IMPOSSIBLE as impossible:
            raise BookBroken(seq, str(impossible)) from None
        if seq % TOLD_EVERY == 0 or seq == last:
            tell(seq, last)
