"""What every form takes from the office: its letterhead, where and how it signs."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from stationd.documents import indonesian
from stationd.documents.content import Letterhead, Signature, Text
from stationd.settings import OfficeSettings

_END: Final = "Demikian berita acara ini dibuat dengan sebenarnya, dalam rangkap secukupnya, untuk dipergunakan"

RECORD_ENDS: Final = Text((f"{_END} sebagaimana mestinya.",))
"""The sentence with which a berita acara ends."""


@dataclass(frozen=True, slots=True)
class Person:
    """An officer as papers name one. `decree` is the number of the SK."""

    name: str
    decree: str = ""

    def signs(self, heading: str, role: str = "") -> Signature:
        """Return where this person signs."""
        return Signature(heading, role, self.name, f"SK {self.decree}" if self.decree else "")


@dataclass(frozen=True, slots=True)
class Office:
    """The office on its papers.

    Attributes:
        settings: what it has said of itself.
        station: the station's id.
        code: the kecamatan's.
        utc_hours: its time.
    """

    settings: OfficeSettings
    station: str
    code: str
    utc_hours: int

    def letterhead(self) -> Letterhead:
        """Return the kop surat."""
        said = self.settings
        kind = said.kabupaten_is.upper()
        lines = [f"PEMERINTAH {kind} {said.kabupaten.upper()}"] if said.kabupaten else []
        lines.append(said.dinas.upper())
        lines.append(f"KECAMATAN {said.kecamatan.upper()}" if said.kecamatan else f"KECAMATAN {self.code}")
        return Letterhead(tuple(lines), said.address)

    @property
    def place(self) -> str:
        """Where papers are signed."""
        return self.settings.place or self.settings.kecamatan.title()

    @property
    def named(self) -> str:
        """The office in a sentence."""
        name = self.settings.kecamatan or self.code
        where = f" {self.settings.kabupaten_is.title()} {self.settings.kabupaten}" if self.settings.kabupaten else ""
        return f"Kecamatan {name}{where}"

    def head_signs(self, heading: str = "Mengetahui,") -> Signature:
        """Return where the office's head signs."""
        number = f"NIP {self.settings.head_number}" if self.settings.head_number else ""
        return Signature(heading, self.settings.head_title, self.settings.head, number)

    def day(self, seconds: float) -> datetime.date:
        """Return which day it is here."""
        return datetime.datetime.fromtimestamp(
            seconds, datetime.timezone(datetime.timedelta(hours=self.utc_hours))
        ).date()

    def record_begins(self, seconds: float, what: str) -> Text:
        """Return the sentence with which a berita acara begins: when, where, and what those who sign have done."""
        day = self.day(seconds)
        month = indonesian.WORDS.name("month", str(day.month))
        spoken = f"tanggal {indonesian.in_words(day.day)} bulan {month} tahun {indonesian.in_words(day.year)}"
        when = (
            f"{indonesian.weekday(day)}, {spoken} ({day:%d-%m-%Y}), pukul {indonesian.clock(seconds, self.utc_hours)}"
        )
        who = f"bertempat di {self.named}, kami yang bertanda tangan di bawah ini"
        return Text((f"Pada hari ini, {when}, {who} {what}:",))
