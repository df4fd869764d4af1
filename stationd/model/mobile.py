"""A kit's trip to the villages: what an allotment of blanks comes to, and when a trip may begin, print and end. Pure.

The blanks of a trip are a movement between two books. The office's book moves them to `ALLOTTED`, in the name of the
allotment; the kit's book takes them from `OFFICE`, in the same name. What comes back goes the other way. Each book is
in balance by itself, and the registry holds the two halves of each way against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from stationd.model.blank import CITIZENS, OUTSIDE, Account, Movement, Place
from stationd.model.policy_tables import MobileGrant


class Leg(StrEnum):
    """One way of an allotment."""

    OUT = "out"
    """From the office's store to the kit's."""
    BACK = "back"


class TripState(StrEnum):
    """How far a trip has come."""

    OPEN = "open"
    CLOSING = "closing"
    """No card is begun any more; what there is, is counted."""
    CLOSED = "closed"


PRINTED: Final = frozenset({Place.SHELF, Place.CITIZEN, Place.TRANSFERRED})
"""Where finished cards are."""

SPOILED: Final = frozenset({Place.REJECT, Place.WITHDRAWN, Place.DESTROYED})
RETURNED: Final = frozenset({Place.STORE, Place.UNFIT, Place.SENT_BACK})
"""Where blanks are that no card was made of, and that go back."""

ON_THE_WAY: Final = frozenset({Place.HOPPER, Place.MACHINE, Place.OUTPUT, Place.HAND})
"""Where nothing may be left when a trip ends."""

GONE: Final = (Place.CITIZEN, Place.TRANSFERRED, Place.DESTROYED, Place.SENT_BACK, Place.MISSING)
"""Where what was allotted may have gone for good, so that nobody carries it back."""

HERE: Final = ON_THE_WAY | {Place.STORE, Place.UNFIT, Place.SHELF, Place.REJECT, Place.WITHDRAWN, Place.IN_QUESTION}
"""Where a kit has blanks or cards in its bags: all of it must be empty before a trip."""


class Finished(msgspec.Struct, frozen=True):
    """A finished card that comes back to the office's shelf. `identity` is its chip's, lower-case hex."""

    job_id: str
    citizen_ref: str
    issue_no: int
    identity: str


class Tally(msgspec.Struct, frozen=True):
    """What a trip's blanks have come to, by the kit's book.

    Attributes:
        allotted: what came from the office, and what two people agreed came beside it.
        printed, spoiled, returned, missing: what became of them. What lies in the store counts as returned.
        in_question: nobody knows.
        unused, unfit, bin, shelf: of these, what is in the kit's bags: blanks, blanks that could not be written,
            spoiled cards, finished ones.
        loose: for each place in which nothing may be left, how many are there.
    """

    allotted: int
    printed: int = 0
    spoiled: int = 0
    returned: int = 0
    missing: int = 0
    in_question: int = 0
    unused: int = 0
    unfit: int = 0
    bin: int = 0
    shelf: int = 0
    loose: dict[str, int] = {}

    @property
    def accounted(self) -> int:
        """How many are accounted for."""
        return self.printed + self.spoiled + self.returned + self.missing


class Wrong(StrEnum):
    """What keeps a trip from being closed."""

    IN_QUESTION = "in-question"
    """So many blanks are nowhere to be found. A supervisor declares them missing, or they are found."""
    LOOSE = "loose"
    """So many are in a place where nothing may be left."""
    UNSETTLED = "unsettled"
    """A difference that was found is not settled."""
    DIFFERS = "differs"
    """A pile holds another number than the book says."""
    SUM = "sum"
    """Printed, spoiled, returned and missing together are not what was allotted."""
    ORDERED = "ordered"
    """A job is ordered, being made, or waits to be looked at."""


class Off(msgspec.Struct, frozen=True):
    """One thing that is off.

    Attributes:
        wrong: what.
        where: the place, the discrepancy or the job; empty if it is about the whole.
        expected: what should be: by the book, or nought.
        found: what is.
    """

    wrong: Wrong
    where: str = ""
    expected: int = 0
    found: int = 0


class InBags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people count in a kit's bags, or take out of them: blanks, spoiled cards, finished cards, unfit blanks."""

    unused: int
    spoiled: int
    finished: int
    unfit: int = 0


def tally(balances: Mapping[Account, int], allotment: str, base: Mapping[str, int], stock: str = CITIZENS) -> Tally:
    """Add up what a trip's blanks have come to.

    Args:
        balances: all accounts of the kit.
        allotment: the allotment's id.
        base: what each place held when the trip began.
        stock: the stock type of the trip.
    """
    sums = {place: count - base.get(place, 0) for place, count in by_place(balances, stock).items()}
    for place in base:
        sums.setdefault(Place(place), -base[place])
    came = -sum(count for account, count in balances.items() if is_of(account, Place.OFFICE, allotment, stock))
    beside = -sum(sums.get(place, 0) for place in OUTSIDE - {Place.OFFICE})

    def held(places: Iterable[Place]) -> int:
        return sum(sums.get(place, 0) for place in places)

    return Tally(
        allotted=came + beside,
        printed=held(PRINTED),
        spoiled=held(SPOILED),
        returned=held(RETURNED),
        missing=held([Place.MISSING]),
        in_question=held([Place.IN_QUESTION]),
        unused=held([Place.STORE]),
        unfit=held([Place.UNFIT]),
        bin=held([Place.REJECT, Place.WITHDRAWN]),
        shelf=held([Place.SHELF]),
        loose={place.value: sums[place] for place in sorted(ON_THE_WAY) if sums.get(place)},
    )


def by_place(balances: Mapping[Account, int], stock: str = CITIZENS) -> dict[Place, int]:
    """Return what each place holds of a stock type, over all lines and batches."""
    sums: dict[Place, int] = {}
    for account, count in balances.items():
        if account.stock == stock:
            sums[account.place] = sums.get(account.place, 0) + count
    return {place: count for place, count in sums.items() if count}


def is_of(account: Account, place: Place, allotment: str, stock: str) -> bool:
    """Say whether an account is an allotment's: at the office `ALLOTTED`, at the kit `OFFICE`."""
    return (account.place, account.line, account.stock) == (place, allotment, stock)


def off(said: Tally, counted: InBags) -> tuple[Off, ...]:
    """Return all that keeps a trip from being closed, as far as its blanks go; nothing if it may be.

    Args:
        said: by the kit's book.
        counted: what people counted in the kit's bags.
    """
    found = []
    if said.in_question:
        found.append(Off(Wrong.IN_QUESTION, found=said.in_question))
    found += [Off(Wrong.LOOSE, place, found=count) for place, count in said.loose.items()]
    piles = (
        (Place.STORE, said.unused, counted.unused),
        (Place.REJECT, said.bin, counted.spoiled),
        (Place.SHELF, said.shelf, counted.finished),
        (Place.UNFIT, said.unfit, counted.unfit),
    )
    found += [Off(Wrong.DIFFERS, place, book, there) for place, book, there in piles if book != there]
    if not found and said.accounted != said.allotted:
        found.append(Off(Wrong.SUM, "", said.allotted, said.accounted))
    return tuple(found)


def not_empty(balances: Mapping[Account, int]) -> dict[str, int]:
    """Return what a kit still has in its bags, by place: none of it may be there when a trip begins."""
    sums: dict[str, int] = {}
    for account, count in balances.items():
        if account.place in HERE:
            sums[account.place.value] = sums.get(account.place.value, 0) + count
    return sums


# --- may a card be made ---------------------------------------------------------------------------------------------


class NotAway(StrEnum):
    """Why a kit makes no card just now."""

    NO_TRIP = "no-trip-open"
    CLOSING = "trip-closing"
    NOT_BEGUN = "trip-not-begun"
    OVER = "trip-over"
    OFFLINE = "offline-not-granted"


@dataclass(frozen=True, slots=True)
class Away:
    """How a kit stands.

    Attributes:
        state: of its trip; None if it is on none.
        begins, ends: of the trip, seconds since the epoch; the end is not part of it.
        offline: whether the trip's grant lets it print without the network.
        online: whether the registry answers.
    """

    state: TripState | None = None
    begins: int = 0
    ends: int = 0
    offline: bool = False
    online: bool = False


def barred(away: Away, now: float | None) -> NotAway | None:
    """Return why a kit makes no card now, at a time in seconds since the epoch; None if it may."""
    if away.state is None:
        return NotAway.NO_TRIP
    if away.state is not TripState.OPEN:
        return NotAway.CLOSING
    if now is not None and now < away.begins:
        return NotAway.NOT_BEGUN
    if now is not None and now >= away.ends:
        return NotAway.OVER
    return None if away.online or away.offline else NotAway.OFFLINE


def grant_for(
    grants: Iterable[MobileGrant], kit: str, office: str, now: float, until: int | None = None
) -> MobileGrant | None:
    """Return the grant under which a kit takes blanks of an office now, until some time; None if there is none.

    A grant that names no office is good for any.
    """
    last = now if until is None else until
    return next(
        (
            grant
            for grant in grants
            if grant.kit == kit and grant.office in {"", office} and grant.valid_from <= now < grant.valid_until
            if last <= grant.valid_until
        ),
        None,
    )


# --- the two books --------------------------------------------------------------------------------------------------


def taken_by_kit(
    allotment: str, batches: Mapping[str, int], counted: int, stock: str = CITIZENS
) -> tuple[tuple[Movement, ...], tuple[Movement, ...]]:
    """Return the movements by which a kit takes an allotment in, and those of what is short or over.

    Args:
        allotment: its id.
        batches: what the office says that it gave, by batch.
        counted: what came.
        stock: the stock type.

    Returns:
        Of what came: from the office to the store. Of a difference: what is short is in question, since the office says
        that it gave it; what is over comes from outside. The second is empty where the two agree.
    """
    office, left, came, short = Account(Place.OFFICE, allotment, stock), counted, [], []
    for batch in sorted(batches):
        here = min(left, batches[batch])
        left -= here
        if here:
            came.append(Movement(office, Account(Place.STORE, "", stock, batch), here))
        if batches[batch] > here:
            short.append(Movement(office, Account(Place.IN_QUESTION, "", stock, batch), batches[batch] - here))
    if left:
        last = max(batches, default="")
        short.append(Movement(Account(Place.SUPPLY, stock=stock), Account(Place.STORE, "", stock, last), left))
    return tuple(came), tuple(short)


def handed_in(balances: Mapping[Account, int], allotment: str, stock: str = CITIZENS) -> tuple[Movement, ...]:
    """Return the movements by which a kit hands in what is in its bags, but finished cards: they move one by one."""
    office = Account(Place.OFFICE, allotment, stock)
    bags = {Place.STORE, Place.UNFIT, Place.REJECT, Place.WITHDRAWN}
    return tuple(
        Movement(account, office, count)
        for account, count in sorted(balances.items())
        if account.place in bags and account.stock == stock and count > 0
    )


class Statement(msgspec.Struct, frozen=True):
    """What a kit says at the end of a trip: what it hands in, and what became of the rest.

    Attributes:
        unused: blanks, by batch.
        unfit: blanks that could not be written.
        spoiled: spoiled and withdrawn cards.
        finished: cards that nobody took.
        gone: what is not handed in, by place: with citizens, missing, destroyed, and so on.
    """

    unused: dict[str, int] = {}
    unfit: int = 0
    spoiled: int = 0
    finished: tuple[Finished, ...] = ()
    gone: dict[str, int] = {}

    @property
    def bags(self) -> InBags:
        """What is in the bags."""
        return InBags(sum(self.unused.values()), self.spoiled, len(self.finished), self.unfit)

    @property
    def total(self) -> int:
        """All of it."""
        bags = self.bags
        return bags.unused + bags.unfit + bags.spoiled + bags.finished + sum(self.gone.values())


def statement(
    balances: Mapping[Account, int],
    base: Mapping[str, int],
    finished: Iterable[Finished],
    stock: str = CITIZENS,
) -> Statement:
    """Return what a kit states at the end of a trip; arguments as for `tally`."""
    sums = by_place(balances, stock)
    unused: dict[str, int] = {}
    for account, count in balances.items():
        if account.place is Place.STORE and account.stock == stock and count > 0:
            unused[account.batch] = unused.get(account.batch, 0) + count
    gone = {place.value: sums.get(place, 0) - base.get(place, 0) for place in GONE}
    return Statement(
        unused=dict(sorted(unused.items())),
        unfit=sums.get(Place.UNFIT, 0),
        spoiled=sums.get(Place.REJECT, 0) + sums.get(Place.WITHDRAWN, 0),
        finished=tuple(sorted(finished, key=lambda card: card.job_id)),
        gone={place: count for place, count in gone.items() if count},
    )


class Settled(msgspec.Struct, frozen=True):
    """What taking an allotment back moves at the office.

    Attributes:
        moves: of what came back or is gone, but finished cards: they move one by one.
        differences: for each pile that holds another number than the kit says, what it is, by the kit and as counted,
            with its movements.
        beyond: what the kit accounts for beyond what it was given (above nought) or short of it, with its movements.
    """

    moves: tuple[Movement, ...]
    differences: tuple[tuple[str, int, int, tuple[Movement, ...]], ...]
    beyond: tuple[int, tuple[Movement, ...]]


def taken_back(
    balances: Mapping[Account, int], allotment: str, said: Statement, counted: InBags, stock: str = CITIZENS
) -> Settled:
    """Return what taking an allotment back moves at the office.

    All that was allotted leaves `ALLOTTED`: to where it is now, as the kit says and as far as it was counted; what was
    not found in the bags is in question, what was found beyond the kit's word comes from outside. Finished cards are
    left to the caller: each moves from `ALLOTTED` to the shelf.

    Args:
        balances: all accounts of the office.
        allotment: its id.
        said: the kit's word.
        counted: what was counted. No more finished cards than the kit named.
        stock: the stock type.
    """
    given = sum(count for account, count in balances.items() if is_of(account, Place.ALLOTTED, allotment, stock))
    away, outside = Account(Place.ALLOTTED, allotment, stock), Account(Place.SUPPLY, stock=stock)
    question = Account(Place.IN_QUESTION, stock=stock)
    moves, differences = [], []

    def take(pile: Place, target: Account, stated: int, there: int) -> None:
        if min(stated, there):
            moves.append(Movement(away, target, min(stated, there)))
        if stated > there:
            differences.append((pile.value, stated, there, (Movement(away, question, stated - there),)))
        elif there > stated:
            differences.append((pile.value, stated, there, (Movement(outside, target, there - stated),)))

    left = counted.unused
    batches = sorted(said.unused) or [""]
    for batch in batches:
        stated = said.unused.get(batch, 0)
        here = left if batch == batches[-1] else min(left, stated)
        left -= here
        take(Place.STORE, Account(Place.STORE, "", stock, batch), stated, here)
    take(Place.UNFIT, Account(Place.UNFIT, stock=stock), said.unfit, counted.unfit)
    take(Place.REJECT, Account(Place.REJECT, stock=stock), said.spoiled, counted.spoiled)
    if counted.finished < len(said.finished):
        short = len(said.finished) - counted.finished
        differences.append(
            (Place.SHELF.value, len(said.finished), counted.finished, (Movement(away, question, short),))
        )
    moves += [Movement(away, Account(Place(place), stock=stock), n) for place, n in sorted(said.gone.items()) if n > 0]
    beyond = said.total - given
    extra: tuple[Movement, ...] = ()
    if beyond > 0:
        extra = (Movement(outside, away, beyond),)
    elif beyond < 0:
        extra = (Movement(away, question, -beyond),)
    return Settled(tuple(moves), tuple(differences), (beyond, extra))
