"""Questions about mobile kits and partners' lists that the rest of the house asks of the database."""

from __future__ import annotations

import sqlite3
from typing import TypeVar

import msgspec

from stationd.model.mobile import Statement, TripState
from stationd.store.mobile_projections import ALONE, WAITS

_Row = TypeVar("_Row", bound=msgspec.Struct)


class Figures(msgspec.Struct, frozen=True):
    """What a closed trip came to; members as in `stationd.model.mobile_events.TripClosed`."""

    allotted: int
    printed: int
    spoiled: int
    returned: int
    missing: int
    stated: Statement


class AllotmentRow(msgspec.Struct, frozen=True):
    """At an office: blanks that a kit has, or had.

    Attributes:
        count, batches: how many, and of which deliveries.
        signed_at: on its slip.
        since, by: when and by whom it was given.
        back: when it was taken back, seconds since the epoch; None until then.
        stated: what the kit said then.
    """

    allotment_id: str
    kit: str
    stock: str
    count: int
    batches: dict[str, int]
    signed_at: int
    since: float
    by: str
    back: float | None
    stated: Statement | None


class TripRow(msgspec.Struct, frozen=True):
    """At a kit: a trip; members as in `stationd.model.mobile_events.TripOpened`.

    Attributes:
        opened: the number of the entry by which it began.
        base: what each place held before.
        signed_at, figures: of its end; 0 and None until then.
    """

    allotment_id: str
    office: str
    stock: str
    announced: int
    jobs: int
    begins: int
    until: int
    offline: bool
    place: str
    state: TripState
    opened: int
    since: float
    by: str
    base: dict[str, int]
    signed_at: int
    figures: Figures | None


class HalfRow(msgspec.Struct, frozen=True):
    """This book's half of one way of an allotment.

    Attributes:
        leg: `out` or `back`.
        seq: of the entry that says it.
        count: blanks and cards that were moved by this book; `there` by the other, None while that is not known.
        state: `alone`, `paired` or `differs`.
        told: a discrepancy about it is in this book.
    """

    allotment_id: str
    leg: str
    seq: int
    stock: str
    count: int
    there: int | None
    state: str
    told: bool


class PartnerListRow(msgspec.Struct, frozen=True):
    """A partner's list; members as in `stationd.model.mobile_events.PartnerListTaken`.

    Attributes:
        since, by: when and by whom it was handed in.
        state: `waits`, `sent` or `refused`; `cause` says why it was refused.
    """

    list_id: str
    partner: str
    rows: int
    good: int
    bad: int
    double: int
    since: float
    by: str
    state: str
    cause: str


class MobileView:
    """The part of a consistent look at the database that is about mobile kits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def trip(self) -> TripRow | None:
        """Return the trip that this kit is on; None if it is on none."""
        return next(iter(self._mobile(TripRow, "trips WHERE state <> ?", TripState.CLOSED.value)), None)

    def trips(self) -> list[TripRow]:
        """Return all trips of this kit, first to last."""
        return self._mobile(TripRow, "trips ORDER BY opened")

    def allotments(self) -> list[AllotmentRow]:
        """Return all allotments of this office, first to last."""
        return self._mobile(AllotmentRow, "allotments ORDER BY since, allotment_id")

    def allotment(self, allotment_id: str) -> AllotmentRow | None:
        """Return one allotment of this office."""
        return next(iter(self._mobile(AllotmentRow, "allotments WHERE allotment_id = ?", allotment_id)), None)

    def halves(self) -> list[HalfRow]:
        """Return this book's halves of allotments, first to last."""
        return self._mobile(HalfRow, "halves ORDER BY seq")

    def halves_alone(self) -> list[HalfRow]:
        """Return those that the registry has not paired yet."""
        return self._mobile(HalfRow, "halves WHERE state = ? ORDER BY seq", ALONE)

    def names_to_hand_in(self) -> list[tuple[str, str]]:
        """Return the closed trips whose sealed names lie at this kit: the allotment and its office, first to last."""
        query = "SELECT allotment_id, office FROM trips JOIN vault ON job_id = 'home/' || allotment_id ORDER BY opened"
        return [(allotment_id, office) for allotment_id, office in self._db.execute(query)]

    def nameless(self) -> list[str]:
        """Return the allotments of this office of which a finished card lies here without a record of its owner."""
        query = (
            "SELECT allotment_id FROM allotments WHERE back IS NOT NULL AND EXISTS (SELECT 1 FROM shelf"
            " WHERE came = allotment_id AND job_id NOT IN (SELECT job_id FROM shelf_records)) ORDER BY since"
        )
        return [allotment_id for (allotment_id,) in self._db.execute(query)]

    def leased_since(self, seq: int) -> int:
        """Return how many jobs that are here arrived after an entry of the book."""
        (count,) = self._db.execute("SELECT count(*) FROM jobs WHERE arrived > ?", (seq,)).fetchone()
        return int(count)

    def partner_lists(self) -> list[PartnerListRow]:
        """Return the partners' lists that were handed in here, first to last."""
        return self._mobile(PartnerListRow, "partner_lists ORDER BY since, list_id")

    def partner_lists_waiting(self) -> list[PartnerListRow]:
        """Return those that the registry does not have yet."""
        return self._mobile(PartnerListRow, "partner_lists WHERE state = ? ORDER BY since, list_id", WAITS)

    def _mobile(self, kind: type[_Row], where: str, *values: object) -> list[_Row]:
        cursor = self._db.execute(f"SELECT * FROM {where}", values)  # noqa: S608 - no caller holds outside text
        names = [column[0] for column in cursor.description]
        return [msgspec.convert(_read(dict(zip(names, row, strict=True))), kind, strict=False) for row in cursor]


def _read(row: dict[str, object]) -> dict[str, object]:
    """Read the columns that hold JSON; an empty one is None."""
    for name in ("batches", "base", "stated", "figures"):
        text = row.get(name)
        if isinstance(text, str):
            row[name] = msgspec.json.decode(text) if text else None
    return row
