"""Hands in a printer at the wrong moment."""

from __future__ import annotations

import time
from typing import Any

from simulators.wires.control import ask_control
from tests.rig import truth
from tests.rig.simulation import Simulation

LIVE = "5"
MACHINE = "matica-1"


def take_a_live_card_out(simulation: Simulation, seconds: float = 30.0) -> None:
    """Open the printer when a card is live and not yet out, and lay it beside the others.

    Raises:
        TimeoutError: if no such card was seen in time.
    """
    until = time.monotonic() + seconds
    with simulation.world() as world:
        while time.monotonic() < until:
            for card in world.census().get(f"machine/{MACHINE}", ()):
                state = world.chip_state(card)
                if state is not None and truth.chip_content(state)[0] == LIVE:
                    _door(simulation, closed=False)
                    world.move(card, f"output/{MACHINE}")
                    _door(simulation, closed=True)
                    return
            time.sleep(0.01)
    raise TimeoutError("no card was seen that was live and still inside")


def _door(simulation: Simulation, *, closed: bool) -> Any:
    return ask_control(simulation.facts["control"][MACHINE], {"op": "door", "machine": MACHINE, "closed": closed})
