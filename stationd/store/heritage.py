"""What a book leaves to the one that follows it: leases that are not settled, cards on the shelf, blanks by account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from stationd.model.blank import Account
from stationd.model.paper_events import LastNumber
from stationd.store import chronicle, database, projections
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
        profiles: the newest version of each chip profile that the station had worked with.
    """

    leases: tuple[JobRow, ...] = ()
    accounts: dict[Account, int] = field(default_factory=dict)
    shelf: tuple[ShelfCard, ...] = ()
    papers: tuple[LastNumber, ...] = ()
    profiles: dict[str, int] = field(default_factory=dict)


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
        return Heritage(tuple(leases), view.balances(), tuple(view.shelf()), papers, view.profiles_used())
    finally:
        db.close()
