"""What a new book carries over of a trip that its kit was on, and of papers that were issued. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stationd.model.blank import Account, Movement, Place
from stationd.model.mobile import GONE, by_place, is_of
from stationd.model.paper_events import LastNumber
from stationd.model.papers import PaperId


def of_trip(
    accounts: Mapping[Account, int],
    counted: Mapping[Account, int],
    allotment: str,
    base: Mapping[str, int],
    stock: str,
) -> tuple[tuple[Movement, ...], dict[Account, int]]:
    """Return where a trip's blanks are in a new book.

    All that came from the office is somewhere again: what had gone for good by the old book, what was counted now, and
    in question what is neither, since the lost end of the old book may have known.

    Args:
        accounts: of the old book, at its last known entry.
        counted: by people, now.
        allotment: of the trip.
        base: what each place held before the trip, by the old book.
        stock: the stock type of the trip.

    Returns:
        The movements, and what was counted beyond them: it comes from outside.
    """
    office = Account(Place.OFFICE, allotment, stock)
    left = -sum(count for account, count in accounts.items() if is_of(account, Place.OFFICE, allotment, stock))
    sums = by_place(accounts, stock)
    moves = []
    for place in GONE:
        gone = min(left, sums.get(place, 0) - base.get(place, 0))
        if gone > 0:
            moves.append(Movement(office, Account(place, stock=stock), gone))
            left -= gone
    beyond = dict(counted)
    for account, count in sorted(counted.items()):
        here = min(left, count) if account.stock == stock else 0
        if here > 0:
            moves.append(Movement(office, account, here))
            beyond[account] -= here
            left -= here
    if left > 0:
        moves.append(Movement(office, Account(Place.IN_QUESTION, stock=stock), left))
    return tuple(moves), beyond


def of_papers(last: Iterable[LastNumber], known: Iterable[PaperId]) -> tuple[LastNumber, ...]:
    """Return the last number of each kind and year: by the old book, and by papers of which anybody knows."""
    highest = {(each.kind, each.year): each.number for each in last}
    for paper in known:
        key = (paper.kind.value, paper.year)
        highest[key] = max(highest.get(key, 0), paper.number)
    return tuple(LastNumber(kind, year, number) for (kind, year), number in sorted(highest.items()))
