"""Verifying a book: its chain, its signatures, and that every projection is what the book says."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stationd.model.blank import BadMovement, Overdrawn
from stationd.model.events import Envelope
from stationd.model.issuance import OutOfOrder
from stationd.store import chronicle, database, projections
from stationd.store.chronicle import BookBroken, Head, Verifier


class Report(msgspec.Struct, frozen=True):
    """What a verification found. `findings` is empty if all holds; each names the entry or the row."""

    entries: int
    head: Head
    signed_commits: int
    countersigned: int
    findings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """True if nothing was found."""
        return not self.findings


def book_key(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """Return the public half of a book's key from its JWK (RFC 8037), to verify with."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "=="))


def verify(path: Path, verifier: Verifier) -> Report:
    """Replay a book into an empty database and compare. Reads only, and may run beside a writer.

    Args:
        path: the database file.
        verifier: the public half of the book's key.
    """
    source = database.connect(path, read_only=True)
    replica = sqlite3.connect(":memory:", isolation_level=None)
    findings: list[str] = []
    last = Head(0, Envelope.GENESIS)
    digests = {0: Envelope.GENESIS}
    try:
        source.execute("BEGIN")
        for _, script in database.schema():
            replica.executescript(script)
        station, incarnation = source.execute("SELECT station, incarnation FROM identity").fetchone()
        try:
            for entry in chronicle.check_chain(source, station, incarnation):
                projections.project(replica, entry)
                last = Head(entry.envelope.seq, entry.digest)
                digests[last.seq] = last.digest
        except BookBroken as broken:
            findings.append(str(broken))
        except (OutOfOrder, Overdrawn, BadMovement, sqlite3.IntegrityError) as impossible:
            findings.append(f"entry {last.seq + 1}: {impossible}")
        commits = source.execute("SELECT seq, head, signature FROM commits ORDER BY seq").fetchall()
        countersigned = source.execute("SELECT seq, head FROM countersignatures ORDER BY seq").fetchall()
        findings += _check_commits(commits, digests, verifier, station, incarnation, last)
        findings += [
            f"entry {seq}: is not what the registry countersigned"
            for seq, head in countersigned
            if digests.get(seq) != head
        ]
        if not findings:
            findings += _compare(source, replica)
    finally:
        source.close()
        replica.close()
    return Report(last.seq, last, len(commits), countersigned[-1][0] if countersigned else 0, tuple(findings))


def _check_commits(
    commits: list[tuple[int, str, bytes]],
    digests: dict[int, str],
    verifier: Verifier,
    station: str,
    incarnation: str,
    last: Head,
) -> list[str]:
    findings = []
    for seq, head, signature in commits:
        if digests.get(seq) != head:
            findings.append(f"entry {seq}: is not what the station signed")
            continue
        try:
            verifier.verify(signature, chronicle.statement(station, incarnation, Head(seq, head)))
        except InvalidSignature:
            findings.append(f"entry {seq}: its commit's signature is not this station's")
    signed = commits[-1][0] if commits else 0
    if signed != last.seq and not findings:
        findings.append(f"entry {last.seq}: the last signed commit is {signed}")
    return findings


def _compare(source: sqlite3.Connection, replica: sqlite3.Connection) -> list[str]:
    findings = []
    for table, key in projections.TABLES.items():
        query = f"SELECT * FROM {table} ORDER BY {key}"  # noqa: S608 - names from our own list
        kept = set(source.execute(query).fetchall())
        derived = set(replica.execute(query).fetchall())
        findings += [f"{table}: {row[0]} is not what the book says" for row in sorted(kept - derived, key=repr)]
        findings += [f"{table}: {row[0]} is missing" for row in sorted(derived - kept, key=repr)]
    return findings
