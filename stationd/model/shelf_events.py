"""What happens to finished cards between their acceptance and their owners: more words of the book.

They name jobs, the registry's reference to a citizen, and chips; never a name, a number of a citizen or an address.
"""

from __future__ import annotations

import msgspec

from stationd.model.event import Event


class CardPlaced(Event, frozen=True):
    """A finished card lies in this box and row of the shelf."""

    job_id: str
    place: str


class NoticeAsked(Event, frozen=True):
    """The registry is asked to tell a citizen that the card is ready. It reads this in the book."""

    job_id: str
    number: int
    channel: str


class NoticeBegun(Event, frozen=True):
    """A notice is about to be handed to the station's own modem."""

    job_id: str
    number: int
    channel: str


class NoticeSent(Event, frozen=True):
    """A notice went off."""

    job_id: str
    number: int
    channel: str


class NoticeDelivered(Event, frozen=True):
    """A notice arrived."""

    job_id: str
    number: int
    channel: str


class NoticeFailed(Event, frozen=True):
    """A notice did not go, or did not arrive. `cause` is a word of the catalogue."""

    job_id: str
    number: int
    channel: str
    cause: str = ""


class NoticeDoubtful(Event, frozen=True):
    """Nobody knows whether a notice went: the modem did not say in time. `cause` is a word of the catalogue."""

    job_id: str
    number: int
    channel: str
    cause: str = ""


class CardHandedOver(Event, frozen=True):
    """A finished card left with its owner, or with a member of the family.

    Attributes:
        identity: of its chip, hex; empty if nobody ever read it.
        to: a `stationd.model.shelf.Collector`.
        shown: a `stationd.model.shelf.Shown`.
        tapped: the chip was read just before, and is this card's.
    """

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    to: str
    shown: str
    tapped: bool


class ShelfInherited(Event, frozen=True):
    """A card lay on the shelf by the book before this one. Whether it still does shows when it is looked for.

    Attributes:
        stock, batch: of the account in which it was.
        since: when it was laid there, seconds since the epoch.
    """

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    stock: str
    batch: str
    since: float


class CardLost(Event, frozen=True):
    """A card that should lie on the shelf is not to be found."""

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str


class CardFound(Event, frozen=True):
    """A card that was not to be found lies on the shelf again."""

    job_id: str
    place: str = ""


class ListedCard(msgspec.Struct, frozen=True):
    """One card of a sender's list; members as in `CardHandedOver`."""

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    stock: str = "wni"


class ArrivalOpened(Event, frozen=True):
    """A box of cards that another office made came with its signed list. `digest` is the list's, SHA-256, hex."""

    list_id: str
    sender: str
    digest: str
    cards: int


class CardsAnnounced(Event, frozen=True):
    """Some of the cards that are on an opened list."""

    list_id: str
    cards: tuple[ListedCard, ...]


class CardArrived(Event, frozen=True):
    """A card of a list is here and lies on the shelf. `tapped` as in `CardHandedOver`."""

    list_id: str
    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str
    tapped: bool
    place: str = ""


class ExtraCardArrived(Event, frozen=True):
    """A card came that is on no line of the list. It is laid aside and goes back to the sender."""

    list_id: str
    identity: str


class ArrivalClosed(Event, frozen=True):
    """A box was gone through. `short` are the jobs whose cards are on the list and did not come."""

    list_id: str
    arrived: int
    short: tuple[str, ...]
    extra: int


class ShelfRecordErased(Event, frozen=True):
    """The sealed record of a card that lies here no more was destroyed with its key."""

    job_id: str


AnyShelfEvent = (
    CardPlaced
    | NoticeAsked
    | NoticeBegun
    | NoticeSent
    | NoticeDelivered
    | NoticeFailed
    | NoticeDoubtful
    | CardHandedOver
    | ShelfInherited
    | CardLost
    | CardFound
    | ArrivalOpened
    | CardsAnnounced
    | CardArrived
    | ExtraCardArrived
    | ArrivalClosed
    | ShelfRecordErased
)
"""All of them, for the union by which the book is read."""
