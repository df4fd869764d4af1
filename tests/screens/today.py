"""The screen of the day."""

from __future__ import annotations

from tests.screens import shelf
from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def a_day(stage: Stage) -> None:
    """Some cards are made, one goes home, and there is a receipt; once."""
    shelf.cards_wait(stage)
    with stage.station.client() as client:
        if not client.documents():
            *_, last = client.search_shelf()
            client.hand_over(last.job_id, "owner", "old-card")
            client.issue_document("receipt")


def show(stage: Stage) -> None:
    stage.desktop.press("ctrl+6")


SCENES = (Scene("today", show, a_day, variants=(LARGE, ENGLISH)),)
