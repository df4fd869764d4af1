"""A partner organisation's list of citizens, as CSV: read strictly, row by row. Pure.

One line is one row: a quoted field does not go on in the next line, so that a forgotten quotation mark spoils its own
row and none behind it. Whatever the bytes are, each row is good, bad, or double, and is told by its line.
"""

from __future__ import annotations

import csv
import datetime
import io
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from typing_extensions import override

from stationd.model.job import Reason
from stationd.model.nik import BadNik, Nik

COLUMNS: Final = ("nik", "nama", "tanggal_lahir", "kelurahan", "alasan")
"""The columns, all of them, in any order."""

REASONS: Final[Mapping[str, Reason]] = {
    "baru": Reason.FIRST,
    "ubah": Reason.CHANGED,
    "hilang": Reason.LOST,
    "rusak": Reason.DAMAGED,
    "perpanjangan": Reason.RENEWAL,
    "pindah": Reason.TRANSFER,
}
"""What may stand in the column `alasan`."""

MOST_ROWS: Final = 5000
LARGEST: Final = 2 * 2**20
"""Bytes."""

LONGEST: Final = 100
"""Characters of a name or a village."""

_BOM: Final = b"\xef\xbb\xbf"
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class ListFault(StrEnum):
    """Why a list is not read at all."""

    TOO_LARGE = "list-too-large"
    TOO_MANY_ROWS = "list-too-many-rows"
    NO_HEADER = "list-without-header"
    WRONG_COLUMNS = "list-wrong-columns"
    EMPTY = "list-empty"


class RowFault(StrEnum):
    """What is wrong with a row."""

    NOT_UTF_8 = "not-utf-8"
    NOT_CSV = "not-csv"
    WRONG_NUMBER = "wrong-number-of-fields"
    NOT_A_NIK = "not-a-nik"
    NAME_MISSING = "name-missing"
    VILLAGE_MISSING = "village-missing"
    TOO_LONG = "too-long"
    ODD_CHARACTERS = "odd-characters"
    NOT_A_DATE = "not-a-date"
    BIRTH_DIFFERS = "birth-differs-from-nik"
    UNKNOWN_REASON = "unknown-reason"
    DOUBLE = "double"


class PartnerRow(msgspec.Struct, frozen=True):
    """One good row: a citizen's data. `row` is the number of its line in the file, from 1."""

    row: int
    nik: str
    name: str
    born: datetime.date
    kelurahan: str
    reason: Reason

    @override
    def __repr__(self) -> str:
        return f"PartnerRow(row={self.row})"


class BadRow(msgspec.Struct, frozen=True):
    """One row that is not taken. It says which column, never what stands there.

    Attributes:
        row: the number of its line, from 1.
        fault: what is wrong; `double` for a citizen who stands in the list before.
        column: where; empty if it is about the whole row.
        first: for a double one, the row in which the citizen stands first.
    """

    row: int
    fault: RowFault
    column: str = ""
    first: int | None = None


@dataclass(frozen=True, slots=True)
class PartnerList:
    """A list, read.

    Attributes:
        rows: how many there were; 0 for a list that was not read at all.
        good, bad, double: each row is in one of them.
        fault: why the list was not read at all; None if it was.
    """

    rows: int = 0
    good: tuple[PartnerRow, ...] = ()
    bad: tuple[BadRow, ...] = ()
    double: tuple[BadRow, ...] = ()
    fault: ListFault | None = None

    @property
    def refused(self) -> tuple[BadRow, ...]:
        """The bad and the double rows, first to last."""
        return tuple(sorted((*self.bad, *self.double), key=lambda row: row.row))


class _Bad(Exception):
    def __init__(self, fault: RowFault, column: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.column = column


def read(content: bytes) -> PartnerList:
    """Read a list. Never raises: what is wrong stands in the answer.

    Args:
        content: the file: UTF-8 with or without a byte order mark; fields divided by commas or semicolons.
    """
    if len(content) > LARGEST:
        return PartnerList(fault=ListFault.TOO_LARGE)
    lines = [(n, line.rstrip(b"\r")) for n, line in enumerate(content.removeprefix(_BOM).split(b"\n"), 1)]
    lines = [(number, line) for number, line in lines if line.strip()]
    if not lines:
        return PartnerList(fault=ListFault.EMPTY)
    header = _header(lines[0][1])
    if isinstance(header, ListFault):
        return PartnerList(fault=header)
    if len(lines) - 1 > MOST_ROWS:
        return PartnerList(fault=ListFault.TOO_MANY_ROWS)
    if len(lines) == 1:
        return PartnerList(fault=ListFault.EMPTY)
    return _sort(lines[1:], *header)


def _sort(lines: list[tuple[int, bytes]], columns: tuple[str, ...], delimiter: str) -> PartnerList:
    good: list[PartnerRow] = []
    bad: list[BadRow] = []
    double: list[BadRow] = []
    seen: dict[str, int] = {}
    for number, line in lines:
        try:
            row = _row(number, dict(zip(columns, _fields(line, delimiter, len(columns)), strict=True)))
        except _Bad as wrong:
            bad.append(BadRow(number, wrong.fault, wrong.column))
            continue
        if row.nik in seen:
            double.append(BadRow(number, RowFault.DOUBLE, "nik", seen[row.nik]))
            continue
        seen[row.nik] = number
        good.append(row)
    return PartnerList(len(lines), tuple(good), tuple(bad), tuple(double))


def _header(line: bytes) -> tuple[tuple[str, ...], str] | ListFault:
    delimiter = ";" if line.count(b";") > line.count(b",") else ","
    try:
        columns = tuple(column.strip().lower() for column in _fields(line, delimiter))
    except _Bad:
        return ListFault.NO_HEADER
    if not set(columns) & set(COLUMNS):
        return ListFault.NO_HEADER
    return (columns, delimiter) if sorted(columns) == sorted(COLUMNS) else ListFault.WRONG_COLUMNS


def _fields(line: bytes, delimiter: str, wanted: int | None = None) -> list[str]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _Bad(RowFault.NOT_UTF_8) from None
    if "\r" in text:  # within a line: the csv module would begin another row
        raise _Bad(RowFault.ODD_CHARACTERS)
    try:
        records = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        raise _Bad(RowFault.NOT_CSV) from None
    (fields,) = records or [[]]
    if wanted is not None and len(fields) != wanted:
        raise _Bad(RowFault.WRONG_NUMBER)
    return [field.strip() for field in fields]


def _row(number: int, fields: Mapping[str, str]) -> PartnerRow:
    try:
        nik = Nik(fields["nik"])
    except BadNik:
        raise _Bad(RowFault.NOT_A_NIK, "nik") from None
    name = _text(fields, "nama", RowFault.NAME_MISSING)
    kelurahan = _text(fields, "kelurahan", RowFault.VILLAGE_MISSING)
    born = _date(fields["tanggal_lahir"])
    if not nik.agrees_on_birth(born):
        raise _Bad(RowFault.BIRTH_DIFFERS, "tanggal_lahir")
    reason = REASONS.get(fields["alasan"].lower())
    if reason is None:
        raise _Bad(RowFault.UNKNOWN_REASON, "alasan")
    return PartnerRow(number, nik.digits, name, born, kelurahan, reason)


def _text(fields: Mapping[str, str], column: str, missing: RowFault) -> str:
    text = fields[column]
    if not text:
        raise _Bad(missing, column)
    if len(text) > LONGEST:
        raise _Bad(RowFault.TOO_LONG, column)
    if any(unicodedata.category(character) in _CONTROL for character in text):
        raise _Bad(RowFault.ODD_CHARACTERS, column)
    return text


def _date(text: str) -> datetime.date:
    try:
        born = datetime.date.fromisoformat(text)
    except ValueError:
        raise _Bad(RowFault.NOT_A_DATE, "tanggal_lahir") from None
    if born.isoformat() != text:
        raise _Bad(RowFault.NOT_A_DATE, "tanggal_lahir")
    return born


def told_back(rows: Iterable[BadRow], say: Callable[[RowFault], str]) -> str:
    """Write the bad and double rows as CSV for the partner: line, column, cause, first line, in words.

    It carries nothing of what stands in the list.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["baris", "kolom", "sebab", "baris_pertama", "keterangan"])
    for row in rows:
        writer.writerow([row.row, row.column, row.fault.value, row.first or "", say(row.fault)])
    return file.getvalue()
