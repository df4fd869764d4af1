"""What can go wrong with a printer, how it is brought about at each family, and what is decided to follow from it.

A row of the matrix is one fault at the step at which it bites. What has to follow is decided here, from the house's
rules and not from what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from simulators.families import FAMILIES
from tests.campaigns.matrix_words import KIND_OF, KINDS, Follows, Kind, Row, alike, comes, comes_in_hand, must

NOT_THERE: Final = "not-found | disconnected | send-broken | http-refused"
EMPTY_SLOT: Final = "empty-slot"
"""What a person does: she forgets to put the card into the printer."""

_JAM = "media-jam | mechanical"
_STUCK = "media-jam | mechanical | media-empty"
_CUT_OFF = {
    Kind.FILM: must("rejected"),
    Kind.HEAD: must("rejected"),
    Kind.HAND: must("rejected"),
}

ROWS: Final = (
    Row(
        "hopper-empty",
        "no blank in the hopper, or no card in the slot when the officer says that it is there",
        {
            "matica_xid": comes("hopper-empty"),
            "evolis": comes("hopper-empty"),
            "magicard": comes_in_hand(EMPTY_SLOT),
            "ipp": comes_in_hand(EMPTY_SLOT),
        },
        alike(must("good", "media-empty")),
    ),
    Row(
        "not-fed",
        "the card stays in the hopper or slot; the machine cannot tell whether it moved",
        {
            "matica_xid": comes("feed-jam", "load"),
            "evolis": comes("feed-jam", "load"),
            "magicard": comes_in_hand("feed-jam", "feed"),
        },
        alike(must("good | in question", _STUCK), Kind.FILM, Kind.HEAD) | alike(must("good"), Kind.HAND),
    ),
    Row(
        "feed-jam",
        "the card is stuck behind the feeder",
        {
            "matica_xid": comes("feed-jam", "load", card_inside=True),
            "evolis": comes("feed-jam", "load", card_inside=True),
            "magicard": comes_in_hand("feed-jam", "feed", card_inside=True),
            "ipp": comes_in_hand("feed-jam", fraction=0.05),
        },
        alike(must("in question", _STUCK), Kind.FILM, Kind.HEAD) | alike(must("rejected"), Kind.HAND),
    ),
    Row(
        "jam",
        "the card is stuck while it is printed, or pressed to the film",
        {
            "matica_xid": comes("jam", "transfer"),
            "evolis": comes("jam", "print"),
            "magicard": comes_in_hand("jam", "print"),
            "ipp": comes_in_hand("jam"),
        },
        alike(must("in question", _JAM), Kind.FILM, Kind.HEAD) | alike(must("rejected"), Kind.HAND),
    ),
    Row(
        "jam, live card",
        "the card is stuck on its way out, and it is live already",
        {"matica_xid": comes("jam", "move", nth=3)},
        {Kind.FILM: must("good", _JAM, asked=True)},
    ),
    Row(
        "ribbon-out",
        "the ribbon is used up before a print",
        {
            "matica_xid": comes("ribbon-out", "print"),
            "evolis": comes("ribbon-out"),
            "magicard": comes("ribbon-out"),
            "ipp": comes_in_hand("ribbon-out"),
        },
        alike(must("good", "marker-supply-empty")),
    ),
    Row(
        "ribbon-torn",
        "the ribbon ends in the middle of a print",
        {"evolis": comes("ribbon-out", "print"), "magicard": comes_in_hand("ribbon-out", "print")},
        alike(must("rejected"), Kind.HEAD, Kind.HAND),
    ),
    Row(
        "ribbon-missing",
        "no ribbon is in",
        {
            "evolis": comes("ribbon-missing"),
            "magicard": comes("ribbon-missing"),
        },
        alike(must("good", "marker-supply-empty"), Kind.HEAD, Kind.HAND),
    ),
    Row(
        "ribbon-wrong",
        "a ribbon of another kind is in",
        {"magicard": comes("ribbon-wrong")},
        {Kind.HAND: must("good", "marker-supply-empty | unmapped")},
    ),
    Row(
        "film-out",
        "the film is used up",
        {"matica_xid": comes("film-out", "print")},
        {Kind.FILM: must("good", "film-empty")},
    ),
    Row(
        "supplies-low",
        "ribbon, and film where there is one, for two cards more",
        {
            "matica_xid": comes("supplies-low"),
            "evolis": comes("supplies-low"),
            "magicard": comes("supplies-low"),
            "ipp": comes("supplies-low"),
        },
        alike(must("good", quiet=True)),
    ),
    Row(
        "door-open",
        "the door stands open before a card is begun",
        {
            "matica_xid": comes("door-open"),
            "evolis": comes("door-open"),
            "magicard": comes("door-open"),
            "ipp": comes_in_hand("door-open"),
        },
        alike(must("good", "cover-open")),
    ),
    Row(
        "door-open, at work",
        "somebody opens the door while the card is printed or pressed",
        {
            "matica_xid": comes("door-open", "transfer"),
            "evolis": comes("door-open", "print"),
            "magicard": comes_in_hand("door-open", "print"),
        },
        alike(must("rejected"), Kind.HEAD, Kind.HAND) | {Kind.FILM: must("good | rejected", "cover-open")},
    ),
    Row(
        "head-hot",
        "the print head is too hot",
        {
            "matica_xid": comes("head-hot"),
            "evolis": comes("head-hot"),
            "magicard": comes("head-hot"),
        },
        alike(must("good", "overheated | warming-up")),
    ),
    Row(
        "output-full",
        "no room for the finished card",
        {"evolis": comes("output-full")},
        {Kind.HEAD: must("good | rejected", "output-area-full")},
    ),
    Row(
        "reject-full",
        "a spoiled card, and no room in the reject bin",
        {"evolis": comes("reject-full")},
        {Kind.HEAD: must("rejected", "reject-full")},
    ),
    Row(
        "cleaning-due",
        "the machine wants to be cleaned",
        {"evolis": comes("cleaning-due"), "magicard": comes("cleaning-due")},
        {Kind.HEAD: must("good", "cleaning-due"), Kind.HAND: must("good", quiet=True)},
    ),
    Row(
        "power-loss, feeding",
        "the machine's mains go while it takes the card in, and come back",
        {
            "matica_xid": comes("power-loss", "load", seconds=30.0),
            "evolis": comes("power-loss", "load", seconds=30.0),
            "magicard": comes_in_hand("power-loss", "feed", seconds=30.0),
            "ipp": comes_in_hand("power-loss", "print", fraction=0.05, seconds=30.0),
        },
        alike(must("good"), Kind.FILM, Kind.HEAD) | alike(must("good | rejected"), Kind.HAND),
    ),
    Row(
        "power-loss, printing",
        "the machine's mains go while the card is printed or pressed, and come back",
        {
            "matica_xid": comes("power-loss", "transfer", seconds=30.0),
            "evolis": comes("power-loss", "print", seconds=30.0),
            "magicard": comes_in_hand("power-loss", "print", seconds=30.0),
            "ipp": comes_in_hand("power-loss", "print", seconds=30.0),
        },
        _CUT_OFF,
    ),
    Row(
        "slow",
        "a print takes three times as long as ever",
        {
            "matica_xid": comes("slow", "transfer"),
            "evolis": comes("slow", "print"),
            "magicard": comes_in_hand("slow", "print"),
            "ipp": comes_in_hand("slow"),
        },
        alike(must("good", quiet=True)),
    ),
    *(
        Row(
            f"{name}, feeding",
            f"{about} to the taking in of the card",
            {"matica_xid": comes(kind, "load"), "evolis": comes(kind, "load")},
            alike(must("good"), Kind.FILM, Kind.HEAD),
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
                "matica_xid": comes(kind, "transfer"),
                "evolis": comes(kind, "print"),
                "magicard": comes_in_hand(kind, "inf", nth=2),
                "ipp": comes_in_hand(kind, "print"),
            },
            {
                Kind.FILM: must("good | rejected"),
                Kind.HEAD: must("good | in question"),
                Kind.HAND: must("good | rejected"),
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
        {"matica_xid": comes("mute", "move", nth=3)},
        {Kind.FILM: must("good", asked=True)},
    ),
    Row(
        "unplug",
        "the cable is pulled before a card is begun",
        {family: comes("unplug") for family in FAMILIES},
        alike(must("good", NOT_THERE)),
    ),
    Row(
        "unplug, uploading",
        "the cable is pulled in the middle of a picture's upload",
        {
            "matica_xid": comes("unplug", "panel", nth=2),
            "evolis": comes("unplug", "panel", nth=2),
            "magicard": comes_in_hand("unplug", "job"),
            "ipp": comes_in_hand("unplug", "print"),
        },
        {
            Kind.FILM: must("good", NOT_THERE),
            Kind.HEAD: must("rejected", NOT_THERE),
            Kind.HAND: must("good | rejected"),
        },
    ),
    Row(
        "replug, uploading",
        "the cable is pulled in mid-upload and plugged in elsewhere, at another address",
        {
            "matica_xid": comes("replug-as-new-address", "panel", nth=2),
            "evolis": comes("replug-as-new-address", "panel", nth=2),
            "magicard": comes_in_hand("replug-as-new-address", "job"),
        },
        {
            Kind.FILM: must("good"),
            Kind.HEAD: must("rejected"),
            Kind.HAND: must("good | rejected"),
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
    ("cups", "unplug, uploading"): must("good | rejected", NOT_THERE),
}
"""What is decided for one kind only: a queue takes a document although its printer goes away, and cannot be believed
when it says that it had not begun with it. That card is lost, and no other: the next waits until its printer answers.
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
