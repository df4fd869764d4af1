"""Where a card may be whose fate is not known: what a person is shown to look at. Pure."""

from __future__ import annotations

from enum import StrEnum

from stationd.model.attempt import ROUTES, Step
from stationd.model.blank import Place


class Spot(StrEnum):
    """A place at the desk where a person can look, in the order in which a card passes them."""

    HOPPER = "hopper"
    HAND = "hand"
    DESK_READER = "desk-reader"
    MACHINE = "machine"
    OUTPUT = "output"
    REJECT = "reject"


_LEFT_BY = {Step.DELIVER: Spot.OUTPUT, Step.PRINT: Spot.OUTPUT, Step.RETURN: Spot.OUTPUT, Step.REJECT: Spot.REJECT}


def spots(route: str, step: str) -> tuple[Spot, ...]:
    """Return where the card may be of an attempt on this route that was lost from sight in this step."""
    carried = ROUTES[route].inside is Place.HAND
    if step == Step.FEED:
        return (Spot.HOPPER, Spot.HAND, Spot.DESK_READER) if carried else (Spot.HOPPER, Spot.MACHINE)
    if carried:
        carries = (Spot.HAND, Spot.DESK_READER)
        return (*carries, Spot.MACHINE, Spot.OUTPUT) if step in {Step.PRINT, Step.ACTIVATE} else carries
    if step == Step.ACTIVATE and Step.PRINT in ROUTES[route].after:  # on the desk, after the card came out
        return (Spot.HAND, Spot.DESK_READER, Spot.OUTPUT)
    left_by = _LEFT_BY.get(Step(step)) if step in set(Step) else None
    return (Spot.MACHINE,) if left_by is None else (Spot.MACHINE, left_by)
