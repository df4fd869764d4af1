"""What a screen is, and what the frame gives it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from PySide6.QtWidgets import QApplication, QWidget

from stationd.tray.actions import Actions
from stationd.tray.known import Knowledge, Known, Topic
from stationd.tray.link import Link
from stationd.tray.palette import Tone
from stationd.tray.theme import Look
from stationd.tray.words import Speech

if TYPE_CHECKING:
    from stationd.client.officers import SessionView

ORDER: Final = ("queue", "card", "questions", "shelf", "blanks", "today")
"""The screens from top to bottom; the number of each, from one, is its key: Ctrl+1 to Ctrl+6."""


@dataclass(frozen=True)
class Shell:
    """What the frame gives to each screen.

    Attributes:
        speech: words, numbers, dates.
        look: sizes and fonts.
        link: to ask the daemon.
        known: what the daemon has said.
        actions: what can be done; a page adds its own when it is made.
        go: shows a page, by its name; a second argument is handed to its `arrive`.
        tell: says something at the foot of the window: a finished sentence, and in which tone.
        approve: asks for a supervisor on top of the page, when an act was refused with `officers.NEEDS_SUPERVISOR`,
            and calls with their approval, to be sent with that act; the page stays as it is.
    """

    speech: Speech
    look: Look
    link: Link
    known: Known
    actions: Actions
    go: Callable[..., None]
    tell: Callable[[str, Tone], None]
    approve: Callable[[Callable[[str], object]], object]


class Page(QWidget):
    """One screen. It is made when it is first shown, and lives as long as the window.

    Attributes:
        name: one of `ORDER`; its title is the sentence `tray.NAME.title`.
        topics: what it shows, so that the frame fetches it.

    Args:
        shell: what the frame gives.
    """

    name: ClassVar[str]
    topics: ClassVar[tuple[Topic[Any], ...]] = ()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.setAccessibleName(shell.speech.say(f"{self.name}.title"))

    @property
    def has_focus(self) -> bool:
        """Whether the keyboard is at something of this page."""
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    @abstractmethod
    def refresh(self, known: Knowledge) -> None:
        """Show what is known now. Called at each change while the page is shown, and before it is shown.

        At a sign-out it is called, shown or not, with nothing known: what names a citizen goes then; what somebody
        has typed stays.
        """

    def start_at(self) -> QWidget | None:
        """Return what has the focus when the page is shown for the first time; None: the first that can have it."""
        return None

    def arrive(self, subject: object) -> None:
        """Show something of this page: whoever sent the officer here says what, a job's id mostly."""

    def changed_hands(self) -> None:
        """Forget what was typed: another officer has signed in than the one before."""

    @classmethod
    def may(cls, session: SessionView) -> bool:
        """Say whether an officer sees this page at all."""
        return bool(session.roles)

    @classmethod
    def count(cls, known: Knowledge) -> int:  # noqa: ARG003 - by default nothing waits
        """Return the number beside the page's title: how many things wait there. Needs `STATUS` alone."""
        return 0
