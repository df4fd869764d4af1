"""Numbers, dates and times as they are written where the window is read. Pure."""

from __future__ import annotations

import datetime
from typing import Final

from stationd.words import Words

MINUTE: Final = 60
HOUR: Final = 3600


class Formats:
    """Writes numbers, dates and times in the language of a catalogue.

    Args:
        words: names of days and months, and which sign stands where.
        zone: of the office's wall clock; None for the computer's own.
    """

    def __init__(self, words: Words, zone: datetime.tzinfo | None = None) -> None:
        self._words = words
        self._zone = zone

    def number(self, number: float, places: int = 0) -> str:
        """Write a number: `21.685`, with two places `21.685,00`."""
        plain = f"{number:,.{places}f}"
        thousands, point = self._words.say("tray.format.thousands"), self._words.say("tray.format.point")
        return plain.replace(",", "\0").replace(".", point).replace("\0", thousands)

    def percent(self, share: float) -> str:
        """Write a share of one: `95 %`. A share above one is written as it is."""
        return self._words.say("tray.format.percent", number=self.number(share * 100))

    def date(self, when: datetime.date, *, weekday: bool = True) -> str:
        """Write a date: `Minggu, 22 November 2026`."""
        name = "long-date" if weekday else "date"
        return self._words.say(
            f"tray.format.{name}",
            weekday=self._words.say(f"tray.weekday.{when.isoweekday()}"),
            day=when.day,
            month=self._words.say(f"tray.month.{when.month}"),
            year=when.year,
        )

    def clock(self, seconds: float, *, exact: bool = False) -> str:
        """Write the time of day: `14.05`, exactly `14.05.09`; `seconds` since the epoch."""
        moment = self._moment(seconds)
        sign = self._words.say("tray.format.clock")
        return moment.strftime(f"%H{sign}%M{sign}%S" if exact else f"%H{sign}%M")

    def moment(self, seconds: float) -> str:
        """Write a date and a time: `Minggu, 22 November 2026 14.05`; `seconds` since the epoch."""
        return f"{self.date(self.day_of(seconds))} {self.clock(seconds)}"

    def brief(self, seconds: float, now: float) -> str:
        """Write when something was, as briefly as it is plain: the time if it is of today, else date and time."""
        day, today = self.day_of(seconds), self.day_of(now)
        if day == today:
            return self.clock(seconds)
        return f"{self.date(day, weekday=False)} {self.clock(seconds)}"

    def day_of(self, seconds: float) -> datetime.date:
        """Return the day on the office's calendar; `seconds` since the epoch."""
        return self._moment(seconds).date()

    def length(self, seconds: float) -> str:
        """Write a length of time in its largest unit: `3 menit`."""
        whole = max(0, int(seconds))
        for unit, size in (("days", 24 * HOUR), ("hours", HOUR), ("minutes", MINUTE)):
            if whole >= size:
                return self._words.say(f"tray.length.{unit}", n=self.number(whole // size))
        return self._words.say("tray.length.seconds", n=whole)

    def countdown(self, seconds: float) -> str:
        """Write what is left as a stop-watch shows it: `1:05`."""
        minutes, rest = divmod(max(0, int(seconds)), MINUTE)
        return f"{minutes}:{rest:02d}"

    def _moment(self, seconds: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone(self._zone)
