"""What a count says against the book, and what becomes of the difference. Pure.

The accounts follow what was seen, at once. What is short is in question from then on. What is over comes from where
it can have come from: blanks in question first, then missing ones, and only then from outside, as blanks that no
delivery accounts for. Each difference stays a discrepancy until people have settled it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stationd.model.blank import OUTSIDE, Account, Movement, Place, moved
from stationd.model.pile import Counted, Pile, held, shares
from stationd.model.settling import Origin
from stationd.model.stock_events import DiscrepancyFound


def free(balances: Mapping[Account, int], bound: Iterable[Account]) -> dict[Account, int]:
    """Return the balances without the blanks of attempts that go on: those are where their attempt says.

    Args:
        balances: all accounts.
        bound: for each card in question whose attempt goes on, its account.
    """
    left = dict(balances)
    for account in bound:
        left[account] = max(0, left.get(account, 0) - 1)
    return left


def found(balances: Mapping[Account, int], target: Account, count: int) -> tuple[Movement, ...]:
    """Return the movements by which blanks that the book did not have at an account come to be there."""
    elsewhere = {account: n for account, n in balances.items() if account != target}
    lines = sorted({account.line for account in elsewhere if account.place is Place.IN_QUESTION})
    lines.sort(key=lambda line: (line != target.line, line != ""))
    piles = [Pile(Place.IN_QUESTION, line, target.stock) for line in lines]
    piles.append(Pile(Place.MISSING, stock=target.stock))
    movements = [Movement(source, target, share) for source, share in shares(elsewhere, piles, count)]
    left = count - sum(movement.count for movement in movements)
    if left:
        movements.append(Movement(Account(Place.SUPPLY, stock=target.stock), target, left))
    return tuple(movements)


def difference(balances: Mapping[Account, int], counted: Counted, origin: Origin) -> DiscrepancyFound | None:
    """Return what a count of one pile finds, with the movements that bring the accounts to it; None if it agrees."""
    pile = counted.pile
    expected = held(balances, pile)
    if counted.count == expected:
        return None
    if counted.count < expected:
        short = shares(balances, [pile], expected - counted.count)
        movements = tuple(
            Movement(account, Account(Place.IN_QUESTION, account.line, account.stock, account.batch), share)
            for account, share in short
        )
    else:
        target = max(
            (account for account, there in balances.items() if there > 0 and pile.has(account)),
            default=Account(pile.place, pile.line, pile.stock, pile.batch or ""),
        )
        movements = found(balances, target, counted.count - expected)
    return DiscrepancyFound(
        origin=origin,
        subject=str(pile),
        expected=expected,
        found=counted.count,
        line=pile.line,
        stock=pile.stock,
        moves=movements,
    )


def differences(
    balances: Mapping[Account, int], counted: Sequence[Counted], origin: Origin, bound: Iterable[Account] = ()
) -> list[DiscrepancyFound]:
    """Return what a count of several piles at one moment finds: what is short first, so that it may be found.

    A blank short in one pile and over in another moves through *in question* to where it lies.
    """
    now = free(balances, bound)
    short = [each for each in counted if each.count < held(now, each.pile)]
    over = [each for each in counted if each.count >= held(now, each.pile)]
    discrepancies = []
    for each in (*short, *over):
        if discrepancy := difference(now, each, origin):
            discrepancies.append(discrepancy)
            now = moved(now, discrepancy.moves)
    return discrepancies


def uncovered(
    balances: Mapping[Account, int], movements: Iterable[Movement], bound: Iterable[Account] = ()
) -> list[DiscrepancyFound]:
    """Return what an observation shows that the book did not have: blanks seen to leave where there were none.

    With the movements of what is returned, those of the observation can be made.
    """
    now, discrepancies = dict(balances), []
    for movement in movements:
        there = now.get(movement.source, 0)
        if there < movement.count and movement.source.place not in OUTSIDE:
            there = max(0, there)
            discrepancies.append(
                DiscrepancyFound(
                    origin=Origin.OBSERVATION,
                    subject=str(movement.source),
                    expected=there,
                    found=movement.count,
                    line=movement.source.line,
                    stock=movement.source.stock,
                    moves=found(free(now, bound), movement.source, movement.count - there),
                )
            )
            now = moved(now, discrepancies[-1].moves)
        now = moved(now, [movement])
    return discrepancies
