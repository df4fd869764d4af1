"""Papers that name citizens: what is handed over or sent on is put on paper while the names are still known here.

A receipt's are in memory for an hour. A transfer's are sealed in the commit that sends the cards: its record must be
made, and its officers have gone on when a power cut comes.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
from typing_extensions import override

from stationd.documents.content import Draft
from stationd.documents.errors import FontMissing
from stationd.documents.forms import receipt, transfer
from stationd.documents.forms.office import Office, Person
from stationd.documents.forms.receipt import Handover
from stationd.documents.forms.transfer import Transfer, TransferredCard
from stationd.model import shelf_events, stock_events
from stationd.model.entry import Entry
from stationd.model.paper_events import NamesForgotten, NamesLeft, OfCitizen
from stationd.model.papers import DAY, Kind
from stationd.station.papers import DocumentView, Papers
from stationd.station.refusal import Kind as No
from stationd.station.refusal import Refused
from stationd.station.shelf_leaving import ShelfLeaving
from stationd.station.shelf_rows import Receipt, TransferOut
from stationd.store.store import CommitFailed, Transaction
from stationd.store.vault import NotInVault
from stationd.store.view import View

log = structlog.get_logger()

KEPT: Final = 3600.0
"""Seconds after a hand-over in which its receipt can be issued: then the station has forgotten to whom it was."""

MOST: Final = 200
"""Hand-overs that are remembered for it."""

LEFT: Final = 30 * DAY
"""Seconds after which names are destroyed that were kept for a record that nobody has issued."""


class ShelfPapers(Papers, ShelfLeaving):
    """Hand-overs and transfers with their papers."""

    _people: dict[str, tuple[float, Handover]] | None = None
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
        self._remember(str(told.seq), handed)
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
        subject = str(sent.cards[0].seq)
        try:
            self.issue_document(Kind.TRANSFER, subject, officer)
        except (Refused, CommitFailed, FontMissing, OSError) as failure:
            log.warning("the record of a transfer is not issued yet", entry=subject, why=type(failure).__name__)
        return sent

    @override
    def _of_people(
        self, view: View, kind: Kind, subject: str, office: Office, person: Person
    ) -> tuple[str, Draft] | None:
        if kind is Kind.TRANSFER:
            sent = self._names_of(view, subject)
            if sent is None:
                self._say_forgotten(view, subject)
            return None if sent is None else (sent[0], transfer.draft(sent[1], office, person))
        with self._remembering:
            self._forget_old()
            kept = self._people or {}
            chosen = subject or next(reversed(kept), "")
            _, handed = kept.get(chosen, (0.0, None))
        if handed is None:
            self._say_forgotten(view, chosen)
            return None
        return chosen, receipt.draft(handed, office, person)

    @override
    def issue_document(self, kind: str, subject: str, officer: str) -> DocumentView:
        """Make a paper as `Papers.issue_document` does; what was kept for it is destroyed then."""
        issued = super().issue_document(kind, subject, officer)
        self._forget_names()
        return issued

    @override
    def erase_due_documents(self) -> int:
        """Destroy what is due as `Papers` does, and names that were kept for papers and are of use no more."""
        self._forget_names()
        return super().erase_due_documents()

    @override
    def _leave_names(self, transaction: Transaction, sent: TransferOut, owners: Sequence[OfCitizen]) -> None:
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
        facts = Transfer(office=sent.office, cause=sent.cause, time=sent.at, cards=cards)
        left = NamesLeft(kind=Kind.TRANSFER, subject=str(cards[0].seq), cards=tuple(owners))
        entry = transaction.record(left).envelope.seq
        transaction.vault.put(_vault_id(entry), msgspec.json.encode(facts), b"")

    def _names_of(self, view: View, subject: str) -> tuple[str, Transfer] | None:
        """Return what is kept for the record of a transfer; of the last one that has none yet, if none is named."""
        for kept in reversed(view.names_left()):
            about = _subject(kept)
            if subject in {"", about}:
                try:
                    sealed = self.store.sealed(_vault_id(kept.envelope.seq))
                except NotInVault:
                    return None
                return about, msgspec.json.decode(sealed, type=Transfer)
        return None

    def _forget_names(self) -> None:
        """Destroy names that were kept for papers which are issued, or have not been for too long.

        What the disk does not take now is tried again later.
        """
        now = self._clock.now()
        with self.store.read() as view:
            done = [kept.envelope.seq for kept in view.names_left() if _of_no_use(view, kept, now)]
        if not done:
            return
        try:
            with self.store.write("papers") as transaction:
                for entry in done:
                    transaction.vault.erase(_vault_id(entry))
                    transaction.record(NamesForgotten(entry=entry))
            self.store.forget_erased()
        except (CommitFailed, OSError) as failure:
            log.warning("names for papers are not erased yet", why=str(failure))

    def _say_forgotten(self, view: View, subject: str) -> None:
        """Refuse if there was such an act, of which nobody's name is known any more."""
        entry = view.entry(int(subject)) if subject.isascii() and subject.isdigit() and int(subject) < 2**62 else None
        if entry is not None and isinstance(entry.event, shelf_events.CardHandedOver | stock_events.CardTransferred):
            raise Refused(No.NOT_NOW, "names-not-kept", subject)

    def _remember(self, subject: str, handed: Handover) -> None:
        with self._remembering:
            if self._people is None:
                self._people = {}
            self._people[subject] = self._clock.uptime(), handed
            self._forget_old()
            while len(self._people) > MOST:
                del self._people[next(iter(self._people))]

    def _forget_old(self) -> None:
        now = self._clock.uptime()
        for key in [key for key, (at, _) in (self._people or {}).items() if now - at > KEPT]:
            del self._people[key]  # type: ignore[union-attr]  # it is there if a key of it is


def _vault_id(entry: int) -> str:
    """Return under which id names lie in the vault that were kept by an entry; no job's id has a slash."""
    return f"names/{entry}"


def _subject(kept: Entry) -> str:
    return kept.event.subject if isinstance(kept.event, NamesLeft) else ""


def _of_no_use(view: View, kept: Entry, now: float | None) -> bool:
    """Say whether the paper is issued for which names were kept, or nobody has issued it for too long."""
    issued = bool(view.documents_about(Kind.TRANSFER, _subject(kept)))
    return issued or (now is not None and now > kept.envelope.time + LEFT)
