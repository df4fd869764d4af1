"""The devices of one line, open: what the press may ask of any of them, whatever kind of line it is.

Each kind has a module of its own: `inline` for printers with a reader inside, `desk_line` for printers that take a
card in and put it out by themselves, so that its chip is written on the officer's desk.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from drivers.deadline import Deadline
from drivers.encoder import Connection, Encoder
from drivers.errors import DeadlinePassed, WrongDevice
from drivers.printer import CardCounter, Cleanable, Counters, Image, Printer
from stationd.model.issuance import Route, Step
from stationd.press.trouble import Cause

EMPTYING = 3.0
"""Seconds that a reader may take to notice that its card has gone."""

Evidence = Mapping[str, str | int]
"""What goes into the book beside a step."""

Act = Callable[[Image, Deadline], Evidence | None]
"""A step as a device does it: returns what it has for the book, or raises a `drivers.errors.DeviceError`."""


@dataclass(frozen=True)
class Sight:
    """What was seen of an interrupted attempt's card.

    Attributes:
        inside: whether it is where the line has its cards; None if that cannot be told.
        cause: what a person has to do so that it can be told.
    """

    inside: bool | None
    cause: Cause | None = None


@dataclass
class Bench(ABC):
    """A line's devices in one session: from opening them to the first reset, disconnection or restart.

    Attributes:
        session: names this session in the book. A film printed in another one is never transferred.
        cleanable: the machine, if it can be told to draw a cleaning card through itself, however the line works it.
    """

    printer: Printer
    route: Route
    session: str = field(default_factory=lambda: uuid.uuid4().hex, kw_only=True)
    cleanable: Cleanable | None = field(default=None, kw_only=True)
    _connection: Connection | None = field(default=None, init=False, repr=False)

    one_card_outside = False
    """Whether a card has to be accepted before the next one is begun, so that two cannot be taken for each other."""

    @property
    def machine(self) -> str:
        """The printer as the book names it: model and serial number, wherever it is plugged in."""
        return f"{self.printer.identity.model}:{self.printer.identity.serial}"

    def counters(self, deadline: Deadline) -> Counters | None:
        """Read the printer's counters; None if it has none."""
        return self.printer.counters(deadline) if isinstance(self.printer, CardCounter) else None

    def wanted(self) -> Cause | None:
        """Return what a person has to do before a card can be begun, apart from what the printer itself reports."""
        return None

    @property
    def patience(self) -> Mapping[Step, float]:
        """How long the steps may take, in seconds, that take longer here than they usually do."""
        return {}

    @abstractmethod
    def acts(self) -> dict[Step, Act]:
        """Return how each step of the route that is no exchange with the chip is done here."""

    def put_aside(self, cause: str, image: Image, deadline: Deadline) -> Evidence | None:  # noqa: ARG002 - for people
        """Put a blank out that cannot be written here, as the route's return does it; `cause` says what it is."""
        return self.acts()[Step.RETURN](image, deadline)

    # A card and a reader are brought together in three parts, because they fail differently: the first and the last
    # move nothing, so that they can be asked for again when their cause is gone.

    @abstractmethod
    def clear_reader(self, deadline: Deadline) -> None:
        """See that the reader is empty: a card that it sees before is not the one that the line has.

        Raises:
            WrongDevice: if it sees one.
            drivers.errors.DeviceError: as the reader fails.
        """

    @abstractmethod
    def approach(self, deadline: Deadline) -> None:
        """Move the card to where the reader can reach it, if it is not there."""

    @abstractmethod
    def engage(self, deadline: Deadline) -> Connection:
        """Let the reader reach the card, and open a session with its chip."""

    @abstractmethod
    def release(self, deadline: Deadline) -> None:
        """End the session with the chip and part card and reader, if they are together."""

    @abstractmethod
    def look_for_card(self, deadline: Deadline, *, printed: bool) -> Sight:
        """Look whether the card of an interrupted attempt is here, and if so make it ready to be engaged.

        Alters nothing on the card.

        Args:
            deadline: for all of it.
            printed: the card has its print; otherwise nothing that was printed before may reach it.
        """

    def revive(self) -> Cause | None:
        """Return what a person may still do with a card of an interrupted attempt whose chip says nothing, if anything.

        Where a machine parts card and reader, and brings them together anew, it has been done.
        """
        return None

    @abstractmethod
    def reader_trouble(self, deadline: Deadline) -> None:
        """Ask the reader something, so that it raises a `DeviceError` if it is not there."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything. Never raises."""

    def _end_session(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def await_empty(reader: Encoder, deadline: Deadline) -> None:
    """See that a reader sees no card.

    Raises:
        WrongDevice: if it does: that one is not the line's.
    """
    try:
        reader.await_empty(deadline.sooner(EMPTYING))
    except DeadlinePassed:
        raise WrongDevice(reader.name, "engage", "an empty reader", "a card") from None
