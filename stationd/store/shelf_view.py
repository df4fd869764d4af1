"""Questions the rest of the house asks of the database about finished cards."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from stationd.model.blank import CITIZENS, Account, Place
from stationd.model.shelf import Delivery, Notice
from stationd.store import shelf_projections
from stationd.store.field_projections import SHELF_RECORD
from stationd.store.shelf_projections import ANNOUNCED

_Row = TypeVar("_Row", bound=msgspec.Struct)


class ShelfCard(msgspec.Struct, frozen=True):
    """A finished card that lies here, or is not to be found.

    Attributes:
        attempt_id: of the attempt that made it; empty for one that was made elsewhere or under an earlier book.
        since: when it was laid on the shelf, seconds since the epoch.
        seq: the entry that laid it there.
        place: box and row; empty until an officer has said it.
        stock, batch: of its account.
        came: the sender's list, for one that was made elsewhere.
        lost: since when it is not to be found; None if it lies here.
        reported: what an officer has reported of its owner, until the registry has answered; empty if nothing.
    """

    job_id: str
    attempt_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    since: float
    seq: int
    place: str = ""
    stock: str = CITIZENS
    batch: str = ""
    came: str = ""
    lost: float | None = None
    reported: str = ""

    def account(self, place: Place = Place.SHELF) -> Account:
        """Return the account that it is in, or one in which it may end."""
        return Account(place, "", self.stock, self.batch)


class PastCard(msgspec.Struct, frozen=True):
    """A card that has left the shelf: `handed-over`, `withdrawn` or `transferred`, with whom, why or where to."""

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    since: float
    seq: int
    left_at: float
    how: str
    detail: str


class Arrival(msgspec.Struct, frozen=True):
    """A box of cards that another office made. Times are seconds since the epoch; `closed` None while it is open."""

    list_id: str
    sender: str
    digest: str
    opened: float
    by: str
    cards: int
    closed: float | None


class ArrivalLine(msgspec.Struct, frozen=True):
    """A line of a sender's list, `announced`, `arrived` or `short`; or a card on no line, `extra`."""

    list_id: str
    job_id: str
    identity: str
    citizen_ref: str
    issue_no: int
    stock: str
    state: str


class NoticeRow(msgspec.Struct, frozen=True):
    """One of a card's notices; members as in `stationd.model.shelf.Notice`. `cause` says why it failed."""

    job_id: str
    number: int
    channel: str
    delivery: str
    at: float
    tries: int
    cause: str


class ShelfView:
    """The part of a consistent look at the database that is about the shelf."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def shelf(self) -> list[ShelfCard]:
        """Return the finished cards that lie here, oldest first."""
        return self._shelved("lost IS NULL ORDER BY since, seq")

    def lost_cards(self) -> list[ShelfCard]:
        """Return the finished cards that should lie here and are not to be found."""
        return self._shelved("lost IS NOT NULL ORDER BY lost, seq")

    def shelf_card(self, job_id: str) -> ShelfCard | None:
        """Return a finished card that lies here or is not to be found."""
        return next(iter(self._shelved("job_id = ?", job_id)), None)

    def shelf_card_of_chip(self, identity: str) -> ShelfCard | None:
        """Return the finished card with this chip (hex), if it should lie here."""
        return next(iter(self._shelved("identity = ? AND identity <> ''", identity)), None)

    def past_card(self, job_id: str) -> PastCard | None:
        """Return a card that has left the shelf."""
        return next(iter(self._past("job_id = ?", job_id)), None)

    def past_card_of_chip(self, identity: str) -> PastCard | None:
        """Return the card with this chip (hex) that has left the shelf last."""
        return next(iter(self._past("identity = ? AND identity <> '' ORDER BY left_at DESC LIMIT 1", identity)), None)

    def notices(self, job_id: str) -> tuple[Notice, ...]:
        """Return a card's notices, first to last."""
        return shelf_projections.notices_of(self._db, job_id)

    def notice_rows(self, job_id: str) -> list[NoticeRow]:
        """Return a card's notices with why they failed."""
        return self._read(NoticeRow, "SELECT * FROM notices WHERE job_id = ? ORDER BY number", job_id)

    def all_notices(self) -> dict[str, tuple[Notice, ...]]:
        """Return the notices of each card that lies here and has had any."""
        query = (
            "SELECT notices.job_id, number, channel, delivery, at, tries FROM notices JOIN shelf USING (job_id)"
            " ORDER BY notices.job_id, number"
        )
        found: dict[str, list[Notice]] = {}
        for job_id, number, channel, delivery, at, tries in self._db.execute(query):
            found.setdefault(job_id, []).append(Notice(number, channel, Delivery(delivery), at, tries))
        return {job_id: tuple(notices) for job_id, notices in found.items()}

    def notices_waiting(self, channel: str, *deliveries: Delivery) -> list[NoticeRow]:
        """Return the notices by a channel of which only this is known, for cards that lie here."""
        marks = ", ".join("?" * len(deliveries))
        query = (
            "SELECT notices.* FROM notices INDEXED BY notices_open JOIN shelf USING (job_id)"  # noqa: S608 - marks only
            f" WHERE delivery IN ({marks}) AND channel = ? ORDER BY notices.job_id, number"
        )
        return self._read(NoticeRow, query, *deliveries, channel)

    def arrivals(self, *, everything: bool = False) -> list[Arrival]:
        """Return the boxes that are being gone through; all that ever came if asked for."""
        where = "" if everything else " WHERE closed IS NULL"
        return self._read(Arrival, f"SELECT * FROM arrivals{where} ORDER BY opened, list_id")  # noqa: S608 - constants

    def arrival(self, list_id: str) -> Arrival | None:
        """Return one box."""
        return next(iter(self._read(Arrival, "SELECT * FROM arrivals WHERE list_id = ?", list_id)), None)

    def arrival_lines(self, list_id: str) -> list[ArrivalLine]:
        """Return the lines of a box's list, and the cards that are on none."""
        query = "SELECT * FROM arrival_cards WHERE list_id = ? ORDER BY job_id, identity"
        return self._read(ArrivalLine, query, list_id)

    def records_kept(self) -> list[str]:
        """Return the jobs of which a sealed record is kept."""
        return [job_id for (job_id,) in self._db.execute("SELECT job_id FROM shelf_records ORDER BY job_id")]

    def records_erasable(self) -> list[str]:
        """Return the jobs of which a sealed record is kept although no card of theirs waits here, nor is to come.

        Also those of which the book says so and none is: the record could not be made, or was lost with its key.
        """
        query = (
            "SELECT job_id FROM (SELECT job_id FROM shelf_records UNION SELECT job_id FROM keepings"
            " WHERE kind = ? AND until IS NULL) WHERE job_id NOT IN (SELECT job_id FROM shelf)"
            " AND job_id NOT IN (SELECT job_id FROM arrival_cards JOIN arrivals USING (list_id)"
            " WHERE closed IS NULL AND state = ?) ORDER BY job_id"
        )
        return [job_id for (job_id,) in self._db.execute(query, (SHELF_RECORD, ANNOUNCED))]

    def _shelved(self, where: str, *values: object) -> list[ShelfCard]:
        return self._read(ShelfCard, f"SELECT * FROM shelf WHERE {where}", *values)  # noqa: S608 - our own words

    def _past(self, where: str, *values: object) -> list[PastCard]:
        return self._read(PastCard, f"SELECT * FROM shelf_past WHERE {where}", *values)  # noqa: S608 - our own words

    def _read(self, kind: type[_Row], query: str, *values: object) -> list[_Row]:
        cursor = self._db.execute(query, values)
        names = [column[0] for column in cursor.description]
        rows: Sequence[tuple[object, ...]] = cursor.fetchall()
        return [msgspec.convert(dict(zip(names, row, strict=True)), kind, strict=False) for row in rows]
