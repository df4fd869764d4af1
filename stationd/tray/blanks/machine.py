"""What is done at the printer itself: another ribbon or film, and a cleaning. Guided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stationd.client.lines import CleaningDoneView, CleaningGuideView
from stationd.tray.blanks import pictures
from stationd.tray.blanks.desk import Desk
from stationd.tray.guided import Step
from stationd.tray.palette import Tone

_PICTURES = {
    "blanks-out": pictures.opened,
    "ribbon-out": pictures.ribbon,
    "cleaning-card-in": pictures.cleaning,
    "cover-closed": pictures.cover,
}

_UNDONE = ("cleaning-card-in", "ribbon-out", "blanks-out")
"""What is put right after a cleaning, in this order."""


def change_supply(desk: Desk) -> Sequence[Step]:
    """Return the steps by which ribbon or film is changed. The printer itself tells what it then has."""
    say = desk.say
    return (
        Step(say("cover"), say("cover-more"), pictures.opened),
        Step(say("old-out"), say("old-out-more"), pictures.ribbon),
        Step(say("new-in"), say("new-in-more"), pictures.ribbon),
        Step(say("shut"), say("shut-more"), pictures.cover, act=lambda then: _changed(desk, then)),
    )


def clean(desk: Desk, guide: CleaningGuideView) -> Sequence[Step]:
    """Return the steps of a cleaning as a line's printer wants them; the last draws the cleaning card through."""
    name, say = desk.shell.speech.name, desk.say
    steps = [Step(name("preparation", each), "", _PICTURES.get(each, pictures.cover)) for each in guide.preparations]
    return (
        *steps,
        Step(say("clean"), say("clean-more"), pictures.cleaning, act=lambda then: _clean(desk, guide, then)),
    )


def _clean(desk: Desk, guide: CleaningGuideView, then: Callable[[], None]) -> None:
    came: list[CleaningDoneView] = []

    def done() -> None:
        outcome = came[-1].outcome
        after = [step for step in _UNDONE if step in guide.preparations]
        undone = " ".join(desk.shell.speech.name("preparation-undone", step) for step in after)
        told = desk.say(f"cleaned-{outcome}", line=desk.line)
        desk.shell.tell(f"{told} {undone}".strip(), Tone.GOOD if outcome == "done" else Tone.CARE)
        then()

    desk.shell.tell(desk.say("cleaning", line=desk.line), Tone.BUSY)
    desk.ask(lambda client: came.append(client.clean(desk.line)), done)


def _changed(desk: Desk, then: Callable[[], None]) -> None:
    desk.made()
    desk.shell.tell(desk.say("changed"), Tone.GOOD)
    then()
