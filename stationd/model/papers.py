"""Papers: their kinds, numbers, and how long they are kept. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from typing_extensions import override

DAY: Final = 86_400.0


class Kind(StrEnum):
    """What kind of paper it is."""

    DAILY = "daily"
    REQUEST = "request"
    RECEIPT = "receipt"
    DESTRUCTION = "destruction"
    TRANSFER = "transfer"
    STOCK_TAKE = "stock-take"
    ALLOTMENT = "allotment"


NAMES_PEOPLE: Final = frozenset({Kind.RECEIPT, Kind.TRANSFER})
"""Kinds that name citizens."""

CODES: Final = {
    Kind.DAILY: "LH",
    Kind.REQUEST: "PB",
    Kind.RECEIPT: "TT",
    Kind.DESTRUCTION: "BA-PMS",
    Kind.TRANSFER: "BA-PDH",
    Kind.STOCK_TAKE: "BA-OPN",
    Kind.ALLOTMENT: "SP-BLK",
}
"""How each is called in a number: laporan harian, permintaan blangko, tanda terima, berita acara …, surat pengantar."""

_MONTHS: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

_ID: Final = re.compile(r"([a-z-]+)-([0-9]{4})-([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """One paper of a station: its kind, and its number in its year."""

    kind: Kind
    year: int
    number: int

    @override
    def __str__(self) -> str:
        return f"{self.kind}-{self.year}-{self.number}"

    def in_letters(self, station: str, month: int) -> str:
        """Return the number as offices write it: `007/LH/KEC-731602/VIII/2026`."""
        return f"{self.number:03d}/{CODES[self.kind]}/{station.upper()}/{_MONTHS[month - 1]}/{self.year}"


def parse_id(text: str) -> PaperId:
    """Read an id as `str` writes it.

    Raises:
        ValueError: if it is none.
    """
    found = _ID.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return PaperId(Kind(found[1]), int(found[2]), int(found[3]))


def retain_until(issued: float, days: int) -> float:
    """Return when a paper is erased that was issued at a time: seconds since the epoch."""
    return issued + days * DAY
