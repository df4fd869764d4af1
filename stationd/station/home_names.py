"""Who waits for the finished cards that a kit brings home: sealed by the kit for its office, and taken in there.

The slip names jobs only. Without this the office could lay a card on its shelf, but neither find it by its owner nor
give a notice, hand it to the family, or write a receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stationd.model import mobile_events
from stationd.model.mobile_events import KitCard
from stationd.model.shelf_record import HomeNames, NamedCard, decode, encode
from stationd.registry import slips
from stationd.registry.sealing import SealRefused, seal_names
from stationd.registry.slips import Jwk
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.mobile_view import TripRow
from stationd.store.shelf_view import ShelfCard
from stationd.store.store import Transaction
from stationd.store.vault import NotInVault

IN_ONE_COMMIT: Final = 20
"""Records that are sealed in one commit, so that a line never waits long for its own."""


class Naming(Floor):
    """What is done about these names.

    Attributes:
        open_names: opens what a kit sealed, and verifies it by the key of the allotment's kit; raises `SealRefused`.
            None where nothing can be opened.
    """

    open_names: Callable[[str, Callable[[str], Jwk | None]], HomeNames] | None = None

    def home_names(self, allotment_id: str) -> str:
        """Return, at the kit, who waits for the finished cards of a closed trip: sealed, for its office alone.

        Raises:
            Refused: if there are none, the office's key was not known, or the registry has them already.
        """
        try:
            return self.store.sealed(vault_id(allotment_id)).decode("ascii")
        except NotInVault:
            raise Refused(Kind.NOT_FOUND, "no-names-kept", allotment_id) from None

    def take_names(self, sealed: str, officer: str) -> int:
        """Take in, at the office, who waits for the cards that a kit has brought home.

        Args:
            sealed: as the kit wrote it; blanks and line breaks do not matter.
            officer: who takes it in.

        Returns:
            How many cards have their owners by it; those that had them before do not count.

        Raises:
            Refused: if it is not from the kit of an allotment of this office, or the bags are not taken back yet.
        """
        self._allow_setting_aside(officer)
        return self.names_came(sealed, officer)

    def names_came(self, sealed: str, actor: str) -> int:
        """Take names in as `take_names` does, from an officer's hand or the registry's. Raises as that does."""
        names = self._opened("".join(sealed.split()))
        with self.store.read() as view:
            row = view.allotment(names.allotment_id)
            if row is None or (names.office, names.kit) != (self._office.station, row.kit):
                raise Refused(Kind.NOT_FOUND, "no-such-allotment", names.allotment_id)
            if row.back is None:
                raise Refused(Kind.NOT_NOW, "bags-not-taken-back", names.allotment_id)
        done, cards = 0, names.cards
        for start in range(0, len(cards), IN_ONE_COMMIT):
            with self.store.write(actor) as transaction:
                done += _keep(transaction, names.allotment_id, cards[start : start + IN_ONE_COMMIT])
        return done

    def _opened(self, text: str) -> HomeNames:
        if self.open_names is None or not text.isascii():
            raise Refused(Kind.NOT_VALID, "names-not-accepted", "")
        try:
            return self.open_names(text, self._key_of_kit)
        except SealRefused as refused:
            raise Refused(Kind.NOT_VALID, "names-not-accepted", "", str(refused)) from None

    def _key_of_kit(self, allotment_id: str) -> Jwk | None:
        with self.store.read() as view:
            row = view.allotment(allotment_id)
        return None if row is None else self.rules.policies.kit_key(row.kit, row.signed_at, self.policy)

    def _seal_names(self, transaction: Transaction, trip: TripRow, cards: Sequence[ShelfCard], now: int) -> None:
        """Seal, at the end of a trip, who waits for its cards, as far as that is known and the office's key is."""
        key = self.rules.policies.office_sealing_key(trip.office, self._office.station, self.policy)
        named = _named(transaction, cards)
        if key is None or not named:
            return
        names = HomeNames(
            allotment_id=trip.allotment_id, office=trip.office, kit=self._office.station, at=now, cards=named
        )
        signed = slips.signed(encode(names), self.store.keys.book_public(), self.store.keys.sign)
        transaction.vault.put(vault_id(trip.allotment_id), seal_names(signed, key).encode("ascii"), b"")


def vault_id(allotment_id: str) -> str:
    """Return under which id a trip's names lie in the vault; no job's id has a slash."""
    return f"home/{allotment_id}"


def _named(transaction: Transaction, cards: Sequence[ShelfCard]) -> tuple[NamedCard, ...]:
    found = []
    for card in cards:
        try:
            record = decode(transaction.vault.record(card.job_id))
        except NotInVault:
            continue
        if record is not None:
            found.append(NamedCard(job_id=card.job_id, record=record))
    return tuple(found)


def _keep(transaction: Transaction, allotment_id: str, cards: Sequence[NamedCard]) -> int:
    """Keep the records of those cards of a trip that lie here without one; returns of how many."""
    kept, taken = set(transaction.records_kept()), []
    for card in cards:
        there = transaction.shelf_card(card.job_id)
        if there is not None and there.came == allotment_id and card.job_id not in kept:
            transaction.vault.put_record(card.job_id, encode(card.record))
            taken.append(KitCard(card.job_id, there.citizen_ref))
    if taken:
        transaction.record(mobile_events.KitNamesTaken(allotment_id=allotment_id, cards=tuple(taken)))
    return len(taken)
