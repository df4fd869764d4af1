"""What officers are told of finished cards. Citizens' data: for this officer's eyes, in no log, and nowhere kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
from typing_extensions import override


class _Private(msgspec.Struct, frozen=True, kw_only=True):
    """A row that names a citizen: its repr says only what it is about."""

    job_id: str

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(job_id={self.job_id!r}, …)"

    @override
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("job_id", self.job_id)]


class NoticeTold(msgspec.Struct, frozen=True):
    """One notice: its number, who carried it, how far it came (`stationd.model.shelf.Delivery`), and when it was tried.

    `cause` says why it failed, in a word of the catalogue. `at` is seconds since the epoch.
    """

    number: int
    channel: str
    delivery: str
    at: float
    cause: str = ""


class FoundCard(_Private, frozen=True, kw_only=True):
    """A finished card that lies here, with its owner as far as a record is kept.

    Attributes:
        name, nik, address, kelurahan, kecamatan: empty where no record of the owner is here.
        place: box and row; empty until an officer has said it.
        since: when it was laid on the shelf, seconds since the epoch.
        came: the sender's list, for a card that was made elsewhere.
        lost: since when it is not to be found; None if it lies here.
        due: `notice` or `transfer`, if that is due now.
    """

    name: str = ""
    nik: str = ""
    address: str = ""
    kelurahan: str = ""
    kecamatan: str = ""
    place: str = ""
    since: float = 0.0
    issue_no: int = 0
    came: str = ""
    lost: float | None = None
    due: str = ""
    notices: tuple[NoticeTold, ...] = ()


class TapFound(StrEnum):
    """What a card on the desk reader is to this station."""

    ON_SHELF = "on-shelf"
    LOST = "lost"
    """It was not to be found, and here it is: enter that, with its place."""
    ANNOUNCED = "announced"
    """It is on the list of a box that is being gone through."""
    NOT_ACCEPTED = "not-accepted"
    """It was made here and nobody has accepted it: it belongs to the output, to be looked at."""
    HANDED_OVER = "handed-over"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    SPOILED = "spoiled"
    """It was made here and came to nothing: it belongs into the reject bin."""
    NOT_OURS = "not-ours"
    """This station knows nothing of it."""


class TappedCard(msgspec.Struct, frozen=True, kw_only=True):
    """The card on the desk reader: whose it is and where it belongs.

    Attributes:
        found: a `TapFound`.
        belongs: where it is to be laid: a place of the shelf, or a `stationd.model.blank.Place`.
        job_id: empty for a card of which nothing is known.
        card: its owner, where it should lie on the shelf.
        list_id: the sender's list that it is on, where that is open.
        at: when it left, seconds since the epoch, for a card that has.
    """

    found: TapFound
    belongs: str = ""
    job_id: str = ""
    card: FoundCard | None = None
    list_id: str = ""
    at: float | None = None


class Receipt(_Private, frozen=True, kw_only=True):
    """The content of a hand-over receipt.

    Attributes:
        seq: the entry of the book that says it; with `station` and `incarnation` it is found again.
        at: seconds since the epoch.
        to, shown: a `Collector` and a `Shown` of `stationd.model.shelf`.
        tapped: the chip was read just before, and is this card's.
        officer, officer_name: who handed it over.
    """

    station: str
    incarnation: str
    seq: int
    at: float
    name: str = ""
    nik: str = ""
    address: str = ""
    issue_no: int = 0
    identity: str = ""
    to: str = ""
    shown: str = ""
    tapped: bool = False
    officer: str = ""
    officer_name: str = ""


class TransferRow(_Private, frozen=True, kw_only=True):
    """One line of a transfer's record (berita acara). Members as in `FoundCard` and `Receipt`."""

    name: str = ""
    nik: str = ""
    address: str = ""
    kecamatan: str = ""
    issue_no: int = 0
    identity: str = ""
    since: float = 0.0
    seq: int = 0


class TransferOut(msgspec.Struct, frozen=True, kw_only=True):
    """Cards that were sent to another office together: the content of the record that both sides sign.

    Attributes:
        office: the receiving one's code.
        at: seconds since the epoch.
    """

    station: str
    incarnation: str
    office: str
    cause: str
    at: float
    officer: str
    officer_name: str
    cards: tuple[TransferRow, ...]


class ArrivalCard(_Private, frozen=True, kw_only=True):
    """A line of a sender's list: `announced`, `arrived` or `short`; `extra` for a card on no line of it."""

    state: str
    identity: str = ""
    name: str = ""
    kelurahan: str = ""


class ArrivalTold(msgspec.Struct, frozen=True, kw_only=True):
    """A box of cards that another office made.

    Attributes:
        announced, arrived, short, extra: how many cards are in each state.
        opened, closed: seconds since the epoch; `closed` None while it is being gone through.
    """

    list_id: str
    sender: str
    opened: float
    closed: float | None
    announced: int = 0
    arrived: int = 0
    short: int = 0
    extra: int = 0
    cards: tuple[ArrivalCard, ...] = ()


class CardState(StrEnum):
    """Where a citizen's card is."""

    NOT_RECORDED = "not-recorded"
    """The registry knows of no card to be made."""
    QUEUED = "queued"
    HELD = "held"
    PRINTED = "printed"
    """It is made, and neither on a shelf nor handed over."""
    ON_SHELF = "on-shelf"
    HANDED_OVER = "handed-over"
    REVOKED = "revoked"
    NOT_HERE = "not-here"
    """The registry is out of reach, and this station holds nothing for this NIK: it may be elsewhere, or collected."""


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where a citizen's card is.

    Attributes:
        state: a `CardState`.
        cause: why it is held, in a word of the catalogue.
        office: the station that has the job or the card.
        since: since when, seconds since the epoch.
        place: box and row, if it lies here.
        by: `registry`, or `station` while that is out of reach.
        as_of: when that was so: for the station's own answer, when the registry was last heard; None if never.
    """

    state: CardState
    by: str
    as_of: float | None = None
    cause: str = ""
    office: str = ""
    since: float | None = None
    place: str = ""
    job_id: str = ""
    issue_no: int = 0
    notices: tuple[NoticeTold, ...] = ()
