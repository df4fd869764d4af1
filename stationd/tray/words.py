"""What the window says: the catalogue in one language, with numbers and dates written as that language does."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from stationd.tray.formats import Formats
from stationd.tray.problem import Problem
from stationd.words import CHAPTERS, Explanation, Words

WINDOW: Final = tuple(chapter for chapter in CHAPTERS if chapter.startswith("tray"))
"""The chapters of the window's own sentences."""


class Speech:
    """What every part of the window speaks with.

    Attributes:
        formats: how numbers, dates and times are written.

    Args:
        language: one of `stationd.words.LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._window = Words(language, WINDOW)  # a sign-in is sooner in sight without the rest
        self.formats = Formats(self._window)

    @cached_property
    def words(self) -> Words:
        """The whole catalogue, for the names of states, places and causes."""
        return Words(self._language)

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence of the window: the one below `tray.`. Whole numbers among the fields are written out.

        Raises:
            KeyError: if the catalogue has no such key, or the sentence another field.
        """
        written = {name: self._written(value) for name, value in fields.items()}
        return self._window.say(f"tray.{key}", **written)

    def name(self, group: str, code: str) -> str:
        """Return the name of a state, a place, a reason or the like."""
        return self.words.name(group, code)

    def why(self, problem: Problem) -> Explanation:
        """Explain why something was refused or nobody answered."""
        return self.words.cause(problem.cause, problem.subject)

    def _written(self, value: object) -> object:
        return self.formats.number(value) if isinstance(value, int) and not isinstance(value, bool) else value
