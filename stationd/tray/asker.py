"""Questions in place of what a page shows: each answer with what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stationd.tray.guided import Answer, Draw, Question


@dataclass(frozen=True)
class Choice:
    """One answer.

    Attributes:
        words: on its button.
        act: is called when it is chosen.
        means: what follows from it.
        main: whether it is the usual one.
    """

    words: str
    act: Callable[[], object]
    means: str = ""
    main: bool = False


class Asker:
    """Asks in place of what a page shows, and goes back to it.

    Args:
        question: in which it is asked.
        show: shows the question in place of the page.
        leave: shows the page again.
    """

    def __init__(self, question: Question, show: Callable[[], object], leave: Callable[[], object]) -> None:
        self._question = question
        self._show = show
        self.leave = leave
        self._acts: dict[str, Callable[[], object]] = {}
        question.answered.connect(self._answered)

    def ask(self, what: str, choices: Sequence[Choice], more: str = "", draw: Draw | None = None) -> None:
        """Ask something."""
        self._acts = {str(number): choice.act for number, choice in enumerate(choices)}
        answers = [
            Answer(str(number), choice.words, choice.means, choice.main) for number, choice in enumerate(choices)
        ]
        self._question.ask(what, answers, more, draw)
        self._show()
        self._question.start()

    def clear(self) -> None:
        """Take out what was asked: it may have named somebody."""
        self._acts = {}
        self._question.ask("", ())

    def wait(self) -> None:
        """Let it not be answered while an answer is on its way."""
        self._question.set_open(is_open=False)

    def again(self) -> None:
        """Let it be answered again: the answer came to nothing."""
        self._question.set_open(is_open=True)
        self._question.start()

    def _answered(self, key: str) -> None:
        if (act := self._acts.get(key)) is not None:
            act()
