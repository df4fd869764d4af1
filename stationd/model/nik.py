"""The NIK: the 16 digits by which a citizen is known, and never by which they are shown.

    PP KK CC   DD MM YY   NNNN
    │  │  │    │  │  │    └ sequence of that day and place, from 0001
    │  │  │    │  │  └ year of birth, two digits
    │  │  │    │  └ month
    │  │  │    └ day of birth, +40 for women
    └──┴──┴ province, kabupaten or kota, kecamatan of *first registration*

Source: Peraturan Pemerintah 37/2007, article 37. The region is where a person was first registered, so it says
nothing about today's address and is never compared with one.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, final

from typing_extensions import override

WOMEN_ADD: Final = 40
LENGTH: Final = 16


class NikFault(StrEnum):
    """What is wrong with sixteen digits that ought to be a NIK."""

    NOT_SIXTEEN_DIGITS = "not-sixteen-digits"
    NO_SUCH_REGION = "no-such-region"
    NO_SUCH_DATE = "no-such-date"
    SEQUENCE_ZERO = "sequence-zero"


class BadNik(ValueError):
    """Not a NIK. Says which part is wrong, never the digits.

    Attributes:
        fault: the first thing that is wrong with it.
    """

    def __init__(self, fault: NikFault) -> None:
        super().__init__(f"not a NIK: {fault}")
        self.fault: Final = fault


class Sex(StrEnum):
    """As printed on the card (Jenis Kelamin)."""

    MALE = "LAKI-LAKI"
    FEMALE = "PEREMPUAN"


@final
class Nik:
    """One valid NIK.

    Its repr and str are masked: the digits leave only through `digits`, so a log line, a traceback or an f-string
    cannot spill them.
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        """Parse a NIK.

        Args:
            digits: sixteen ASCII digits, no separators.

        Raises:
            BadNik: they are not a NIK.
        """
        fault = _fault(digits)
        if fault is not None:
            raise BadNik(fault)
        self._digits = digits

    @property
    def digits(self) -> str:
        """All sixteen digits: a citizen's data."""
        return self._digits

    @property
    def province(self) -> str:
        """Two digits: the province of first registration."""
        return self._digits[:2]

    @property
    def kabupaten(self) -> str:
        """Four digits: province and kabupaten or kota of first registration."""
        return self._digits[:4]

    @property
    def kecamatan(self) -> str:
        """Six digits: province, kabupaten and kecamatan of first registration."""
        return self._digits[:6]

    @property
    def sex(self) -> Sex:
        """Told by the day: women have 40 added."""
        return Sex.FEMALE if int(self._digits[6:8]) > WOMEN_ADD else Sex.MALE

    @property
    def sequence(self) -> int:
        """The number given that day in that place, from 1."""
        return int(self._digits[12:])

    def born(self, reference: date) -> date | None:
        """Read the date of birth as the latest one that is not after a reference date.

        Two digits of a year cannot tell a child from someone a hundred years older: when the claim carries a full
        date use `agrees_on_birth`.

        Args:
            reference: usually today, or the day the NIK was issued.

        Returns:
            None if no year up to the reference makes it a date (29 February, before any such leap year of 1900 on).
        """
        day, month, year = _birth(self._digits)
        newest = reference.year - (reference.year - year) % 100
        for candidate in (newest, newest - 100):
            if (born := _date(candidate, month, day)) is not None and born <= reference:
                return born
        return None

    def agrees_on_birth(self, born: date) -> bool:
        """Say whether day, month and the last two digits of the year are those of this date."""
        return _birth(self._digits) == (born.day, born.month, born.year % 100)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nik) and other._digits == self._digits

    @override
    def __hash__(self) -> int:
        return hash((Nik, self._digits))

    @override
    def __repr__(self) -> str:
        return f"Nik({'*' * LENGTH})"

    @override
    def __str__(self) -> str:
        return "*" * LENGTH


def _fault(digits: str) -> NikFault | None:
    """Find the first thing wrong, from left to right."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        return NikFault.NOT_SIXTEEN_DIGITS
    # Codes of provinces come and go with the law (four new ones in 2022), so only what can never be one is refused.
    if digits[0] == "0" or "00" in (digits[2:4], digits[4:6]):
        return NikFault.NO_SUCH_REGION
    day, month, year = _birth(digits)
    if _date(1900 + year, month, day) is None and _date(2000 + year, month, day) is None:
        return NikFault.NO_SUCH_DATE
    if digits[12:] == "0000":
        return NikFault.SEQUENCE_ZERO
    return None


def _birth(digits: str) -> tuple[int, int, int]:
    """Day (without the women's 40), month and two-digit year."""
    day = int(digits[6:8])
    return (day - WOMEN_ADD if day > WOMEN_ADD else day), int(digits[8:10]), int(digits[10:12])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
