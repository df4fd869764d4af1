"""Counting blanks: stock-takes, the guarded exchange of a hopper, and the close of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from stationd.model import stock_events
from stationd.model.blank import Place
from stationd.model.counting import differences
from stationd.model.pile import COUNTABLE, OF_A_LINE, Counted, Pile, held, moved_by_hand
from stationd.model.settling import Origin
from stationd.station.blanks import Blanks, check_count, check_number
from stationd.station.refusal import Kind, Refused
from stationd.store.store import Transaction


class Counts(Blanks):
    """What may be said of how many blanks lie where."""

    def take_stock(self, counted: Sequence[Counted], officer: str) -> list[str]:
        """Hold counted piles against the book, all at one moment.

        Returns:
            The ids of the discrepancies that were found.

        Raises:
            Refused: if a pile cannot be counted, is named twice, or a card is just entering or leaving it.
        """
        self._allow_setting_aside(officer)
        self._check_counted(counted)
        with self.store.write(officer) as transaction:
            self._check_box(transaction, counted)
            found = _count(transaction, counted, Origin.STOCK_TAKE)
        self._wake()
        return found

    # --- exchange -----------------------------------------------------------------------------------------------------

    def begin_exchange(self, line: str, officer: str) -> None:
        """Open a line's hopper: the line begins no card until the exchange is ended."""
        self._allow_setting_aside(officer)
        self._line(line)
        with self.store.write(officer) as transaction:
            if transaction.exchange_open(line):
                raise Refused(Kind.NOT_NOW, "exchange-open", line)
            transaction.record(stock_events.ExchangeBegan(line=line))

    def end_exchange(self, line: str, counted: int, officer: str) -> list[str]:
        """Close a line's hopper with what lies in it now; returns the ids of the discrepancies that were found."""
        self._allow_setting_aside(officer)
        self._line(line)
        check_count(counted, least=0)
        with self.store.write(officer) as transaction:
            if not transaction.exchange_open(line):
                raise Refused(Kind.NOT_NOW, "no-exchange", line)
            found = _count(transaction, [Counted(Place.HOPPER, counted, line)], Origin.EXCHANGE)
            transaction.record(stock_events.ExchangeEnded(line=line, counted=counted))
        self._wake()
        return found

    # --- the day ------------------------------------------------------------------------------------------------------

    def close_day(self, hoppers: Mapping[str, int], store: Mapping[str, int], officer: str) -> list[str]:
        """Empty the hoppers into the store, count it, and lock it.

        Args:
            hoppers: for each line, how many were taken out of its hopper. A line whose card is in question may be left
                out: nobody can count it now.
            store: for each stock type, how many lie in the store with those.
            officer: who counted.

        Returns:
            The ids of the discrepancies that were found.
        """
        self._allow_setting_aside(officer)
        emptied = [Counted(Place.HOPPER, count, line) for line, count in hoppers.items()]
        stored = [Counted(Place.STORE, count, stock=stock) for stock, count in store.items()]
        self._check_counted([*emptied, *stored])
        with self.store.write(officer) as transaction:
            _ready_to_close(transaction, hoppers, store)
            found = _count(transaction, emptied, Origin.CLOSING)
            for line in hoppers:
                _empty(transaction, line)
            found += _count(transaction, stored, Origin.CLOSING)
            transaction.record(stock_events.DayClosed())
        return found

    def open_day(self, officer: str) -> None:
        """Unlock the store."""
        self._allow_setting_aside(officer)
        with self.store.write(officer) as transaction:
            if transaction.closed_day() is None:
                raise Refused(Kind.NOT_NOW, "store-open", "store")
            transaction.record(stock_events.DayOpened())

    def _check_counted(self, counted: Sequence[Counted]) -> None:
        if not counted:
            raise Refused(Kind.NOT_VALID, "nothing-counted", "")
        for each in counted:
            self._pile(each.place, each.line, each.stock, COUNTABLE)
            check_count(each.count, least=0)
            if each.batch:
                check_number(each.batch)
        for one, other in combinations(counted, 2):
            same = (one.place, one.line, one.stock) == (other.place, other.line, other.stock)
            if same and (one.batch == other.batch or None in {one.batch, other.batch}):
                raise Refused(Kind.NOT_VALID, "counted-twice", str(one.pile))

    def _check_box(self, transaction: Transaction, counted: Iterable[Counted]) -> None:
        """Refuse a count of the office's own box of spoiled cards where the book has none: a line's bin is meant."""
        bins = [f"{Place.REJECT}/{name}" for name in self._lines]
        for each in counted:
            if each.place is Place.REJECT and not each.line and bins and not held(transaction.balances(), each.pile):
                raise Refused(Kind.NOT_VALID, "line-not-named", ", ".join(bins))


def _count(transaction: Transaction, counted: Sequence[Counted], origin: Origin) -> list[str]:
    if not counted:
        return []
    moving = _moving(transaction)
    for each in counted:
        if each.place in OF_A_LINE and each.line in moving:
            raise Refused(Kind.NOT_NOW, "card-under-way", each.line)
    transaction.record(stock_events.BlanksCounted(occasion=origin, counted=tuple(counted)))
    found = differences(transaction.balances(), counted, origin, transaction.bound())
    return [f"d{transaction.record(discrepancy).envelope.seq}" for discrepancy in found]


def _moving(transaction: Transaction) -> set[str]:
    """Return the lines whose card is just entering or leaving the machine: what lies there cannot be counted."""
    return {attempt.line for attempt in transaction.under_way()}


def _ready_to_close(transaction: Transaction, hoppers: Iterable[str], stocks: Iterable[str]) -> None:
    if transaction.closed_day() is not None:
        raise Refused(Kind.NOT_NOW, "store-locked", "store")
    if opened := transaction.exchanges():
        raise Refused(Kind.NOT_NOW, "exchange-open", opened[0].line)
    counted, stored = set(hoppers), set(stocks)
    moving = _moving(transaction)
    for account in transaction.balances():
        if account.place is Place.HOPPER and account.line not in counted | moving:
            raise Refused(Kind.NOT_VALID, "hopper-not-counted", account.line)
        if account.place is Place.STORE and account.stock not in stored:
            raise Refused(Kind.NOT_VALID, "store-not-counted", account.stock)


def _empty(transaction: Transaction, line: str) -> None:
    balances = transaction.balances()
    for stock in sorted({account.stock for account in balances}):
        pile = Pile(Place.HOPPER, line, stock)
        count = held(balances, pile)
        if count:
            moved = moved_by_hand(balances, [pile], Pile(Place.STORE), count)
            transaction.record(stock_events.HopperUnloaded(line=line, count=count, moves=moved))
