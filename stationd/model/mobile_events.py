"""What happens to the blanks of a mobile kit, and to partners' lists: more words of the book.

An allotment has one id in two books, the office's and the kit's; the registry pairs the halves of each way.
"""

from __future__ import annotations

import msgspec

from stationd.model.blank import CITIZENS
from stationd.model.event import Event
from stationd.model.mobile import Statement


class AllotmentGiven(Event, frozen=True):
    """At the office: blanks were given to a kit.

    Attributes:
        batches: how many of each delivery.
        signed_at: seconds since the epoch, on the signed slip.
    """

    allotment_id: str
    kit: str
    count: int
    batches: dict[str, int]
    signed_at: int
    stock: str = CITIZENS


class AllotmentInherited(Event, frozen=True):
    """At the office, in a book that follows another: a kit still has what that one gave it; members as there."""

    allotment_id: str
    kit: str
    count: int
    batches: dict[str, int]
    signed_at: int
    stock: str = CITIZENS


class AllotmentTaken(Event, frozen=True):
    """At the kit: an office's blanks were taken in; its slip says `announced`. A difference is a discrepancy."""

    allotment_id: str
    office: str
    announced: int
    count: int
    stock: str = CITIZENS


class TripOpened(Event, frozen=True):
    """A supervisor began a trip with an allotment.

    Attributes:
        jobs: how many are to be leased for it.
        begins, until: seconds since the epoch; no card is begun outside.
        offline: cards may be made without the network.
        place: one of those that the policy's grant names; empty if it names none.
    """

    allotment_id: str
    office: str
    announced: int
    jobs: int
    begins: int
    until: int
    offline: bool
    place: str = ""
    stock: str = CITIZENS


class TripInherited(Event, frozen=True):
    """At the kit, in a book that follows another: the trip that it was on goes on.

    Members as in `TripOpened`; `jobs` are those that were not leased yet and those that come over as leases. The
    movements say where its blanks are: gone as the old book knew, counted, or in question.

    Attributes:
        closing: no card was begun any more.
    """

    allotment_id: str
    office: str
    announced: int
    jobs: int
    begins: int
    until: int
    offline: bool
    closing: bool
    place: str = ""
    stock: str = CITIZENS


class TripClosing(Event, frozen=True):
    """No card is begun on this trip any more: it is counted and closed."""

    allotment_id: str


class TripMissingDeclared(Event, frozen=True):
    """A supervisor declared blanks of a trip missing that were in question; so many in all, `count`.

    The movements are those of blanks that no discrepancy was found for; the discrepancies are settled beside it.
    """

    allotment_id: str
    count: int


class TripClosed(Event, frozen=True):
    """A trip ended: printed, spoiled, returned and missing are what was allotted, and nothing is in question.

    Attributes:
        stated: what is handed in, and what became of the rest.
        signed_at: seconds since the epoch, on the signed slip.
    """

    allotment_id: str
    allotted: int
    printed: int
    spoiled: int
    returned: int
    missing: int
    stated: Statement
    signed_at: int


class AllotmentTakenBack(Event, frozen=True):
    """At the office: what a kit handed in was counted. The kit's slip says `stated`."""

    allotment_id: str
    kit: str
    unused: int
    unfit: int
    spoiled: int
    finished: int
    stated: Statement
    stock: str = CITIZENS


class KitCard(msgspec.Struct, frozen=True):
    """One finished card of a kit, by its job and the registry's reference to its owner."""

    job_id: str
    citizen_ref: str


class KitCardTaken(Event, frozen=True):
    """At the office: a finished card that a kit brought back lies on the shelf."""

    allotment_id: str
    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str


class KitNamesTaken(Event, frozen=True):
    """At the office: who waits for these finished cards of a kit was told by the kit, and is kept sealed here."""

    allotment_id: str
    cards: tuple[KitCard, ...]


class AllotmentPaired(Event, frozen=True):
    """The registry has both halves of one way of an allotment (`out` or `back`), and they agree."""

    allotment_id: str
    leg: str


class AllotmentDiffers(Event, frozen=True):
    """The registry has both halves of one way of an allotment, and the other book says another number."""

    allotment_id: str
    leg: str
    here: int
    there: int


class PartnerListTaken(Event, frozen=True):
    """A partner organisation's list came: so many rows, of which so many are good, bad, and double."""

    list_id: str
    partner: str
    rows: int
    good: int
    bad: int
    double: int


class PartnerListSent(Event, frozen=True):
    """The registry has the good rows of a partner's list as requests; what was kept of them here is destroyed."""

    list_id: str


class PartnerListRefused(Event, frozen=True):
    """The registry does not take a partner's list, for a problem of this name; what was kept here is destroyed."""

    list_id: str
    cause: str


AnyMobileEvent = (
    AllotmentGiven
    | AllotmentInherited
    | AllotmentTaken
    | TripOpened
    | TripInherited
    | TripClosing
    | TripMissingDeclared
    | TripClosed
    | AllotmentTakenBack
    | KitCardTaken
    | KitNamesTaken
    | AllotmentPaired
    | AllotmentDiffers
    | PartnerListTaken
    | PartnerListSent
    | PartnerListRefused
)
"""All of them, for the union by which the book is read."""
