"""Probes of the station's own files: keys with their modes, the certificate, and the book."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from stationd.doctor.finding import Finding, soon, stops, well
from stationd.doctor.premises import Premises
from stationd.store import checkpoints, chronicle, database
from stationd.store.chronicle import BookBroken
from stationd.store.database import DatabaseUnusable
from stationd.store.keys import Enrolment, KeysError, KeyStore
from stationd.store.verify import book_key

LAST_DAYS: Final = 14
"""Days before a certificate's end in which it should long have been renewed."""


def keys(premises: Premises) -> Iterator[Finding]:
    """See that the keys are there, that nobody else can read them, and that the station is enrolled."""
    folder = premises.settings.keys
    try:
        if not folder.is_dir():
            yield stops("no-station-keys", premises.settings.station.id, str(folder))
            return
        lax = [path for path in (folder, *sorted(folder.rglob("*"))) if path.stat().st_mode & 0o077]
    except PermissionError:
        yield _cannot_look(folder)
        return
    for path in lax:
        yield stops("keys-exposed", str(path), f"{stat.S_IMODE(path.stat().st_mode):o}")
    if lax:
        return
    try:
        kept = premises.keys()
        enrolled = kept.enrolment() is not None
        kept.book_public()
    except PermissionError:
        yield _cannot_look(folder)
    except KeysError as error:
        yield stops("keys-damaged", str(folder), str(error))
    else:
        yield well("keys-there", str(folder), "0700/0600")
        if not enrolled:
            yield stops("not-enrolled", premises.settings.station.id)


def certificate(premises: Premises, now: float) -> Iterator[Finding]:
    """See how long the station's certificate holds; it is renewed by itself when two thirds of its life are over."""
    enrolment = enrolment_of(premises)
    if enrolment is None:
        return  # said by another probe
    ends = x509.load_pem_x509_certificate(enrolment.certificate.encode()).not_valid_after_utc
    left = (ends - datetime.fromtimestamp(now, UTC)).total_seconds() / 86_400
    detail = f"{left:.0f} d, {ends:%Y-%m-%d}"
    if left < 0:
        yield stops("certificate-expired", premises.settings.station.id, detail)
    elif left < LAST_DAYS:
        yield soon("certificate-ends", premises.settings.station.id, detail)
    else:
        yield well("certificate-holds", premises.settings.station.id, detail)


def enrolment_of(premises: Premises) -> Enrolment | None:
    """Return what the registry gave, if it can be read here."""
    try:
        return premises.keys().enrolment() if premises.settings.keys.is_dir() else None
    except (KeysError, OSError):
        return None


def book(premises: Premises) -> Iterator[Finding]:
    """See that the book holds: by the running daemon's own check, else from its newest checkpoint on."""
    if premises.running is not None:
        check = premises.running.book_check
        subject = f"{premises.running.book}"
        match check.state:
            case "failed":
                yield stops("book-broken", subject, "; ".join(check.findings))
            case "not-finished":
                yield soon("not-verified", subject)
            case _:
                yield well("book-holds", subject, check.state)
        return
    path = premises.settings.book
    try:
        there = path.is_file()
    except PermissionError:
        yield _cannot_look(path)
        return
    if not there:
        yield soon("no-book", str(path))
        return
    try:
        yield _tail(path, premises.keys())
    except PermissionError:
        yield _cannot_look(path)
    except BookBroken as broken:
        yield stops("book-broken", str(path), str(broken))
    except KeysError:
        return  # said by another probe
    except DatabaseUnusable as error:
        yield stops("database-unusable", str(path), str(error))


def _tail(path: Path, kept: KeyStore) -> Finding:
    verifier = book_key(kept.book_public())
    with closing(database.connect(path, read_only=True)) as db:
        database.refuse_newer(db, path)
        owner = db.execute("SELECT station, incarnation FROM identity").fetchone()
        if owner is None:
            return soon("no-book", str(path))
        checked = checkpoints.check_tail(db, verifier, *owner)
        return well("book-holds", str(chronicle.head(db).seq), f"+{checked}")


def _cannot_look(path: Path) -> Finding:
    return soon("cannot-look", str(path))
