"""Surat permintaan: the letter of one request of the book, for blanks, or for a line's ribbon or film."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Table, Text
from stationd.documents.forms.office import Office
from stationd.documents.indonesian import number
from stationd.model.forecast import BLANKS
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


class _Wording(msgspec.Struct, frozen=True):
    """What differs between letters for blanks and for what a printer uses up.

    Attributes:
        title: of the letter.
        left, wanted: how much there is and how much is asked for, in a sentence, with `{count}`.
        row_left, row_wanted, row_kind: the same in the table, and what it is.
    """

    title: str
    left: str
    wanted: str
    row_left: str
    row_wanted: str
    row_kind: str


_BLANKS: Final = _Wording(
    title="Permintaan Blangko KTP-el",
    left="persediaan blangko KTP-el tinggal {count} keping",
    wanted="blangko KTP-el sebanyak {count} keping",
    row_left="Sisa blangko saat permintaan (keping)",
    row_wanted="Jumlah yang diminta (keping)",
    row_kind="Jenis blangko",
)


def _of_printer(supply: str, line: str) -> _Wording:
    name = {"ribbon": "pita printer (ribbon)", "film": "film printer"}.get(supply, f"bahan printer ({supply})")
    return _Wording(
        title=f"Permintaan {name[0].upper()}{name[1:]} KTP-el",
        left=f"{name} pada jalur cetak {line} tinggal cukup untuk {{count}} kartu",
        wanted=f"{name} untuk mencetak {{count}} kartu",
        row_left="Sisa saat permintaan (kartu)",
        row_wanted="Diminta untuk (kartu)",
        row_kind="Bahan dan jalur cetak",
    )


def draft(request: Request, office: Office) -> Draft:
    """Return the letter of a request: for blanks, or for a line's ribbon or film."""
    asked = office.day(request.time)
    blanks = request.supply == BLANKS
    words = _BLANKS if blanks else _of_printer(request.supply, request.line)
    kind = indonesian.WORDS.name("stock", request.stock) if blanks else f"{request.supply}, {request.line}"
    lasting = "" if request.days_left is None else f", cukup untuk sekitar {number(request.days_left)} hari kerja"
    state = (
        f"Sehubungan dengan pelayanan pencetakan KTP-el di {office.named}, bersama ini kami sampaikan bahwa pada "
        f"tanggal {indonesian.date(asked)} {words.left.format(count=_counted(request.left))}{lasting}."
    )
    plea = (
        f"Untuk itu kami mohon dapat dikirimkan {words.wanted.format(count=_counted(request.wanted))}, dengan rincian "
        "sebagai berikut:"
    )
    return Draft(
        title=words.title,
        to=_addressee(request.to, office),
        blocks=(
            Text(("Dengan hormat,", state, plea)),
            Table(
                "",
                (Column("Uraian", 4), Column("Jumlah", 2, right=True)),
                (
                    (words.row_left, number(request.left)),
                    ("Pemakaian yang diperkirakan per hari kerja (keping)", number(request.rate)),
                    ("Cukup untuk (hari kerja)", "-" if request.days_left is None else number(request.days_left)),
                    (words.row_kind, kind),
                    ("Entri permintaan dalam buku stasiun", str(request.seq)),
                ),
                (words.row_wanted, number(request.wanted)),
            ),
            *_used(request),
            Text((f"Demikian permintaan ini kami sampaikan. {_THANKS}",)),
        ),
        signatures=(office.head_signs(""),),
    )


def _counted(count: int) -> str:
    return f"{number(count)} ({indonesian.in_words(count)})"


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
