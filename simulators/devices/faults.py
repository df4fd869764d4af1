"""Faults on a script: what goes wrong with a device, and at which command or time.

A script is a list of faults in JSON or TOML, such as
`[{"kind": "jam", "command": "transfer", "nth": 2}, {"kind": "door-open", "after": 30.0}]`.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Condition = Literal[
    "hopper-empty",
    "door-open",
    "head-hot",
    "ribbon-out",
    "ribbon-missing",
    "ribbon-wrong",
    "film-out",
    "supplies-low",
    "reject-full",
    "output-full",
    "cleaning-due",
]
Wire = Literal["mute", "garbage", "half-reply", "last-reply", "unplug", "replug-as-new-address"]
Kind = Literal[
    "hopper-empty",
    "door-open",
    "head-hot",
    "ribbon-out",
    "ribbon-missing",
    "ribbon-wrong",
    "film-out",
    "supplies-low",
    "reject-full",
    "output-full",
    "cleaning-due",
    "feed-jam",
    "jam",
    "power-loss",
    "slow",
    "mute",
    "garbage",
    "half-reply",
    "last-reply",
    "unplug",
    "replug-as-new-address",
]
"""Everything that can befall a printer. Each family says which of them it knows (`Machine.kinds`)."""

FEW = 8
"""Cards that ribbon, and film, are good for still when they are `supplies-low`."""

CONDITIONS = frozenset(get_args(Condition))
WIRE = frozenset(get_args(Wire))
REPLUG: Kind = "replug-as-new-address"
UNPLUG: frozenset[Kind] = frozenset({"unplug", REPLUG})


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong, once.

    Attributes:
        kind: what.
        command: at the nth command of that name (`load`, `move`, `transfer`, `print`, `panel`, `engage`, `release`,
            `ready`, `position`, … as the machine's family names them, or `any`); None for a fault that comes by time
            or by hand.
        nth: counted from the script's start, from 1.
        after: simulated seconds after the machine was switched on, instead of `command`.
        fraction: how far the work has come when `jam`, `feed-jam` or `power-loss` stops it, or a picture's upload when
            `unplug` does (where the family takes pictures in a stream).
        code: the code that the machine reports for a `jam`; None for the family's usual one.
        factor: how many times as long the work takes (`slow`).
        seconds: simulated seconds after which a `power-loss` or `unplug` ends by itself; None leaves it to a hand.
        acts: whether the machine still does the command whose answer is lost (`mute`, `garbage`, `half-reply`,
            `last-reply`, `unplug`).
        card_inside: whether the card of a `feed-jam` is in the transport already.
        film_kept: whether the film still holds its picture after a `power-loss`.
    """

    kind: Kind
    command: str | None = None
    nth: int = 1
    after: float | None = None
    fraction: float = 0.5
    code: int | None = None
    factor: float = 3.0
    seconds: float | None = None
    acts: bool = True
    card_inside: bool = False
    film_kept: bool = True


class Script:
    """Faults that still have to happen, and how many commands of each kind came."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self._waiting = list(faults or [])
        self._met: dict[str, int] = {}

    def add(self, fault: Fault) -> None:
        """Add a fault; `nth` of its command counts from now."""
        command = fault.command or ""
        self._waiting.append(msgspec.structs.replace(fault, nth=fault.nth + self._met.get(command, 0)))

    def clear(self) -> list[Fault]:
        """Forget every fault that has not happened; returns those."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def timed(self) -> list[Fault]:
        """Take out the faults that come by time."""
        timed = [fault for fault in self._waiting if fault.after is not None]
        self._waiting = [fault for fault in self._waiting if fault.after is None]
        return timed

    def meet(self, command: str) -> list[Fault]:
        """Count a command and take out the faults that come with it."""
        for name in (command, "any"):
            self._met[name] = self._met.get(name, 0) + 1
        due = [f for f in self._waiting if f.command in {command, "any"} and f.nth == self._met[f.command]]
        self._waiting = [fault for fault in self._waiting if fault not in due]
        return due
