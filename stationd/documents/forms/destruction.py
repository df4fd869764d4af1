"""Berita acara pemusnahan: spoiled and withdrawn cards that were destroyed."""

from __future__ import annotations

import msgspec

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Facts, Signature, Table
from stationd.documents.forms.office import RECORD_ENDS, Office, Person
from stationd.documents.indonesian import number
from stationd.model.blank import Movement


class Destruction(msgspec.Struct, frozen=True, kw_only=True):
    """What was destroyed; members as in `stationd.model.stock_events.CardsDestroyed`.

    Attributes:
        seq, time: the entry of the book, and when, in seconds since the epoch.
        record: number of the office's own record.
        moves: from where how many were taken.
        causes: why they had been set aside, since the last destruction: how many for each cause.
        identities: of their chips as far as they are known: void from then on.
    """

    seq: int
    time: float
    record: str
    stock: str
    count: int
    moves: tuple[Movement, ...]
    causes: tuple[tuple[str, int], ...] = ()
    identities: tuple[str, ...] = ()


def draft(done: Destruction, office: Office, by: Person) -> Draft:
    """Return the record of a destruction."""
    words = indonesian.WORDS
    columns = (Column("No.", 0.6, right=True), Column("Asal", 4), Column("Nomor kiriman", 2))
    rows = tuple(
        (
            str(place),
            indonesian.place(move.source.place, move.source.line).capitalize(),
            move.source.batch or "-",
            words.name("stock", move.source.stock),
            number(move.count),
        )
        for place, move in enumerate(done.moves, 1)
    )
    causes = tuple((words.spoil(cause).rstrip("."), number(count)) for cause, count in done.causes)
    chips = tuple((str(place), identity) for place, identity in enumerate(done.identities, 1))
    more = (
        Table(
            "Identitas cip yang tidak berlaku lagi",
            (Column("No.", 0.6, right=True), Column("Identitas cip", 6)),
            chips,
        ),
    )
    return Draft(
        title="Berita Acara Pemusnahan KTP-el",
        blocks=(
            office.record_begins(
                done.time,
                "telah memusnahkan dengan cara dibakar kartu KTP-el rusak cetak dan yang ditarik sebanyak "
                f"{number(done.count)} ({indonesian.in_words(done.count)}) keping, dengan rincian sebagai berikut",
            ),
            Table(
                "",
                (*columns, Column("Jenis", 1.2), Column("Keping", 1.2, right=True)),
                rows,
                ("", "Jumlah", "", "", number(done.count)),
            ),
            Facts(
                (
                    ("Nomor catatan kantor", done.record),
                    ("Entri dalam buku stasiun", str(done.seq)),
                )
            ),
            Table(
                "Sebab disisihkan sejak pemusnahan sebelumnya",
                (Column("Sebab", 4), Column("Keping", 1.2, right=True)),
                causes,
                empty="Tidak tercatat",
            ),
            *(more if chips else ()),
            RECORD_ENDS,
        ),
        signatures=(
            Signature("Saksi,"),
            by.signs("Yang memusnahkan,"),
            office.head_signs(),
        ),
    )
