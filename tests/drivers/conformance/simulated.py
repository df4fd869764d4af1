"""Hands on a simulated machine: its control socket and the world's, and no thought of how either works."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from drivers.conformance.hands import CannotDo, Lost, Seen, Trouble
from drivers.printer import Preparation, Station
from simulators.wires.control import ControlError, ask_control
from simulators.world_client import WorldClient

# The commands of each family that carry out a call of the interface; `any` is whatever comes next.
COMMANDS: Final[dict[str, dict[str, str]]] = {
    "matica_xid": {
        "status": "any",
        "feed": "load",
        "move": "move",
        "flip": "move",
        "deliver": "move",
        "reject": "move",
        "transfer": "transfer",
    },
    "evolis": {
        "status": "any",
        "feed": "load",
        "move": "move",
        "deliver": "eject",
        "reject": "reject",
        "print_and_deliver": "print",
    },
    "magicard": {"status": "inf", "print_card": "inf"},
    "ipp": {"print_card": "print"},
}
# A print job itself is not answered: the first question asked after it is.
NTH: Final = {("magicard", "print_card"): 2}
# What a wire has no word for: no driver could tell it.
UNTOLD: Final = {("ipp", Trouble.OUTPUT_FULL): "ippeveprinter takes no output-area-full from its command"}
KINDS: Final = {
    Lost.SILENCE: "mute",
    Lost.GARBAGE: "garbage",
    Lost.HALF: "half-reply",
    Lost.LAST: "last-reply",
}
PLACES: Final = ("machine", "output", "reject")
HOPPER = 12
CHIPLESS_WAIT = 5.0


class SimulatedHands:
    """Hands on one machine of a running simulation.

    Args:
        facts: what `simulators.json` says.
        machine: its name.
        family: of the machine.
        desk: place of the reader under test, if one is.
    """

    def __init__(self, facts: dict[str, Any], machine: str, family: str, desk: str = "") -> None:
        self._control = facts["control"].get(machine, "")
        self._world = facts["world"]
        self._machine = machine
        self._family = family
        self._desk = desk
        self._aside: list[str] = []  # what was taken out of this machine: others lay their cards on the shelf as well

    def make_ready(self) -> None:
        if self._desk:
            self.take_card()
            return
        self._ask("clear", condition="script")
        self._ask("clear", condition="mute")
        state = self._ask("state")
        if not state["powered"]:
            self._ask("mains", on=True)
        if state["address"] is None:
            self._ask("replug")
        for trouble in Trouble:
            self._quietly("clear", condition=trouble.value)
        self._quietly("clear", condition="ribbon-missing")
        self._ask("door", closed=True)
        self._ask("refill")
        with WorldClient(self._world) as world:
            held = len(world.census().get(f"hopper/{self._machine}", []))
            if held < HOPPER:
                world.mint(HOPPER - held)
                world.move_next("supply", f"hopper/{self._machine}", HOPPER - held)
        if self._family in ("magicard", "ipp"):
            self.take_out()

    def take_out(self) -> None:
        place = f"machine/{self._machine}"
        with WorldClient(self._world) as world:
            self._lay_aside(world, place)

    def look(self) -> Seen:
        with WorldClient(self._world) as world:
            census = world.census()
            inside, out, rejected = (len(census.get(f"{place}/{self._machine}", [])) for place in PLACES)
            prints = sum(len(world.card(card).prints) for card in self._cards(world))
        state = self._ask("state") if inside else {}
        station, side = state.get("station"), state.get("side")
        place = Station(station) if station in list(Station) else None
        return Seen(inside, out, rejected, prints, place, None if side is None else side == "back")

    def printed_on_both_sides(self) -> int:
        with WorldClient(self._world) as world:
            return sum(len({printed.side for printed in world.card(card).prints}) > 1 for card in self._cards(world))

    def cause(self, trouble: Trouble) -> None:
        if (why := UNTOLD.get((self._family, trouble))) is not None:
            raise CannotDo(why)
        if trouble is Trouble.DOOR_OPEN:
            self._ask("door", closed=False)
            return
        self._ask("fault", fault={"kind": trouble.value, "fraction": 0.3, "card_inside": True})

    def remedy(self, trouble: Trouble) -> None:
        if trouble is Trouble.DOOR_OPEN:
            self._ask("door", closed=True)
        else:
            self._ask("clear", condition=trouble.value)

    def require(self, need: Lost | Trouble) -> None:
        """All of it is a simulator's to do; which of it a family has, `lose_answer` and `cause` say."""

    def lose_answer(self, how: Lost, act: str, *, acts: bool) -> None:
        command = COMMANDS[self._family].get(act)
        if command is None:
            raise CannotDo(f"no answer of a simulated {self._family} can be spoilt at {act}")
        nth = NTH.get((self._family, act), 1)
        self._ask("fault", fault={"kind": KINDS[how], "command": command, "nth": nth, "acts": acts})

    def unplug(self) -> None:
        self._ask("unplug")

    def replug(self, *, elsewhere: bool) -> None:
        self._ask("replug", new_address=elsewhere)
        self._await_address()

    def cut_power(self) -> None:
        self._ask("mains", on=False)
        self._ask("mains", on=True)
        self._await_address()

    def prepare_cleaning(self, steps: Sequence[Preparation]) -> None:
        """Take out what is to be taken out. A cleaning card is no card of the world: the machine has it from here."""
        with WorldClient(self._world) as world:
            self._lay_aside(world, f"hopper/{self._machine}")
        if Preparation.RIBBON_OUT in steps:
            self._ask("fault", fault={"kind": "ribbon-missing"})

    def lay_card(self) -> None:
        with WorldClient(self._world) as world:
            world.mint(1)
            world.move_next("supply", self._desk)

    def take_card(self) -> None:
        with WorldClient(self._world) as world:
            for card in world.census().get(self._desk, []):
                world.move(card, "shelf")

    def _cards(self, world: WorldClient) -> list[str]:
        """Every card that was in this machine, where it still counts."""
        census = world.census()
        return [*self._aside, *(card for place in PLACES for card in census.get(f"{place}/{self._machine}", []))]

    def _lay_aside(self, world: WorldClient, place: str) -> None:
        for card in world.census().get(place, []):
            world.move(card, "shelf")
            self._aside.append(card)

    def _await_address(self) -> None:
        until = time.monotonic() + CHIPLESS_WAIT
        while self._ask("state")["address"] is None:
            assert time.monotonic() < until
            time.sleep(0.02)

    def _ask(self, operation: str, **arguments: Any) -> Any:
        try:
            return ask_control(self._control, {"op": operation, "machine": self._machine, **arguments})
        except ControlError as refusal:
            raise CannotDo(f"the simulated machine: {refusal}") from None

    def _quietly(self, operation: str, **arguments: Any) -> None:
        try:
            self._ask(operation, **arguments)
        except CannotDo:
            return
