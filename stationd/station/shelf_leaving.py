"""Cards that leave the shelf without going home: withdrawn, sent to another office, lost and found."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from stationd.model import shelf_events, stock_events
from stationd.model.blank import Movement, Place
from stationd.model.officer import Role
from stationd.model.paper_events import OfCitizen
from stationd.model.reasons import TransferReason, WithdrawReason
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.station.shelf import MANY, Shelf, check_place, on_shelf, owner_of
from stationd.station.shelf_rows import TransferOut, TransferRow
from stationd.store.store import Transaction

_OFFICE: Final = re.compile(r"[0-9]{2}\.[0-9]{2}(\.[0-9]{2})?")
"""A kabupaten's or a kecamatan's code."""


class ShelfLeaving(Shelf, ABC):
    """What may be done with cards that nobody collects."""

    def withdraw(self, job_id: str, reason: str, officer: str) -> None:
        """Take a finished card from the shelf: it was revoked, or found bad after acceptance. Its chip is void."""
        self._allow_counter(officer)
        known_reason(reason, WithdrawReason)
        with self.store.write(officer) as transaction:
            card = on_shelf(transaction, job_id)
            moved = Movement(card.account(), card.account(Place.WITHDRAWN), 1)
            transaction.record(
                stock_events.CardWithdrawn(
                    job_id=job_id,
                    attempt_id=card.attempt_id,
                    citizen_ref=card.citizen_ref,
                    issue_no=card.issue_no,
                    identity=card.identity,
                    cause=reason,
                    moves=(moved,),
                )
            )
        self.forget_gone()

    def transfer(self, job_id: str, office: str, reason: str, officer: str) -> TransferOut:
        """Send a finished card from the shelf to another office, for a `TransferReason`.

        Args:
            job_id: whose card.
            office: the receiving office's code, as `73.16.02`.
            reason: why.
            officer: who sends it.

        Raises:
            Refused: also if it is to go as uncollected and is not due for that.
        """
        self._allow_counter(officer)
        known_reason(reason, TransferReason)
        self._check_office(office)
        if reason == TransferReason.UNCOLLECTED:
            with self.store.read() as view:
                if self._due(on_shelf(view, job_id), view.notices(job_id)) != "transfer":
                    raise Refused(Kind.NOT_NOW, "transfer-not-due", job_id)
        return self._send(office, reason, officer, [job_id])

    def transfer_due(self, office: str, officer: str, kecamatan: str = "") -> TransferOut:
        """Send every card that is due for it to another office, and none that is not.

        Args:
            office: the receiving office's code.
            officer: who sends them.
            kecamatan: only those whose owners live there, by its name; empty: all.

        Raises:
            Refused: also if none is due, or the time is unknown, when nothing is.
        """
        self._allow_counter(officer)
        self._check_office(office)
        chosen = [
            card.job_id
            for card in self.search_shelf("", officer, limit=MANY)
            if card.due == "transfer" and (not kecamatan or card.kecamatan.casefold() == kecamatan.strip().casefold())
        ]
        if not chosen:
            raise Refused(Kind.NOT_NOW, "no-transfer-due", office)
        return self._send(office, TransferReason.UNCOLLECTED, officer, chosen)

    def _send(self, office: str, reason: str, officer: str, job_ids: Sequence[str]) -> TransferOut:
        self.store.note_processing(officer, "name", "transfer", *job_ids)
        records = self.index.records(job_ids)
        rows, left = [], []
        with self.store.write(officer) as transaction:
            for job_id in job_ids:
                card = on_shelf(transaction, job_id)
                entry = transaction.record(
                    stock_events.CardTransferred(
                        job_id=job_id,
                        attempt_id=card.attempt_id,
                        citizen_ref=card.citizen_ref,
                        issue_no=card.issue_no,
                        identity=card.identity,
                        cause=reason,
                        office=office,
                        moves=(Movement(card.account(), card.account(Place.TRANSFERRED), 1),),
                    )
                )
                left.append(OfCitizen(job_id, card.citizen_ref))
                rows.append(
                    TransferRow(
                        job_id=job_id,
                        issue_no=card.issue_no,
                        identity=card.identity,
                        since=card.since,
                        seq=entry.envelope.seq,
                        **owner_of(records.get(job_id)),
                    )
                )
            sent = TransferOut(
                station=self.store.station,
                incarnation=self.store.incarnation,
                office=office,
                cause=reason,
                at=entry.envelope.time,
                officer=officer,
                officer_name=self._officer_name(officer),
                cards=tuple(rows),
            )
            self._leave_names(transaction, sent, left)
        self.forget_gone()
        return sent

    @abstractmethod
    def _leave_names(self, transaction: Transaction, sent: TransferOut, owners: Sequence[OfCitizen]) -> None:
        """Keep whose cards these were, sealed, until the record of the transfer is issued."""

    def lose_card(self, job_id: str, officer: str) -> None:
        """Enter, as a supervisor, that a card which should lie on the shelf is not to be found."""
        self._allow_counter(officer)
        known = self.policy.officer(officer) if self.policy else None
        if known is None or not known.has_role(Role.SUPERVISOR):
            raise self._needs_supervisor(officer)
        with self.store.write(officer) as transaction:
            card = on_shelf(transaction, job_id)
            transaction.record(
                shelf_events.CardLost(
                    job_id=job_id,
                    citizen_ref=card.citizen_ref,
                    issue_no=card.issue_no,
                    identity=card.identity,
                    moves=(Movement(card.account(), card.account(Place.MISSING), 1),),
                )
            )

    def find_card(self, job_id: str, place: str, officer: str) -> None:
        """Enter that a card which was not to be found lies on the shelf again, in this box and row."""
        self._allow_counter(officer)
        named = check_place(place)
        with self.store.write(officer) as transaction:
            card = transaction.shelf_card(job_id)
            if card is None or card.lost is None:
                raise Refused(Kind.NOT_NOW, "card-was-not-lost", job_id)
            back = Movement(card.account(Place.MISSING), card.account(), 1)
            transaction.record(shelf_events.CardFound(job_id=job_id, place=named, moves=(back,)))

    def _check_office(self, office: str) -> None:
        if not _OFFICE.fullmatch(office) or office == self._office.kecamatan:
            raise Refused(Kind.NOT_VALID, "not-an-office", "")
