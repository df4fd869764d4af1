"""Surat permintaan blangko: the letter of one request of the book."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Table, Text
from stationd.documents.forms.office import Office
from stationd.documents.indonesian import number
from stationd.model.policy_tables import Addressee

_THANKS: Final = "Atas perhatian dan kerja sama Bapak/Ibu kami ucapkan terima kasih."


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request; members as in `stationd.model.rule_events.StockRequested`.

    Attributes:
        seq, time: the entry of the book, and when it was made, in seconds since the epoch.
        made: cards made in the last days on which any were, by day, oldest first.
    """

    seq: int
    time: float
    supply: str
    line: str
    stock: str
    to: str
    left: int
    rate: float
    days_left: int | None
    wanted: int
    made: tuple[tuple[str, int], ...] = ()


def draft(request: Request, office: Office) -> Draft:
    """Return the letter of a request for blanks."""
    asked = office.day(request.time)
    lasting = "" if request.days_left is None else f", cukup untuk sekitar {number(request.days_left)} hari kerja"
    state = (
        f"Sehubungan dengan pelayanan pencetakan KTP-el di {office.named}, bersama ini kami sampaikan bahwa pada "
        f"tanggal {indonesian.date(asked)} persediaan blangko KTP-el tinggal {number(request.left)} "
        f"({indonesian.in_words(request.left)}) keping{lasting}."
    )
    plea = (
        f"Untuk itu kami mohon dapat dikirimkan blangko KTP-el sebanyak {number(request.wanted)} "
        f"({indonesian.in_words(request.wanted)}) keping, dengan rincian sebagai berikut:"
    )
    return Draft(
        title="Permintaan Blangko KTP-el",
        to=_addressee(request.to, office),
        blocks=(
            Text(("Dengan hormat,", state, plea)),
            Table(
                "",
                (Column("Uraian", 4), Column("Jumlah", 2, right=True)),
                (
                    ("Sisa blangko saat permintaan (keping)", number(request.left)),
                    ("Pemakaian yang diperkirakan per hari kerja (keping)", number(request.rate)),
                    ("Cukup untuk (hari kerja)", "-" if request.days_left is None else number(request.days_left)),
                    ("Jenis blangko", indonesian.WORDS.name("stock", request.stock)),
                    ("Entri permintaan dalam buku stasiun", str(request.seq)),
                ),
                ("Jumlah yang diminta (keping)", number(request.wanted)),
            ),
            *_used(request),
            Text((f"Demikian permintaan ini kami sampaikan. {_THANKS}",)),
        ),
        signatures=(office.head_signs(""),),
    )


def _addressee(to: str, office: Office) -> tuple[str, ...]:
    if to == Addressee.CENTRE:
        return (
            "Direktur Jenderal Kependudukan dan Pencatatan Sipil",
            "Kementerian Dalam Negeri Republik Indonesia",
            "di Jakarta",
        )
    province = f"Provinsi {office.settings.province}" if office.settings.province else "Provinsi"
    return (f"Kepala Dinas Kependudukan dan Pencatatan Sipil {province}", "di Tempat")


def _used(request: Request) -> tuple[Table, ...]:
    if not request.made:
        return ()
    rows = tuple((indonesian.date(datetime.date.fromisoformat(day)), number(count)) for day, count in request.made)
    columns = (Column("Hari kerja", 4), Column("Keping", 2, right=True))
    total = ("Jumlah", number(sum(count for _, count in request.made)))
    return (Table("Pemakaian pada hari-hari kerja terakhir", columns, rows, total),)
