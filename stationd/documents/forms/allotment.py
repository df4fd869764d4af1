"""Surat pengantar blangko: what goes between an office and a mobile kit, with the signed slip as a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from stationd.documents import indonesian
from stationd.documents.content import Code, Column, Draft, Facts, Signature, Table, Text
from stationd.documents.forms.office import Office, Person
from stationd.documents.indonesian import WORDS, number

LARGEST_CODE: Final = 2_953
"""Characters that the largest QR code takes (ISO/IEC 18004, version 40, level L, bytes)."""


class Consignment(msgspec.Struct, frozen=True, kw_only=True):
    """Blanks that an office gave to a kit, or what the kit hands in after its trip.

    Attributes:
        seq, time: the entry of the book, and when, in seconds since the epoch.
        back: from the kit to the office.
        rows: what it is, by words that are read, with how many of each.
        slip: the signed one.
    """

    seq: int
    time: float
    allotment_id: str
    office: str
    kit: str
    stock: str
    back: bool
    rows: tuple[tuple[str, int], ...]
    slip: str


def draft(sent: Consignment, office: Office, by: Person) -> Draft:
    """Return the paper that goes with the bags."""
    way = f"dari {sent.kit} kepada {sent.office}" if sent.back else f"dari {sent.office} kepada {sent.kit}"
    what = "hasil pelayanan jemput bola" if sent.back else "blangko KTP-el untuk pelayanan jemput bola"
    day = office.day(sent.time)
    date = f"{indonesian.weekday(day)}, {indonesian.date(day)}"
    facts = (
        ("Nomor jatah", sent.allotment_id),
        ("Tanggal", date),
        ("Jenis blangko", WORDS.name("stock", sent.stock)),
        ("Entri dalam buku stasiun", str(sent.seq)),
    )
    total = ("Jumlah", number(sum(count for _, count in sent.rows)))
    columns = (Column("Uraian", 4), Column("Keping", 2, right=True))
    return Draft(
        title="Surat Pengantar Blangko KTP-el",
        blocks=(
            Text((f"Bersama surat ini diserahkan {what} {way}:",)),
            Facts(facts),
            Table("", columns, tuple((what, number(count)) for what, count in sent.rows), total),
            *_code(sent.slip),
        ),
        signatures=_signatures(by),
    )


def _code(slip: str) -> Sequence[Code | Text]:
    if len(slip) > LARGEST_CODE:
        return (
            Text(("Surat bertanda tangan elektroniknya terlalu panjang untuk kode QR dan diserahkan sebagai berkas.",)),
        )
    return (Code("Surat bertanda tangan elektronik, untuk dipindai oleh penerima:", slip),)


def _signatures(by: Person) -> tuple[Signature, ...]:
    return by.signs("Yang menyerahkan,"), Signature("Yang menerima,")
