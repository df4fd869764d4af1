"""What is printed on one card: the citizen's data as the registry gives it, checked field by field.

The station never edits a value. A value that breaks a rule is refused with the field's name and what is expected;
the value itself is a citizen's and appears in no message and no `repr`.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, Final

import msgspec
from typing_extensions import override


class BadCard(ValueError):
    """A field of the card's data cannot be printed as it is.

    Decoding turns it into `msgspec.ValidationError` with the same sentence and the place in the document.

    Attributes:
        field: which one.
        expected: what it should be.
    """

    def __init__(self, field: str, expected: str) -> None:
        self.field = field
        self.expected = expected
        super().__init__(f"{field}: expected {expected}")


class CardData(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The front of a card, in the words of the card itself.

    `kabupaten` carries its kind (`KABUPATEN ENREKANG`, `KOTA PALOPO`), as it stands in the header. `rt` and `rw` are
    up to three digits, `-` where there are none. `golongan_darah` is `A`, `B`, `AB` or `O`, with its sign if known,
    or `-`. Raises `BadCard`.
    """

    provinsi: str
    kabupaten: str
    nik: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: datetime.date
    jenis_kelamin: str
    golongan_darah: str
    alamat: str
    rt: str
    rw: str
    kelurahan: str
    kecamatan: str
    agama: str
    status_perkawinan: str
    pekerjaan: str
    kewarganegaraan: str
    berlaku_hingga: str
    tempat_terbit: str
    tanggal_terbit: datetime.date

    def __post_init__(self) -> None:
        for field, longest in _LONGEST.items():
            _require_line(field, getattr(self, field), longest)
        for field, (pattern, expected) in _PATTERNS.items():
            if pattern.fullmatch(getattr(self, field)) is None:
                raise BadCard(field, expected)
        if self.tanggal_terbit < self.tanggal_lahir:
            raise BadCard("tanggal_terbit", "a date not before tanggal_lahir")

    @override
    def __repr__(self) -> str:
        return "CardData(…)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


# Far above what any register holds: they keep out a document put into a field, not a long name.
_LONGEST: Final = {
    "provinsi": 60,
    "kabupaten": 60,
    "nama": 150,
    "tempat_lahir": 100,
    "alamat": 250,
    "kelurahan": 100,
    "kecamatan": 100,
    "agama": 60,
    "status_perkawinan": 40,
    "pekerjaan": 80,
    "kewarganegaraan": 60,
    "berlaku_hingga": 30,
    "tempat_terbit": 100,
}

_RT_RW: Final = (re.compile(r"[0-9]{1,3}|-"), "up to three digits, or -")
_PATTERNS: Final = {
    "nik": (re.compile(r"[0-9]{16}"), "16 digits"),
    "jenis_kelamin": (re.compile(r"LAKI-LAKI|PEREMPUAN"), "LAKI-LAKI or PEREMPUAN"),
    "golongan_darah": (re.compile(r"(?:A|B|AB|O)[+-]?|-"), "A, B, AB or O, with + or - if known, or - alone"),
    "rt": _RT_RW,
    "rw": _RT_RW,
}


def _require_line(field: str, value: str, longest: int) -> None:
    """Hold a value to be one printable line with no space to lose at its ends."""
    if not value or value != value.strip():
        raise BadCard(field, "text without blanks at its ends")
    if not value.isprintable():
        raise BadCard(field, "one line of printable characters")
    if len(value) > longest:
        raise BadCard(field, f"at most {longest} characters")
