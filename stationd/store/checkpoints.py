"""The station's word on how far its own book was found in order, so that a start need not read all of it.

A checkpoint is written when the whole book was verified, at every so many entries on top of a checked one, and at an
orderly stop. It says nothing about the tables derived from the book: those are compared row by row by a verification,
which names the row; a digest of them would only name the day.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from cryptography.exceptions import InvalidSignature

from stationd.store import chronicle
from stationd.store.chronicle import BookBroken, Head, Signer, Verifier

EVERY: Final = 1000
"""So many entries after a checkpoint the next one is written: a start reads at most about as many."""


def latest(db: sqlite3.Connection) -> tuple[Head, bytes] | None:
    """Return the newest checkpoint and the signature over it."""
    row = db.execute("SELECT seq, head, signature FROM checkpoints ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else (Head(row[0], row[1]), bytes(row[2]))


def write(db: sqlite3.Connection, signer: Signer, station: str, incarnation: str, head: Head) -> None:
    """Put a checkpoint in place of the ones before."""
    signature = signer.sign(_statement(station, incarnation, head))
    db.execute("DELETE FROM checkpoints WHERE seq <= ?", (head.seq,))
    db.execute("INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)", (head.seq, head.digest, signature))


def check_tail(db: sqlite3.Connection, verifier: Verifier, station: str, incarnation: str) -> int:
    """Check the book from its newest checkpoint on, or from its beginning if there is none.

    Returns:
        How many entries were checked.

    Raises:
        BookBroken: if the checkpoint is not this station's, or at the first entry that does not hold.
    """
    start = _start(db, verifier, station, incarnation)
    entries = 0
    last = start
    digests = {}
    for entry in chronicle.check_chain(db, station, incarnation, after=start):
        last = Head(entry.envelope.seq, entry.digest)
        digests[last.seq] = last.digest
        entries += 1
    signed = start.seq if start else 0
    query = "SELECT seq, head, signature FROM commits WHERE seq > ? ORDER BY seq"
    for seq, head, signature in db.execute(query, (signed,)):
        if last is None or seq > last.seq:
            raise BookBroken(1 if last is None else last.seq + 1, f"is missing: the station signed {seq}")
        chronicle.check_commit(verifier, station, incarnation, Head(seq, head), digests.get(seq), signature)
        signed = seq
    if last is not None and signed != last.seq:
        raise BookBroken(signed + 1, "was never signed by the station")
    (countersigned,) = db.execute("SELECT coalesce(max(seq), 0) FROM countersignatures").fetchone()
    if last is None or countersigned > last.seq:
        raise BookBroken(1 if last is None else last.seq + 1, f"is missing: the registry countersigned {countersigned}")
    return entries


def _start(db: sqlite3.Connection, verifier: Verifier, station: str, incarnation: str) -> Head | None:
    kept = latest(db)
    if kept is None:
        return None
    head, signature = kept
    try:
        verifier.verify(signature, _statement(station, incarnation, head))
    except InvalidSignature:
        raise BookBroken(head.seq, "the checkpoint on it is not this station's") from None
    if chronicle.digest_at(db, head.seq) != head.digest:
        raise BookBroken(head.seq, "is not what stood there when the station vouched for it")
    return head


def _statement(station: str, incarnation: str, head: Head) -> bytes:
    return f"stationd checkpoint\n{station}\n{incarnation}\n{head.seq}\n{head.digest}".encode()
