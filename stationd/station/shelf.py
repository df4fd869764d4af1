"""The shelf: finished cards that wait for their owners, found, laid in their places and handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

import msgspec
import structlog

from stationd.model import shelf, shelf_events
from stationd.model.blank import Movement, Place
from stationd.model.job import HoldCause, Label
from stationd.model.policy_tables import ShelfRule
from stationd.model.shelf import Collector, Notice, NoticeDue, Shown, TransferDue
from stationd.model.shelf_record import ShelfRecord
from stationd.press.tap import TapFailed
from stationd.station.chips import Chips
from stationd.station.floor import find_job
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.station.shelf_index import ShelfIndex, matches
from stationd.station.shelf_rows import (
    FoundCard,
    NoticeTold,
    Receipt,
    TapFound,
    TappedCard,
)
from stationd.store.rows import JobState
from stationd.store.shelf_view import NoticeRow, ShelfCard
from stationd.store.store import CommitFailed
from stationd.store.view import View

log = structlog.get_logger()

SHOWN: Final = 50
"""So many cards are shown of those that a search finds."""

MANY: Final = 1_000_000
"""More cards than any shelf has."""


def _require_unreported(view: View, job_id: str) -> None:
    """Keep a card here whose owner was reported (dead, moved), wherever it was made: the registry has not answered."""
    job, card = view.job(job_id), view.shelf_card(job_id)
    reported = (job.reported if job is not None else "") or (card.reported if card is not None else "")
    if reported:
        raise Refused(Kind.NOT_NOW, HoldCause.REPORTED, job_id, reported)


class Shelf(Chips):
    """What may be asked about finished cards.

    Attributes:
        open_label: opens a job's label; None where nothing can be opened.
    """

    open_label: Callable[[str], Label | None] | None = None
    _index: ShelfIndex | None = None

    @property
    def index(self) -> ShelfIndex:
        """What is opened of those who wait."""
        if self._index is None:
            self._index = ShelfIndex(self.store, self.open_label or (lambda _: None), self._clock.uptime)
        return self._index

    def forget_owners(self) -> None:
        """Forget what is opened of those who wait: nobody is signed in who may know."""
        if self._index is not None:
            self._index.forget()

    # --- looking ------------------------------------------------------------------------------------------------------

    def search_shelf(self, wanted: str, officer: str, limit: int = SHOWN) -> list[FoundCard]:
        """Return the finished cards whose owner is meant, oldest first; all of them for an empty text.

        Args:
            wanted: a NIK or its beginning, or parts of a name.
            officer: who asks: an operator or a supervisor. A technician is shown nobody's data.
            limit: of cards.
        """
        self._allow_counter(officer)
        with self.store.read() as view:
            cards = [*view.shelf(), *view.lost_cards()]
            notices = view.all_notices()
        records = self.index.records(card.job_id for card in cards)
        text = wanted.strip()
        meant = (card for card in cards if not text or _is_meant(card, records.get(card.job_id), text))
        shown = list(islice(meant, max(0, limit)))
        self.store.note_processing(officer, "name", "shelf", *(card.job_id for card in shown))
        return [self._found(card, records.get(card.job_id), notices.get(card.job_id, ())) for card in shown]

    def tap_shelf(self, officer: str) -> TappedCard:
        """Say of the card on the desk reader whose it is and where it belongs.

        Raises:
            Refused: if the officer may not know, there is no card in time, or it cannot be read.
        """
        self._allow_counter(officer)
        identity = self._read_identity("")
        with self.store.read() as view:
            card = view.shelf_card_of_chip(identity)
            if card is not None:
                self.store.note_processing(officer, "name", "shelf", card.job_id)
                record = self.index.records([card.job_id]).get(card.job_id)
                found = self._found(card, record, view.notices(card.job_id))
                state = TapFound.ON_SHELF if card.lost is None else TapFound.LOST
                return TappedCard(found=state, belongs=card.place or Place.SHELF, job_id=card.job_id, card=found)
            return _tapped_elsewhere(view, identity)

    def _read_identity(self, job_id: str) -> str:
        try:
            return self._desk().read().held.identity.hex()
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, job_id, failure.detail) from failure

    def _found(self, card: ShelfCard, record: ShelfRecord | None, notices: Sequence[Notice]) -> FoundCard:
        due = "" if card.lost is not None else self._due(card, notices)
        told = tuple(NoticeTold(n.number, n.channel, n.delivery, n.at) for n in notices)
        common = {"issue_no": card.issue_no, "came": card.came, "lost": card.lost}
        found = FoundCard(job_id=card.job_id, place=card.place, since=card.since, due=due, notices=told, **common)  # type: ignore[arg-type]
        return found if record is None else with_owner(found, record)

    def _due(self, card: ShelfCard, notices: Sequence[Notice]) -> str:
        policy = self.policy
        if policy is None:
            return ""
        match shelf.due(card.since, notices, policy.shelf, policy.zone, self._clock.now()):
            case NoticeDue():
                return "notice"
            case TransferDue():
                return "transfer"
            case _:
                return ""

    # --- acts ---------------------------------------------------------------------------------------------------------

    def place_card(self, job_id: str, place: str, officer: str) -> None:
        """Say in which box and row a finished card lies, as `A3` or `B/12`."""
        self._allow_counter(officer)
        named = check_place(place)
        with self.store.write(officer) as transaction:
            if on_shelf(transaction, job_id).place != named:
                transaction.record(shelf_events.CardPlaced(job_id=job_id, place=named))

    def hand_over(self, job_id: str, to: str, shown: str, officer: str, *, kk: str = "", tap: bool = False) -> Receipt:
        """Hand a finished card to its owner, or to a member of the family if the policy lets it.

        Args:
            job_id: whose card.
            to: a `stationd.model.shelf.Collector`.
            shown: by what they showed who they are, a `stationd.model.shelf.Shown`.
            officer: who hands it over.
            kk: number of the family card that a member of the family showed: it must be the owner's.
            tap: the card in hand is read first, and must be this one.

        Returns:
            What a receipt says. It is told this once: the record of the owner is erased.
        """
        self._allow_counter(officer)
        known_reason(to, Collector)
        known_reason(shown, Shown)
        with self.store.read() as view:
            card = on_shelf(view, job_id)
        self.store.note_processing(officer, "name", "hand-over", job_id)
        record = self.index.records([job_id]).get(job_id)
        if to == Collector.FAMILY:
            self._allow_family(job_id, record, kk)
        if tap and self._read_identity(job_id) != card.identity:
            raise Refused(Kind.NOT_NOW, "another-card", job_id)
        with self.store.write(officer) as transaction:
            card = on_shelf(transaction, job_id)
            _require_unreported(transaction, job_id)
            entry = transaction.record(
                shelf_events.CardHandedOver(
                    job_id=job_id,
                    citizen_ref=card.citizen_ref,
                    issue_no=card.issue_no,
                    identity=card.identity,
                    to=to,
                    shown=shown,
                    tapped=tap,
                    moves=(Movement(card.account(), card.account(Place.CITIZEN), 1),),
                )
            )
        self.forget_gone()
        owner = owner_of(record)
        return Receipt(
            job_id=job_id,
            station=self.store.station,
            incarnation=self.store.incarnation,
            seq=entry.envelope.seq,
            at=entry.envelope.time,
            name=owner["name"],
            nik=owner["nik"],
            address=owner["address"],
            issue_no=card.issue_no,
            identity=card.identity,
            to=to,
            shown=shown,
            tapped=tap,
            officer=officer,
            officer_name=self._officer_name(officer),
        )

    def _allow_family(self, job_id: str, record: ShelfRecord | None, kk: str) -> None:
        rule = self.policy.shelf if self.policy else ShelfRule()
        if not rule.family_may_collect:
            raise Refused(Kind.NOT_ALLOWED, "owner-only", job_id)
        if record is None or record.kk is None:
            raise Refused(Kind.NOT_NOW, "family-not-known", job_id)
        if kk.replace(" ", "") != record.kk:
            raise Refused(Kind.NOT_VALID, "other-family-card", job_id)

    # --- what the acts share ------------------------------------------------------------------------------------------

    def forget_gone(self) -> None:
        """Destroy the records of those whose cards have left. What the disk does not take now is tried again later."""
        with self.store.read() as view:
            if not view.records_erasable():
                return
        try:
            with self.store.write("retention") as transaction:
                gone = transaction.records_erasable()
                for job_id in gone:
                    transaction.vault.erase_record(job_id)
                    transaction.record(shelf_events.ShelfRecordErased(job_id=job_id))
            if gone:
                self.store.forget_erased()
        except (CommitFailed, OSError) as failure:
            log.warning("records of cards that have left are not erased yet", why=str(failure))
            return
        for job_id in gone:
            self.index.drop(job_id)

    def _allow_counter(self, officer: str) -> None:
        """Let whoever may serve citizens: an operator or a supervisor, also where nothing is printed."""
        self._allow_setting_aside(officer)

    def _officer_name(self, officer: str) -> str:
        known = self.policy.officer(officer) if self.policy else None
        return known.name if known else ""


def on_shelf(view: View, job_id: str) -> ShelfCard:
    """Return a finished card that lies here, or say where it stands instead."""
    card = view.shelf_card(job_id)
    if card is not None and card.lost is None:
        return card
    if card is not None:
        raise Refused(Kind.NOT_NOW, "card-is-lost", job_id)
    past = view.past_card(job_id)
    if past is not None and view.job(job_id) is None:
        raise Refused(Kind.NOT_NOW, f"job-is-{past.how}", job_id)
    raise Refused(Kind.NOT_NOW, f"job-is-{find_job(view, job_id).state}", job_id)


def check_place(place: str) -> str:
    """Return a box and row as it stands in the book, or refuse what is none: it could be a name."""
    named = place.strip().upper()
    if not shelf.PLACE.fullmatch(named):
        raise Refused(Kind.NOT_VALID, "not-a-shelf-place", "")
    return named


def with_owner(found: FoundCard, record: ShelfRecord) -> FoundCard:
    """Return a card with its owner."""
    return msgspec.structs.replace(found, kelurahan=record.kelurahan, **owner_of(record))


def owner_of(record: ShelfRecord | None) -> dict[str, str]:
    """Return the members of a row that name a card's owner; empty ones where no record is kept."""
    if record is None:
        return dict.fromkeys(("name", "nik", "address", "kecamatan"), "")
    return {
        "name": record.name,
        "nik": record.nik.digits,
        "address": record.address,
        "kecamatan": record.kecamatan,
    }


def told(rows: Sequence[NoticeRow]) -> tuple[NoticeTold, ...]:
    """Return notices as they are told."""
    return tuple(NoticeTold(row.number, row.channel, row.delivery, row.at, row.cause) for row in rows)


def _is_meant(card: ShelfCard, record: ShelfRecord | None, text: str) -> bool:
    """Say whether a card is meant by a text: its job's id or place in full, or its owner."""
    return text in {card.job_id, card.place} or (record is not None and matches(record, text))


def _tapped_elsewhere(view: View, identity: str) -> TappedCard:
    """Say what a card is that should not lie on the shelf."""
    for arrival in view.arrivals():
        for line in view.arrival_lines(arrival.list_id):
            if line.identity == identity and line.state == "announced":
                return TappedCard(
                    found=TapFound.ANNOUNCED, belongs=Place.SHELF, job_id=line.job_id, list_id=arrival.list_id
                )
    past = view.past_card_of_chip(identity)
    if past is not None:
        where = {"handed-over": Place.CITIZEN, "transferred": Place.TRANSFERRED, "withdrawn": Place.WITHDRAWN}
        return TappedCard(found=TapFound(past.how), belongs=where[past.how], job_id=past.job_id, at=past.left_at)
    attempt = view.attempt_of_chip(identity)
    if attempt is None:
        return TappedCard(found=TapFound.NOT_OURS)
    job = view.job(attempt.job_id)
    waits = job is not None and job.state is JobState.DELIVERED and job.attempt_id == attempt.attempt_id
    return TappedCard(
        found=TapFound.NOT_ACCEPTED if waits or attempt.outcome is None else TapFound.SPOILED,
        belongs=Place.OUTPUT if waits or attempt.outcome is None else Place.REJECT,
        job_id=attempt.job_id,
    )
