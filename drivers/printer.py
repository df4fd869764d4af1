"""What the press may ask of a card printer.

A driver implements `Printer` and, as its machine can, the facets beside it: `CardTransport` for a machine that can be
told where to hold a card, `CardFlipper` for one that turns it over, `CardCounter` for one that counts,
`EncodingStation` for one with a reader inside, `Cleanable` for one that draws a cleaning card through itself, and one
facet for how it prints: `RetransferPrinter` to film first, `DirectPrinter` on a card that it holds,
`WholeCardPrinter` on a card that it takes in, prints and puts out by itself. The press plans from which facets a
printer has and from its `Capabilities`; it never asks for a model's name.

Words follow the field: media states are CEN/XFS4IoT's, state reasons are IPP's `printer-state-reasons` where IPP has
one. Every call returns or raises a `drivers.errors.DeviceError` by its deadline. A call that returns has evidence
from the device that it was done; a lost answer raises.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError


class Media(StrEnum):
    """Whether a card is in the machine (XFS4IoT media states)."""

    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"
    ENTERING = "entering"
    LATCHED = "latched"
    UNKNOWN = "unknown"


class Station(StrEnum):
    """Where in the machine a card can be held."""

    PRINT = "print"
    CONTACT = "contact"
    CONTACTLESS = "contactless"
    MAGNETIC = "magnetic"


class Reason(StrEnum):
    """Why a printer is not simply ready. IPP's keywords first, then those that only card machines need."""

    MEDIA_EMPTY = "media-empty"
    MEDIA_LOW = "media-low"
    MEDIA_JAM = "media-jam"
    COVER_OPEN = "cover-open"
    MARKER_SUPPLY_EMPTY = "marker-supply-empty"
    MARKER_SUPPLY_LOW = "marker-supply-low"
    OUTPUT_AREA_FULL = "output-area-full"
    FILM_EMPTY = "film-empty"
    FILM_LOW = "film-low"
    REJECT_FULL = "reject-full"
    OVERHEATED = "overheated"
    WARMING_UP = "warming-up"
    BUSY = "busy"
    POWER_RESET = "power-reset"
    CLEANING_DUE = "cleaning-due"
    MECHANICAL = "mechanical"
    BAD_COMMAND = "bad-command"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing the machine reports, with the device's own code as evidence."""

    reason: Reason
    code: str
    text: str


@dataclass(eq=False)
class PrinterFault(DeviceError):
    """The machine answered that it could not do what was asked.

    Attributes:
        condition: what it reported.
        may_have_acted: whether a card may have moved or changed before the machine gave up.
    """

    condition: Condition
    may_have_acted: bool = True

    @override
    def what(self) -> str:
        return f"{self.condition.text} ({self.condition.reason}, code {self.condition.code})"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which machine this is. A printer is the same printer by its serial number, wherever it is plugged in."""

    maker: str
    model: str
    serial: str
    firmware: str


class Panel(StrEnum):
    """A ribbon panel or printing plane."""

    YELLOW = "yellow"
    MAGENTA = "magenta"
    CYAN = "cyan"
    BLACK = "black"
    OVERCOAT = "overcoat"
    UV = "uv"


@dataclass(frozen=True, slots=True)
class Raster:
    """The picture a machine takes: full-bleed panels of `width` × `height` pixels, 8 bits a pixel, at `dpi`.

    On an over-the-edge machine the raster is larger than the card; the card lies centred in it.
    """

    width: int
    height: int
    dpi: int
    panels: frozenset[Panel]


@dataclass(frozen=True, slots=True)
class Image:
    """One side of one card, ready for a machine.

    Attributes:
        width, height: pixels of every panel.
        panels: for each panel `width * height` bytes, row by row from the top left of the upright card;
            0 is no ink, 255 is full ink. A driver turns and complements as its machine wants.
    """

    width: int
    height: int
    panels: Mapping[Panel, bytes] = field(repr=False)  # a face: never in a log or a traceback


@dataclass(frozen=True, slots=True)
class ReadyImage(Image):
    """An image with what its driver has worked out of it beforehand (`Printer.make_ready`).

    Attributes:
        work: the driver's own, in a shape of its own. It is looked at by the driver that made it, and by nobody else.
    """

    work: object = field(repr=False)


class CounterKind(StrEnum):
    """What the machine's lifetime counter counts: this decides how it is held against the book."""

    CARDS_FED = "cards-fed"
    CARDS_PRINTED = "cards-printed"
    CARDS_TOTAL = "cards-total"


@dataclass(frozen=True, slots=True)
class Counters:
    """The machine's counters at one moment.

    Attributes:
        kind: what `cards` counts.
        cards: lifetime count.
        others: every other counter the machine tells, by its own name.
    """

    kind: CounterKind
    cards: int
    others: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Supply:
    """Ribbon or film left. `remaining` and `capacity` are in cards; `None` where the machine does not tell."""

    name: str
    remaining: int | None
    capacity: int | None
    lot: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """What the machine says of itself now. No condition means ready."""

    media: Media
    station: Station | None
    conditions: tuple[Condition, ...]

    @property
    def ready(self) -> bool:
        """True if nothing is reported."""
        return not self.conditions

    def has(self, reason: Reason) -> bool:
        """True if the machine reports that reason."""
        return any(c.reason is reason for c in self.conditions)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the machine can do, as the driver declares it before a blank is inside.

    Attributes:
        raster: the picture it takes. A machine that cannot tell it yet (it may be warming up) does not open.
        reject_bin: it can put a spoiled card aside by itself.
        over_the_edge: it prints past the card's edge.
        film_beside_chip: film printing can go on while a chip at its encoding station is written.
        sending: seconds that one card's picture is on its way to the machine, where the cable is so slow that this
            counts beside the printing itself; the deadline of what prints is to be so much later. 0 elsewhere.
    """

    raster: Raster
    reject_bin: bool
    over_the_edge: bool
    film_beside_chip: bool
    sending: float = 0.0


class Printer(ABC):
    """A card printer. One thread uses it; `close` may be called from any."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this machine can do, read at open."""

    @property
    @abstractmethod
    def identity(self) -> Identity:
        """Which machine answered at open."""

    @abstractmethod
    def status(self, deadline: Deadline) -> Status:
        """Ask what state the machine and the card in it are in. Moves nothing."""

    @abstractmethod
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        """Read what ribbon and film are left. Moves nothing."""

    def make_ready(self, image: Image) -> Image:
        """Work out beforehand what goes over the wire for an image, so that printing it begins at once. Any thread.

        The machine is asked nothing and keeps nothing, and so does the driver: what was worked out lives as long as
        the image that is returned. That prints the same as the one that was given, on whatever machine. One that does
        not fit is returned as it is, and refused when it is printed.
        """
        return image

    @abstractmethod
    def close(self) -> None:
        """Let go of the machine. Never raises; a call under way fails with `Disconnected`."""


class CardCounter(ABC):
    """A printer that counts cards for as long as it lives."""

    @abstractmethod
    def counters(self, deadline: Deadline) -> Counters:
        """Read the machine's counters. Moves nothing."""


class CardTransport(ABC):
    """A printer that can be told to take a card in, to hold it somewhere, and to put it out."""

    @abstractmethod
    def feed(self, to: Station, deadline: Deadline) -> None:
        """Take one card from the hopper and hold it at a station. Returns once it is seen there."""

    @abstractmethod
    def move(self, to: Station, deadline: Deadline) -> None:
        """Move the card inside the machine to another station. Returns once it is seen there."""

    @abstractmethod
    def deliver(self, deadline: Deadline) -> None:
        """Put the card out to the output. Returns once it has left."""

    @abstractmethod
    def reject(self, deadline: Deadline) -> None:
        """Put the card into the reject bin. Returns once it has left."""


class CardFlipper(ABC):
    """A printer that can turn over the card that it holds, so that what is printed next lies on its other side."""

    @abstractmethod
    def flip(self, deadline: Deadline) -> None:
        """Turn the card inside over and hold it where it was. Returns once it is seen there.

        A machine may have no eye for which side lies up: that it turned is then its own word, and that it is back is
        seen. After a failure with `may_have_acted` nobody knows which side lies up.
        """


class EncodingStation(ABC):
    """A printer that holds a card against a reader inside. The reader itself is an `Encoder` of its own."""

    @abstractmethod
    def engage(self, at: Station, deadline: Deadline) -> None:
        """Bring the reader and the card held at that station together."""

    @abstractmethod
    def release(self, at: Station, deadline: Deadline) -> None:
        """Part them again."""


class Preparation(StrEnum):
    """What a person does at a machine before it is cleaned. Undone afterwards in the opposite order."""

    BLANKS_OUT = "blanks-out"
    """The blanks are taken out of the hopper: one of them would be drawn through in place of the cleaning card."""
    RIBBON_OUT = "ribbon-out"
    CLEANING_CARD_IN = "cleaning-card-in"
    """The cleaning card is put where the blanks were."""
    COVER_CLOSED = "cover-closed"


@dataclass(frozen=True, slots=True)
class Cleanings:
    """What a machine tells of its cleaning. `None` where it does not tell.

    Attributes:
        done: cleanings in its life.
        since: cards since the last one.
        every: cards that it allows between two.
        due: it asks to be cleaned.
    """

    done: int
    since: int | None
    every: int | None
    due: bool


class Cleanable(ABC):
    """A printer that can be told to draw a cleaning card through itself."""

    @property
    @abstractmethod
    def preparations(self) -> tuple[Preparation, ...]:
        """What a person does before, in this order. The machine itself may not notice where it was left out."""

    @abstractmethod
    def cleanings(self, deadline: Deadline) -> Cleanings:
        """Read what the machine counts of its cleaning. Moves nothing."""

    @abstractmethod
    def clean(self, deadline: Deadline) -> None:
        """Draw the cleaning card through. Returns once the machine has counted a cleaning.

        Refused, before anything moves, while a card is known to be inside.
        """


class RetransferPrinter(ABC):
    """A printer that prints to film and then transfers the film to the card."""

    @abstractmethod
    def clear_film(self, deadline: Deadline) -> None:
        """Give up whatever the film may hold and bring up a clean area. A card inside stays inside."""

    @abstractmethod
    def start_film(self, image: Image, deadline: Deadline) -> None:
        """Send an image and begin printing it to film; returns when the machine has begun."""

    @abstractmethod
    def await_film(self, deadline: Deadline) -> None:
        """Wait until the film holds the image that `start_film` began."""

    @abstractmethod
    def transfer(self, deadline: Deadline) -> None:
        """Transfer the film to the card and keep the card inside, at the printing station."""


class DirectPrinter(ABC):
    """A printer that prints on the card itself, while it passes from where it is held to the output."""

    @abstractmethod
    def print_and_deliver(self, image: Image, deadline: Deadline) -> None:
        """Print on the card held inside and put it out. Returns once it is seen to have left, printed."""


class Completion(StrEnum):
    """What stands behind the word that a whole card was printed."""

    SEEN = "seen"
    """The machine itself says that this card came out printed: by its counter, or by its own status."""
    SAID = "said"
    """A queue says that it is done. Nobody saw the card: a person has to."""


Tell = Callable[[tuple[Condition, ...]], None]
"""Takes everything that a machine reports at the moment; nothing if all is well. It returns soon, and never raises."""


def nobody(reported: tuple[Condition, ...]) -> None:
    """Tell nobody."""


class WholeCardPrinter(ABC):
    """A printer that takes one card in, prints it and puts it out in one go, and cannot hold it for a reader."""

    @abstractmethod
    def print_card(self, image: Image, deadline: Deadline, tell: Tell = nobody) -> Completion:
        """Print one card. Returns once it is done, and says what stands behind that.

        While it lasts, `tell` gets what the machine reports each time that this has changed, in the caller's thread:
        what it waits for is told within seconds, by `tell` or by the failure of the call, so that somebody can mend it.

        After a failure with `may_have_acted` the card may be outside, inside, or not taken in at all. No job is left
        waiting in the machine or in a queue: what was not begun is taken back before this raises, and what cannot be
        taken back is said by `may_have_acted`.
        """
