"""The book: an append-only sequence of events, each entry holding the hash of the one before.

An entry is one line of canonical JSON (keys sorted, no spaces): the envelope's fields and the event's side by side. Its
digest is the SHA-256 of those exact bytes, so the text is stored and shipped as it is and never encoded again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec
from typing_extensions import override

from stationd.model.events import AnyEvent, Entry, Envelope


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


def check_chain(connection: sqlite3.Connection, station: str, incarnation: str) -> Iterator[Entry]:
    """Yield every entry of the book, having checked number, owner, digest and link of each.

    Raises:
        BookBroken: at the first entry that does not hold.
    """
    last = Head(0, Envelope.GENESIS)
    for seq, text, digest in connection.execute("SELECT seq, text, digest FROM book ORDER BY seq"):
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
