"""Boxes of cards that another office made: opened by the sender's list, gone through card by card, and closed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from stationd.model import shelf_events
from stationd.model.blank import Account, Movement, Place
from stationd.model.shelf_events import ListedCard
from stationd.model.shelf_record import MOST_LISTED, ArrivalList, encode
from stationd.registry.sealing import SealRefused
from stationd.station.refusal import Kind, Refused
from stationd.station.shelf import Shelf, check_place
from stationd.station.shelf_rows import ArrivalCard, ArrivalTold
from stationd.store.shelf_projections import ANNOUNCED, ARRIVED, EXTRA, SHORT
from stationd.store.shelf_view import Arrival, ArrivalLine
from stationd.store.store import Transaction
from stationd.store.view import View

IN_ONE_EVENT: Final = 200
"""Cards that one entry of the book names: it is to stay well below what the registry takes."""

IN_ONE_COMMIT: Final = 20
"""Records that are sealed in one commit, so that a line never waits long for its own."""


class Arrivals(Shelf):
    """What may be asked about cards that come from elsewhere.

    Attributes:
        open_list: opens a sender's list and verifies it; raises `SealRefused`. None where nothing can be opened.
    """

    open_list: Callable[[str], ArrivalList] | None = None

    def open_arrival(self, sealed: str, officer: str) -> ArrivalTold:
        """Begin to go through a box of cards, by the list that came with it.

        Args:
            sealed: the list as it came: a compact JWE to this station, which holds the registry's JWS.
            officer: who opens the box.

        Raises:
            Refused: the list is not the registry's, not for this station, contradicts itself, or is another one
                under a number that was opened before. The same one again goes on where it was left.
        """
        self._allow_counter(officer)
        text = sealed.strip()
        opened = self._verified(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self.store.write(officer) as transaction:
            before = transaction.arrival(opened.list_id)
            if before is None:
                _enter(transaction, opened, digest)
            elif before.digest != digest:
                raise Refused(Kind.NOT_NOW, "list-repeated-with-other-content", opened.list_id)
            elif before.closed is not None:
                raise Refused(Kind.NOT_NOW, "list-was-closed", opened.list_id)
        self._keep_records(opened, officer)
        return self.arrival(opened.list_id, officer)

    def _verified(self, text: str) -> ArrivalList:
        try:
            if self.open_list is None or not text.isascii():
                raise Refused(Kind.NOT_VALID, "list-not-accepted", "")
            opened = self.open_list(text)
        except SealRefused as refused:
            raise Refused(Kind.NOT_VALID, "list-not-accepted", "", str(refused)) from None
        if opened.station != self.store.station:
            raise Refused(Kind.NOT_VALID, "list-for-another-station", opened.list_id, opened.station)
        jobs = {card.job_id for card in opened.cards}
        chips = [card.identity for card in opened.cards if card.identity]
        if not opened.cards or len(jobs) != len(opened.cards) or len(set(chips)) != len(chips):
            raise Refused(Kind.NOT_VALID, "list-contradicts-itself", opened.list_id)
        if len(opened.cards) > MOST_LISTED:
            raise Refused(Kind.NOT_VALID, "list-too-long", opened.list_id, str(MOST_LISTED))
        return opened

    def _keep_records(self, opened: ArrivalList, officer: str) -> None:
        """Seal who waits for the cards, as far as that is not done: the box may have been opened before."""
        with self.store.read() as view:
            kept = set(view.records_kept())
            states = {line.job_id: line.state for line in view.arrival_lines(opened.list_id)}
        missing = [card for card in opened.cards if card.job_id not in kept and states[card.job_id] == ANNOUNCED]
        for start in range(0, len(missing), IN_ONE_COMMIT):
            with self.store.write(officer) as transaction:
                for card in missing[start : start + IN_ONE_COMMIT]:
                    transaction.vault.put_record(card.job_id, encode(card.record))

    def arrivals(self, officer: str) -> list[ArrivalTold]:
        """Return the boxes that are being gone through, without their cards."""
        self._allow_counter(officer)
        with self.store.read() as view:
            return [_told(arrival, view.arrival_lines(arrival.list_id), ()) for arrival in view.arrivals()]

    def arrival(self, list_id: str, officer: str) -> ArrivalTold:
        """Return one box with every line of its list."""
        self._allow_counter(officer)
        with self.store.read() as view:
            arrival, lines = _known(view, list_id), view.arrival_lines(list_id)
        listed = [line.job_id for line in lines if line.job_id]
        self.store.note_processing(officer, "name", "arrival", *listed)
        records = self.index.records(listed)
        cards = [
            ArrivalCard(
                job_id=line.job_id,
                state=line.state,
                identity=line.identity,
                name=records[line.job_id].name if line.job_id in records else "",
                kelurahan=records[line.job_id].kelurahan if line.job_id in records else "",
            )
            for line in lines
        ]
        return _told(arrival, lines, cards)

    def arrive_tapped(self, list_id: str, place: str, officer: str) -> ArrivalCard:
        """Take in the card on the desk reader. One that is on no line of the list is noted as extra and laid aside.

        Args:
            list_id: of the box.
            place: box and row of the shelf in which it is laid; empty if that is said later.
            officer: who takes it in.
        """
        self._allow_counter(officer)
        named = check_place(place) if place else ""
        with self.store.read() as view:
            _open(view, list_id)
        identity = self._read_identity(list_id)
        with self.store.write(officer) as transaction:
            _open(transaction, list_id)
            lines = [line for line in transaction.arrival_lines(list_id) if line.identity == identity]
            if not lines:
                transaction.record(shelf_events.ExtraCardArrived(list_id=list_id, identity=identity))
                return ArrivalCard(job_id="", state=EXTRA, identity=identity)
            if lines[0].state == EXTRA:
                return ArrivalCard(job_id="", state=EXTRA, identity=identity)
            _take_in(transaction, lines[0], named, tapped=True)
        return self._arrived([lines[0]], officer)[0]

    def arrive_counted(self, list_id: str, job_ids: Sequence[str], place: str, officer: str) -> list[ArrivalCard]:
        """Take in cards that were compared with the list by eye.

        Args:
            list_id: of the box.
            job_ids: which; empty: all that are announced and not here yet.
            place: as for `arrive_tapped`.
            officer: who takes them in.

        Raises:
            Refused: also if one of them is on no line, or was taken in before: then none is.
        """
        self._allow_counter(officer)
        named = check_place(place) if place else ""
        with self.store.write(officer) as transaction:
            _open(transaction, list_id)
            lines = {line.job_id: line for line in transaction.arrival_lines(list_id) if line.job_id}
            wanted = list(job_ids) or [job_id for job_id, line in lines.items() if line.state == ANNOUNCED]
            for job_id in wanted:
                if job_id not in lines:
                    raise Refused(Kind.NOT_FOUND, "not-on-the-list", job_id, list_id)
                _take_in(transaction, lines[job_id], named, tapped=False)
        return self._arrived([lines[job_id] for job_id in wanted], officer)

    def close_arrival(self, list_id: str, officer: str) -> ArrivalTold:
        """End going through a box; what is announced and not here is short. Returns it with every line."""
        self._allow_counter(officer)
        with self.store.write(officer) as transaction:
            _open(transaction, list_id)
            lines = transaction.arrival_lines(list_id)
            short = tuple(line.job_id for line in lines if line.state == ANNOUNCED)
            transaction.record(
                shelf_events.ArrivalClosed(
                    list_id=list_id,
                    arrived=sum(line.state == ARRIVED for line in lines),
                    short=short,
                    extra=sum(line.state == EXTRA for line in lines),
                )
            )
        told = self.arrival(list_id, officer)  # with the names of the short ones, before their records go
        self.forget_gone()
        return told

    def _arrived(self, lines: Sequence[ArrivalLine], officer: str) -> list[ArrivalCard]:
        here = [line.job_id for line in lines]
        self.store.note_processing(officer, "name", "arrival", *here)
        records = self.index.records(here)
        return [
            ArrivalCard(
                job_id=line.job_id,
                state=ARRIVED,
                identity=line.identity,
                name=records[line.job_id].name if line.job_id in records else "",
                kelurahan=records[line.job_id].kelurahan if line.job_id in records else "",
            )
            for line in lines
        ]


def _enter(transaction: Transaction, opened: ArrivalList, digest: str) -> None:
    transaction.record(
        shelf_events.ArrivalOpened(list_id=opened.list_id, sender=opened.sender, digest=digest, cards=len(opened.cards))
    )
    listed = [
        ListedCard(card.job_id, card.citizen_ref, card.issue_no, card.identity.lower(), card.stock)
        for card in opened.cards
    ]
    for start in range(0, len(listed), IN_ONE_EVENT):
        some = tuple(listed[start : start + IN_ONE_EVENT])
        transaction.record(shelf_events.CardsAnnounced(list_id=opened.list_id, cards=some))


def _take_in(transaction: Transaction, line: ArrivalLine, place: str, *, tapped: bool) -> None:
    if line.state != ANNOUNCED or transaction.shelf_card(line.job_id) is not None:
        raise Refused(Kind.NOT_NOW, "card-already-here", line.job_id)
    moved = Movement(
        Account(Place.FOREIGN, stock=line.stock),
        Account(Place.SHELF, stock=line.stock, batch=line.list_id),
        1,
    )
    transaction.record(
        shelf_events.CardArrived(
            list_id=line.list_id,
            job_id=line.job_id,
            citizen_ref=line.citizen_ref,
            issue_no=line.issue_no,
            identity=line.identity,
            tapped=tapped,
            place=place,
            moves=(moved,),
        )
    )


def _known(view: View, list_id: str) -> Arrival:
    arrival = view.arrival(list_id)
    if arrival is None:
        raise Refused(Kind.NOT_FOUND, "no-such-list", list_id)
    return arrival


def _open(view: View, list_id: str) -> None:
    if _known(view, list_id).closed is not None:
        raise Refused(Kind.NOT_NOW, "list-was-closed", list_id)


def _told(arrival: Arrival, lines: Sequence[ArrivalLine], cards: Sequence[ArrivalCard]) -> ArrivalTold:
    count = {state: sum(line.state == state for line in lines) for state in (ANNOUNCED, ARRIVED, SHORT, EXTRA)}
    return ArrivalTold(
        list_id=arrival.list_id,
        sender=arrival.sender,
        opened=arrival.opened,
        closed=arrival.closed,
        cards=tuple(cards),
        **count,
    )
