"""The book: an append-only sequence of events, each entry holding the hash of the one before.

An entry is one line of canonical JSON (keys sorted, no spaces): the envelope's fields and the event's side by side. Its
digest is the SHA-256 of those exact bytes, so the text is stored and shipped as it is and never encoded again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from typing_extensions import override

from stationd.model.entry import AnyEvent, Entry, Envelope


class Head(msgspec.Struct, frozen=True):
    """The last entry of a book: its number and digest. An empty book's is 0 and `Envelope.GENESIS`."""

    seq: int
    digest: str


class Stamp(msgspec.Struct, frozen=True):
    """One moment, and how far its wall clock is trusted."""

    time: float
    trust: str
    boot: str
    mono: float


_BEFORE_ALL: Final = -(2**63)
"""Below any number that a row can have: a row put before the first entry is found, too."""


class Signer(Protocol):
    """Holds the book's key."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message."""


class Verifier(Protocol):
    """Holds the book's public key."""

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise if the signature is not the key's."""


@dataclass(eq=False)
class BookBroken(Exception):
    """The book does not hold together. `seq` is the first bad number."""

    seq: int
    why: str

    @override
    def __str__(self) -> str:
        return f"entry {self.seq}: {self.why}"


def statement(station: str, incarnation: str, head: Head) -> bytes:
    """Return what a station signs to stand for its book up to a head."""
    return f"stationd book\n{station}\n{incarnation}\n{head.seq}\n{head.digest}".encode()


def compose(envelope: Envelope, event: AnyEvent) -> Entry:
    """Return the entry that an event makes."""
    fields = {**msgspec.to_builtins(envelope), **msgspec.to_builtins(event)}
    raw = msgspec.json.encode(fields, order="sorted")
    return Entry(envelope, event, raw.decode(), hashlib.sha256(raw).hexdigest())


_read_envelope = msgspec.json.Decoder(Envelope).decode
_read_event = msgspec.json.Decoder(AnyEvent).decode


def parse(text: str) -> Entry:
    """Read an entry from its text.

    Raises:
        msgspec.DecodeError: if it is not an entry of this book's language.
    """
    raw = text.encode()
    return Entry(_read_envelope(raw), _read_event(raw), text, hashlib.sha256(raw).hexdigest())


def head(connection: sqlite3.Connection) -> Head:
    """Return the head of the book."""
    row = connection.execute("SELECT seq, digest FROM book ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, Envelope.GENESIS)


def append(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write the next entry."""
    connection.execute("INSERT INTO book VALUES (?, ?, ?)", (entry.envelope.seq, entry.text, entry.digest))


def texts(connection: sqlite3.Connection, after: int, limit: int = -1) -> Iterator[str]:
    """Yield the texts of the entries after a number, in order."""
    query = "SELECT text FROM book WHERE seq > ? ORDER BY seq LIMIT ?"
    for (text,) in connection.execute(query, (after, limit)):
        yield text


def digest_at(connection: sqlite3.Connection, seq: int) -> str | None:
    """Return the digest of an entry's text as it is now; None if there is no such entry."""
    row = connection.execute("SELECT text FROM book WHERE seq = ?", (seq,)).fetchone()
    return hashlib.sha256(row[0].encode()).hexdigest() if row else None


def check_chain(
    connection: sqlite3.Connection, station: str, incarnation: str, after: Head | None = None, limit: int = -1
) -> Iterator[Entry]:
    """Yield the entries of the book, having checked number, owner, digest and link of each.

    Args:
        connection: to the database.
        station: whose book it is to be.
        incarnation: which of that station's.
        after: an entry that is known to hold, to begin after it; the beginning of the book if None.
        limit: how many entries at most.

    Raises:
        BookBroken: at the first entry that does not hold.
    """
    last = after or Head(0, Envelope.GENESIS)
    query = "SELECT seq, text, digest FROM book WHERE seq > ? ORDER BY seq LIMIT ?"
    for seq, text, digest in connection.execute(query, (last.seq or _BEFORE_ALL, limit)):
        expected = last.seq + 1
        if seq != expected:
            raise BookBroken(expected, f"is missing; the next one here is {seq}")
        try:
            entry = parse(text)
        except msgspec.DecodeError as error:
            raise BookBroken(seq, f"cannot be read: {error}") from None
        if entry.digest != digest:
            raise BookBroken(seq, "its text is not the one that was hashed")
        if entry.envelope.prev != last.digest or entry.envelope.seq != seq:
            raise BookBroken(seq, "does not follow from the entry before")
        if (entry.envelope.station, entry.envelope.incarnation) != (station, incarnation):
            raise BookBroken(seq, f"belongs to {entry.envelope.station}/{entry.envelope.incarnation}")
        last = Head(seq, digest)
        yield entry


def check_commit(
    verifier: Verifier, station: str, incarnation: str, signed: Head, digest: str | None, signature: bytes
) -> None:
    """See that the station signed for its book up to a head.

    Args:
        verifier: the book's public key.
        station: whose book it is.
        incarnation: which of that station's.
        signed: what is said to have been signed.
        digest: of the entry that the book has under that number.
        signature: over it.

    Raises:
        BookBroken: if it did not.
    """
    if signed.digest != digest:
        raise BookBroken(signed.seq, "is not what the station signed")
    try:
        verifier.verify(signature, statement(station, incarnation, signed))
    except InvalidSignature:
        raise BookBroken(signed.seq, "its commit's signature is not this station's") from None
