"""What the world asks of a simulated chip: the shape that every chip behind a card must have."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

if TYPE_CHECKING:
    from simulators.devices.chip_faults import Fault

ChipState = dict[str, Any]
"""A chip's persistent memory as JSON can hold it: what is left of it without power."""


class Chip(Protocol):
    """One chip. It answers at once: a reader's bridge adds the time that a real chip would take."""

    def power_on(self) -> bytes:
        """Begin a session with fresh volatile state and return the answer to reset."""

    def power_off(self) -> None:
        """End the session. What was not written to persistent memory is gone."""

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU with data and status word; `b""` is a chip that stays silent."""

    def state(self) -> ChipState:
        """Return the persistent memory."""


class Mishap(StrEnum):
    """What befell a card in mid-exchange, as the world must then have it."""

    GONE = "gone"  # it left the reader's field
    RESET = "reset"  # the field broke down for a moment; the card is still there, without its session


@dataclass(frozen=True, slots=True)
class Reply:
    """A chip's answer, and what a reader's bridge needs besides.

    Attributes:
        answer: data and status word; `b""` is silence.
        seconds: what a real chip and the air would have taken over it.
        mishap: what befell the card; nobody heard the answer then.
    """

    answer: bytes = field(repr=False)  # may be a citizen's
    seconds: float = 0.0
    mishap: Mishap | None = None


@runtime_checkable
class TimedChip(Chip, Protocol):
    """A chip that also tells how long it takes, and to which mishaps can be scripted."""

    def exchange(self, apdu: bytes) -> Reply:
        """Answer one command APDU, like `process`."""


@dataclass(frozen=True, slots=True)
class Air:
    """What a reader learns of a contactless card before any command (ISO/IEC 14443-3, -4).

    Attributes:
        card_type: `A` or `B`.
        uid: UID of type A, PUPI of type B.
        historical: of type A's ATS.
        atqb: application data and protocol info of type B, seven bytes.
    """

    card_type: str
    uid: bytes
    historical: bytes
    atqb: bytes


@runtime_checkable
class AirChip(TimedChip, Protocol):
    """A chip that speaks without contacts, and to which more mishaps can be added."""

    def air(self) -> Air | None:
        """Return what a contactless reader learns of it in this session; None for one with contacts."""

    def reselect(self) -> None:
        """Be deselected and selected again in the same field: the session ends, the UID stays."""

    def script(self, *faults: Fault) -> None:
        """Add faults to its script; they count from the next command."""


class ChipFactory(Protocol):
    """Makes the chips of one kind of card."""

    def blank(self, serial: str, stock_type: str) -> Chip:
        """Return the chip of a new blank card with that fixed serial (hex digits)."""

    def restore(self, state: ChipState) -> Chip:
        """Return the chip whose persistent memory is that."""


@runtime_checkable
class ChipAssortment(ChipFactory, Protocol):
    """Makes chips of several kinds; as a factory, those of its usual one."""

    def of(self, kind: str) -> ChipFactory:
        """Return what makes that kind. Raises `ValueError`."""


def load_factory(reference: str) -> ChipFactory:
    """Import a factory by its `package.module:attribute`."""
    module, _, attribute = reference.partition(":")
    return cast("ChipFactory", getattr(importlib.import_module(module), attribute))
