"""The frame itself: coming in, the menu, what is wanted of a person, and a daemon that is away."""

from __future__ import annotations

from tests.rig import day
from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def first_pin(stage: Stage) -> None:
    stage.desktop.type("op-1")
    stage.desktop.press("F3")


def menu(stage: Stage) -> None:
    stage.desktop.press("F10")


def no_card_feeds(stage: Stage) -> None:
    stage.station.ctl("print", "--next", "1")
    stage.station.wait_until(lambda status: any(line.cause for line in status.lines))
    stage.desktop.press("ctrl+6")


def open_cover(stage: Stage) -> None:
    stage.simulation.sim("door", "open")


def close_cover(stage: Stage) -> None:
    stage.simulation.sim("door", "closed")
    stage.station.wait_until(lambda status: status.jobs.get("delivered", 0) > 0)
    day.accept_all(stage.simulation, stage.station)


def stop_daemon(stage: Stage) -> None:
    stage.desktop.press("ctrl+6")
    stage.desktop.still()
    stage.station.stop()


def start_daemon(stage: Stage) -> None:
    stage.station.start()


SCENES = (
    Scene("sign-in", signed_in=False, variants=(LARGE, ENGLISH)),
    Scene("first-pin", first_pin, signed_in=False),
    Scene("menu", menu),
    Scene("wanted", no_card_feeds, open_cover, after=close_cover),
    Scene("daemon-away", stop_daemon, after=start_daemon),
)
