"""Blanks as people move them by hand. What is taken must be there by the book; else it is to be counted first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from stationd.model import events, stock_events
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.model.pile import MOST, OF_A_LINE, STOCKS, Pile, TooFew, is_number, moved_by_hand
from stationd.model.reasons import SpoilReason
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.store import Transaction

LOOSE = frozenset({Place.STORE, Place.HOPPER, Place.HAND, Place.UNFIT, Place.OUTPUT})
"""Where blanks lie that are in no attempt; in an output beside finished cards, which are none of them."""


_TOO_FEW: Final = {Place.STORE: "store-too-small", Place.OUTPUT: "output-of-jobs"}


class Blanks(Floor):
    """What may be done with blanks by hand."""

    def receive_blanks(
        self,
        batch: str,
        count: int,
        officer: str,
        stock: str = CITIZENS,
        announced: int | None = None,
        note: str = "",
    ) -> None:
        """Take a counted delivery into the store; what its note announced is compared with what was counted."""
        self._allow_blanks(officer, count, stock)
        check_number(batch)
        if note:
            check_number(note)
        if announced is not None:
            check_count(announced, least=0)
        moved = Movement(Account(Place.SUPPLY, stock=stock), Account(Place.STORE, stock=stock, batch=batch), count)
        received = events.BlanksReceived(
            batch=batch,
            stock=stock,
            count=count,
            announced=announced,
            difference=0 if announced is None else count - announced,
            note=note,
            moves=(moved,),
        )
        with self.store.write(officer) as transaction:
            _unlocked(transaction)
            if (trip := transaction.trip()) is not None:
                raise Refused(Kind.NOT_NOW, "blanks-of-the-trip", trip.allotment_id)
            transaction.record(received)

    def load_blanks(self, line: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Move blanks from the store, oldest batch by name first, into a line's hopper."""
        self._allow_blanks(officer, count, stock)
        self._line(line)
        with self.store.write(officer) as transaction:
            _unlocked(transaction)
            moved = _taken(transaction, Pile(Place.STORE, stock=stock), Pile(Place.HOPPER, line), count)
            transaction.record(events.HopperLoaded(line=line, count=count, moves=moved))
        self._wake()

    def unload_blanks(self, line: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Move blanks out of a line's hopper, back into the store."""
        self._allow_blanks(officer, count, stock)
        self._line(line)
        with self.store.write(officer) as transaction:
            _unlocked(transaction)
            moved = _taken(transaction, Pile(Place.HOPPER, line, stock), Pile(Place.STORE), count)
            transaction.record(stock_events.HopperUnloaded(line=line, count=count, moves=moved))

    def send_back_blanks(
        self, count: int, note: str, officer: str, stock: str = CITIZENS, *, unfit: bool = False
    ) -> None:
        """Send unused blanks back to the kabupaten, with a note of that number.

        They are taken from the store; `unfit`: from those laid aside because their chips cannot be written here.
        """
        self._allow_blanks(officer, count, stock)
        check_number(note)
        with self.store.write(officer) as transaction:
            if unfit:
                sources = _piles(transaction, Place.UNFIT, stock)
            else:
                _unlocked(transaction)
                sources = [Pile(Place.STORE, stock=stock)]
            moved = _taken(transaction, sources, Pile(Place.SENT_BACK), count)
            transaction.record(stock_events.BlanksSentBack(count=count, note=note, stock=stock, moves=moved))

    def take_in_hand(self, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Take blanks from the store into an officer's hand."""
        self._allow_blanks(officer, count, stock)
        with self.store.write(officer) as transaction:
            _unlocked(transaction)
            moved = _taken(transaction, Pile(Place.STORE, stock=stock), Pile(Place.HAND), count)
            transaction.record(stock_events.BlanksTakenInHand(count=count, stock=stock, moves=moved))

    def put_back(self, count: int, officer: str, stock: str = CITIZENS, line: str = "") -> None:
        """Put blanks back into the store: from an officer's hand, or untouched ones that came out of a line."""
        self._allow_blanks(officer, count, stock)
        if line:
            self._line(line)
        source = Pile(Place.OUTPUT, line, stock) if line else Pile(Place.HAND, stock=stock)
        with self.store.write(officer) as transaction:
            _unlocked(transaction)
            moved = _taken(transaction, source, Pile(Place.STORE), count)
            transaction.record(stock_events.BlanksPutBack(count=count, stock=stock, line=line, moves=moved))

    def spoil_blanks(
        self, place: str, count: int, reason: str, officer: str, line: str = "", stock: str = CITIZENS
    ) -> None:
        """Set loose blanks aside as spoiled, for a `SpoilReason`; they go to the office's box of spoiled cards.

        A test card that has come out is one. A job's card there is not: it is accepted or spoiled by its job.
        """
        self._allow_blanks(officer, count, stock)
        known_reason(reason, SpoilReason)
        pile = self._pile(place, line, stock, LOOSE)
        with self.store.write(officer) as transaction:
            if pile.place is Place.STORE:
                _unlocked(transaction)
            moved = _taken(transaction, pile, Pile(Place.REJECT), count)
            transaction.record(
                stock_events.BlanksSpoiled(count=count, cause=reason, place=place, line=line, stock=stock, moves=moved)
            )

    def destroy_cards(self, count: int, record: str, officer: str, stock: str = CITIZENS) -> None:
        """Enter that spoiled and withdrawn cards were destroyed, with a record (berita acara) of that number."""
        self._allow_blanks(officer, count, stock)
        check_number(record)
        with self.store.write(officer) as transaction:
            piles = [*_piles(transaction, Place.REJECT, stock), Pile(Place.WITHDRAWN, stock=stock)]
            moved = _taken(transaction, piles, Pile(Place.DESTROYED), count)
            transaction.record(stock_events.CardsDestroyed(count=count, record=record, stock=stock, moves=moved))

    def _allow_blanks(self, officer: str, count: int, stock: str) -> None:
        self._allow_setting_aside(officer)  # a station that may not print has blanks to account for all the same
        check_count(count)
        check_stock(stock)

    def _pile(self, place: str, line: str, stock: str, places: Iterable[Place]) -> Pile:
        """Return a pile that a person named, or say what is wrong with its name."""
        known = set(places)
        if place not in known:
            raise Refused(Kind.NOT_VALID, "no-such-place", place, ", ".join(sorted(known)))
        check_stock(stock)
        if not line and place in OF_A_LINE - {Place.REJECT}:
            raise Refused(Kind.NOT_VALID, "line-not-named", ", ".join(f"{place}/{name}" for name in self._lines))
        if line:
            self._line(line)
            if place not in OF_A_LINE:
                raise Refused(Kind.NOT_VALID, "place-has-no-line", place, line)
        return Pile(Place(place), line, stock)


def check_count(count: int, least: int = 1) -> None:
    """Refuse a number of blanks that cannot be meant."""
    if count < least:
        raise Refused(Kind.NOT_VALID, "count-too-small" if least else "count-negative", str(count))
    if count > MOST:
        raise Refused(Kind.NOT_VALID, "count-too-large", str(count))


def check_stock(stock: str) -> None:
    """Refuse a stock type that does not exist."""
    if stock not in STOCKS:
        raise Refused(Kind.NOT_VALID, "no-such-stock", stock, ", ".join(sorted(STOCKS)))


def check_number(text: str) -> None:
    """Refuse what cannot stand in the book as the number of a batch, note, record or letter."""
    if not text.strip():
        raise Refused(Kind.NOT_VALID, "number-missing", "")
    if not is_number(text):
        raise Refused(Kind.NOT_VALID, "not-a-number", "", "1 to 40 letters, digits, spaces and . / _ -")


def _unlocked(transaction: Transaction) -> None:
    if transaction.closed_day() is not None:
        raise Refused(Kind.NOT_NOW, "store-locked", "store")


def _piles(transaction: Transaction, place: Place, stock: str) -> list[Pile]:
    """Return the piles of a place that has one for each line."""
    lines = sorted({account.line for account in transaction.balances() if account.place is place})
    return [Pile(place, line, stock) for line in lines] or [Pile(place, stock=stock)]


def _taken(transaction: Transaction, sources: Pile | list[Pile], target: Pile, count: int) -> tuple[Movement, ...]:
    piles = [sources] if isinstance(sources, Pile) else sources
    try:
        return moved_by_hand(_of_no_job(transaction), piles, target, count)
    except TooFew as few:
        cause = _TOO_FEW.get(piles[0].place, "pile-too-small")
        raise Refused(Kind.NOT_NOW, cause, few.pile, str(few)) from None


def _of_no_job(transaction: Transaction) -> dict[Account, int]:
    """Return the balances without the cards that have come out and wait to be looked at."""
    balances = dict(transaction.balances())
    for attempt in transaction.attempts_delivered():
        account = attempt.account(Place.OUTPUT)
        balances[account] = balances.get(account, 0) - 1
    return {account: count for account, count in balances.items() if count > 0}
