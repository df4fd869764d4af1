"""Dates, numbers and places as Indonesian offices write them."""

from __future__ import annotations

import datetime
from typing import Final

from stationd.words import INDONESIAN, Words

WORDS = Words(INDONESIAN)

ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}

_ONES: Final = (
    "",
    "satu",
    "dua",
    "tiga",
    "empat",
    "lima",
    "enam",
    "tujuh",
    "delapan",
    "sembilan",
    "sepuluh",
    "sebelas",
)


_TEN: Final = 10
_MILLION: Final = 1_000_000


def number(count: float) -> str:
    """Write a number with points between thousands and a comma before decimals."""
    text = f"{count:,}" if isinstance(count, int) else f"{count:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def date(day: datetime.date) -> str:
    """Write a date: `1 Agustus 2026`."""
    return f"{day.day} {WORDS.name('month', str(day.month))} {day.year}"


def weekday(day: datetime.date) -> str:
    """Return the day's name."""
    return WORDS.name("weekday", str(day.isoweekday()))


def clock(seconds: float, utc_hours: int) -> str:
    """Write the time of day at the office: `16.30 WITA`."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone(datetime.timedelta(hours=utc_hours)))
    return f"{moment:%H.%M} {ZONES[utc_hours]}"


def in_words(count: int) -> str:
    """Write a number below a million in words, as papers that are signed do beside the figures."""
    if not 0 <= count < _MILLION:
        return number(count)
    return _below_million(count).strip() or "nol"


def _below_million(count: int) -> str:
    if count < len(_ONES):
        return _ONES[count]
    if count < 2 * _TEN:
        return f"{_ONES[count - _TEN]} belas"
    for size, one, many in ((1000, "seribu", "ribu"), (100, "seratus", "ratus"), (10, "", "puluh")):
        if count >= size:
            high, rest = divmod(count, size)
            head = one if high == 1 else f"{_below_million(high)} {many}"
            return f"{head} {_below_million(rest)}".strip()
    return ""


def place(name: str, line: str = "") -> str:
    """Return what a place is called, with its line."""
    named = WORDS.name("place", name)
    return f"{named} ({line})" if line else named
