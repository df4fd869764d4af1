"""Questions the rest of the house asks of the database about blanks."""

from __future__ import annotations

import sqlite3
from typing import Final, TypeVar

import msgspec

from stationd.model.blank import Account, Movement, Place
from stationd.model.issuance import Attempt, CardRegion
from stationd.model.reconcile import COUNTED, Booked, Reading, Tally
from stationd.model.stock_events import SupplyRead

_Row = TypeVar("_Row", bound=msgspec.Struct)

_GOING_ON: Final = "attempts INDEXED BY one_attempt_going_on_for_a_job"
"""The few attempts that go on, without a look at the many that have ended: this is asked at every step of a card."""


class Exchange(msgspec.Struct, frozen=True):
    """A hopper that stands open. `since` is seconds since the epoch."""

    line: str
    since: float
    by: str


class ClosedDay(msgspec.Struct, frozen=True):
    """The store is locked. `since` is seconds since the epoch."""

    since: float
    by: str


class Discrepancy(msgspec.Struct, frozen=True):
    """What was found is not what the book said.

    Attributes:
        origin, subject, line, stock, expected, found: as in `stationd.model.stock_events.DiscrepancyFound`.
        since, found_by: when it was found and who counted.
        state: a `stationd.model.settling.State`.
        explanation, requested_by: what an officer says that explains it; empty until one has.
        settled_by: who approved it; empty until somebody has.
        reference: number of the kabupaten's letter, for what was settled provisionally.
    """

    discrepancy_id: str
    origin: str
    subject: str
    line: str
    stock: str
    expected: int
    found: int
    since: float
    found_by: str
    state: str
    explanation: str
    requested_by: str
    settled_by: str
    reference: str


class SupplyRow(msgspec.Struct, frozen=True):
    """Ribbon or film, as a line's printer last told; in cards. `since` is seconds since the epoch."""

    line: str
    printer: str
    name: str
    remaining: int | None
    capacity: int | None
    lot: str | None
    since: float


class StockView:
    """The part of a consistent look at the database that is about blanks."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _rows(self, kind: type[_Row], where: str, *values: object) -> list[_Row]:
        cursor = self._db.execute(f"SELECT * FROM {where}", values)  # noqa: S608 - no caller holds outside text
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        return msgspec.convert(rows, list[kind], strict=False)  # type: ignore[valid-type]

    def balances(self) -> dict[Account, int]:
        """Return every account that holds something."""
        rows = self._db.execute("SELECT place, line, stock, batch, count FROM balances ORDER BY 1, 2, 3, 4")
        return {Account(Place(place), line, stock, batch): count for place, line, stock, batch, count in rows}

    def under_way(self) -> list[Attempt]:
        """Return the attempts that have not ended and whose card is in question just now."""
        rows = self._db.execute(f"SELECT state FROM {_GOING_ON} WHERE going_on")  # noqa: S608 - our own words
        attempts = [msgspec.json.decode(state, type=Attempt) for (state,) in rows]
        return [attempt for attempt in attempts if attempt.card is CardRegion.IN_QUESTION]

    def bound(self) -> list[Account]:
        """Return the account of each card in question whose attempt goes on."""
        return [attempt.account(Place.IN_QUESTION) for attempt in self.under_way()]

    def exchanges(self) -> list[Exchange]:
        """Return the hoppers that stand open."""
        return self._rows(Exchange, "exchanges ORDER BY line")

    def exchange_open(self, line: str) -> bool:
        """Say whether a line's hopper stands open: it begins no card then."""
        return self._db.execute("SELECT 1 FROM exchanges WHERE line = ?", (line,)).fetchone() is not None

    def trial_blank(self, line: str) -> str | None:
        """Return the officer who gave a blank of a line for a trial that has not begun; None if nobody did."""
        row = self._db.execute("SELECT by FROM trial_blanks WHERE line = ?", (line,)).fetchone()
        return None if row is None else str(row[0])

    def closed_day(self) -> ClosedDay | None:
        """Return since when the store is locked; None if it is open."""
        return next(iter(self._rows(ClosedDay, "closed_day")), None)

    def discrepancies(self, *, everything: bool = True) -> list[Discrepancy]:
        """Return the discrepancies, oldest first: all of them, or those that still want somebody's act."""
        few = "" if everything else "INDEXED BY discrepancies_unsettled WHERE state <> 'settled' "
        return self._rows(Discrepancy, f"discrepancies {few}ORDER BY since, rowid")

    def discrepancy(self, discrepancy_id: str) -> Discrepancy | None:
        """Return one discrepancy."""
        return next(iter(self._rows(Discrepancy, "discrepancies WHERE discrepancy_id = ?", discrepancy_id)), None)

    def discrepancy_moves(self, discrepancy_id: str) -> tuple[Movement, ...]:
        """Return what a discrepancy moved when it was found."""
        query = "SELECT moves FROM discrepancies WHERE discrepancy_id = ?"
        (moves,) = self._db.execute(query, (discrepancy_id,)).fetchone()
        return msgspec.json.decode(moves, type=tuple[Movement, ...])

    def supplies(self) -> list[SupplyRow]:
        """Return ribbon and film of every line."""
        return self._rows(SupplyRow, "supplies ORDER BY line, position")

    def supplies_of(self, line: str, printer: str) -> tuple[SupplyRead, ...]:
        """Return what a line's printer last told of its supplies; nothing if another printer did."""
        query = "SELECT name, remaining, capacity, lot FROM supplies WHERE (line, printer) = (?, ?) ORDER BY position"
        return tuple(SupplyRead(*row) for row in self._db.execute(query, (line, printer)))

    # --- printers -----------------------------------------------------------------------------------------------------

    def booked(self, printer: str, tally: Tally) -> Booked:
        """Return how many cards went through a printer, by the book."""
        query = "SELECT sure, doubted FROM machine_tallies WHERE (printer, tally) = (?, ?)"
        sure, doubted = self._db.execute(query, (printer, tally)).fetchone() or (0, 0)
        going_on = self._db.execute(
            f"SELECT state FROM {_GOING_ON} CROSS JOIN machine_attempts USING (attempt_id)"  # noqa: S608 - our own words
            " WHERE going_on AND printer = ?",
            (printer,),
        )
        attempts = [msgspec.json.decode(state, type=Attempt) for (state,) in going_on]
        return Booked(sure, doubted, sum(len(attempt.open & COUNTED[tally]) for attempt in attempts))

    def counters_base(self, printer: str, tally: Tally) -> Reading | None:
        """Return when a printer's counter and the book last agreed; None if it was never seen."""
        query = "SELECT cards, booked, doubted, open FROM counters WHERE (printer, kind) = (?, ?)"
        row = self._db.execute(query, (printer, tally)).fetchone()
        return None if row is None else Reading(row[0], Booked(*row[1:]))

    def had_other_printer(self, line: str, printer: str) -> bool:
        """Say whether counters of another printer were read on a line."""
        query = "SELECT 1 FROM counters WHERE line = ? AND printer <> ?"
        return self._db.execute(query, (line, printer)).fetchone() is not None
