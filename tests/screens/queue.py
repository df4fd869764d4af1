"""The queue: who waits, found as one types; and one person is moved to the front."""

from __future__ import annotations

from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def choose(stage: Stage) -> None:
    stage.desktop.press("ctrl+1", "Down", "Down", "Down")


def several(stage: Stage) -> None:
    stage.desktop.press("ctrl+1", "Down", "Tab", "Tab", "Tab", "Tab", "Tab", "shift+Down", "shift+Down", "shift+Down")


def search(stage: Stage) -> None:
    stage.desktop.press("ctrl+1")
    stage.desktop.type("si")


def front(stage: Stage) -> None:
    choose(stage)
    stage.desktop.press("ctrl+d")


SCENES = (
    Scene("queue", choose, variants=(LARGE, ENGLISH)),
    Scene("queue-search", search),
    Scene("queue-several", several),
    Scene("queue-front", front),
)
