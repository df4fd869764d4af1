"""Partners' lists: whatever the bytes, each row is good, bad or double, told by its line, and nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model.job import Reason
from stationd.model.partner_list import COLUMNS, LARGEST, MOST_ROWS, ListFault, RowFault, read, told_back

HEADER = ",".join(COLUMNS)
GOOD = "7316024107900001,SITTI CONTOH,1990-07-01,Juppandang,baru"

NIKS = ["7316024107900001", "7316020107900002"]
fields = st.sampled_from([*NIKS, "SITTI", "1990-07-01", "baru", "rusak", "", '"', "x\0"])
rows = st.lists(fields, max_size=7).map(",".join)
files = st.lists(rows, max_size=20).map(lambda lines: "\n".join([HEADER, *lines]).encode())


tails = st.binary(max_size=200).map(lambda tail: HEADER.encode() + b"\n" + tail)


@given(st.one_of(st.binary(max_size=400), files, tails))
def test_any_bytes_are_read_and_no_row_is_lost(content: bytes) -> None:
    found = read(content)
    assert len(found.good) + len(found.bad) + len(found.double) == found.rows
    numbers = [row.row for row in (*found.good, *found.bad, *found.double)]
    assert len(set(numbers)) == len(numbers)
    lines = content.split(b"\n")
    assert all(1 < number <= len(lines) and lines[number - 1].strip() for number in numbers)
    if found.fault is None:
        assert found.rows == sum(bool(line.rstrip(b"\r").strip()) for line in lines) - 1
    else:
        assert not found.rows
    assert len({row.nik for row in found.good}) == len(found.good)


def test_a_good_row_and_its_double() -> None:
    found = read(f"{HEADER}\n{GOOD}\n\n7316020107900002,BUDI,1990-07-01,Galonta,HILANG\n{GOOD}\n".encode())
    assert [(row.row, row.reason) for row in found.good] == [(2, Reason.FIRST), (4, Reason.LOST)]
    assert [(row.row, row.fault, row.first) for row in found.double] == [(5, RowFault.DOUBLE, 2)]
    assert "SITTI" not in repr(found.good)


@pytest.mark.parametrize(
    ("row", "fault", "column"),
    [
        ("7316024107900001,SITTI,1990-07-01,Juppandang", RowFault.WRONG_NUMBER, ""),
        ("731602410790000,SITTI,1990-07-01,Juppandang,baru", RowFault.NOT_A_NIK, "nik"),
        ("7316024107900001,,1990-07-01,Juppandang,baru", RowFault.NAME_MISSING, "nama"),
        ("7316024107900001,SITTI,1990-07-01,,baru", RowFault.VILLAGE_MISSING, "kelurahan"),
        (f"7316024107900001,{'A' * 101},1990-07-01,J,baru", RowFault.TOO_LONG, "nama"),
        ("7316024107900001,SIT\u200bTI,1990-07-01,J,baru", RowFault.ODD_CHARACTERS, "nama"),
        ("7316024107900001,SITTI,01-07-1990,J,baru", RowFault.NOT_A_DATE, "tanggal_lahir"),
        ("7316024107900001,SITTI,19900701,J,baru", RowFault.NOT_A_DATE, "tanggal_lahir"),
        ("7316024107900001,SITTI,1990-07-02,J,baru", RowFault.BIRTH_DIFFERS, "tanggal_lahir"),
        ("7316024107900001,SITTI,1990-07-01,J,suap", RowFault.UNKNOWN_REASON, "alasan"),
        ('7316024107900001,"SITTI,1990-07-01,J,baru', RowFault.NOT_CSV, ""),
    ],
)
def test_a_bad_row_is_told_by_line_and_column_and_spoils_no_other(row: str, fault: RowFault, column: str) -> None:
    found = read(f"{HEADER}\n{row}\n{GOOD}".encode())
    assert [(bad.row, bad.fault, bad.column) for bad in found.bad] == [(2, fault, column)]
    assert [good.row for good in found.good] == [3]


def test_a_line_that_is_not_utf_8_is_bad_alone() -> None:
    found = read(HEADER.encode() + b"\n\xff\xfe,x\n" + GOOD.encode())
    assert [(bad.row, bad.fault) for bad in found.bad] == [(2, RowFault.NOT_UTF_8)]
    assert len(found.good) == 1


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_columns_may_stand_in_any_order_and_semicolons_divide_too(delimiter: str) -> None:
    backwards = [delimiter.join(reversed(line.split(","))) for line in (HEADER.upper(), GOOD)]
    found = read(b"\xef\xbb\xbf" + "\r\n".join(backwards).encode())
    assert [row.name for row in found.good] == ["SITTI CONTOH"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", ListFault.EMPTY),
        (b"\n \n", ListFault.EMPTY),
        (HEADER.encode(), ListFault.EMPTY),
        (GOOD.encode(), ListFault.NO_HEADER),
        (b"nik,nama\n1,2", ListFault.WRONG_COLUMNS),
        (f"{HEADER},nik\n{GOOD}".encode(), ListFault.WRONG_COLUMNS),
        (HEADER.encode() + b"\n1" * (MOST_ROWS + 1), ListFault.TOO_MANY_ROWS),
        (b" " * (LARGEST + 1), ListFault.TOO_LARGE),
    ],
)
def test_a_list_that_cannot_be_read_at_all_says_why(content: bytes, fault: ListFault) -> None:
    assert read(content).fault is fault


def test_what_is_told_back_names_lines_and_causes_and_no_citizen() -> None:
    found = read(f"{HEADER}\n{GOOD}\nx,RAHASIA,1990-07-01,J,baru\n{GOOD}".encode())
    written = told_back(found.refused, lambda fault: f"arti {fault}")
    told = list(csv.DictReader(io.StringIO(written)))
    assert [(row["baris"], row["sebab"], row["baris_pertama"]) for row in told] == [
        ("3", "not-a-nik", ""),
        ("4", "double", "2"),
    ]
    assert "RAHASIA" not in written
    assert GOOD[:16] not in written
