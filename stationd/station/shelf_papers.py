"""Papers that name citizens: what is handed over or sent on is put on paper while the names are still known here."""

from __future__ import annotations

import threading
from typing import Final

import structlog
from typing_extensions import override

from stationd.documents.content import Draft
from stationd.documents.errors import FontMissing
from stationd.documents.forms import receipt, transfer
from stationd.documents.forms.office import Office, Person
from stationd.documents.forms.receipt import Handover
from stationd.documents.forms.transfer import Transfer, TransferredCard
from stationd.model import shelf_events, stock_events
from stationd.model.papers import Kind
from stationd.station.papers import Papers
from stationd.station.refusal import Kind as No
from stationd.station.refusal import Refused
from stationd.station.shelf_leaving import ShelfLeaving
from stationd.station.shelf_rows import Receipt, TransferOut
from stationd.store.store import CommitFailed
from stationd.store.view import View

log = structlog.get_logger()

KEPT: Final = 3600.0
"""Seconds after a hand-over in which its receipt can be issued: then the station has forgotten to whom it was."""

MOST: Final = 200
"""Hand-overs and transfers that are remembered for it."""


class ShelfPapers(Papers, ShelfLeaving):
    """Hand-overs and transfers with their papers. What they name is kept in memory only, and for an hour at most."""

    _people: dict[tuple[Kind, str], tuple[float, Handover | Transfer]] | None = None
    _remembering: Final = threading.Lock()

    @override
    def hand_over(self, job_id: str, to: str, shown: str, officer: str, *, kk: str = "", tap: bool = False) -> Receipt:
        """Hand a card over as `Shelf.hand_over` does; a receipt of it can be issued within the hour."""
        told = super().hand_over(job_id, to, shown, officer, kk=kk, tap=tap)
        handed = Handover(
            seq=told.seq,
            time=told.at,
            name=told.name,
            nik=told.nik,
            address=told.address,
            issue_no=told.issue_no,
            identity=told.identity,
            to=told.to,
            shown=told.shown,
            tapped=told.tapped,
        )
        self._remember(Kind.RECEIPT, str(told.seq), handed)
        return told

    @override
    def transfer(self, job_id: str, office: str, reason: str, officer: str) -> TransferOut:
        """Send a card on as `ShelfLeaving.transfer` does, with a record that names it."""
        return self._recorded(super().transfer(job_id, office, reason, officer), officer)

    @override
    def transfer_due(self, office: str, officer: str, kecamatan: str = "") -> TransferOut:
        """Send cards on as `ShelfLeaving.transfer_due` does, with a record that names each."""
        return self._recorded(super().transfer_due(office, officer, kecamatan), officer)

    def _recorded(self, sent: TransferOut, officer: str) -> TransferOut:
        """Issue the record of a transfer. The cards are sent whatever comes of it, and it can be tried again."""
        cards = tuple(
            TransferredCard(
                seq=card.seq,
                name=card.name,
                nik=card.nik,
                address=card.address,
                kecamatan=card.kecamatan,
                since=card.since,
            )
            for card in sent.cards
        )
        subject = str(cards[0].seq)
        facts = Transfer(office=sent.office, cause=sent.cause, time=sent.at, cards=cards)
        self._remember(Kind.TRANSFER, subject, facts)
        try:
            self.issue_document(Kind.TRANSFER, subject, officer)
        except (Refused, CommitFailed, FontMissing, OSError) as failure:
            log.warning("the record of a transfer is not issued yet", entry=subject, why=type(failure).__name__)
        return sent

    @override
    def _of_people(
        self, view: View, kind: Kind, subject: str, office: Office, person: Person
    ) -> tuple[str, Draft] | None:
        with self._remembering:
            self._forget_old()
            kept = self._people or {}
            chosen = subject or next((about for of, about in reversed(kept) if of is kind), "")
            _, facts = kept.get((kind, chosen), (0.0, None))
        match facts:
            case Handover():
                return chosen, receipt.draft(facts, office, person)
            case Transfer():
                return chosen, transfer.draft(facts, office, person)
            case _:
                self._say_forgotten(view, chosen)
                return None

    def _say_forgotten(self, view: View, subject: str) -> None:
        """Refuse if there was such an act, of which nobody's name is known any more."""
        entry = view.entry(int(subject)) if subject.isascii() and subject.isdigit() and int(subject) < 2**62 else None
        if entry is not None and isinstance(entry.event, shelf_events.CardHandedOver | stock_events.CardTransferred):
            raise Refused(No.NOT_NOW, "names-not-kept", subject)

    def _remember(self, kind: Kind, subject: str, facts: Handover | Transfer) -> None:
        with self._remembering:
            if self._people is None:
                self._people = {}
            self._people[kind, subject] = self._clock.uptime(), facts
            self._forget_old()
            while len(self._people) > MOST:
                del self._people[next(iter(self._people))]

    def _forget_old(self) -> None:
        now = self._clock.uptime()
        for key in [key for key, (at, _) in (self._people or {}).items() if now - at > KEPT]:
            del self._people[key]  # type: ignore[union-attr]  # it is there if a key of it is
