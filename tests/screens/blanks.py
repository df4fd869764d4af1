"""Blanks: at one look, and what is done with them by hand."""

from __future__ import annotations

from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def show(stage: Stage) -> None:
    stage.desktop.press("ctrl+5")


def receive(stage: Stage) -> None:
    show(stage)
    stage.desktop.press("alt+t")
    stage.desktop.type("SJ-2026-118")


def load(stage: Stage) -> None:
    show(stage)
    stage.desktop.press("alt+i")


def count(stage: Stage) -> None:
    show(stage)
    stage.desktop.press("alt+h")


def change(stage: Stage) -> None:
    show(stage)
    stage.desktop.press("alt+g", "Return")


SCENES = (
    Scene("blanks", show, variants=(LARGE, ENGLISH)),
    Scene("blanks-receive", receive),
    Scene("blanks-load", load),
    Scene("blanks-count", count),
    Scene("blanks-ribbon", change),
)
