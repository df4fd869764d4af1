"""An office gives blanks to a mobile kit, and takes back what comes home from the trip."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import msgspec

from stationd.model import mobile_events, stock_events
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.model.mobile import Finished, InBags, Settled, Statement, grant_for, taken_back
from stationd.model.pile import Pile, TooFew, moved_by_hand
from stationd.model.policy_tables import MobileGrant
from stationd.model.settling import Origin
from stationd.registry import slips
from stationd.registry.slips import BackSlip, OutSlip, SlipRefused
from stationd.station.blanks import check_count, check_stock
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.mobile_view import AllotmentRow
from stationd.store.store import Transaction
from stationd.store.view import View


class Allotted(msgspec.Struct, frozen=True):
    """Blanks that were given to a kit; `slip` is the signed text that goes with them."""

    allotment_id: str
    slip: str


class Allotting(Floor):
    """What an office does about kits."""

    def allot(self, kit: str, count: int, officer: str, stock: str = CITIZENS) -> Allotted:
        """Give blanks of the store to a kit, as a supervisor, under a grant of the policy.

        Raises:
            Refused: if no grant allows it now, the kit has not brought back what it had, or the store has too few.
        """
        self._allow_supervisor(officer)
        check_count(count)
        check_stock(stock)
        now = self._now()
        grant = self._grant(kit, self._office.station, now)
        if count > grant.blanks:
            raise Refused(Kind.NOT_ALLOWED, "allotment-too-large", kit, str(grant.blanks))
        allotment_id = f"al-{secrets.token_hex(6)}"
        with self.store.write(officer) as transaction:
            if transaction.closed_day() is not None:
                raise Refused(Kind.NOT_NOW, "store-locked", "store")
            if any(row.kit == kit and row.back is None for row in transaction.allotments()):
                raise Refused(Kind.NOT_NOW, "kit-has-allotment", kit)
            store, away = Pile(Place.STORE, stock=stock), Account(Place.ALLOTTED, allotment_id, stock)
            try:
                taken = moved_by_hand(transaction.balances(), [store], Pile(Place.ALLOTTED), count)
            except TooFew as few:
                raise Refused(Kind.NOT_NOW, "store-too-small", few.pile, str(few)) from None
            batches = {move.source.batch: move.count for move in taken}
            given = mobile_events.AllotmentGiven(
                allotment_id=allotment_id,
                kit=kit,
                count=count,
                batches=batches,
                signed_at=int(now),
                stock=stock,
                moves=tuple(Movement(move.source, away, move.count) for move in taken),
            )
            transaction.record(given)
        return Allotted(allotment_id, self.slip(allotment_id))

    def slip(self, allotment_id: str) -> str:
        """Return the signed slip of an allotment: of an office, what it gave; of a kit, what it hands in.

        Raises:
            Refused: if there is no such allotment here, or its trip is not closed.
        """
        with self.store.read() as view:
            slip = slip_of(view, allotment_id, self._office.station)
        return slips.write(slip, self.store.keys.book_public(), self.store.keys.sign)

    def take_back(self, slip: str, counted: InBags, absent: Sequence[str], officer: str) -> list[str]:
        """Take what a kit hands in: counted, against the kit's slip. What does not agree is a discrepancy.

        Args:
            slip: the kit's signed one.
            counted: what is in the bags.
            absent: jobs whose finished cards the slip names and that are not there.
            officer: who counted.

        Returns:
            The ids of the discrepancies that were found.

        Raises:
            Refused: if the slip is not to be relied on or was taken before, or the finished cards are not named.
        """
        self._allow_printing(officer)
        for count in (counted.unused, counted.spoiled, counted.finished, counted.unfit):
            check_count(count, least=0)
        look = looked(lambda: slips.look(slip, BackSlip))
        with self.store.write(officer) as transaction:
            row = transaction.allotment(look.allotment_id)
            if row is None or (look.office, look.kit, look.stock) != (self._office.station, row.kit, row.stock):
                raise Refused(Kind.NOT_FOUND, "no-such-allotment", look.allotment_id)
            if row.back is not None:
                raise Refused(Kind.NOT_NOW, "allotment-taken-back", look.allotment_id)
            key = self.rules.policies.kit_key(row.kit, row.signed_at, self.policy)
            said = looked(lambda: slips.read(slip, BackSlip, key)).stated
            finished = _present(said, counted, absent, look.allotment_id)
            result = taken_back(transaction.balances(), row.allotment_id, said, counted, row.stock)
            return _entered(transaction, row, said, counted, (finished, result))

    def _grant(self, kit: str, office: str, now: float, until: int | None = None) -> MobileGrant:
        grant = grant_for(self._grants(), kit, office, now, until)
        if grant is None:
            raise Refused(Kind.NOT_ALLOWED, "no-mobile-grant", kit)
        return grant

    def _grants(self) -> Sequence[MobileGrant]:
        return () if self.policy is None else self.policy.mobile

    def _now(self) -> float:
        now = self._clock.now()
        if now is None:
            raise Refused(Kind.NOT_NOW, "time-unknown", self._office.station)
        return now


def looked(read: Callable[[], slips.Slip]) -> slips.Slip:
    """Return a slip that was read, or say what is wrong with it."""
    try:
        return read()
    except SlipRefused as refused:
        raise Refused(Kind.NOT_VALID, refused.cause, "slip") from None


def slip_of(view: View, allotment_id: str, here: str) -> OutSlip | BackSlip:
    """Return what the slip of an allotment says: at an office what it gave, at a kit what it hands in.

    Raises:
        Refused: if there is no such allotment here, or its trip is not closed.
    """
    given = view.allotment(allotment_id)
    if given is not None:
        return OutSlip(
            allotment_id=allotment_id,
            office=here,
            kit=given.kit,
            at=given.signed_at,
            stock=given.stock,
            batches=given.batches,
        )
    trip = next((trip for trip in view.trips() if trip.allotment_id == allotment_id), None)
    if trip is None:
        raise Refused(Kind.NOT_FOUND, "no-such-allotment", allotment_id)
    if trip.figures is None:
        raise Refused(Kind.NOT_NOW, "trip-not-closed", allotment_id)
    return BackSlip(
        allotment_id=allotment_id,
        office=trip.office,
        kit=here,
        at=trip.signed_at,
        stock=trip.stock,
        stated=trip.figures.stated,
    )


def _present(said: Statement, counted: InBags, absent: Sequence[str], subject: str) -> list[Finished]:
    """Return the finished cards of a slip that are there; how many must be what was counted."""
    if unknown := set(absent) - {card.job_id for card in said.finished}:
        raise Refused(Kind.NOT_FOUND, "no-such-card-on-slip", min(unknown))
    present = [card for card in said.finished if card.job_id not in absent]
    if len(present) != counted.finished:
        raise Refused(Kind.NOT_VALID, "finished-not-named", subject, f"{len(said.finished)} on the slip")
    return present


def _entered(
    transaction: Transaction,
    row: AllotmentRow,
    said: Statement,
    counted: InBags,
    what: tuple[Sequence[Finished], Settled],
) -> list[str]:
    """Enter what came back; returns the ids of the discrepancies."""
    finished, result = what
    beyond, beside = result.beyond
    ids: list[str] = []

    def differs(pile: str, expected: int, found: int, moves: tuple[Movement, ...]) -> None:
        subject = f"back/{row.allotment_id}/{pile}"
        discrepancy = stock_events.DiscrepancyFound(
            origin=Origin.ALLOTMENT, subject=subject, expected=expected, found=found, stock=row.stock, moves=moves
        )
        ids.append(f"d{transaction.record(discrepancy).envelope.seq}")

    if beyond > 0:
        differs("total", row.count, said.total, beside)
    transaction.record(
        mobile_events.AllotmentTakenBack(
            allotment_id=row.allotment_id,
            kit=row.kit,
            unused=counted.unused,
            unfit=counted.unfit,
            spoiled=counted.spoiled,
            finished=counted.finished,
            stated=said,
            stock=row.stock,
            moves=result.moves,
        )
    )
    away = Account(Place.ALLOTTED, row.allotment_id, row.stock)
    for card in finished:
        moved = Movement(away, Account(Place.SHELF, stock=row.stock), 1)
        transaction.record(
            mobile_events.KitCardTaken(allotment_id=row.allotment_id, **msgspec.structs.asdict(card), moves=(moved,))
        )
    for difference in result.differences:
        differs(*difference)
    if beyond < 0:
        differs("total", row.count, said.total, beside)
    return ids
