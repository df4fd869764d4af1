"""What an attempt is: its steps, its three regions, the routes that lines can take, and the state itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from typing_extensions import override

from stationd.model.blank import Account, Place


class Step(StrEnum):
    """What can be done to a card on a line. Each is declared before it begins and observed after."""

    FEED = "feed"
    FILM = "film"
    IDENTIFY = "identify"
    WRITE = "write"
    SEAL = "seal"
    TRANSFER = "transfer"
    PRINT = "print"
    ACTIVATE = "activate"
    DELIVER = "deliver"
    REJECT = "reject"
    RETURN = "return"


class CardRegion(StrEnum):
    """Where the blank of this attempt is."""

    RESERVED = "reserved"
    FED = "fed"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    RETURNED = "returned"
    IN_QUESTION = "in-question"


class ChipRegion(StrEnum):
    """How far the chip has come, as observed."""

    BLANK = "blank"
    IDENTIFIED = "identified"
    WRITTEN = "written"
    VERIFIED = "verified"
    ACTIVE = "active"


class FilmRegion(StrEnum):
    """What the film holds. Anything that might have moved it unseen makes it unknown."""

    CLEAN = "clean"
    HOLDS = "holds"
    UNKNOWN = "unknown"


FOUND_OUTSIDE = "out"
"""What a person answers who has the finished card in hand."""


class Tapped(StrEnum):
    """What a tap found on the chip of this very attempt."""

    LIVE = "live"
    LOCKED = "locked"
    """Complete and read back equal, and not live."""
    UNFINISHED = "unfinished"


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    SPOILED = "spoiled"
    WITHDRAWN = "withdrawn"
    """The job was revoked: the card lies among the rejected ones, perhaps live, and its chip is void."""
    RELEASED = "released"
    UNKNOWN = "unknown"


class Route(msgspec.Struct, frozen=True):
    """A line's graph of steps: which steps must have been observed before each may begin.

    The order of the mapping is the order in which ready steps are begun.

    Attributes:
        inside: where the line has a card between its feeding and its leaving.
        returns_to: where a blank goes that was not altered.
    """

    name: str
    after: Mapping[Step, frozenset[Step]]
    inside: Place = Place.MACHINE
    returns_to: Place = Place.OUTPUT


def _route(name: str, **after: tuple[Step, ...]) -> Route:
    return Route(name, {Step(step): frozenset(needs) for step, needs in after.items()})


INLINE_BESIDE = _route(
    "inline-beside",
    feed=(),
    identify=(Step.FEED,),
    film=(Step.IDENTIFY,),
    write=(Step.IDENTIFY,),
    seal=(Step.WRITE,),
    transfer=(Step.SEAL, Step.FILM),
    activate=(Step.TRANSFER,),
    deliver=(Step.ACTIVATE,),
)
"""A retransfer printer with a reader inside, whose film is printed while the chip is written.

The film waits for the chip's identity: reader and card are brought together while the machine is still idle, and no
film is spent on a card whose chip is foreign or dead.
"""

INLINE_IN_TURN = _route(
    "inline-in-turn",
    feed=(),
    identify=(Step.FEED,),
    write=(Step.IDENTIFY,),
    seal=(Step.WRITE,),
    film=(Step.SEAL,),
    transfer=(Step.FILM,),
    activate=(Step.TRANSFER,),
    deliver=(Step.ACTIVATE,),
)
"""The same machine where film and chip have not been proven side by side."""

INLINE_DIRECT = _route(
    "inline-direct",
    feed=(),
    identify=(Step.FEED,),
    write=(Step.IDENTIFY,),
    seal=(Step.WRITE,),
    print=(Step.SEAL,),
    activate=(Step.PRINT,),
)
"""A direct printer with a reader inside: it prints while the card goes out, so that it is made live on the desk."""

DESK_THEN_PRINT = Route("desk-then-print", INLINE_DIRECT.after, inside=Place.HAND, returns_to=Place.HOPPER)
"""A printer that cannot hold a card for a reader: written on the desk, carried to the printer, made live on the desk.

`FEED` is a blank taken from the line's stack and laid on the reader.
"""

ROUTES: Mapping[str, Route] = {
    route.name: route for route in (INLINE_BESIDE, INLINE_IN_TURN, INLINE_DIRECT, DESK_THEN_PRINT)
}


class Attempt(msgspec.Struct, frozen=True):
    """The state of one attempt.

    Attributes:
        open: steps declared and not yet observed: what they did is not known.
        done: steps observed.
        condemned: the card came out bad or is not worth finishing: it can only be rejected.
        recalled: the job was revoked: a blank that was not altered is put out, any other card is rejected.
        unfit: why its chip cannot be written here; empty if nothing says so. The blank is put out as it is.
        resumes: how many times the attempt was taken up again after an interruption.
        tag: what the chip's identity is to be, from before it was first written.
        identity: the chip's identity, once seen.
        written: names of the data objects that the chip acknowledged.
        profile_digest: of the profile with which it was begun; empty if the book does not say.
        outcome: how it ended; None while it goes on.
    """

    attempt_id: str
    job_id: str
    line: str
    route: str
    stock: str
    batch: str
    session: str
    card: CardRegion = CardRegion.RESERVED
    chip: ChipRegion = ChipRegion.BLANK
    film: FilmRegion = FilmRegion.CLEAN
    tag: str = ""
    identity: str = ""
    written: tuple[str, ...] = ()
    open: frozenset[Step] = frozenset()
    done: frozenset[Step] = frozenset()
    condemned: bool = False
    recalled: bool = False
    unfit: str = ""
    resumes: int = 0
    profile_digest: str = ""
    outcome: Outcome | None = None

    @property
    def touched(self) -> bool:
        """True once the chip may have been altered: from then on the blank is this job's or spoiled."""
        return Step.IDENTIFY in self.open | self.done

    @property
    def may_be_live(self) -> bool:
        """True once the chip can have been made live: from the moment that its activation was declared."""
        return Step.ACTIVATE in self.open | self.done

    def account(self, place: Place) -> Account:
        """Return this attempt's account at a place."""
        line = self.line if place in _LINE_PLACES else ""
        return Account(place, line, self.stock, self.batch)


LEAVING: Mapping[Step, Place] = {
    Step.DELIVER: Place.OUTPUT,
    Step.PRINT: Place.OUTPUT,
    Step.REJECT: Place.REJECT,
    Step.RETURN: Place.OUTPUT,
}
"""The steps by which a card leaves its line, and where it goes."""

_LINE_PLACES = frozenset({Place.HOPPER, Place.MACHINE, Place.OUTPUT, Place.REJECT, Place.UNFIT, Place.IN_QUESTION})


@dataclass(eq=False)
class OutOfOrder(Exception):
    """An event that cannot follow from the attempt's state."""

    attempt_id: str
    event: str
    why: str

    @override
    def __str__(self) -> str:
        return f"attempt {self.attempt_id}: {self.event} cannot be: {self.why}"
