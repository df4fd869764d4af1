"""What the press may ask of a chip encoder: a reader, and a connection to the one card in its field.

Every call returns or raises by its deadline. A response shorter than two bytes is a failure, whatever a library
says; an answer that did not come is *unknown*, never a success and never a licence to send again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError


@dataclass(eq=False)
class NoCard(DeviceError):
    """No card came into the field in time. Nothing was sent."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "no card in the field"


@dataclass(eq=False)
class CardRemoved(DeviceError):
    """The card left the field in mid-exchange."""

    @override
    def what(self) -> str:
        return "the card left the field before it answered"


@dataclass(eq=False)
class CardMute(DeviceError):
    """A card is there and does not answer; the reader has been fenced off."""

    @override
    def what(self) -> str:
        return "the card does not answer"


@dataclass(eq=False)
class CardReset(DeviceError):
    """The card was reset by someone else: its session state is gone."""

    @override
    def what(self) -> str:
        return "the card was reset in mid-session"


@dataclass(eq=False)
class ReaderGone(DeviceError):
    """The reader is no longer there."""

    @override
    def what(self) -> str:
        return "the reader is gone; check its cable"


@dataclass(eq=False)
class ServiceGone(DeviceError):
    """The smart card service does not answer."""

    @override
    def what(self) -> str:
        return "the smart card service (pcscd) is not running"


class CardType(StrEnum):
    """How the card speaks, as far as the reader tells."""

    TYPE_A = "iso14443-a"
    TYPE_B = "iso14443-b"
    CONTACT = "contact"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Response:
    """A card's answer: data and the two status bytes as one number (0x9000 is success)."""

    data: bytes = field(repr=False)  # may be a citizen's
    sw: int


class Connection(ABC):
    """An open, exclusive session with one card."""

    @property
    @abstractmethod
    def atr(self) -> bytes:
        """The answer to reset (for a contactless card, the one its reader makes up, PC/SC part 3)."""

    @property
    @abstractmethod
    def uid(self) -> bytes | None:
        """The card's UID or PUPI, if the reader tells. It may be random: never an identity by itself."""

    @property
    @abstractmethod
    def card_type(self) -> CardType:
        """Type A, type B, contact, or unknown."""

    @abstractmethod
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        """Send one command APDU and return the card's whole answer."""

    @abstractmethod
    def close(self) -> None:
        """End the session and power the card down. Never raises."""


class Encoder(ABC):
    """One reader."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The reader, as its service names it."""

    @abstractmethod
    def card_present(self, deadline: Deadline) -> bool:
        """Say whether a card is in the field."""

    @abstractmethod
    def connect(self, deadline: Deadline) -> Connection:
        """Wait for a card and open an exclusive session with it. Raises `NoCard` at the deadline."""

    @abstractmethod
    def await_empty(self, deadline: Deadline) -> None:
        """Wait until the field is empty. Raises `DeadlinePassed` if a card stays."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the reader. Never raises."""
