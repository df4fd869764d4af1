"""Gives the notices that are due to the owners of finished cards: through the registry, or a modem where there is one.

A notice stands in the book before it is handed to a modem, and what became of it after; one of which that is not known
is not sent again. While the time is unknown no notice falls due.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Final

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.modem import Modem, ModemAbsent, ModemRefused
from stationd.model import shelf, shelf_events
from stationd.model.entry import AnyEvent
from stationd.model.shelf import Channel, Delivery, Notice, NoticeDue
from stationd.model.shelf_record import ShelfRecord, decode
from stationd.registry.contract import NoticeNews
from stationd.registry.errors import LinkError
from stationd.rules import Rules
from stationd.store.shelf_view import ShelfCard
from stationd.store.store import CommitFailed, Store
from stationd.store.view import View

log = structlog.get_logger()

ACTOR: Final = "notices"

LOOK: Final = 300.0
"""Seconds between two looks at what is due."""

IN_ONE_COMMIT: Final = 100
"""Notices that the registry is asked for in one commit."""

WITH_MODEM: Final = 20
"""Notices that are given at one look where there is a modem: it takes some seconds for each, and nobody's number is
opened before its turn."""

SENDING: Final = 60.0
"""Seconds for one message."""

CLOCKS_APART: Final = 120.0
"""Seconds by which the registry's clock may be behind. A failure is known for a look at least before the next try."""

SILENT: Final = "modem-silent"

_NUMBER: Final = re.compile(r"(?:\+62|62|0)8[0-9]{7,12}")
"""A mobile number of Indonesia; anything else is the registry's to notify."""

News = Callable[[Sequence[str]], Awaitable[Sequence[NoticeNews]]]


class Noticing:
    """The loop that gives notices.

    Args:
        store: the book.
        rules: clock and policy.
        modem: the station's own; None: the registry gives every notice.
        text: of a message, which names no citizen.
        news: asks the registry what has become of notices.
    """

    def __init__(self, store: Store, rules: Rules, modem: Modem | None, text: str, news: News) -> None:
        self._store = store
        self._rules = rules
        self._modem = modem
        self._text = text
        self._news = news

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(self.settle_begun)
        while True:
            try:
                await asyncio.to_thread(self.tend)
                await self.ask_news()
            except CommitFailed as failure:  # what is due is found again at the next look
                log.warning("notices cannot be written", why=str(failure))
            await asyncio.sleep(LOOK)

    def settle_begun(self) -> None:
        """Say of messages that were being handed to the modem when the daemon ended that nobody knows of them."""
        with self._store.write(ACTOR) as transaction:
            for row in transaction.notices_waiting(Channel.SMS, Delivery.BEGUN):
                doubtful = shelf_events.NoticeDoubtful(
                    job_id=row.job_id, number=row.number, channel=row.channel, cause=SILENT
                )
                transaction.record(doubtful)

    def tend(self) -> None:
        """Give the notices that are due now."""
        due = self._due()[: WITH_MODEM if self._modem is not None else None]
        with self._store.read() as view:
            last = view.all_notices()
        records = self._records([card.job_id for card, _ in due]) if self._modem is not None else {}
        by_sms: list[tuple[str, int, str]] = []
        asked: list[tuple[str, int]] = []
        for card, number in due:
            to = _mobile(records.get(card.job_id))
            if self._modem is not None and to and not _failed_by_sms(last.get(card.job_id, ()), number):
                by_sms.append((card.job_id, number, to))
            else:
                asked.append((card.job_id, number))
        pending = iter(asked)
        while some := list(islice(pending, IN_ONE_COMMIT)):
            self._ask_registry(some)
        for job_id, number, to in by_sms:
            self._send(job_id, number, to)
        if due:
            log.info("notices given", asked=len(asked), by_sms=len(by_sms))

    def _due(self) -> list[tuple[ShelfCard, int]]:
        with self._store.read() as view:
            notices = view.all_notices()
            found = [(card, self._number(card, notices.get(card.job_id, ()))) for card in view.shelf()]
        return [(card, number) for card, number in found if number]

    def _number(self, card: ShelfCard, notices: Sequence[Notice]) -> int:
        """Return which notice of a card is due; 0 if none is."""
        policy = self._rules.policy
        if policy is None:
            return 0
        step = shelf.due(card.since, notices, policy.shelf, policy.zone, self._rules.clock.now())
        return step.number if isinstance(step, NoticeDue) else 0

    def _still_due(self, view: View, job_id: str, number: int) -> bool:
        card = view.shelf_card(job_id)
        return card is not None and card.lost is None and self._number(card, view.notices(job_id)) == number

    def _ask_registry(self, wanted: Sequence[tuple[str, int]]) -> None:
        with self._store.write(ACTOR) as transaction:
            for job_id, number in wanted:
                if self._still_due(transaction, job_id, number):
                    asked = shelf_events.NoticeAsked(job_id=job_id, number=number, channel=Channel.REGISTRY)
                    transaction.record(asked)

    def _send(self, job_id: str, number: int, to: str) -> None:
        with self._store.write(ACTOR) as transaction:
            if not self._still_due(transaction, job_id, number):
                return
            transaction.record(shelf_events.NoticeBegun(job_id=job_id, number=number, channel=Channel.SMS))
        self._store.record(ACTOR, self._sent(job_id, number, to))

    def _sent(self, job_id: str, number: int, to: str) -> AnyEvent:
        """Hand one message to the modem and return what became of it."""
        assert self._modem is not None  # noqa: S101 - only then is anything handed to it
        try:
            self._modem.send(to, self._text, Deadline.after(SENDING))
        except (ModemRefused, ModemAbsent) as trouble:
            cause = "modem-refused" if isinstance(trouble, ModemRefused) else "modem-absent"
            log.warning("notice not sent", job=job_id, why=str(trouble))
            return shelf_events.NoticeFailed(job_id=job_id, number=number, channel=Channel.SMS, cause=cause)
        except DeviceError as trouble:
            log.warning("whether a notice went is not known", job=job_id, why=str(trouble))
            return shelf_events.NoticeDoubtful(job_id=job_id, number=number, channel=Channel.SMS, cause=SILENT)
        return shelf_events.NoticeSent(job_id=job_id, number=number, channel=Channel.SMS)

    def _records(self, job_ids: Sequence[str]) -> Mapping[str, ShelfRecord]:
        """Open whom notices are for, which is put down before."""
        if job_ids:
            self._store.note_processing(ACTOR, "content", "notice", *job_ids)
        opened = {job_id: decode(raw) for job_id, raw in self._store.records(job_ids).items()}
        return {job_id: record for job_id, record in opened.items() if record is not None}

    # --- what the registry says of its own --------------------------------------------------------------------------

    async def ask_news(self) -> None:
        """Ask what has become of the notices that the registry was asked for, and put it down."""
        waiting = await asyncio.to_thread(self._waiting)
        if not waiting:
            return
        try:
            news = await self._news(sorted(waiting))
        except LinkError as error:
            log.info("nothing is known of notices", error=str(error))
            return
        await asyncio.to_thread(self._put_down, news)

    def _waiting(self) -> set[str]:
        with self._store.read() as view:
            return {row.job_id for row in view.notices_waiting(Channel.REGISTRY, Delivery.ASKED, Delivery.SENT)}

    def _put_down(self, news: Sequence[NoticeNews]) -> None:
        with self._store.write(ACTOR) as transaction:
            for one in news:
                happened = _HAPPENED.get(one.delivery)
                known = {notice.number: notice for notice in transaction.notices(one.job_id)}.get(one.number)
                if happened is None or known is None or known.channel != Channel.REGISTRY:
                    continue
                if known.tries > 1 and one.at < known.at - CLOCKS_APART:
                    continue  # of the try before: the registry has not heard of this one yet
                if shelf.RANK[Delivery(one.delivery)] > shelf.RANK[known.delivery]:
                    transaction.record(happened(job_id=one.job_id, number=one.number, channel=Channel.REGISTRY))


_HAPPENED: Final[Mapping[str, Callable[..., AnyEvent]]] = {
    Delivery.SENT: shelf_events.NoticeSent,
    Delivery.DELIVERED: shelf_events.NoticeDelivered,
    Delivery.FAILED: shelf_events.NoticeFailed,
}


def _mobile(record: ShelfRecord | None) -> str:
    """Return the number to which a message may go; empty if there is none."""
    digits = re.sub(r"[ ().-]", "", record.contact or "") if record is not None else ""
    return digits if _NUMBER.fullmatch(digits) else ""


def _failed_by_sms(notices: Sequence[Notice], number: int) -> bool:
    """Say whether this very notice was tried by SMS and failed: the registry has its turn then."""
    return any(n.number == number and n.channel == Channel.SMS and n.delivery is Delivery.FAILED for n in notices)
