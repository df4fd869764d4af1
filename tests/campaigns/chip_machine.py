"""A machine without a wire: it moves the world's cards and brings them to the reader inside, and does nothing else."""

from __future__ import annotations

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.printer import (
    Capabilities,
    CardCounter,
    CounterKind,
    Counters,
    Identity,
    Image,
    Media,
    Panel,
    Raster,
    Station,
    Status,
    Supply,
)
from simulators.world import CONTACTLESS
from simulators.world_client import WorldClient
from stationd.press.inline import InlineRetransfer

RASTER = Raster(1036, 664, 300, frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN, Panel.BLACK}))


class BareMachine(InlineRetransfer, CardCounter):
    """A retransfer printer with a reader inside, of which only the card's way is real. Film is a matter of its word.

    It outlives the sessions with it, as its counter does.

    Args:
        world: with the cards.
        name: the machine's, in the world's places.
    """

    def __init__(self, world: WorldClient, name: str) -> None:
        self._world = world
        self._name = name
        self._place = f"machine/{name}"
        self._fed = 0

    @property
    @override
    def capabilities(self) -> Capabilities:
        return Capabilities(RASTER, reject_bin=True, over_the_edge=True, film_beside_chip=False)

    @property
    @override
    def identity(self) -> Identity:
        return Identity("Bare", "B-1", self._name, "1")

    @override
    def status(self, deadline: Deadline) -> Status:
        inside = self._world.census().get(self._place)
        # The reader may still be at the card when a new session begins: the line parts them.
        return Status(Media.PRESENT if inside else Media.NOT_PRESENT, Station.CONTACTLESS if inside else None, ())

    @override
    def counters(self, deadline: Deadline) -> Counters:
        return Counters(CounterKind.CARDS_FED, self._fed, {})

    @override
    def supplies(self, deadline: Deadline) -> tuple[Supply, ...]:
        return ()

    @override
    def feed(self, to: Station, deadline: Deadline) -> None:
        self._world.move_next(f"hopper/{self._name}", self._place)
        self._fed += 1
        self.move(to, deadline)

    @override
    def move(self, to: Station, deadline: Deadline) -> None:
        self._world.hold(self._place, CONTACTLESS if to is Station.CONTACTLESS else None)

    @override
    def engage(self, at: Station, deadline: Deadline) -> None:
        self._world.hold(self._place, CONTACTLESS)
        self._world.engage(self._place, engaged=True)

    @override
    def release(self, at: Station, deadline: Deadline) -> None:
        self._world.engage(self._place, engaged=False)

    @override
    def deliver(self, deadline: Deadline) -> None:
        self._world.move_next(self._place, f"output/{self._name}")

    @override
    def reject(self, deadline: Deadline) -> None:
        self._world.move_next(self._place, f"reject/{self._name}")

    @override
    def clear_film(self, deadline: Deadline) -> None:
        pass

    @override
    def start_film(self, image: Image, deadline: Deadline) -> None:
        pass

    @override
    def await_film(self, deadline: Deadline) -> None:
        pass

    @override
    def transfer(self, deadline: Deadline) -> None:
        pass

    @override
    def close(self) -> None:
        pass
