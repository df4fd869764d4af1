"""The screen of the day."""

from __future__ import annotations

from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def show(stage: Stage) -> None:
    stage.desktop.press("ctrl+6")


SCENES = (Scene("today", show, variants=(LARGE, ENGLISH)),)
