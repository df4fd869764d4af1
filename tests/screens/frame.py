"""The frame itself: coming in, and a daemon that is away."""

from __future__ import annotations

from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def first_pin(stage: Stage) -> None:
    stage.desktop.type("op-1")
    stage.desktop.press("F3")


def menu(stage: Stage) -> None:
    stage.desktop.press("F10")


SCENES = (
    Scene("sign-in", signed_in=False, variants=(LARGE, ENGLISH)),
    Scene("first-pin", first_pin, signed_in=False),
    Scene("menu", menu),
)
