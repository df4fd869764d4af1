"""Hands the book in, from where the registry has it to where it ends, and keeps the registry's word for each part.

There is no second outbox: the book itself is read from a cursor. Everything may be sent again; the registry knows each
entry by its number. A registry that was restored from a backup says how far it has the book and gets the rest again;
one that holds *another* content under a number means that this disk is a copy, and printing stops.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Final

from stationd.registry.connection import Connection
from stationd.registry.contract import EventsAnswer, EventsRequest, unpadded
from stationd.registry.errors import AnswerNotUnderstood, BookForked, RegistryProblem
from stationd.registry.ports import Book, Head
from stationd.registry.sealing import Seals

BEHIND: Final = 30.0
"""Seconds by which a clock may be behind the registry's signatures: more, and the registry is asked for the time."""

BATCH_ENTRIES: Final = 500
"""Entries a call; the contract allows 1000."""

BATCH_BYTES: Final = 512 * 1024
"""Text a call, before compression: on a poor link a call must come to its end."""


class Shipper:
    """Brings the registry's copy of the book up to date."""

    def __init__(self, station: str, connection: Connection, book: Book, seals: Seals) -> None:
        self._station: Final = station
        self._connection: Final = connection
        self._book: Final = book
        self._seals: Final = seals
        self._registry_has: int | None = None
        self.signed_at: float | None = None

    def send_again_after(self, seq: int) -> None:
        """Hear that the registry has the book only up to here, although it had acknowledged more."""
        self._registry_has = seq

    def behind(self, now: float | None) -> bool:
        """Say, once, whether a station that takes it to be `now` is behind a time at which the registry has signed."""
        signed, self.signed_at = self.signed_at, None
        return signed is not None and (now is None or signed > now + BEHIND)

    async def ship(self) -> None:
        """Send until nothing is left to send.

        Raises:
            BookForked: the registry's copy of the book is not a copy of this one.
            LinkError: as every call; what was acknowledged before it stays so.
            SealRefused: an acknowledgement that the registry did not sign.
        """
        while await self._ship_batch():
            pass

    async def _ship_batch(self) -> bool:
        acknowledged = await asyncio.to_thread(self._book.acknowledged)
        after = acknowledged if self._registry_has is None else min(self._registry_has, acknowledged)
        head = await asyncio.to_thread(self._book.head)
        if after > head.seq:
            raise BookForked(head.seq + 1)
        texts = _batch(await asyncio.to_thread(self._book.texts, after, BATCH_ENTRIES))
        if not texts:
            self._registry_has = None
            return False
        last = Head(after + len(texts), _digest(texts[-1]))
        try:
            answer = await self._connection.ship(await self._request(after + 1, texts, last))
        except RegistryProblem as problem:
            self._registry_has = _where_to_go_on(problem, after)
            return True
        await self._acknowledge(answer, last, acknowledged)
        return True

    async def _request(self, first: int, texts: Sequence[str], last: Head) -> EventsRequest:
        signature = await asyncio.to_thread(self._book.sign_head, last)
        return EventsRequest(
            station=self._station,
            incarnation=self._book.incarnation,
            first=first,
            events=tuple(texts),
            head=last.digest,
            signature=unpadded(signature),
        )

    async def _acknowledge(self, answer: EventsAnswer, last: Head, acknowledged: int) -> None:
        """Believe the registry's word only for this book's own content."""
        claims = self._seals.countersignature(answer.countersignature, self._station, self._book.incarnation)
        if claims.seq != answer.acked or claims.seq < last.seq:
            raise AnswerNotUnderstood("/v1/events", f"sent up to {last.seq}, countersigned {claims.seq}")
        digest = last.digest if claims.seq == last.seq else await self._digest_of(claims.seq)
        if claims.head != digest:
            raise BookForked(claims.seq)
        self.signed_at = claims.time
        if claims.seq > acknowledged:
            await asyncio.to_thread(self._book.record_countersignature, claims.seq, digest, answer.countersignature)
        self._registry_has = None if claims.seq >= acknowledged else claims.seq

    async def _digest_of(self, seq: int) -> str:
        texts = await asyncio.to_thread(self._book.texts, seq - 1, 1)
        if not texts:
            raise BookForked(seq)  # it has entries that this book never had
        return _digest(texts[0])


def _where_to_go_on(problem: RegistryProblem, after: int) -> int:
    """Take from a problem how far the registry has the book. Raises what cannot be gone on from."""
    if problem.name == "book-fork" and problem.seq is not None:
        raise BookForked(problem.seq) from problem
    if problem.name == "book-gap" and problem.have is not None and 0 <= problem.have < after:
        return problem.have
    raise problem


def _batch(texts: Sequence[str]) -> Sequence[str]:
    """Take as many texts as go into one call, at least one."""
    size = 0
    for count, text in enumerate(texts):
        size += len(text)
        if size > BATCH_BYTES and count:
            return texts[:count]
    return texts


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
