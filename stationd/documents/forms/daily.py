"""Laporan harian: what a day made of the office's blanks and jobs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from stationd.documents import indonesian
from stationd.documents.content import Column, Draft, Facts, Table, Text
from stationd.documents.forms.office import Office, Person
from stationd.documents.indonesian import WORDS, number
from stationd.model.day import AccountDay, DayReport


def draft(day: DayReport, office: Office, by: Person) -> Draft:
    """Return the daily report of a day."""
    date = datetime.date.fromisoformat(day.date)
    hour = indonesian.clock(day.as_of, office.utc_hours)
    until = "akhir hari" if day.as_of >= day.until else f"pukul {hour}"
    return Draft(
        title="Laporan Harian Pencetakan KTP-el",
        blocks=(
            Facts(
                (
                    ("Hari, tanggal", f"{indonesian.weekday(date)}, {indonesian.date(date)}"),
                    ("Keadaan sampai", until),
                    ("Stasiun cetak", day.station),
                    ("Gudang", _store(day, office)),
                    ("Buku stasiun", _stretch(day)),
                )
            ),
            _summary(day),
            _by_cause("Rusak cetak menurut sebab", day.spoiled, spoiled=True),
            _by_cause("Permohonan yang dikembalikan menurut sebab", day.returned),
            _held(day),
            _accounts(day),
            _moved(day),
            _supplies(day),
            Text(("Laporan ini dibuat dari buku stasiun; kepala buku tercantum di bawah setiap halaman.",)),
        ),
        signatures=(office.head_signs(), by.signs("Petugas,")),
    )


def _store(day: DayReport, office: Office) -> str:
    if day.closed is None:
        return "belum dikunci"
    return f"dikunci sejak pukul {indonesian.clock(day.closed, office.utc_hours)}"


def _stretch(day: DayReport) -> str:
    if day.last < day.first:
        return "tidak ada catatan pada hari ini"
    return f"entri {day.first} sampai {day.last}"


def _summary(day: DayReport) -> Table:
    rows = [
        ("Kartu dicetak dan diterima baik", day.printed),
        ("Rusak cetak", sum(day.spoiled.values())),
        ("Permohonan yang menunggu", sum(day.waiting.values())),
        ("Permohonan yang ditahan", sum(day.held.values())),
        ("Permohonan masuk", day.arrived),
        ("Permohonan dikembalikan ke pusat", sum(day.returned.values())),
        ("Permohonan dicabut oleh pusat", day.revoked),
        ("Kiriman yang ditolak", day.refused),
        ("Blangko diterima", day.received),
        ("Blangko dikirim balik", day.sent_back),
        ("Blangko untuk uji cetak", day.trials),
        ("Kartu diserahkan kepada pemilik atau keluarga", day.handed_over),
        ("Kartu datang dari kantor lain", day.taken_in),
        ("Kartu ditarik", day.withdrawn),
        ("Kartu dipindahkan ke kantor lain", day.transferred),
        ("Kartu dimusnahkan", day.destroyed),
        ("Selisih yang ditemukan", day.discrepancies),
    ]
    return Table(
        "Ringkasan",
        (Column("Uraian", 4), Column("Jumlah", 1, right=True)),
        tuple((label, number(count)) for label, count in rows),
    )


def _by_cause(title: str, counts: Mapping[str, int], *, spoiled: bool = False) -> Table:
    name = _spoil_name if spoiled else _return_name
    return _counted(title, "Sebab", {name(cause): count for cause, count in counts.items()})


def _spoil_name(cause: str) -> str:
    return WORDS.spoil(cause).rstrip(".")


def _return_name(cause: str) -> str:
    named = WORDS.name("return", cause)
    return named[0].upper() + named[1:] if named != cause else WORDS.cause(cause).what.rstrip(".")


def _held(day: DayReport) -> Table:
    causes = {WORDS.cause(cause).what.rstrip("."): count for cause, count in day.held.items()}
    return _counted("Permohonan yang ditahan menurut sebab", "Sebab", causes)


def _counted(title: str, label: str, counts: Mapping[str, int]) -> Table:
    return Table(
        title,
        (Column(label, 4), Column("Jumlah", 1, right=True)),
        tuple((name, number(count)) for name, count in counts.items()),
        ("Jumlah", number(sum(counts.values()))) if counts else (),
    )


def _accounts(day: DayReport) -> Table:
    columns = (
        Column("Tempat", 3),
        Column("Jenis", 1.2),
        Column("Nomor kiriman", 2),
        *(Column(title, 1, right=True) for title in ("Awal", "Masuk", "Keluar", "Akhir")),
    )
    return Table("Blangko dan kartu menurut tempat", columns, tuple(_account(account) for account in day.accounts))


def _account(account: AccountDay) -> tuple[str, ...]:
    counts = (account.start, account.came, account.went, account.end)
    where = indonesian.place(account.place, account.line)
    return (_sentence(where), WORDS.name("stock", account.stock), account.batch or "-", *map(number, counts))


def _moved(day: DayReport) -> Table:
    columns = (Column("Dari", 3), Column("Ke", 3), Column("Jenis", 1.2), Column("Jumlah", 1, right=True))
    rows = (
        (
            _sentence(indonesian.place(moved.source, moved.source_line)),
            _sentence(indonesian.place(moved.target, moved.target_line)),
            WORDS.name("stock", moved.stock),
            number(moved.count),
        )
        for moved in day.moved
    )
    return Table("Semua perpindahan", columns, tuple(rows))


def _supplies(day: DayReport) -> Table:
    columns = (Column("Printer", 2), Column("Bahan", 3), Column("Sisa (kartu)", 1.5, right=True))
    rows = (
        (left.line, left.name, "tidak diketahui" if left.remaining is None else number(left.remaining))
        for left in day.supplies
    )
    return Table("Pita dan film", columns, tuple(rows))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
