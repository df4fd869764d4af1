"""Blanks as people move them."""

from __future__ import annotations

from stationd.model import events
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused


class Blanks(Floor):
    """What may be done with blanks by hand."""

    def receive_blanks(self, batch: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Take a counted delivery into the store."""
        self._allow_blanks(officer, count)
        moved = Movement(Account(Place.SUPPLY, stock=stock), Account(Place.STORE, stock=stock, batch=batch), count)
        self.store.record(officer, events.BlanksReceived(batch=batch, stock=stock, count=count, moves=(moved,)))

    def load_blanks(self, line: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Move blanks from the store, oldest batch by name first, into a line's hopper."""
        self._allow_blanks(officer, count)
        self._line(line)
        with self.store.write(officer) as transaction:
            movements = []
            missing = count
            for account, held in transaction.balances().items():
                if (account.place, account.stock) == (Place.STORE, stock) and missing:
                    taken = min(held, missing)
                    movements.append(Movement(account, Account(Place.HOPPER, line, stock, account.batch), taken))
                    missing -= taken
            if missing:
                raise Refused(Kind.NOT_NOW, "store-too-small", line, f"{count - missing} of {count} are in the store")
            transaction.record(events.HopperLoaded(line=line, count=count, moves=tuple(movements)))
        self._wake()

    def _allow_blanks(self, officer: str, count: int) -> None:
        self._allow_printing(officer)
        if count < 1:
            raise Refused(Kind.NOT_VALID, "count-too-small", str(count))
