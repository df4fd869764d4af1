"""What every simulated printer has, whatever its family and wire: a name, cards, faults to come, and hands on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import msgspec

from simulators.clock import Cancel
from simulators.devices.faults import Fault, Script

Fate = Literal["stay", "eject", "reject"]
"""What a machine does with a card that it finds in its path when power returns; firmwares differ."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="family"):
    """What the settings of all families have. A family's own carry its name as their tag.

    Attributes:
        name: as places of the world name it (`matica-1`).
        serial: what the machine says of itself.
        wire: how it is attached; the table of families says which wires there are for it.
        address: USB device number, or TCP port; 0 for any. Other wires leave it alone.
    """

    name: str
    serial: str = "S0000001"
    wire: str = "usb"
    address: int = 0


class Cards(Protocol):
    """What a machine can do to cards; the world and its client both offer it."""

    def census(self) -> dict[str, list[str]]:
        """Every place that holds a card, with the ids of its cards in order."""

    def move_next(self, source: str, to: str, count: int = 1) -> list[str]:
        """Take the next cards of a queue to another place."""

    def hold(self, place: str, station: str | None) -> None:
        """Say at which of its stations a machine holds its card."""

    def engage(self, place: str, engaged: bool) -> None:
        """Bring a machine's contactless reader to the card, or take it away."""

    def stamp(self, card_id: str, side: str, png: bytes, source: dict[str, str]) -> None:
        """Put a picture on one side of a card."""


class Machine(Protocol):
    """A machine as wires and hands know it. Everything is called in the thread of its clock."""

    @property
    def settings(self) -> Settings:
        """What it was made from."""

    @property
    def script(self) -> Script:
        """The faults to come with a command."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of fault that can befall it."""

    @property
    def powered(self) -> bool:
        """True while it has mains."""

    def attach(self, power: Callable[[bool], None], wire_fault: Callable[[Fault], None]) -> None:
        """Say who carries out what concerns the cable.

        Args:
            power: called with True or False when the mains come or go.
            wire_fault: called with a fault of the wire that comes by time or by hand.
        """

    def later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Make an appointment in simulated seconds."""

    def tell(self) -> dict[str, Any]:
        """What is physically so.

        Every family has `model`, `serial`, `powered`, `code` (its own word for what is wrong with it), `card`,
        `station`, `engaged`, `ribbon_left`, `counters`; a family may have more.
        """

    def happen(self, fault: Fault) -> None:
        """Let a fault happen now; one without a work to befall waits for the next."""

    def expect(self, fault: Fault) -> None:
        """Add a fault that comes with a command, counted from now, or after some time."""

    def clear(self, condition: str) -> None:
        """End a condition (`jam` included)."""

    def door(self, *, closed: bool) -> None:
        """Open or close its door or cover."""

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them; `card` is what becomes of a card that is then in the path."""

    def refill(self) -> None:
        """Put in a new ribbon, and whatever else is used up."""

    def close(self) -> None:
        """End whatever it runs on the side."""
