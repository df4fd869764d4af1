"""What an officer, a technician and the registry may ask of a station.

Every act is checked, decided and put in the book in one transaction under the actor's id; what is refused changes
nothing and says why.
"""

from __future__ import annotations

from stationd.station.arrivals import Arrivals
from stationd.station.counts import Counts
from stationd.station.discrepancies import Discrepancies
from stationd.station.making import CardTold, Making
from stationd.station.ordering import NotOrdered, Ordered, Ordering
from stationd.station.partners import Partners
from stationd.station.pictures import Pictures
from stationd.station.possibly_printed import PossiblyPrinted
from stationd.station.printing import Printing
from stationd.station.privacy import Privacy
from stationd.station.questions import Answer, Questions, QuestionTold
from stationd.station.queue import Queue, Queued, Queueing
from stationd.station.ready import Readying
from stationd.station.refusal import Kind, Refused
from stationd.station.reporting import Reporting
from stationd.station.shelf_leaving import ShelfLeaving
from stationd.station.shelf_papers import ShelfPapers
from stationd.station.supplies import DayUse, Stocked, Supplies
from stationd.station.timekeeping import Timekeeping
from stationd.station.trips import Trips
from stationd.station.trying import Trying
from stationd.station.views import AccountBalance, BookCheck, LinkStatus, StationStatus
from stationd.station.whereabouts import WhereIs

__all__ = [
    "AccountBalance",
    "Answer",
    "BookCheck",
    "CardTold",
    "DayUse",
    "Kind",
    "LinkStatus",
    "NotOrdered",
    "Ordered",
    "QuestionTold",
    "Queue",
    "Queued",
    "Refused",
    "Station",
    "StationStatus",
    "Stocked",
]


class Station(
    WhereIs,
    Readying,
    Supplies,
    Queueing,
    Making,
    Ordering,
    Printing,
    Pictures,
    PossiblyPrinted,
    Reporting,
    Privacy,
    Questions,
    Counts,
    Discrepancies,
    ShelfPapers,
    Timekeeping,
    Trying,
    ShelfLeaving,
    Arrivals,
    Trips,
    Partners,
):
    """The station.

    Args:
        store: its book.
        clock: its time.
        office: which office it stands in.
        lines: its production lines, by name.
        link_status: how the link to the registry is.
        policies: all that it was given.
        tap: reads a card that is laid on the desk reader.
    """
