"""Berita acara opname: what was counted, what the book said, and the difference."""

from __future__ import annotations

import msgspec

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Facts, Table
from stationd.documents.forms.office import RECORD_ENDS, Office, Person
from stationd.documents.indonesian import WORDS, number
from stationd.model.pile import Counted


class Difference(msgspec.Struct, frozen=True):
    """A pile that did not agree, and how it stands; members as in `stationd.store.stock_view.Discrepancy`."""

    discrepancy_id: str
    subject: str
    expected: int
    found: int
    state: str = "open"
    explanation: str = ""
    settled_by: str = ""


class StockTake(msgspec.Struct, frozen=True, kw_only=True):
    """A count.

    Attributes:
        seq, time: the entry of the book, and when, in seconds since the epoch.
        occasion: a `stationd.model.settling.Origin`.
        counted: the piles.
        differences: those that did not agree.
    """

    seq: int
    time: float
    occasion: str
    counted: tuple[Counted, ...]
    differences: tuple[Difference, ...] = ()


def draft(take: StockTake, office: Office, by: Person) -> Draft:
    """Return the record of a count."""
    expected = {each.subject: each.expected for each in take.differences}
    rows = []
    booked = found = 0
    for each in take.counted:
        said = expected.get(str(each.pile), each.count)
        booked, found = booked + said, found + each.count
        name = indonesian.place(each.place, each.line).capitalize()
        kind = WORDS.name("stock", each.stock)
        counts = (number(said), number(each.count), _signed(each.count - said))
        rows.append((name, kind, each.batch or "semua", *counts))
    columns = (
        Column("Tempat", 3),
        Column("Jenis", 1.2),
        Column("Nomor kiriman", 1.6),
        *(Column(title, 1.1, right=True) for title in ("Menurut buku", "Dihitung", "Selisih")),
    )
    return Draft(
        title="Berita Acara Opname Blangko KTP-el",
        blocks=(
            office.record_begins(take.time, "telah menghitung blangko dan kartu KTP-el, dengan hasil sebagai berikut"),
            Facts(
                (
                    ("Kesempatan", WORDS.name("origin", take.occasion).capitalize()),
                    ("Entri dalam buku stasiun", str(take.seq)),
                )
            ),
            Table("", columns, tuple(rows), ("Jumlah", "", "", number(booked), number(found), _signed(found - booked))),
            _differences(take),
            RECORD_ENDS,
        ),
        signatures=(office.head_signs(), by.signs("Yang menghitung,")),
    )


def _differences(take: StockTake) -> Table:
    columns = (Column("Selisih", 1), Column("Tempat", 3), Column("Keadaan", 2), Column("Penjelasan", 3))
    rows = tuple(
        (
            each.discrepancy_id,
            _pile(each.subject),
            WORDS.name("discrepancy-state", each.state),
            WORDS.name("explanation", each.explanation) if each.explanation else "-",
        )
        for each in take.differences
    )
    return Table("Selisih dan penjelasannya", columns, rows, empty="Tidak ada selisih")


def _pile(subject: str) -> str:
    place, _, rest = subject.partition("/")
    return indonesian.place(place, rest.replace("/", ", ")).capitalize()


def _signed(count: int) -> str:
    return f"+{number(count)}" if count > 0 else number(count)
