"""Piles that people move and count by hand: which accounts a pile is, and which movements an act makes.

Pure. An act that takes more than the book has there is refused (`TooFew`): count first. A count is never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from typing_extensions import override

from stationd.model.blank import CITIZENS, Account, Movement, Place

FOREIGNERS: Final = "wna"
STOCKS: Final = frozenset({CITIZENS, FOREIGNERS})
"""The stock types there are."""

MOST: Final = 100_000
"""More blanks than any office or delivery has: a larger number is a slip of the hand."""

OF_A_LINE: Final = frozenset({Place.HOPPER, Place.OUTPUT, Place.REJECT, Place.UNFIT})
"""Countable places that belong to a line; spoiled cards may also lie in the office's own box, without a line."""

COUNTABLE: Final = frozenset(
    {Place.STORE, Place.HOPPER, Place.OUTPUT, Place.REJECT, Place.UNFIT, Place.SHELF, Place.HAND}
)
"""Places where a person can count."""

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,39}")
_LIKE_A_NIK = re.compile(r"[0-9]{16}")


def is_number(text: str) -> bool:
    """Say whether a text can stand in the book as the number of a batch, note, record or letter.

    At most 40 letters, digits and `./_-` or spaces, and nothing that could be a NIK.
    """
    return bool(_NUMBER.fullmatch(text)) and not _LIKE_A_NIK.search(re.sub(r"[ ./_-]", "", text))


class Pile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies together. `batch` None means all batches: nobody sorts a hopper to count it."""

    place: Place
    line: str = ""
    stock: str = CITIZENS
    batch: str | None = None

    @override
    def __str__(self) -> str:
        return "/".join(part for part in (self.place, self.line, self.stock, self.batch) if part)

    def has(self, account: Account) -> bool:
        """Say whether an account is of this pile."""
        same = (account.place, account.line, account.stock) == (self.place, self.line, self.stock)
        return same and self.batch in {None, account.batch}


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pile and what was counted in it; members as in `Pile`."""

    place: Place
    count: int
    line: str = ""
    stock: str = CITIZENS
    batch: str | None = None

    @property
    def pile(self) -> Pile:
        """Which pile."""
        return Pile(self.place, self.line, self.stock, self.batch)


@dataclass(eq=False)
class TooFew(Exception):
    """By the book fewer lie there than are to be moved."""

    pile: str
    held: int
    wanted: int

    @override
    def __str__(self) -> str:
        return f"{self.pile} holds {self.held} by the book, not {self.wanted}; count what is there"


def held(balances: Mapping[Account, int], pile: Pile) -> int:
    """Return how many the book has in a pile."""
    return sum(count for account, count in balances.items() if pile.has(account))


def shares(balances: Mapping[Account, int], piles: Iterable[Pile], count: int) -> Iterator[tuple[Account, int]]:
    """Yield from which accounts so many are taken: pile after pile, in each the first batch by name first.

    Yields fewer than `count` in all if there are fewer.
    """
    for pile in piles:
        for account in sorted(account for account, there in balances.items() if there > 0 and pile.has(account)):
            share = min(count, balances[account])
            if share > 0:
                yield account, share
            count -= share


def moved_by_hand(
    balances: Mapping[Account, int], sources: Iterable[Pile], target: Pile, count: int
) -> tuple[Movement, ...]:
    """Return the movements that bring blanks from piles to another, each staying of its batch.

    Raises:
        TooFew: if the piles together hold fewer by the book.
    """
    sources = tuple(sources)
    there = sum(held(balances, pile) for pile in sources)
    if there < count:
        raise TooFew(" + ".join(map(str, sources)), there, count)
    return tuple(
        Movement(account, Account(target.place, target.line, account.stock, account.batch), share)
        for account, share in shares(balances, sources, count)
    )
