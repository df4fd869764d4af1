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


def hold_some(stage: Stage) -> None:
    """Some jobs arrive that no card may be made for now, for several causes; once."""
    if stage.station.status().jobs.get("held", 0) >= sum(HELD.values()):
        return
    desk, name = stage.simulation.desk, stage.station.name
    for status, count in HELD.items():
        desk.add_jobs(name, count, claims={"nik_status": status})
    stage.station.wait_until(lambda status: status.jobs.get("held", 0) >= sum(HELD.values()))


def held(stage: Stage) -> None:
    stage.desktop.press("ctrl+1")
    stage.desktop.still()
    stage.desktop.press("Tab", "Tab", "space", "Tab", "Tab", "Tab", "Down")


HELD = {"blocked": 3, "moved": 1, "died": 1}
"""Jobs that are held, by what the registry says of their NIK."""

SCENES = (
    Scene("queue", choose, variants=(LARGE, ENGLISH)),
    Scene("queue-search", search),
    Scene("queue-several", several),
    Scene("queue-front", front),
    Scene("queue-held", held, hold_some),
)
