"""The card: before it is printed, while it is made, and when it has come out."""

from __future__ import annotations

import time

from stationd.client.queue import CardView
from tests.rig import day
from tests.rig.badge import PIN
from tests.screens.stage import ENGLISH, LARGE, OF_PLACE, Scene, Stage

BEHIND = 2
"""Steps that are done of a card that is half-way."""

DRAWN = 2.0
"""Seconds until the card's picture is there, on a busy machine."""


def before(stage: Stage) -> None:
    stage.desktop.press("ctrl+1", "Down", "Down", "ctrl+k")
    time.sleep(DRAWN)


def make(stage: Stage) -> None:
    if not stage.station.status().jobs.get("delivered"):
        stage.station.ctl("print", "--next", "1")
        stage.station.wait_until(lambda status: status.jobs.get("delivered", 0) > 0)


def look(stage: Stage) -> None:
    stage.desktop.press("ctrl+2")
    time.sleep(DRAWN)


def spoil(stage: Stage) -> None:
    look(stage)
    stage.desktop.press("F7")


def accept(stage: Stage) -> None:
    day.accept_all(stage.simulation, stage.station)


def stop_half_way(stage: Stage) -> None:
    """Open the cover while a card is made: what is seen of it stands still."""
    stage.station.ctl("print", "--next", "1")
    with stage.station.client() as client:
        stage.station.wait_until(lambda _: any(_is_begun(card) for card in client.cards()))
    stage.simulation.sim("door", "open")
    stage.station.wait_until(lambda status: any(line.cause for line in status.lines))


def finish(stage: Stage) -> None:
    stage.simulation.sim("door", "closed")
    stage.station.wait_until(lambda status: status.jobs.get("delivered", 0) > 0)
    accept(stage)


def _is_begun(card: CardView) -> bool:
    """Whether it is known whose a card is: a blank that was hardly fed is only taken out."""
    return not card.delivered and sum(step.state == "done" for step in card.steps) >= BEHIND


def take_a_supervisor(stage: Stage) -> None:
    """Another blank takes a supervisor's word from now on; and a card has come out."""
    version = stage.simulation.desk.policy(stage.station.name, retry_after_spoil="supervisor", more=OF_PLACE)
    stage.station.wait_until(lambda status: status.policy_version >= version)
    make(stage)


def retry(stage: Stage) -> None:
    """A card is badly printed and to be made again: a supervisor is asked, in the officer's own session."""
    spoil(stage)
    stage.desktop.press("1")
    stage.station.wait_until(lambda status: not status.jobs.get("delivered"))
    stage.desktop.still()
    stage.desktop.press("F9")
    stage.desktop.still()
    stage.desktop.type(PIN)


SCENES = (
    Scene("card-before", before, variants=(LARGE,)),
    Scene("card-waiting", look, stop_half_way, after=finish),
    Scene("card-check", look, make, variants=(ENGLISH, LARGE)),
    Scene("card-spoil", spoil, make),
    Scene("card-approve", retry, take_a_supervisor),
)
