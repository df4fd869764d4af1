"""What a paper says, apart from how it looks: a heading, blocks in their order, and who signs."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from typing_extensions import override


class Unsaid(msgspec.Struct, frozen=True):
    """What may name citizens: its repr says what it is, and nothing of what it says."""

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Column(msgspec.Struct, frozen=True):
    """A column of a table. `share` is its part of the width beside the others'; numbers stand to the right."""

    title: str
    share: float = 1.0
    right: bool = False


class Table(Unsaid, frozen=True, tag="table"):
    """Rows under a title.

    Attributes:
        title: above it; empty for none.
        columns: their titles and widths.
        rows: cells as they are to be read.
        total: a last row that is set apart; none if empty.
        empty: said instead of rows where there are none.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    total: tuple[str, ...] = ()
    empty: str = "Nihil"


class Facts(Unsaid, frozen=True, tag="facts"):
    """Labels with their values."""

    rows: tuple[tuple[str, str], ...]
    title: str = ""


class Text(Unsaid, frozen=True, tag="text"):
    """Paragraphs; `numbered` ones are a list."""

    paragraphs: tuple[str, ...]
    numbered: bool = False


class Code(Unsaid, frozen=True, tag="code"):
    """A QR code of a text that a machine reads, under a title."""

    title: str
    content: str


Block = Table | Facts | Text | Code


class Signature(Unsaid, frozen=True):
    """Where somebody signs. A name or number that is not known is left to be written by hand.

    Attributes:
        heading: as what: `Yang menyerahkan,`.
        role: the office that the person holds.
        name: of the person.
        number: of the employee, or of the decree, with its label.
    """

    heading: str
    role: str = ""
    name: str = ""
    number: str = ""


class Letterhead(msgspec.Struct, frozen=True):
    """The kop surat: its lines from the highest authority down, and the address."""

    lines: tuple[str, ...]
    address: str = ""


class Cited(msgspec.Struct, frozen=True):
    """Up to where of which book a paper speaks: the number and digest of an entry."""

    station: str
    incarnation: str
    seq: int
    head: str


class Paper(Unsaid, frozen=True, kw_only=True):
    """One paper.

    Attributes:
        letterhead: of the office.
        title: of the paper, or the subject of a letter.
        number: in letters.
        place: where it is signed; empty if the office has not said.
        date: when, written out.
        to: the addressee's lines, for a letter; else empty.
        attached: of a letter: what goes with it.
        blocks: what it says.
        signatures: who signs, side by side, at most two in a row.
        cites: the book.
        salt: random, so that nobody can tell from the seal's digest whom a paper names.
    """

    letterhead: Letterhead
    title: str
    number: str
    place: str
    date: str
    blocks: tuple[Block, ...]
    signatures: tuple[Signature, ...]
    cites: Cited
    salt: str
    to: tuple[str, ...] = ()
    attached: str = "-"


class Draft(Unsaid, frozen=True, kw_only=True):
    """What a form has made: a paper but for its number, its place in the book and its seal."""

    title: str
    blocks: tuple[Block, ...]
    signatures: tuple[Signature, ...]
    to: tuple[str, ...] = ()
    attached: str = "-"


def seal_digest(paper: Paper) -> str:
    """Return the digest of what a paper says, salt and all: SHA-256 of its canonical JSON, lower-case hex."""
    return hashlib.sha256(msgspec.json.encode(paper, order="deterministic")).hexdigest()
