"""What can go wrong with a printer, how it is brought about at each family, and what is decided to follow from it.

A row of the matrix is one fault at the step at which it bites. What has to follow is decided here, from the house's
rules and not from what was seen, for the three kinds of line: a retransfer printer (`FILM`) and a direct one (`HEAD`),
both with the reader inside, and a printer that takes whole cards from an officer's hand (`HAND`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from simulators.families import FAMILIES
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


def _at(kind: str, command: str | None = None, **more: Any) -> Comes:
    at = {} if command is None else {"command": command}
    return Comes({"kind": kind, **at, **more})


def _in_hand(kind: str, command: str | None = None, **more: Any) -> Comes:
    return Comes(_at(kind, command, **more).fault, in_hand=True)


def _follows(card: str, shown: str = "", **more: bool) -> Follows:
    cards = frozenset(Card(word.strip()) for word in card.split("|"))
    return Follows(cards, frozenset(word.strip() for word in shown.split("|") if word), **more)


def _alike(follows: Follows, *kinds: Kind) -> Mapping[Kind, Follows]:
    return dict.fromkeys(kinds or tuple(Kind), follows)


NOT_THERE: Final = "not-found | disconnected | send-broken | http-refused"
EMPTY_SLOT: Final = "empty-slot"
"""What a person does: she forgets to put the card into the printer."""

_JAM = "media-jam | mechanical"
_STUCK = "media-jam | mechanical | media-empty"
_CUT_OFF = {
    Kind.FILM: _follows("rejected"),
    Kind.HEAD: _follows("rejected"),
    Kind.HAND: _follows("rejected"),
}

ROWS: Final = (
    Row(
        "hopper-empty",
        "no blank in the hopper, or no card in the slot when the officer says that it is there",
        {
            "matica_xid": _at("hopper-empty"),
            "evolis": _at("hopper-empty"),
            "magicard": _in_hand(EMPTY_SLOT),
            "ipp": _in_hand(EMPTY_SLOT),
        },
        _alike(_follows("good", "media-empty")),
    ),
    Row(
        "not-fed",
        "the card stays in the hopper or slot; the machine cannot tell whether it moved",
        {
            "matica_xid": _at("feed-jam", "load"),
            "evolis": _at("feed-jam", "load"),
            "magicard": _in_hand("feed-jam", "feed"),
        },
        _alike(_follows("good | in question", _STUCK), Kind.FILM, Kind.HEAD) | _alike(_follows("good"), Kind.HAND),
    ),
    Row(
        "feed-jam",
        "the card is stuck behind the feeder",
        {
            "matica_xid": _at("feed-jam", "load", card_inside=True),
            "evolis": _at("feed-jam", "load", card_inside=True),
            "magicard": _in_hand("feed-jam", "feed", card_inside=True),
            "ipp": _in_hand("feed-jam", fraction=0.05),
        },
        _alike(_follows("in question", _STUCK), Kind.FILM, Kind.HEAD) | _alike(_follows("rejected"), Kind.HAND),
    ),
    Row(
        "jam",
        "the card is stuck while it is printed, or pressed to the film",
        {
            "matica_xid": _at("jam", "transfer"),
            "evolis": _at("jam", "print"),
            "magicard": _in_hand("jam", "print"),
            "ipp": _in_hand("jam"),
        },
        _alike(_follows("in question", _JAM), Kind.FILM, Kind.HEAD) | _alike(_follows("rejected"), Kind.HAND),
    ),
    Row(
        "jam, live card",
        "the card is stuck on its way out, and it is live already",
        {"matica_xid": _at("jam", "move", nth=3)},
        {Kind.FILM: _follows("good", _JAM, asked=True)},
    ),
    Row(
        "ribbon-out",
        "the ribbon is used up before a print",
        {
            "matica_xid": _at("ribbon-out", "print"),
            "evolis": _at("ribbon-out"),
            "magicard": _at("ribbon-out"),
            "ipp": _in_hand("ribbon-out"),
        },
        _alike(_follows("good", "marker-supply-empty")),
    ),
    Row(
        "ribbon-torn",
        "the ribbon ends in the middle of a print",
        {"evolis": _at("ribbon-out", "print"), "magicard": _in_hand("ribbon-out", "print")},
        _alike(_follows("rejected"), Kind.HEAD, Kind.HAND),
    ),
    Row(
        "ribbon-missing",
        "no ribbon is in",
        {
            "evolis": _at("ribbon-missing"),
            "magicard": _at("ribbon-missing"),
        },
        _alike(_follows("good", "marker-supply-empty"), Kind.HEAD, Kind.HAND),
    ),
    Row(
        "ribbon-wrong",
        "a ribbon of another kind is in",
        {"magicard": _at("ribbon-wrong")},
        {Kind.HAND: _follows("good", "marker-supply-empty | unmapped")},
    ),
    Row(
        "film-out",
        "the film is used up",
        {"matica_xid": _at("film-out", "print")},
        {Kind.FILM: _follows("good", "film-empty")},
    ),
    Row(
        "supplies-low",
        "ribbon, and film where there is one, for two cards more",
        {
            "matica_xid": _at("supplies-low"),
            "evolis": _at("supplies-low"),
            "magicard": _at("supplies-low"),
            "ipp": _at("supplies-low"),
        },
        _alike(_follows("good", quiet=True)),
    ),
    Row(
        "door-open",
        "the door stands open before a card is begun",
        {
            "matica_xid": _at("door-open"),
            "evolis": _at("door-open"),
            "magicard": _at("door-open"),
            "ipp": _in_hand("door-open"),
        },
        _alike(_follows("good", "cover-open")),
    ),
    Row(
        "door-open, at work",
        "somebody opens the door while the card is printed or pressed",
        {
            "matica_xid": _at("door-open", "transfer"),
            "evolis": _at("door-open", "print"),
            "magicard": _in_hand("door-open", "print"),
        },
        _alike(_follows("rejected"), Kind.HEAD, Kind.HAND) | {Kind.FILM: _follows("good | rejected", "cover-open")},
    ),
    Row(
        "head-hot",
        "the print head is too hot",
        {
            "matica_xid": _at("head-hot"),
            "evolis": _at("head-hot"),
            "magicard": _at("head-hot"),
        },
        _alike(_follows("good", "overheated | warming-up")),
    ),
    Row(
        "output-full",
        "no room for the finished card",
        {"evolis": _at("output-full")},
        {Kind.HEAD: _follows("good | rejected", "output-area-full")},
    ),
    Row(
        "reject-full",
        "a spoiled card, and no room in the reject bin",
        {"evolis": _at("reject-full")},
        {Kind.HEAD: _follows("rejected", "reject-full")},
    ),
    Row(
        "cleaning-due",
        "the machine wants to be cleaned",
        {"evolis": _at("cleaning-due"), "magicard": _at("cleaning-due")},
        {Kind.HEAD: _follows("good", "cleaning-due"), Kind.HAND: _follows("good", quiet=True)},
    ),
    Row(
        "power-loss, feeding",
        "the machine's mains go while it takes the card in, and come back",
        {
            "matica_xid": _at("power-loss", "load", seconds=30.0),
            "evolis": _at("power-loss", "load", seconds=30.0),
            "magicard": _in_hand("power-loss", "feed", seconds=30.0),
            "ipp": _in_hand("power-loss", "print", fraction=0.05, seconds=30.0),
        },
        _alike(_follows("good"), Kind.FILM, Kind.HEAD) | _alike(_follows("good | rejected"), Kind.HAND),
    ),
    Row(
        "power-loss, printing",
        "the machine's mains go while the card is printed or pressed, and come back",
        {
            "matica_xid": _at("power-loss", "transfer", seconds=30.0),
            "evolis": _at("power-loss", "print", seconds=30.0),
            "magicard": _in_hand("power-loss", "print", seconds=30.0),
            "ipp": _in_hand("power-loss", "print", seconds=30.0),
        },
        _CUT_OFF,
    ),
    Row(
        "slow",
        "a print takes three times as long as ever",
        {
            "matica_xid": _at("slow", "transfer"),
            "evolis": _at("slow", "print"),
            "magicard": _in_hand("slow", "print"),
            "ipp": _in_hand("slow"),
        },
        _alike(_follows("good", quiet=True)),
    ),
    *(
        Row(
            f"{name}, feeding",
            f"{about} to the taking in of the card",
            {"matica_xid": _at(kind, "load"), "evolis": _at(kind, "load")},
            _alike(_follows("good"), Kind.FILM, Kind.HEAD),
        )
        for name, kind, about in (
            ("mute", "mute", "no answer"),
            ("garbage", "garbage", "a senseless answer"),
            ("half a reply", "half-reply", "half an answer"),
            ("last reply", "last-reply", "the answer to the question before"),
        )
    ),
    *(
        Row(
            f"{name}, printing",
            f"{about} to the print, which was done",
            {
                "matica_xid": _at(kind, "transfer"),
                "evolis": _at(kind, "print"),
                "magicard": _in_hand(kind, "inf", nth=2),
                "ipp": _in_hand(kind, "print"),
            },
            {
                Kind.FILM: _follows("good | rejected"),
                Kind.HEAD: _follows("good | in question"),
                Kind.HAND: _follows("good | rejected"),
            },
        )
        for name, kind, about in (
            ("mute", "mute", "no answer"),
            ("garbage", "garbage", "a senseless answer"),
            ("half a reply", "half-reply", "half an answer"),
            ("last reply", "last-reply", "the answer to the question before"),
        )
    ),
    Row(
        "mute, delivering",
        "no answer to the putting out of a live card, which was done",
        {"matica_xid": _at("mute", "move", nth=3)},
        {Kind.FILM: _follows("good", asked=True)},
    ),
    Row(
        "unplug",
        "the cable is pulled before a card is begun",
        {family: _at("unplug") for family in FAMILIES},
        _alike(_follows("good", NOT_THERE)),
    ),
    Row(
        "unplug, uploading",
        "the cable is pulled in the middle of a picture's upload",
        {
            "matica_xid": _at("unplug", "panel", nth=2),
            "evolis": _at("unplug", "panel", nth=2),
            "magicard": _in_hand("unplug", "job"),
            "ipp": _in_hand("unplug", "print"),
        },
        {
            Kind.FILM: _follows("good", NOT_THERE),
            Kind.HEAD: _follows("rejected", NOT_THERE),
            Kind.HAND: _follows("good | rejected"),
        },
    ),
    Row(
        "replug, uploading",
        "the cable is pulled in mid-upload and plugged in elsewhere, at another address",
        {
            "matica_xid": _at("replug-as-new-address", "panel", nth=2),
            "evolis": _at("replug-as-new-address", "panel", nth=2),
            "magicard": _in_hand("replug-as-new-address", "job"),
        },
        {
            Kind.FILM: _follows("good"),
            Kind.HEAD: _follows("rejected"),
            Kind.HAND: _follows("good | rejected"),
        },
    ),
)

WITHOUT_TABLE: Final = frozenset({"magicard"})
"""Families whose error numbers no public source explains: all but one are told as unmapped, with their code."""

NAMED_BY_PLACE: Final = frozenset({"matica-tcp"})
"""Kinds whose address is all that they have of a name: at another one they are not found, and the line says so."""

WITHOUT_ROW: Final[Mapping[str, Mapping[str, str]]] = {
    "matica_xid": {},
    "evolis": {},
    "magicard": {"hopper-empty": "cards come from a hand: the row is made with an empty slot"},
    "ipp": {
        "hopper-empty": "cards come from a hand: the row is made with an empty slot",
        "ribbon-missing": "`ippeveprinter` has no such word: the job seems to go on until the station gives it up",
        "output-full": "`ippeveprinter` has no such word: the job seems to go on until the station gives it up",
        "replug-as-new-address": "at another address in the network it is not found, and the line says so",
    },
}
"""What a family's simulator knows and no row brings about as it is, and why."""

OTHERWISE: Final[Mapping[tuple[str, str], Follows]] = {
    ("cups", "unplug"): _follows("good | rejected", pressed=True),
    ("cups", "unplug, uploading"): _follows("good | rejected", pressed=True),
}
"""What is decided for one kind only: a queue takes a document although its printer is away, and cannot be believed when
it says that it had not begun with it. Two cards are lost at most: then the line stops, and waits for a word.
"""

BY_NAME: Final = {row.name: row for row in ROWS}


def cells(kind: str) -> list[Row]:
    """Return the faults that a kind of printer on one of its wires can have."""
    rows = [row for row in ROWS if KINDS[kind].family in row.comes]
    return [row for row in rows if kind not in NAMED_BY_PLACE or not row.name.startswith("replug")]


def follows(row: Row, kind: str) -> Follows:
    """Return what has to follow from a fault at a kind of printer."""
    family = KINDS[kind].family
    if (kind, row.name) in OTHERWISE:
        return OTHERWISE[kind, row.name]
    decided = row.follows[KIND_OF[family]]
    if decided.shown and family in WITHOUT_TABLE:
        return replace(decided, shown=decided.shown | {"unmapped"})
    return decided
