"""Questions: none, where a card is, whether one has looked everywhere, and why a count differs."""

from __future__ import annotations

from tests.rig import day, hands
from tests.screens.stage import ENGLISH, LARGE, Scene, Stage


def show(stage: Stage) -> None:
    stage.desktop.press("ctrl+3")


def sure(stage: Stage) -> None:
    show(stage)
    stage.desktop.still()
    stage.desktop.press("3")


def lose(stage: Stage) -> None:
    if not stage.station.status().questions:
        stage.station.ctl("print", "--next", "1")
        hands.take_a_live_card_out(stage.simulation)
        stage.station.wait_until(lambda status: bool(status.questions))


def find(stage: Stage) -> None:
    (asked,) = stage.station.status().questions
    stage.station.ctl("answer", asked.question_id, "out")
    day.accept_all(stage.simulation, stage.station)


def miscount(stage: Stage) -> None:
    if not stage.station.status().discrepancies:
        stage.station.ctl("blanks", "count", f"store={stage.station.status().blanks['store'] - 1}")


SCENES = (
    Scene("questions-none", show),
    Scene("question-card", show, lose, variants=(LARGE, ENGLISH)),
    Scene("question-sure", sure, lose, after=find),
    Scene("question-difference", show, miscount),
)
