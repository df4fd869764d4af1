"""Questions the rules of the field ask of the database."""

from __future__ import annotations

import datetime
import sqlite3

import msgspec

from stationd.model.blank import CITIZENS, Place
from stationd.model.ruling import DEFERRALS
from stationd.store.rows import JobState

READY = (Place.STORE, Place.HOPPER, Place.HAND)
"""Where blanks lie that are ready to be used."""


class RequestRow(msgspec.Struct, frozen=True):
    """A request for blanks, ribbon or film that is open; members as in `stationd.model.rule_events.StockRequested`.

    Attributes:
        seq: its number.
        since: when it was made, seconds since the epoch.
        left_then: cards that could be made of what there was then.
        arrived: blanks that were received since.
    """

    supply: str
    line: str
    stock: str
    seq: int
    since: float
    addressee: str
    left_then: int
    wanted: int
    arrived: int


class RuleView:
    """The part of a consistent look at the database that the rules need."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def blanks_ready(self, stock: str = CITIZENS) -> int:
        """Return how many blanks are ready to be used."""
        marks = ", ".join("?" * len(READY))
        query = f"SELECT coalesce(sum(count), 0) FROM balances WHERE place IN ({marks}) AND stock = ?"  # noqa: S608 - marks
        (count,) = self._db.execute(query, (*READY, stock)).fetchone()
        return int(count)

    def begun_since(self, moment: float) -> dict[str, int]:
        """Return for each reason how many cards were begun since a moment and not spoiled."""
        query = (
            "SELECT reason, sum(count) FROM uses INDEXED BY uses_by_time"
            " WHERE began >= ? AND NOT wasted GROUP BY reason ORDER BY reason"
        )
        return dict(self._db.execute(query, (moment,)))

    def ordered_reasons(self) -> dict[str, int]:
        """Return for each reason how many jobs are ordered and not begun."""
        query = "SELECT reason, count(*) FROM jobs WHERE state = ? GROUP BY reason ORDER BY reason"
        return dict(self._db.execute(query, (JobState.ORDERED,)))

    def deferred(self) -> int:
        """Return how many jobs wait for blanks or for a day."""
        marks = ", ".join("?" * len(DEFERRALS))
        query = f"SELECT count(*) FROM jobs WHERE state = ? AND cause IN ({marks})"  # noqa: S608 - marks
        (count,) = self._db.execute(query, (JobState.HELD, *sorted(DEFERRALS))).fetchone()
        return int(count)

    def used_by_day(
        self, since: float, utc_hours: int, line: str | None = None, stock: str = CITIZENS
    ) -> dict[datetime.date, int]:
        """Return how many blanks were used up on each day since a moment: of all lines, or through one."""
        query = (
            "SELECT CAST((began + ?) / 86400 AS INTEGER) AS day, sum(count) FROM uses INDEXED BY uses_by_time"
            " WHERE began >= ? AND stock = ? AND (? IS NULL OR line = ?) GROUP BY day ORDER BY day"
        )
        epoch = datetime.date(1970, 1, 1)
        rows = self._db.execute(query, (utc_hours * 3600, since, stock, line, line))
        return {epoch + datetime.timedelta(days=day): count for day, count in rows}

    def requests(self) -> list[RequestRow]:
        """Return the requests that are open, oldest first."""
        cursor = self._db.execute("SELECT * FROM requests ORDER BY seq")
        names = [column[0] for column in cursor.description]
        return [msgspec.convert(dict(zip(names, row, strict=True)), RequestRow) for row in cursor]

    def shelved_of(self, citizen_ref: str) -> str | None:
        """Return the job of a finished card of a citizen that lies here; None if none does."""
        query = (
            "SELECT job_id FROM shelf INDEXED BY shelf_by_citizen WHERE citizen_ref = ? AND lost IS NULL"
            " ORDER BY since LIMIT 1"
        )
        row = self._db.execute(query, (citizen_ref,)).fetchone()
        return None if row is None else str(row[0])

    def shelved(self) -> dict[str, str]:
        """Return the citizens of whom a finished card lies here, each with the job of the oldest."""
        return dict(self._db.execute("SELECT citizen_ref, job_id FROM shelf ORDER BY since DESC"))

    def policies(self) -> list[str]:
        """Return every policy that was adopted, as it was signed, by version."""
        return [jws for (jws,) in self._db.execute("SELECT jws FROM policies ORDER BY version")]
