"""*Where is my card?* The registry knows when it can be reached; else the station says what it holds itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stationd.model.nik import BadNik, Nik
from stationd.registry.contract import CardWhereabouts
from stationd.station.looking import Looking
from stationd.station.refusal import Kind, Refused
from stationd.station.shelf import Shelf, told
from stationd.station.shelf_rows import CardState, NoticeTold, Whereabouts
from stationd.store.rows import JobRow, JobState
from stationd.store.shelf_view import ShelfCard
from stationd.store.view import View

_STATES = {
    JobState.QUEUED: CardState.QUEUED,
    JobState.ORDERED: CardState.QUEUED,
    JobState.PRINTING: CardState.QUEUED,
    JobState.DELIVERED: CardState.PRINTED,
    JobState.HELD: CardState.HELD,
}
"""What the states of a job that is not over mean to someone who asks for the card."""


class WhereIs(Looking, Shelf):
    """The search by NIK.

    Attributes:
        ask_registry: asks the registry by NIK; None if it is out of reach. It may take seconds.
    """

    ask_registry: Callable[[str], CardWhereabouts | None] = staticmethod(lambda _: None)

    def where_is(self, nik: str, officer: str) -> Whereabouts:
        """Say where a citizen's card is.

        Args:
            nik: sixteen digits, as they were typed. They reach the registry and no log.
            officer: who asks: an operator or a supervisor.
        """
        self._allow_counter(officer)
        try:
            asked = Nik(nik.replace(" ", ""))
        except BadNik as bad:
            raise Refused(Kind.NOT_VALID, "not-a-nik", "", bad.fault) from None
        known = self.ask_registry(asked.digits)
        with self.store.read() as view:
            cards = [*view.shelf(), *view.lost_cards()]
            waiting = {job.job_id: job for job in view.jobs(*_STATES)}
            records = self.index.records(card.job_id for card in cards)
            mine = [card for card in cards if card.job_id in records and records[card.job_id].nik == asked]
            self._answering(officer, [card.job_id for card in mine])
            if known is not None:
                return _of_registry(known, view.shelf_card(known.job_id) if known.job_id else None)
            if mine:
                return self._lies_here(view, mine[-1])
            jobs = self.index.job_of(asked, waiting)
            self._answering(officer, jobs)
        return self._waits(waiting[jobs[-1]]) if jobs else self._told(state=CardState.NOT_HERE)

    def _answering(self, officer: str, job_ids: Sequence[str]) -> None:
        """Put down of whom something is told."""
        if job_ids:
            self.store.note_processing(officer, "name", "where", *job_ids)

    def _lies_here(self, view: View, card: ShelfCard) -> Whereabouts:
        return self._told(
            state=CardState.ON_SHELF if card.lost is None else CardState.PRINTED,
            cause="" if card.lost is None else "card-is-lost",
            since=card.since if card.lost is None else card.lost,
            place=card.place,
            job_id=card.job_id,
            issue_no=card.issue_no,
            notices=told(view.notice_rows(card.job_id)),
        )

    def _waits(self, job: JobRow) -> Whereabouts:
        return self._told(state=_STATES[job.state], cause=job.cause, job_id=job.job_id, issue_no=job.issue_no)

    def _told(self, **members: object) -> Whereabouts:
        """Answer from what the station holds itself, as of when it last heard the registry."""
        office = "" if members["state"] is CardState.NOT_HERE else self.store.station
        heard = self._link_status().last_contact
        return Whereabouts(by="station", as_of=heard, office=office, **members)  # type: ignore[arg-type]


def _of_registry(known: CardWhereabouts, card: ShelfCard | None) -> Whereabouts:
    """Return the registry's answer, with the box in which the card lies, if it lies here."""
    states = set(CardState)
    return Whereabouts(
        state=CardState(known.state) if known.state in states else CardState.NOT_RECORDED,
        by="registry",
        as_of=known.as_of,
        cause=known.reason or "",
        office=known.office or "",
        since=known.since,
        place=card.place if card is not None and card.lost is None else "",
        job_id=known.job_id or "",
        issue_no=known.issue_no or 0,
        notices=tuple(NoticeTold(n.number, n.channel, n.delivery, n.at) for n in known.notices),
    )
