"""What the guided acts share: the words, the daemon, which lines there are, and how an act is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from stationd.client.blanks import StockedView
from stationd.client.client import Client
from stationd.tray.blanks.fields import Choice, Form
from stationd.tray.guided import Steps
from stationd.tray.page import Shell
from stationd.tray.palette import Tone


@dataclass
class Desk:
    """What a guided act needs.

    Attributes:
        shell: what the frame gives.
        steps: in which it is shown.
        stocked: what there is now.
        lines: the names of the lines.
        open_hoppers: of those, the ones whose hopper stands open.
        made: is called when an act was carried out, so that what is shown is fetched anew.
    """

    shell: Shell
    steps: Steps
    stocked: StockedView
    lines: Sequence[str]
    open_hoppers: frozenset[str]
    made: Callable[[], None]
    line: str = field(default="")

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence of the guided acts."""
        return self.shell.speech.say(f"by-hand.{key}", **fields)

    def ask(self, call: Callable[[Client], object], then: Callable[[], None]) -> None:
        """Ask the daemon for something; what follows is done once it has come about."""

        def come(_: object) -> None:
            self.made()
            then()

        self.shell.link.ask(call, come, key="by-hand")

    def told(self, key: str, differences: object, **fields: object) -> None:
        """Say that something was counted, and whether it agreed with the book."""
        found = differences if isinstance(differences, list) else []
        agrees = self.say("differs", n=len(found)) if found else self.say("agrees")
        self.shell.tell(f"{self.say(key, **fields)} {agrees}", Tone.CARE if found else Tone.GOOD)

    def form(self, fields: dict[str, QWidget]) -> Form:
        """Return fields that lead on to the button."""
        return Form(self.shell.look, fields, self.steps.judge, self.steps.on.click)

    def choose_line(self) -> Choice:
        """Return the choice among the lines."""
        choice = Choice([(line, line) for line in self.lines])
        choice.choose(self.line)
        choice.currentIndexChanged.connect(lambda _: setattr(self, "line", choice.code))
        return choice
