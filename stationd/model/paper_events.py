"""What becomes of papers: more words of the book. They name documents by kind, year and number, and nobody."""

from __future__ import annotations

import msgspec

from stationd.model.event import Event


class DocumentIssued(Event, frozen=True):
    """A paper was made and got its number: the next of its kind and year.

    Attributes:
        kind: a `stationd.model.papers.Kind`.
        year, number: its number, from 1 in each year.
        subject: what it is about: a day (`2026-08-01`), or the number of an entry of this book.
        pages: how many.
        content: its seal: SHA-256 of what it says with a random salt that only the paper has, lower-case hex.
        digest: SHA-256 of the file, lower-case hex. The salt is in the file, too: neither can be guessed from a name.
        cites, head: the entry up to which the paper speaks for the book, and its digest.
        retain_until: when it is erased here, seconds since the epoch.
        month: of its number in letters, 1 to 12; 0 in old books, where it is the month of the entry.
    """

    kind: str
    year: int
    number: int
    subject: str
    pages: int
    content: str
    digest: str
    cites: int
    head: str
    retain_until: float
    month: int = 0


class DocumentScanFiled(Event, frozen=True):
    """The signed paper was scanned and filed beside the document.

    Attributes:
        digest: SHA-256 of the scan, lower-case hex.
        media: its type, as `application/pdf`.
        size: of the scan in bytes.
    """

    kind: str
    year: int
    number: int
    digest: str
    media: str
    size: int


class DocumentTaken(Event, frozen=True):
    """A document that is kept here was taken out of its file: shown or saved, or printed.

    Attributes:
        how: `document`, `scan` or `print`.
    """

    kind: str
    year: int
    number: int
    how: str


class DocumentErased(Event, frozen=True):
    """A document's time was up: it and its scan were destroyed with their key. Its number stays taken."""

    kind: str
    year: int
    number: int


class OfCitizen(msgspec.Struct, frozen=True):
    """A card by its job, and the registry's reference to its owner."""

    job_id: str
    citizen_ref: str


class NamesLeft(Event, frozen=True):
    """What a paper is to say of citizens is kept sealed until it is issued: their cards have just left.

    Attributes:
        kind: of the paper.
        subject: what it will be about.
        cards: whose.
    """

    kind: str
    subject: str
    cards: tuple[OfCitizen, ...]


class NamesForgotten(Event, frozen=True):
    """What was kept for a paper is destroyed with its key: the paper is issued, or has not been for too long.

    Attributes:
        entry: the number of the entry by which it was kept.
    """

    entry: int


class LastNumber(msgspec.Struct, frozen=True):
    """The last number of a kind and year."""

    kind: str
    year: int
    number: int


class NumbersInherited(Event, frozen=True):
    """A book that follows another goes on with its numbers."""

    last: tuple[LastNumber, ...]


AnyPaperEvent = (
    DocumentIssued | DocumentScanFiled | DocumentTaken | DocumentErased | NamesLeft | NamesForgotten | NumbersInherited
)
"""All of them, for the union by which the book is read."""
