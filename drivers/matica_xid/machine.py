"""What a XID machine can be told, whichever wire carries it.

`usb_machine` and `tcp_machine` implement it; the driver above decides when to wait, what proves an act done and what
a refusal means. Positions are the machine's own numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from drivers.deadline import Deadline
from drivers.printer import Counters, Identity, Panel, Supply


class Position(IntEnum):
    """Where a card can be sent (`xidserver.c`)."""

    PRINT = 0
    CONTACT = 1
    CONTACTLESS = 2
    MAGNETIC = 3
    REJECT = 4
    EJECT = 5


@dataclass(frozen=True, slots=True)
class Geometry:
    """The panel's size in pixels and its resolution in dots an inch."""

    width: int
    height: int
    dpi: int


class Sensed(Exception):
    """The machine answered a command with a sense code instead of doing it: for the driver to judge."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:08X}")
        self.code = code


class Machine(ABC):
    """One machine in one session.

    Every call raises `Sensed` if the machine refused, and a `DeviceError` if its answer was lost or garbled; after
    such a loss the next call first brings the wire back to a known state.
    """

    identity: Identity
    geometry: Geometry

    @abstractmethod
    def sense(self, deadline: Deadline) -> int:
        """Ask whether the machine is ready: 0, or the sense code that says why not. Never raises `Sensed`."""

    @abstractmethod
    def position(self, deadline: Deadline) -> Position | None:
        """Ask where the card is; None if there is none."""

    @abstractmethod
    def load(self, to: Position, deadline: Deadline) -> None:
        """Take a card from the hopper, and wind the film to a fresh image area on the way."""

    @abstractmethod
    def move(self, to: Position, deadline: Deadline, *, fresh_film: bool = False, flip: bool = False) -> None:
        """Move the card; on the way wind the film to a fresh image area (`fresh_film`), turn the card over (`flip`)."""

    @abstractmethod
    def engage(self, at: Position, deadline: Deadline) -> None:
        """Bring the reader at the contact or the contactless position to the card."""

    @abstractmethod
    def release(self, at: Position, deadline: Deadline) -> None:
        """Take it away again."""

    @abstractmethod
    def upload(self, panel: Panel, data: bytes, deadline: Deadline) -> None:
        """Put one panel into the machine's image memory, as the machine wants it turned."""

    @abstractmethod
    def print_film(self, panels: Collection[Panel], deadline: Deadline) -> None:
        """Begin to print the uploaded panels to film; the answer comes when the machine has begun."""

    @abstractmethod
    def transfer_and_return(self, deadline: Deadline) -> None:
        """Transfer the film to the card and keep the card inside."""

    @abstractmethod
    def counters(self, deadline: Deadline) -> Counters:
        """Read the counters."""

    @abstractmethod
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        """Read what is left of ribbon and film."""

    @abstractmethod
    def close(self) -> None:
        """Let go. Never raises; may be called from any thread."""
