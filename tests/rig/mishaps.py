"""What goes wrong on a working day, by family of printer, drawn for one day by its seed."""

from __future__ import annotations

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mishap:
    """Something that goes wrong once.

    Attributes:
        kind, command, more: of the simulator's fault.
        each: how often the command comes for each card.
    """

    kind: str
    command: str
    more: Mapping[str, object] = field(default_factory=dict)
    each: int = 1

    def at(self, card: int) -> dict[str, object]:
        """Return the fault that comes about when a machine makes its so manieth card, counted from 1."""
        return {"kind": self.kind, "command": self.command, "nth": max(1, card * self.each), **self.more}


SOON = {"seconds": 30.0}
"""Simulated seconds after which mains or a cable are back."""

LOST: Mapping[str, Sequence[Mishap]] = {
    "matica_xid": (Mishap("half-reply", "load"), Mishap("garbage", "transfer"), Mishap("mute", "load")),
    "evolis": (Mishap("mute", "load"), Mishap("last-reply", "load"), Mishap("garbage", "load")),
    "magicard": tuple(Mishap(kind, "inf", each=5) for kind in ("mute", "half-reply", "garbage", "last-reply")),
    "ipp": (
        Mishap("half-reply", "print"),
        Mishap("last-reply", "print"),
        Mishap("last-reply", "print", {"acts": False}),
    ),
}
"""Answers that are lost, wrong or another's; one of them comes on each day."""

BROKEN: Mapping[str, Sequence[Mishap]] = {
    "matica_xid": (
        Mishap("jam", "transfer"),
        Mishap("feed-jam", "load"),
        Mishap("door-open", "load"),
        Mishap("ribbon-out", "print"),
        Mishap("film-out", "print"),
        Mishap("power-loss", "transfer", SOON),
        Mishap("unplug", "panel", SOON),
        Mishap("slow", "load"),
    ),
    "evolis": (
        Mishap("jam", "print"),
        Mishap("feed-jam", "load"),
        Mishap("door-open", "load"),
        Mishap("ribbon-out", "print"),
        Mishap("output-full", "print"),
        Mishap("power-loss", "print", SOON),
        Mishap("unplug", "panel", SOON, each=5),
        Mishap("slow", "print"),
    ),
    "magicard": (
        Mishap("jam", "print"),
        Mishap("feed-jam", "feed"),
        Mishap("door-open", "feed"),
        Mishap("ribbon-out", "feed"),
        Mishap("power-loss", "print", SOON),
        Mishap("unplug", "job", SOON),
        Mishap("slow", "print"),
    ),
    "ipp": (
        Mishap("jam", "print"),
        Mishap("door-open", "print"),
        Mishap("ribbon-out", "print"),
        Mishap("power-loss", "print", SOON),
        Mishap("slow", "print"),
    ),
}
"""What happens to card, door, ribbon, mains and cable. Beside these every line runs out of blanks in mid-day.

A full output is not among those of a queue: `ippeveprinter` has no word for it, and says nothing.
"""

CARDS_A_MISHAP = 3


CHIP: Sequence[Mapping[str, object]] = (
    {"kind": "yank"},
    {"kind": "yank", "acted": True},
    {"kind": "mute"},
    {"kind": "mute", "acted": True},
    {"kind": "tear", "kept": 5},
    {"kind": "reset"},
    {"kind": "bad-mac"},
    {"kind": "garbage"},
)
"""What befalls a chip, as the simulator's faults of chips; at which command, is drawn."""

LAST_COMMAND = 60
"""Chips take more commands than that for a card, so whatever is drawn comes about."""


def draw_chips(seed: str, cards: int, count: int) -> dict[int, Mapping[str, object]]:
    """Draw what befalls the chips of some of a day's cards, by their number in the delivery, from 1."""
    rng = random.Random(f"{seed}/chips")  # noqa: S311 - has to be repeatable
    numbers = rng.sample(range(1, cards + 1), min(count, cards))
    return {number: {**rng.choice(CHIP), "at": rng.randint(1, LAST_COMMAND)} for number in numbers}


def draw_unfit(cards: int, befallen: Container[int]) -> list[int]:
    """Say which of a day's blanks have other keys than the station, by their number: two that follow each other.

    The first is one that nothing else befalls; so is the second, where there is such a pair.
    """
    free = [number for number in range(1, cards + 1) if number not in befallen]
    return next(([first, first + 1] for first in free if first + 1 in free), free[:2])


def draw(seed: str, line: str, family: str, cards: int) -> list[dict[str, object]]:
    """Draw a line's faults: a lost answer and others, each kind at most once, spread over the day.

    Args:
        seed: of the day. The same seed draws the same faults for a line.
        line: its name.
        family: its driver's.
        cards: how many it is to make.
    """
    rng = random.Random(f"{seed}/{line}")  # noqa: S311 - has to be repeatable
    count = min(max(2, cards // CARDS_A_MISHAP), len(BROKEN[family]) + 1)
    drawn = [rng.choice(LOST[family]), *rng.sample(BROKEN[family], count - 1)]
    rng.shuffle(drawn)
    part = cards / count
    return [mishap.at(1 + int(part * (n + rng.random()))) for n, mishap in enumerate(drawn)]
