"""Hands on a machine whose body carries out what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simulators.clock import Cancel, Clock
from simulators.devices.faults import Fault, Script
from simulators.devices.machine import Fate


class HandledBody(Protocol):
    """What a body does when it is touched, and what it tells of its cable and mains."""

    powered: bool
    on_power: Callable[[bool], None]
    on_wire_fault: Callable[[Fault], None]

    def happen(self, fault: Fault) -> None: ...  # noqa: D102 - all as `Machine` has them
    def clear(self, condition: str) -> None: ...  # noqa: D102
    def door(self, *, closed: bool) -> None: ...  # noqa: D102
    def mains(self, *, on: bool, card: Fate = "stay") -> None: ...  # noqa: D102
    def refill(self) -> None: ...  # noqa: D102


class Handled:
    """The part of a `Machine` that passes hands and fate on to its body."""

    def __init__(self, body: HandledBody, script: Script, clock: Clock) -> None:
        self._touched = body
        self.script = script
        self._clock = clock

    @property
    def powered(self) -> bool:
        """True while it has mains."""
        return self._touched.powered

    def attach(self, power: Callable[[bool], None], wire_fault: Callable[[Fault], None]) -> None:
        """Say who carries out what concerns the cable."""
        self._touched.on_power, self._touched.on_wire_fault = power, wire_fault

    def later(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Make an appointment in simulated seconds."""
        return self._clock.call_later(seconds, act)

    def happen(self, fault: Fault) -> None:
        """Let a fault happen now; one without a work to befall waits for the next."""
        self._touched.happen(fault)

    def expect(self, fault: Fault) -> None:
        """Add a fault that comes with a command, counted from now, or after some time."""
        if fault.after is None:
            self.script.add(fault)
        else:
            self.later(fault.after, lambda: self._touched.happen(fault))

    def clear(self, condition: str) -> None:
        """End a condition (`jam` included)."""
        self._touched.clear(condition)

    def door(self, *, closed: bool) -> None:
        """Open or close its door or cover."""
        self._touched.door(closed=closed)

    def mains(self, *, on: bool, card: Fate = "stay") -> None:
        """Pull the mains, or restore them."""
        self._touched.mains(on=on, card=card)

    def refill(self) -> None:
        """Put in a new ribbon, and whatever else is used up."""
        self._touched.refill()
