"""What a book leaves to the one that follows it: leases that are not settled, cards on the shelf, blanks by account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stationd.model.blank import Account
from stationd.model.paper_events import LastNumber
from stationd.store import chronicle, database, projections
from stationd.store.mobile_view import AllotmentRow, TripRow
from stationd.store.rows import OVER, JobRow
from stationd.store.shelf_view import ShelfCard
from stationd.store.view import View


@dataclass(frozen=True)
class Heritage:
    """What a book says at its end.

    Attributes:
        leases: jobs that are not settled: of each a card may have been printed after what is known.
        accounts: blanks by account.
        shelf: finished cards that lay at the station.
        papers: the last number of each kind of paper and year.
        allotments: what kits have of this office.
        trip: the one that this kit is on; None if it is on none.
        trip_jobs: how many more jobs are to be leased for it.
        profiles: the newest version of each chip profile that the station had worked with.
    """

    leases: tuple[JobRow, ...] = ()
    accounts: dict[Account, int] = field(default_factory=dict)
    shelf: tuple[ShelfCard, ...] = ()
    papers: tuple[LastNumber, ...] = ()
    profiles: dict[str, int] = field(default_factory=dict)
    allotments: tuple[AllotmentRow, ...] = ()
    trip: TripRow | None = None
    trip_jobs: int = 0


def replay(texts: Iterable[str]) -> Heritage:
    """Replay a book's entries, from the first on, and return what it leaves.

    Raises:
        msgspec.DecodeError: if an entry is not in this book's language.
    """
    db = database.replica()
    try:
        for text in texts:
            projections.project(db, chronicle.parse(text))
        view = View(db)
        leases = [job for job in view.jobs() if job.state not in OVER]
        papers = tuple(view.last_numbers())
        trip = view.trip()
        return Heritage(
            tuple(leases),
            view.balances(),
            tuple(view.shelf()),
            papers,
            view.profiles_used(),
            allotments=tuple(each for each in view.allotments() if each.back is None),
            trip=trip,
            trip_jobs=0 if trip is None else max(0, trip.jobs - view.leased_since(trip.opened)),
        )
    finally:
        db.close()
