"""Berita acara pemindahan: finished cards that went to another office together, with name and address of each."""

from __future__ import annotations

from typing import Final

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Facts, Signature, Table, Unsaid
from stationd.documents.forms.office import RECORD_ENDS, Office, Person
from stationd.documents.indonesian import WORDS, number

_COLUMNS: Final = (
    Column("No.", 0.6, right=True),
    Column("Nama", 2.6),
    Column("NIK", 2.05),
    Column("Alamat", 3.7),
    Column("Di rak sejak", 1.3),
    Column("Entri", 0.8, right=True),
)


class TransferredCard(Unsaid, frozen=True, kw_only=True):
    """One card. Citizens' data: for the sealed paper only.

    Attributes:
        seq: the entry of the book that says it.
        since: when it was laid on the shelf, seconds since the epoch.
    """

    seq: int
    name: str = ""
    nik: str = ""
    address: str = ""
    kecamatan: str = ""
    since: float = 0.0


class Transfer(Unsaid, frozen=True, kw_only=True):
    """Cards that were sent together.

    Attributes:
        office: the receiving one's code.
        cause: a `stationd.model.reasons.TransferReason`.
        time: seconds since the epoch.
        cards: in the order in which they stand on the paper.
    """

    office: str
    cause: str
    time: float
    cards: tuple[TransferredCard, ...]


def draft(sent: Transfer, office: Office, by: Person) -> Draft:
    """Return the record of a transfer."""
    count = len(sent.cards)
    rows = tuple(
        (
            str(place),
            card.name or "-",
            card.nik or "-",
            ", Kecamatan ".join(part for part in (card.address, card.kecamatan) if part) or "-",
            f"{office.day(card.since):%d-%m-%Y}" if card.since else "-",
            str(card.seq),
        )
        for place, card in enumerate(sent.cards, 1)
    )
    counted = f"sebanyak {number(count)} ({indonesian.in_words(count)}) keping"
    handed = (
        f"telah menyerahkan dan menerima KTP-el yang sudah jadi {counted}, untuk diteruskan kepada pemiliknya, "
        "dengan rincian sebagai berikut"
    )
    return Draft(
        title="Berita Acara Pemindahan KTP-el",
        blocks=(
            office.record_begins(sent.time, handed),
            Facts(
                (
                    ("Dari", office.named),
                    ("Kepada kantor dengan kode", sent.office),
                    ("Alasan", WORDS.name("transfer", sent.cause)),
                )
            ),
            Table("", _COLUMNS, rows, ("", "Jumlah", "", f"{number(count)} keping", "", "")),
            RECORD_ENDS,
        ),
        signatures=(
            Signature("Pihak kedua,", f"yang menerima, kantor {sent.office}"),
            by.signs("Pihak pertama,", "yang menyerahkan"),
            office.head_signs(),
        ),
    )
