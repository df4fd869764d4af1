"""A mobile kit's trip: opened with an allotment, closed only when every blank of it is accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from stationd.model import events, mobile_events, stock_events
from stationd.model.attempt import Attempt, CardRegion, Outcome
from stationd.model.blank import Account, Movement, Place
from stationd.model.counting import free
from stationd.model.job import HoldCause
from stationd.model.mobile import (
    Finished,
    InBags,
    Leg,
    NotAway,
    Off,
    Tally,
    TripState,
    Wrong,
    handed_in,
    not_empty,
    off,
    statement,
    taken_by_kit,
    tally,
)
from stationd.model.reasons import ReturnReason, TransferReason
from stationd.model.settling import OF_COUNTERS, Explanation, Origin, State, Verdict, may_approve, settled
from stationd.registry import slips
from stationd.registry.slips import OutSlip
from stationd.station.allotting import Allotting, looked
from stationd.station.blanks import check_count
from stationd.station.home_names import Naming
from stationd.station.questions import Answer
from stationd.station.refusal import Kind, Refused
from stationd.store.mobile_view import AllotmentRow, HalfRow, TripRow
from stationd.store.rows import JobState
from stationd.store.shelf_view import ShelfCard
from stationd.store.stock_view import Discrepancy
from stationd.store.store import Transaction
from stationd.store.view import View

UNFINISHED = (JobState.ORDERED, JobState.PRINTING, JobState.DELIVERED)
"""States of a job in which a trip cannot end."""

WITHDRAWN_BY = "trip-closing"
"""Why an order is taken back when a trip is closed."""


class Trip(msgspec.Struct, frozen=True):
    """A trip as people see it: its terms, what its blanks have come to, and what the book alone finds off."""

    row: TripRow
    tally: Tally
    off: tuple[Off, ...]


class Mobile(msgspec.Struct, frozen=True):
    """What there is of kits at this station.

    Attributes:
        is_kit: it is one.
        bar: why it makes no card just now; empty for one that may, and for an office.
        trip: the trip that it is on; None if on none.
        trips: those that are over, first to last.
        allotments: what this office gave to kits.
        halves: this book's halves of allotments, and whether the registry has paired them.
    """

    is_kit: bool
    bar: str
    trip: Trip | None
    trips: tuple[TripRow, ...]
    allotments: tuple[AllotmentRow, ...]
    halves: tuple[HalfRow, ...]


class Trips(Allotting, Naming):
    """What a kit does about its trip."""

    def mobile(self) -> Mobile:
        """Return what there is of kits at this station."""
        with self.store.read() as view:
            row, trips = view.trip(), view.trips()
            said = self._said(view, row) if row else None
            trip = Trip(row, said, _off(view, said, _as_booked(said))) if row and said else None
            verdict = self.rules.situation(view).kit_bar()
            return Mobile(
                is_kit=trip is not None or self.rules.is_kit,
                bar=verdict or "",
                trip=trip,
                trips=tuple(each for each in trips if each.state is TripState.CLOSED),
                allotments=tuple(view.allotments()),
                halves=tuple(view.halves()),
            )

    def open_trip(self, slip: str, counted: int, officer: str, *, jobs: int, until: int, place: str = "") -> str:
        """Begin a trip, as a supervisor, with what an office gave.

        Args:
            slip: the office's signed one.
            counted: how many blanks came. A difference from the slip is a discrepancy.
            officer: who opens it.
            jobs: how many are to be leased for it.
            until: when it ends, seconds since the epoch; not beyond the grant.
            place: where it goes, if the grant names places.

        Returns:
            The id of the allotment, by which the trip is known.

        Raises:
            Refused: if no grant allows it, the slip is not to be relied on or was taken before, another trip is
                open, or there are blanks in the kit already.
        """
        self._allow_supervisor(officer)
        check_count(counted, least=0)
        check_count(jobs, least=0)
        now = self._now()
        look = looked(lambda: slips.look(slip, OutSlip))
        if look.kit != self._office.station:
            raise Refused(Kind.NOT_ALLOWED, "slip-of-another-kit", look.allotment_id, look.kit)
        grant = self._grant(look.kit, look.office, now, until)
        said = looked(lambda: slips.read(slip, OutSlip, grant.office_key))
        if until <= now:
            raise Refused(Kind.NOT_VALID, NotAway.OVER, said.allotment_id)
        if said.count > grant.blanks:
            raise Refused(Kind.NOT_ALLOWED, "allotment-too-large", look.kit, str(grant.blanks))
        if place not in (grant.places or ("",)):
            raise Refused(Kind.NOT_ALLOWED, "place-not-granted", place or "?", ", ".join(grant.places))
        with self.store.write(officer) as transaction:
            _may_open(transaction, said.allotment_id)
            transaction.record(
                mobile_events.TripOpened(
                    allotment_id=said.allotment_id,
                    office=said.office,
                    announced=said.count,
                    jobs=jobs,
                    begins=int(now),
                    until=until,
                    offline=grant.offline,
                    place=place,
                    stock=said.stock,
                )
            )
            came, differs = taken_by_kit(said.allotment_id, said.batches, counted, said.stock)
            transaction.record(
                mobile_events.AllotmentTaken(
                    allotment_id=said.allotment_id,
                    office=said.office,
                    announced=said.count,
                    count=counted,
                    stock=said.stock,
                    moves=came,
                )
            )
            if counted != said.count:
                transaction.record(
                    stock_events.DiscrepancyFound(
                        origin=Origin.ALLOTMENT,
                        subject=f"{Leg.OUT}/{said.allotment_id}/{Place.STORE}",
                        expected=said.count,
                        found=counted,
                        stock=said.stock,
                        moves=differs,
                    )
                )
        self._wake()
        return said.allotment_id

    def begin_closing(self, officer: str) -> None:
        """Begin no card on the trip any more: orders are taken back, and what there is can be counted."""
        self._allow_supervisor(officer)
        with self.store.write(officer) as transaction:
            trip = _trip(transaction)
            if trip.state is not TripState.OPEN:
                raise Refused(Kind.NOT_NOW, NotAway.CLOSING, trip.allotment_id)
            for job in transaction.jobs(JobState.ORDERED):
                transaction.record(events.OrderWithdrawn(job_id=job.job_id, cause=WITHDRAWN_BY))
            transaction.record(mobile_events.TripClosing(allotment_id=trip.allotment_id))

    def check_trip(self, counted: InBags) -> list[Off]:
        """Return what keeps the trip from being closed, if the bags hold this. Changes nothing."""
        with self.store.read() as view:
            return list(_off(view, self._said(view, _trip(view)), counted))

    def declare_missing_on_trip(self, count: int, officer: str) -> None:
        """Declare, as a supervisor, that the blanks of the trip that are in question are missing.

        Whoever found a difference is not the one who declares it, unless there is no other supervisor.

        Args:
            count: how many: all that are in question.
            officer: who declares it.
        """
        self._allow_supervisor(officer)
        check_count(count)
        with self.store.write(officer) as transaction:
            trip = _trip(transaction)
            in_question = self._said(transaction, trip).in_question
            bound = sum(account.stock == trip.stock for account in transaction.bound())
            if in_question - bound != count:
                raise Refused(Kind.NOT_NOW, "missing-differs", trip.allotment_id, str(in_question - bound))
            for discrepancy in _unsettled(transaction):
                self._settle_as_missing(transaction, discrepancy, trip, officer)
            balances = free(transaction.balances(), transaction.bound())
            rest = tuple(
                Movement(account, Account(Place.MISSING, stock=account.stock, batch=account.batch), there)
                for account, there in sorted(balances.items())
                if account.place is Place.IN_QUESTION and account.stock == trip.stock and there > 0
            )
            transaction.record(
                mobile_events.TripMissingDeclared(allotment_id=trip.allotment_id, count=count, moves=rest)
            )

    def close_trip(self, counted: InBags, officer: str) -> str:
        """End the trip, as a supervisor: what is in the bags is handed in, and jobs without a card are given back.

        Args:
            counted: what is in the bags.
            officer: who closes it.

        Returns:
            The signed slip for the office.

        Raises:
            Refused: `trip-off` with all that is off, one after the other; nothing has changed then.
        """
        self._allow_supervisor(officer)
        for count in (counted.unused, counted.spoiled, counted.finished, counted.unfit):
            check_count(count, least=0)
        now = self._now()
        with self.store.write(officer) as transaction:
            trip = _trip(transaction)
            if trip.state is not TripState.CLOSING:
                raise Refused(Kind.NOT_NOW, "trip-not-closing", trip.allotment_id)
            said = self._said(transaction, trip)
            wrong = _off(transaction, said, counted)
            if wrong:
                raise Refused(Kind.NOT_NOW, "trip-off", trip.allotment_id, "; ".join(map(_in_short, wrong)))
            cards = [card for card in transaction.shelf() if card.lost is None and card.stock == trip.stock]
            self._seal_names(transaction, trip, cards, int(now))
            _close(transaction, trip, said, cards, int(now))
        return self.slip(trip.allotment_id)

    def _said(self, view: View, trip: TripRow) -> Tally:
        return tally(view.balances(), trip.allotment_id, trip.base, trip.stock)

    def _settle_as_missing(
        self, transaction: Transaction, discrepancy: Discrepancy, trip: TripRow, officer: str
    ) -> None:
        """Settle a difference by which blanks are short; one that somebody explained otherwise is left to them."""
        short = discrepancy.found < discrepancy.expected and discrepancy.stock == trip.stock
        if not short or discrepancy.explanation not in {"", Explanation.MISSING}:
            return
        other = discrepancy.requested_by or discrepancy.found_by
        verdict = may_approve(self.policy, other, officer, self._office, self._clock.now())
        if verdict not in {Verdict.FINAL, Verdict.PROVISIONAL}:
            raise Refused(Kind.NOT_ALLOWED, verdict, officer)
        balances = free(transaction.balances(), transaction.bound())
        moved = settled(balances, transaction.discrepancy_moves(discrepancy.discrepancy_id), Explanation.MISSING)
        transaction.record(
            stock_events.DiscrepancySettled(
                discrepancy_id=discrepancy.discrepancy_id,
                explanation=Explanation.MISSING,
                provisional=verdict is Verdict.PROVISIONAL,
                moves=moved,
            )
        )


def _trip(view: View) -> TripRow:
    trip = view.trip()
    if trip is None:
        raise Refused(Kind.NOT_NOW, NotAway.NO_TRIP, "trip")
    return trip


def _may_open(transaction: Transaction, allotment_id: str) -> None:
    if (trip := transaction.trip()) is not None:
        raise Refused(Kind.NOT_NOW, "trip-open", trip.allotment_id)
    if any(trip.allotment_id == allotment_id for trip in transaction.trips()):
        raise Refused(Kind.NOT_NOW, "allotment-taken-before", allotment_id)
    if transaction.closed_day() is not None:
        raise Refused(Kind.NOT_NOW, "store-locked", "store")
    if left := not_empty(transaction.balances()):
        said = ", ".join(f"{place}: {count}" for place, count in sorted(left.items()))
        raise Refused(Kind.NOT_NOW, "kit-not-empty", min(left), said)


def _unsettled(view: View) -> list[Discrepancy]:
    waiting = view.discrepancies(everything=False)
    return [d for d in waiting if d.state in {State.OPEN, State.REQUESTED} and d.origin not in OF_COUNTERS]


def _off(view: View, said: Tally, counted: InBags) -> tuple[Off, ...]:
    """Return all that keeps the trip from being closed."""
    jobs = [Off(Wrong.ORDERED, job.job_id) for job in view.jobs(*UNFINISHED)]
    open_ = [Off(Wrong.UNSETTLED, d.discrepancy_id, d.expected, d.found) for d in _unsettled(view)]
    return (*jobs, *off(said, counted), *open_)


def _as_booked(said: Tally) -> InBags:
    return InBags(said.unused, said.bin, said.shelf, said.unfit)


def _in_short(one: Off) -> str:
    return f"{one.wrong}{f' {one.where}' if one.where else ''}: {one.expected}, {one.found}"


def _came_to_nothing(attempt: Attempt, answers: Mapping[str, frozenset[str]]) -> bool:
    """Say whether no card can come of an attempt: its chip is as it was, or is void and its card among the spoiled.

    A card that was not seen to come out may be live somewhere: its job is not given back, so that nobody makes it
    twice unasked. Where a person was asked about it and said that it is spoiled, that person had it in hand.
    """
    if not attempt.touched:
        return True
    if attempt.outcome is not Outcome.SPOILED:
        return False
    said = answers.get(attempt.attempt_id, frozenset()) - {Answer.OUT}
    return said == {Answer.SPOILED} if said else attempt.card in {CardRegion.DELIVERED, CardRegion.REJECTED}


def _close(transaction: Transaction, trip: TripRow, said: Tally, cards: Sequence[ShelfCard], now: int) -> None:
    """Enter the end: finished cards leave for the office, jobs go back, the bags are handed in."""
    finished = [Finished(card.job_id, card.citizen_ref, card.issue_no, card.identity) for card in cards]
    stated = statement(transaction.balances(), trip.base, finished, trip.stock)
    for card in cards:
        transaction.record(
            stock_events.CardTransferred(
                job_id=card.job_id,
                attempt_id=card.attempt_id,
                citizen_ref=card.citizen_ref,
                issue_no=card.issue_no,
                identity=card.identity,
                cause=TransferReason.TRIP_ENDED,
                office=trip.office,
                moves=(Movement(card.account(), card.account(Place.TRANSFERRED), 1),),
            )
        )
    answers = transaction.answers_given()
    for job in transaction.jobs(JobState.QUEUED, JobState.HELD):
        if job.cause == HoldCause.POSSIBLY_PRINTED:  # by a book before this one: a person has to look
            continue
        if all(_came_to_nothing(attempt, answers) for attempt in transaction.attempts(job.job_id)):
            transaction.record(events.JobReturned(job_id=job.job_id, cause=ReturnReason.TRIP_ENDED))
    transaction.record(
        mobile_events.TripClosed(
            allotment_id=trip.allotment_id,
            allotted=said.allotted,
            printed=said.printed,
            spoiled=said.spoiled,
            returned=said.returned,
            missing=said.missing,
            stated=stated,
            signed_at=now,
            moves=handed_in(transaction.balances(), trip.allotment_id, trip.stock),
        )
    )
