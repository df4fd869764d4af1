"""A reader with two slots: one for the card, one for the SAM that holds the keys for it."""

from __future__ import annotations

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import ApduLimits, CardType, Connection, Encoder, Response, Uid


class PairedReader(Encoder):
    """The slot for cards, which knows the one for its SAM. Closing it closes both.

    Args:
        cards: the slot in which cards come and go.
        sam: the slot of the SAM.
    """

    def __init__(self, cards: Encoder, sam: Encoder) -> None:
        self._cards = cards
        self.sam = sam

    @property
    @override
    def name(self) -> str:
        return self._cards.name

    @override
    def card_present(self, deadline: Deadline) -> bool:
        return self._cards.card_present(deadline)

    @override
    def connect(self, deadline: Deadline) -> Connection:
        return PairedConnection(self._cards.connect(deadline), self)

    @override
    def await_empty(self, deadline: Deadline) -> None:
        self._cards.await_empty(deadline)

    @override
    def close(self) -> None:
        self._cards.close()
        if self.sam is not None:
            self.sam.close()


class PairedConnection(Connection):
    """A session with a card beside whose slot a SAM sits.

    Attributes:
        reader: with both slots.
    """

    def __init__(self, card: Connection, reader: PairedReader) -> None:
        self._card = card
        self.reader = reader

    @property
    @override
    def atr(self) -> bytes:
        return self._card.atr

    @property
    @override
    def uid(self) -> Uid | None:
        return self._card.uid

    @property
    @override
    def card_type(self) -> CardType:
        return self._card.card_type

    @property
    @override
    def limits(self) -> ApduLimits:
        return self._card.limits

    @override
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        return self._card.transmit(apdu, deadline)

    @override
    def close(self) -> None:
        self._card.close()


def sam_beside(connection: Connection) -> Encoder | None:
    """Return the slot of the SAM for the card of a session; None where there is none."""
    return connection.reader.sam if isinstance(connection, PairedConnection) else None
