"""Differences between the book and what was found, until people have settled them."""

from __future__ import annotations

from stationd.model import stock_events
from stationd.model.blank import CITIZENS, Place
from stationd.model.counting import differences, free
from stationd.model.pile import COUNTABLE, Counted, held
from stationd.model.settling import Explanation, Origin, State, Verdict, explanations, may_approve, settled
from stationd.station.blanks import Blanks, check_number
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.stock_view import Discrepancy
from stationd.store.store import Transaction


class Discrepancies(Blanks):
    """What may be done about differences."""

    def discrepancies(self) -> list[Discrepancy]:
        """Return all of them, oldest first."""
        with self.store.read() as view:
            return view.discrepancies()

    def declare_missing(self, place: str, count: int, officer: str, line: str = "", stock: str = CITIZENS) -> str:
        """Say that blanks which should be in a place are not to be found. Another person has to approve it.

        Returns:
            The id of the discrepancy.
        """
        self._allow_blanks(officer, count, stock)
        pile = self._pile(place, line, stock, COUNTABLE | {Place.IN_QUESTION})
        with self.store.write(officer) as transaction:
            balances = free(transaction.balances(), transaction.bound())
            there = held(balances, pile)
            if there < count:
                raise Refused(Kind.NOT_NOW, "pile-too-small", str(pile), f"{there} by the book")
            counted = Counted(pile.place, there - count, pile.line, pile.stock)
            (discrepancy,) = differences(balances, [counted], Origin.DECLARED)
            discrepancy_id = f"d{transaction.record(discrepancy).envelope.seq}"
            transaction.record(
                stock_events.SettlementRequested(discrepancy_id=discrepancy_id, explanation=Explanation.MISSING)
            )
        return discrepancy_id

    def explain(self, discrepancy_id: str, explanation: str, officer: str) -> None:
        """Say what explains a discrepancy, an `Explanation`, and ask for it to be settled so."""
        self._allow_printing(officer)
        known_reason(explanation, Explanation)
        with self.store.write(officer) as transaction:
            discrepancy = _in_state(transaction, discrepancy_id, State.OPEN, State.REQUESTED)
            possible = explanations(discrepancy.origin, discrepancy.expected, discrepancy.found)
            if explanation not in possible:
                raise Refused(Kind.NOT_VALID, "explanation-does-not-fit", discrepancy_id, ", ".join(sorted(possible)))
            transaction.record(stock_events.SettlementRequested(discrepancy_id=discrepancy_id, explanation=explanation))

    def settle(self, discrepancy_id: str, officer: str) -> str:
        """Approve what explains a discrepancy; returns the state it is in then.

        Raises:
            Refused: if nobody has explained it, or the officer is the one who did, or no supervisor. Where no other
                supervisor is appointed the settlement is provisional instead.
        """
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            discrepancy = _in_state(transaction, discrepancy_id, State.REQUESTED)
            verdict = may_approve(self.policy, discrepancy.requested_by, officer, self._office, self._clock.now())
            if verdict not in {Verdict.FINAL, Verdict.PROVISIONAL}:
                raise Refused(Kind.NOT_ALLOWED, verdict, officer)
            explanation = Explanation(discrepancy.explanation)
            balances = free(transaction.balances(), transaction.bound())
            moved = settled(balances, transaction.discrepancy_moves(discrepancy_id), explanation)
            transaction.record(
                stock_events.DiscrepancySettled(
                    discrepancy_id=discrepancy_id,
                    explanation=explanation,
                    provisional=verdict is Verdict.PROVISIONAL,
                    moves=moved,
                )
            )
        return State.PROVISIONAL if verdict is Verdict.PROVISIONAL else State.SETTLED

    def record_approval(self, discrepancy_id: str, reference: str, officer: str) -> None:
        """Enter the kabupaten's approval, by the number of its letter, of what was settled provisionally."""
        self._allow_printing(officer)
        check_number(reference)
        with self.store.write(officer) as transaction:
            _in_state(transaction, discrepancy_id, State.PROVISIONAL)
            transaction.record(stock_events.SettlementApproved(discrepancy_id=discrepancy_id, reference=reference))


def _in_state(transaction: Transaction, discrepancy_id: str, *states: State) -> Discrepancy:
    discrepancy = transaction.discrepancy(discrepancy_id)
    if discrepancy is None:
        raise Refused(Kind.NOT_FOUND, "no-such-discrepancy", discrepancy_id)
    if discrepancy.state not in states:
        raise Refused(Kind.NOT_NOW, f"discrepancy-is-{discrepancy.state}", discrepancy_id)
    return discrepancy
