"""What is said of a fault of the matrix: how it comes about at each family, and what has to follow from it.

It has to for the three kinds of line: a retransfer printer (`FILM`) and a direct one (`HEAD`), both with the reader
inside, and a printer that takes whole cards from an officer's hand (`HAND`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tests.rig import worlds


class Kind(StrEnum):
    """A kind of line."""

    FILM = "film"
    HEAD = "head"
    HAND = "hand"


KINDS: Final[Mapping[str, worlds.Kind]] = {
    name: worlds.KINDS[name] for name in ("matica", "matica-tcp", "evolis", "evolis-serial", "magicard", "ipp", "cups")
}
"""The kinds of printers of the matrix: each family on each of its wires."""

KIND_OF: Final[Mapping[str, Kind]] = {
    "matica_xid": Kind.FILM,
    "evolis": Kind.HEAD,
    "magicard": Kind.HAND,
    "ipp": Kind.HAND,
}
"""By family."""


class Card(StrEnum):
    """What became of the first card that was made for the job."""

    GOOD = "good"
    """It was made, or its blank was not touched and made a card afterwards: nothing is lost."""
    REJECTED = "rejected"
    """It lies in the reject bin and the book knows; the job is held until another blank is allowed for it."""
    IN_QUESTION = "in question"
    """Nobody has seen where it is: the blank is in question until it is counted."""


@dataclass(frozen=True)
class Comes:
    """How a fault comes about at a family's machine.

    Attributes:
        fault: as the simulator is told; nothing for what a person does.
        in_hand: it is brought about when the officer puts the card into the printer, not before the job is ordered.
    """

    fault: Mapping[str, Any]
    in_hand: bool = False


@dataclass(frozen=True)
class Follows:
    """What has to follow.

    Attributes:
        shown: the line says one of these; empty if it need not say anything.
        card: what may become of the card.
        asked: a person is asked what became of the card.
        quiet: the line says nothing at all.
        pressed: somebody may have to let the line go on.
    """

    card: frozenset[Card]
    shown: frozenset[str] = frozenset()
    asked: bool = False
    quiet: bool = False
    pressed: bool = False


@dataclass(frozen=True)
class Row:
    """One fault.

    Attributes:
        name: of the row.
        about: what happens, in words.
        comes: how, by family; a family that is left out cannot have it.
        follows: what has to follow, by kind of line.
    """

    name: str
    about: str
    comes: Mapping[str, Comes]
    follows: Mapping[Kind, Follows] = field(default_factory=dict)


def comes(kind: str, command: str | None = None, **more: Any) -> Comes:
    """Return a fault of that kind, at a command if it has one, that is brought about before the job is ordered."""
    at = {} if command is None else {"command": command}
    return Comes({"kind": kind, **at, **more})


def comes_in_hand(kind: str, command: str | None = None, **more: Any) -> Comes:
    """Return one that is brought about when the officer puts the card into the printer."""
    return Comes(comes(kind, command, **more).fault, in_hand=True)


def must(card: str, shown: str = "", **more: bool) -> Follows:
    """Return what has to follow; what may become of the card and what may be said, each one word or several by `|`."""
    cards = frozenset(Card(word.strip()) for word in card.split("|"))
    return Follows(cards, frozenset(word.strip() for word in shown.split("|") if word), **more)


def alike(follows: Follows, *kinds: Kind) -> Mapping[Kind, Follows]:
    """Let the same follow for several kinds of line, or for all."""
    return dict.fromkeys(kinds or tuple(Kind), follows)
