"""Hands on the machine under test: who opens its door, and who says what really lies where.

A simulator offers all of it. A person at a real machine can do some; the rest raises `CannotDo`, and what hangs on it
is reported as not checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.printer import Preparation, Station


class CannotDo(Exception):
    """Nobody here can do or see that. The text says what, and why."""


class Lost(StrEnum):
    """What becomes of an answer on its way."""

    SILENCE = "silence"
    GARBAGE = "garbage"
    HALF = "half"
    LAST = "last"


class Trouble(StrEnum):
    """What can be wrong with a card printer."""

    HOPPER_EMPTY = "hopper-empty"
    DOOR_OPEN = "door-open"
    RIBBON_OUT = "ribbon-out"
    FILM_OUT = "film-out"
    FEED_JAM = "feed-jam"
    JAM = "jam"
    HEAD_HOT = "head-hot"
    REJECT_FULL = "reject-full"
    OUTPUT_FULL = "output-full"
    CLEANING_DUE = "cleaning-due"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is truly so.

    Attributes:
        inside: cards in the machine's transport.
        out: cards in its output.
        rejected: cards in its reject bin.
        prints: times that a card of these was printed on.
        station: where a card inside is held; None if there is none, or if nobody can see it.
        turned: whether a card inside lies other side up than it came from the hopper; None as for its station.
    """

    inside: int
    out: int
    rejected: int
    prints: int
    station: Station | None = None
    turned: bool | None = None


class Hands(Protocol):
    """What a check may ask of somebody beside the machine. Everything may raise `CannotDo`."""

    def make_ready(self) -> None:
        """End every trouble, put in cards and supplies, plug everything in. Does not touch a card inside."""

    def take_out(self) -> None:
        """Take out a card that is inside and cannot be driven out."""

    def look(self) -> Seen:
        """Say what is so."""

    def printed_on_both_sides(self) -> int:
        """Say how many of the cards inside, in the output and in the reject bin are printed on both sides."""

    def cause(self, trouble: Trouble) -> None:
        """Bring a trouble about: at once, or, for a jam, at the next movement."""

    def remedy(self, trouble: Trouble) -> None:
        """End it."""

    def require(self, need: Lost | Trouble) -> None:
        """Raise `CannotDo` if nobody here can bring that about, and do nothing: asked before a card is used."""

    def lose_answer(self, how: Lost, act: str, *, acts: bool) -> None:
        """Spoil the answer to the next command of that act, and all answers after it if it is silence.

        Args:
            how: what becomes of it.
            act: the name of the interface's call; `status` for any command.
            acts: whether the machine still does what the command says.
        """

    def unplug(self) -> None:
        """Pull the cable."""

    def replug(self, *, elsewhere: bool) -> None:
        """Put it in again; elsewhere: where it gets another number or port, if the wire has such."""

    def cut_power(self) -> None:
        """Take the mains away and give them back. A card inside stays where it is, as far as the machine leaves it."""

    def prepare_cleaning(self, steps: Sequence[Preparation]) -> None:
        """Do what the driver says is to be done before a cleaning. `make_ready` undoes it."""

    def lay_card(self) -> None:
        """Put a card on the reader under test."""

    def take_card(self) -> None:
        """Take it away."""
