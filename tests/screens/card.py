"""The card: before it is printed, while it is made, and when it has come out."""

from __future__ import annotations

import time

from tests.rig import day
from tests.screens.stage import ENGLISH, LARGE, Scene, Stage

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
    stage.station.wait_until(lambda status: status.jobs.get("printing", 0) > 0)
    stage.simulation.sim("door", "open")
    stage.station.wait_until(lambda status: any(line.cause for line in status.lines))


def finish(stage: Stage) -> None:
    stage.simulation.sim("door", "closed")
    stage.station.wait_until(lambda status: status.jobs.get("delivered", 0) > 0)
    accept(stage)


SCENES = (
    Scene("card-before", before, variants=(LARGE,)),
    Scene("card-waiting", look, stop_half_way, after=finish),
    Scene("card-check", look, make, variants=(ENGLISH, LARGE)),
    Scene("card-spoil", spoil, make, after=accept),
)
