"""Verifying a book: its chain, its signatures, the registry's, and that every projection is what the book says."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stationd.model.entry import Entry, Envelope
from stationd.store import chronicle, database, derivation, projections
from stationd.store.chronicle import BookBroken, Head, Verifier
from stationd.store.witness import countersigns

PAGE = 2000
"""Entries that are read at a time, so that a writer beside is never kept from emptying its log for long."""


class Report(msgspec.Struct, frozen=True):
    """What a verification found. `findings` is empty if all holds; each names the entry or the row.

    Attributes:
        entries: how many entries hold.
        head: the last of them.
        signed_commits: how many commits of the station hold them.
        countersigned: the highest number that the registry has signed for; 0 if none.
        broken_at: the first bad number of the book; None if the book itself holds.
    """

    entries: int
    head: Head
    signed_commits: int
    countersigned: int
    findings: tuple[str, ...]
    broken_at: int | None = None

    @property
    def passed(self) -> bool:
        """True if nothing was found."""
        return not self.findings


def book_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """Return a public Ed25519 key from its JWK (RFC 8037), to verify with."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "=="))


def verify(path: Path, verifier: Verifier, registry: Verifier | None = None) -> Report:
    """Replay a book into an empty database and compare. Reads only, and may run beside a writer.

    Args:
        path: the database file.
        verifier: the public half of the book's key.
        registry: the registry's key; None before enrolment, when nothing can be countersigned.

    Raises:
        DatabaseUnusable: if it cannot be opened, a newer program has written it, or it cannot be replayed here now.
    """
    source = database.connect(path, read_only=True)
    replica = database.replica("")
    try:
        _refuse_newer(source, path)
        replica.execute("PRAGMA journal_mode=OFF")
        replica.execute("BEGIN")
        return _Verification(source, replica, verifier, registry).run()
    except _NotVerified as error:
        raise database.DatabaseUnusable(path, f"not verified, no room to replay it: {error}") from error
    finally:
        source.close()
        replica.close()


def _refuse_newer(source: sqlite3.Connection, path: Path) -> None:
    try:
        database.refuse_newer(source, path)
    except sqlite3.DatabaseError as error:
        raise database.DatabaseUnusable(path, str(error)) from error


class _NotVerified(Exception):
    """Nothing can be said of the book."""


class _Verification:
    """One walk through a book."""

    def __init__(
        self,
        source: sqlite3.Connection,
        replica: sqlite3.Connection,
        verifier: Verifier,
        registry: Verifier | None,
    ) -> None:
        self._source = source
        self._replica = replica
        self._verifier = verifier
        self._registry = registry
        self._identity = ("", "")
        self._last = Head(0, Envelope.GENESIS)
        self._commits = 0
        self._signed = 0
        self._countersigned = 0

    def run(self) -> Report:
        """Walk to the end, or to the first entry that does not hold."""
        findings: list[str] = []
        broken_at = None
        try:
            self._identity = self._owner()
            while self._page(PAGE):
                pass
            self._source.execute("BEGIN")  # one moment for the rest of the book and all that is derived from it
            while self._page(PAGE):
                pass
            self._check_ends()
            if derivation.is_current(self._source):  # other tables are derived anew before anybody looks at them
                findings = _compare(self._source, self._replica)
        except BookBroken as broken:
            broken_at = broken.seq
            findings = [str(broken)]
        except sqlite3.DatabaseError as error:
            broken_at = self._last.seq + 1
            findings = [f"entry {broken_at}: the database cannot be read: {error}"]
        return Report(
            self._last.seq, self._last, self._commits, self._countersigned, tuple(findings), broken_at=broken_at
        )

    def _owner(self) -> tuple[str, str]:
        owners = self._source.execute("SELECT station, incarnation FROM identity").fetchall()
        if len(owners) != 1:
            raise BookBroken(1, f"belongs to nobody: the database names {len(owners)} owners")
        station, incarnation = owners[0]
        return station, incarnation

    def _page(self, size: int) -> bool:
        """Check the next entries and what was signed over them; returns False at the end of the book.

        Raises:
            BookBroken: at the first number that does not hold, whichever check finds it.
        """
        digests: dict[int, str] = {}
        first = self._last.seq
        found: list[BookBroken] = []
        for check in (self._check_entries, self._check_commits, self._check_countersignatures):
            try:
                check(first, digests, size)
            except BookBroken as broken:
                found.append(broken)
        if found:
            raise min(found, key=lambda broken: broken.seq)
        return bool(digests)

    def _check_entries(self, _after: int, digests: dict[int, str], size: int) -> None:
        for entry in chronicle.check_chain(self._source, *self._identity, after=self._last, limit=size):
            self._replay(entry)
            self._last = Head(entry.envelope.seq, entry.digest)
            digests[self._last.seq] = entry.digest

    def _replay(self, entry: Entry) -> None:
        try:
            projections.project(self._replica, entry)
        except derivation.IMPOSSIBLE as impossible:
            raise BookBroken(entry.envelope.seq, str(impossible)) from None
        except sqlite3.OperationalError as error:  # it is the replica that has no room: the book is not to blame
            raise _NotVerified(str(error)) from error

    def _check_commits(self, after: int, digests: Mapping[int, str], _size: int) -> None:
        query = "SELECT seq, head, signature FROM commits WHERE seq > ? AND seq <= ? ORDER BY seq"
        for seq, head, signature in self._source.execute(query, (after, self._last.seq)):
            chronicle.check_commit(self._verifier, *self._identity, Head(seq, head), digests.get(seq), signature)
            self._commits += 1
            self._signed = seq

    def _check_countersignatures(self, after: int, digests: Mapping[int, str], _size: int) -> None:
        query = "SELECT seq, head, jws FROM countersignatures WHERE seq > ? AND seq <= ? ORDER BY seq"
        for seq, head, jws in self._source.execute(query, (after, self._last.seq)):
            if digests.get(seq) != head:
                raise BookBroken(seq, "is not what the registry countersigned")
            if self._registry is None or not countersigns(jws, self._registry, *self._identity, Head(seq, head)):
                raise BookBroken(seq, "its countersignature is not the registry's")
            self._countersigned = seq

    def _check_ends(self) -> None:
        """See that nobody has signed for more than is here, and that all that is here was signed for."""
        missing = self._last.seq + 1
        for table, who in (("countersignatures", "the registry countersigned"), ("commits", "the station signed")):
            (most,) = self._source.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()  # noqa: S608
            if most >= missing:
                raise BookBroken(missing, f"is missing: {who} {most}")
        if self._signed != self._last.seq:
            raise BookBroken(self._signed + 1, "was never signed by the station")


def _compare(source: sqlite3.Connection, replica: sqlite3.Connection) -> list[str]:
    """Read each table beside the one that follows from the book, row by row: neither is ever held in memory."""
    findings = []
    for table, key in projections.TABLES.items():
        query = f"SELECT {key}, * FROM {table} ORDER BY {key}"  # noqa: S608 - names from our own list
        width = len(key.split(", "))
        kept, derived = source.execute(query), replica.execute(query)
        one, other = kept.fetchone(), derived.fetchone()
        while one or other:
            if one == other:
                one, other = kept.fetchone(), derived.fetchone()
            elif other is None or (one and one[:width] <= other[:width]):
                findings.append(f"{table}: {one[0]} is not what the book says")
                if other and one[:width] == other[:width]:
                    other = derived.fetchone()
                one = kept.fetchone()
            else:
                findings.append(f"{table}: {other[0]} is missing")
                other = derived.fetchone()
    return findings
