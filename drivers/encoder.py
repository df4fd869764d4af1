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

_LONG_UIDS = (7, 10)
_SHORT_WITHOUT_DATA = 5  # bytes of an APDU: a header and Le


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


@dataclass(eq=False)
class SeveralCards(DeviceError):
    """More than one card is in the field: none was spoken to."""

    may_have_acted = False

    @override
    def what(self) -> str:
        return "more than one card is in the field; leave one"


@dataclass(eq=False)
class NoChipCard(DeviceError):
    """The card in the field takes no APDUs: a memory card, a tag.

    Attributes:
        told: what it said of itself when it was selected.
    """

    told: str
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"this is no processor card ({self.told})"


@dataclass(eq=False)
class ApduTooLong(DeviceError):
    """A command APDU that the reader cannot carry. Nothing was sent.

    Attributes:
        length: of the APDU, in bytes.
        most: bytes of command data that the reader carries.
    """

    length: int
    most: int
    may_have_acted = False

    @override
    def what(self) -> str:
        return f"an APDU of {self.length} bytes, and this reader carries {self.most} of data; let the profile chain it"


class CardType(StrEnum):
    """How the card speaks, as far as the reader tells."""

    TYPE_A = "iso14443-a"
    TYPE_B = "iso14443-b"
    CONTACT = "contact"
    UNKNOWN = "unknown"


class NotAnIdentity(ValueError):
    """A UID that may be another one the next time, or another card's as well."""


class Uid:
    """What a contactless card called itself when it was selected. As text, for people, it is hexadecimal.

    Its bytes are to be had as `identity` alone, and only of a UID that stays and that no other card has: seven or ten
    bytes of type A (ISO/IEC 14443-3, 6.5.4). Four bytes of type A are random if they begin with 08, and else given out
    again since they ran short; a PUPI (type B) may be random, and is when nothing says otherwise.
    """

    __slots__ = ("_card_type", "_value")

    def __init__(self, value: bytes, card_type: CardType) -> None:
        self._value = value
        self._card_type = card_type

    @property
    def may_identify(self) -> bool:
        """Whether `identity` returns it."""
        return self._card_type is CardType.TYPE_A and len(self._value) in _LONG_UIDS

    @property
    def identity(self) -> bytes:
        """The UID of a card that has it for life. Nothing proves that it is not a copy.

        Raises:
            NotAnIdentity: for any other.
        """
        if not self.may_identify:
            raise NotAnIdentity(f"{self} ({self._card_type}) may be random, or not this card's alone")
        return self._value

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uid) and (self._value, self._card_type) == (other._value, other._card_type)

    @override
    def __hash__(self) -> int:
        return hash((self._value, self._card_type))

    @override
    def __str__(self) -> str:
        return self._value.hex().upper()

    @override
    def __repr__(self) -> str:
        return f"Uid({self}, {self._card_type})"


@dataclass(frozen=True, slots=True)
class ApduLimits:
    """The most that a reader carries in one APDU, in bytes.

    Attributes:
        command: of command data.
        answer: of an answer's data.
    """

    command: int
    answer: int

    def carries(self, apdu: bytes) -> bool:
        """Say whether a command APDU can go (ISO/IEC 7816-3, 12.1.3: a zero before data means extended lengths)."""
        if len(apdu) <= _SHORT_WITHOUT_DATA or apdu[4] != 0:
            return True
        return self.command > SHORT.command and int.from_bytes(apdu[5:7]) <= self.command


SHORT = ApduLimits(255, 256)
"""Short APDUs only (ISO/IEC 7816-4, 5.2): what is longer must be chained."""
EXTENDED = ApduLimits(65_535, 65_536)
"""Extended length fields, too."""


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
    def uid(self) -> Uid | None:
        """The card's UID or PUPI, if it is contactless and the reader tells."""

    @property
    @abstractmethod
    def card_type(self) -> CardType:
        """Type A, type B, contact, or unknown."""

    @property
    def limits(self) -> ApduLimits:
        """What one APDU may carry here, as far as the reader tells; the card may take less."""
        return EXTENDED

    @abstractmethod
    def transmit(self, apdu: bytes, deadline: Deadline) -> Response:
        """Send one command APDU and return the card's whole answer. Raises `ApduTooLong` before it sends anything."""

    @abstractmethod
    def close(self) -> None:
        """End the session and power the card down. Never raises."""


class Encoder(ABC):
    """One reader: one slot of it, where it has several.

    Attributes:
        sam: the slot that holds the secure access module with the keys for this one's cards. Whoever opens both puts it
            here; closing the one does not close the other.
    """

    sam: Encoder | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """The reader, as its service names it."""

    @abstractmethod
    def card_present(self, deadline: Deadline) -> bool:
        """Say whether a card is in the field."""

    @abstractmethod
    def connect(self, deadline: Deadline) -> Connection:
        """Wait for a card and open an exclusive session with it, the card having just been powered up.

        Raises:
            NoCard: none came by the deadline.
            SeveralCards, NoChipCard: nothing was sent to any.
            HeldByAnother: somebody else has a session with it.
        """

    @abstractmethod
    def await_empty(self, deadline: Deadline) -> None:
        """Wait until the field is empty. Raises `DeadlinePassed` if a card stays."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the reader. Never raises."""
