"""The screen of the shelf: those who wait, and a card on its way home."""

from __future__ import annotations

from tests.rig import day
from tests.screens.stage import ENGLISH, LARGE, Scene, Stage

CARDS = 5
BOXES = ("A1", "A1", "A3", "B/12")


def cards_wait(stage: Stage) -> None:
    """Some cards are made, found good, and laid in their boxes; once."""
    station = stage.station
    made = station.status().jobs.get("accepted", 0)
    if made >= CARDS:
        return
    day.print_next(station, CARDS - made)
    day.accept_all(stage.simulation, station)
    with station.client() as client:
        for card, box in zip(client.search_shelf(), BOXES, strict=False):
            client.place_card(card.job_id, box)


def found(stage: Stage) -> None:
    stage.desktop.press("ctrl+4")
    stage.desktop.type("a1")


def hand_over(stage: Stage) -> None:
    found(stage)
    stage.desktop.still()
    stage.desktop.press("Return")


SCENES = (
    Scene("shelf", found, cards_wait, variants=(LARGE, ENGLISH)),
    Scene("hand-over", hand_over, cards_wait),
)
