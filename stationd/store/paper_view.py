"""Questions about papers, and about days, that the rest of the house asks of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from stationd.model.entry import Entry, Envelope
from stationd.model.event import Event
from stationd.model.paper_events import LastNumber
from stationd.model.papers import Kind, PaperId
from stationd.store import chronicle

_OF_JOBS: Final = ('"job_id":', '"question_id":', '"step":"identify"')
"""What stands in every entry by which a job's state changes."""


class DocumentRow(msgspec.Struct, frozen=True):
    """A paper as the book knows it; members as in `stationd.model.paper_events`.

    Attributes:
        issued, issued_by: when, in seconds since the epoch, and by which officer.
        seq: the entry that says so.
        scan_digest, scan_media, scan_size: of the signed scan beside it; empty and 0 without one.
        erased: it is no longer kept here.
        month: of its number in letters, 1 to 12; 0 if its entry does not say.
    """

    kind: Kind
    year: int
    number: int
    subject: str
    pages: int
    issued: float
    issued_by: str
    seq: int
    content: str
    digest: str
    cites: int
    head: str
    retain_until: float
    scan_digest: str
    scan_media: str
    scan_size: int
    erased: bool
    month: int

    @property
    def paper(self) -> PaperId:
        """Which paper."""
        return PaperId(self.kind, self.year, self.number)


class PaperView:
    """The part of a consistent look at the database that is about papers and days."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def next_number(self, kind: Kind, year: int) -> int:
        """Return the number of the next paper of a kind and year."""
        row = self._db.execute("SELECT last FROM paper_numbers WHERE (kind, year) = (?, ?)", (kind, year)).fetchone()
        return 1 + (0 if row is None else int(row[0]))

    def last_numbers(self) -> list[LastNumber]:
        """Return the last number of each kind and year."""
        rows = self._db.execute("SELECT kind, year, last FROM paper_numbers ORDER BY kind, year")
        return [LastNumber(kind, year, last) for kind, year, last in rows]

    def names_left(self) -> list[Entry]:
        """Return the entries by which names are kept for papers, first to last."""
        rows = self._db.execute("SELECT job_id FROM vault WHERE job_id > 'names/' AND job_id < 'names0'")
        seqs = sorted(int(job_id.partition("/")[2]) for (job_id,) in rows)
        return [found for seq in seqs if (found := self.entry(seq)) is not None]

    def documents(self, last: int = -1) -> list[DocumentRow]:
        """Return the papers, newest first; so many at most."""
        return self._documents("ORDER BY seq DESC LIMIT ?", last)

    def document(self, paper: PaperId) -> DocumentRow | None:
        """Return one paper."""
        where = "WHERE (kind, year, number) = (?, ?, ?)"
        return next(iter(self._documents(where, paper.kind, paper.year, paper.number)), None)

    def documents_about(self, kind: Kind, subject: str) -> list[DocumentRow]:
        """Return the papers of a kind about the same thing, newest first."""
        return self._documents("WHERE (kind, subject) = (?, ?) ORDER BY seq DESC", kind, subject)

    def documents_due(self, now: float) -> list[DocumentRow]:
        """Return the papers that are kept here longer than they are to be, oldest first."""
        return self._documents("WHERE NOT erased AND retain_until <= ? ORDER BY retain_until", now)

    def _documents(self, where: str, *values: object) -> list[DocumentRow]:
        month = "SELECT coalesce(json_extract(text, '$.month'), 0) FROM book WHERE book.seq = documents.seq"
        query = f"SELECT *, ({month}) AS month FROM documents {where}"  # noqa: S608 - no caller holds outside text
        cursor = self._db.execute(query, values)
        names = [column[0] for column in cursor.description]
        return [msgspec.convert(dict(zip(names, row, strict=True)), DocumentRow, strict=False) for row in cursor]

    # --- days -------------------------------------------------------------------------------------------------------

    def first_since(self, moment: float) -> int:
        """Return the number of the first entry from a time on, or the one after the last entry.

        Searched by halves: entries whose time was unknown count with those after them. Where a clock was set back the
        place that is found is one of those where the time passes the moment.
        """
        low, high = 1, chronicle.head(self._db).seq + 1
        while low < high:
            middle = (low + high) // 2
            found = self._db.execute(
                "SELECT seq, json_extract(text, '$.time') FROM book"
                " WHERE seq >= ? AND seq < ? AND json_extract(text, '$.trust') <> 'unknown' ORDER BY seq LIMIT 1",
                (middle, high),
            ).fetchone()
            if found is None or found[1] >= moment:
                high = middle
            else:
                low = found[0] + 1
        return low

    def stretch(self, first: int, end: int) -> Iterator[Entry]:
        """Yield the entries from a number up to, and without, another."""
        for text in chronicle.texts(self._db, first - 1, max(0, end - first)):
            yield chronicle.parse(text)

    def job_entries(self, end: int) -> Iterator[Entry]:
        """Yield the entries before a number that say how a job stands. They go back to the book's beginning."""
        about = " OR ".join(["instr(text, ?)"] * len(_OF_JOBS))
        query = f"SELECT text FROM book WHERE seq < ? AND ({about}) ORDER BY seq"  # noqa: S608 - marks only
        for (text,) in self._db.execute(query, (end, *_OF_JOBS)):
            yield chronicle.parse(text)

    def moving_entries(self, first: int) -> Iterator[Entry]:
        """Yield the entries from a number on that move blanks."""
        query = "SELECT text FROM book WHERE seq >= ? AND instr(text, '\"moves\":') ORDER BY seq"
        for (text,) in self._db.execute(query, (first,)):
            yield chronicle.parse(text)

    def digest_at(self, seq: int) -> str:
        """Return the digest of an entry; that of an empty book before the first."""
        row = self._db.execute("SELECT digest FROM book WHERE seq = ?", (seq,)).fetchone()
        return Envelope.GENESIS if row is None else str(row[0])

    def entry(self, seq: int) -> Entry | None:
        """Return one entry of the book."""
        return next(self.stretch(seq, seq + 1), None)

    def held_by_cause(self) -> dict[str, int]:
        """Return how many jobs are held for each cause."""
        return dict(self._db.execute("SELECT cause, count(*) FROM jobs WHERE state = 'held' GROUP BY cause ORDER BY 1"))

    def last_of(self, kind: type[Event], before: int = 2**62) -> Entry | None:
        """Return the last entry of a type, before a number. Searches the book from its end."""
        query = "SELECT text FROM book WHERE seq < ? AND instr(text, ?) ORDER BY seq DESC LIMIT 1"
        row = self._db.execute(query, (before, f'"type":"{kind.__struct_config__.tag}"')).fetchone()
        return None if row is None else chronicle.parse(row[0])
