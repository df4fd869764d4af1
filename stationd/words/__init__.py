"""What a station says to people, in Indonesian first and English second: one catalogue for commands and window.

The rest of the house speaks in codes (`media-empty`, `sk-expired`); here each code has its sentences. A code that has
none yet, from a newer station, is still said: in a sentence that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import tomli

INDONESIAN: Final = "id"
ENGLISH: Final = "en"
LANGUAGES: Final = (INDONESIAN, ENGLISH)

CHAPTERS: Final = (
    "",
    "blanks.",
    "cards.",
    "chips.",
    "documents.",
    "field.",
    "mobile.",
    "officers.",
    "queue.",
    "rules.",
    "shelf.",
    "story.",
    "technician.",
    "tray.",
    "tray-blanks.",
    "tray-card.",
    "tray-questions.",
    "tray-queue.",
    "tray-shelf.",
    "tray-today.",
)
"""A language's files: what each name begins with before the language."""

LOST_CARD: Final = "card-not-found"
"""What spoiled a blank that nobody has seen since."""

OF_BLANKS: Final = frozenset({"unfit-blank-aside", "unfit-in-a-row"})
"""Causes whose detail is another one: what it is about the blank."""

OF_FILES: Final = frozenset({"profile-missing", "layout-missing"})
"""Causes whose detail is the name of a file that is not there."""

VARIABLE: Final = "STATION_LANG"
"""The environment variable that chooses a language where no option does."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause in words.

    Attributes:
        code: the cause as the station names it.
        what: what happened, one or two sentences.
        do: what to do about it.
        command: the one command that helps; empty if none does.
    """

    code: str
    what: str
    do: str
    command: str = ""


def choose(option: str | None, environment: Mapping[str, str]) -> str:
    """Return the language to speak: the option's, else the environment's, else Indonesian."""
    for wish in (option, environment.get(VARIABLE)):
        if wish and wish[:2].lower() in LANGUAGES:
            return wish[:2].lower()
    return INDONESIAN


class Words:
    """The catalogue in one language.

    Args:
        language: one of `LANGUAGES`.
        chapters: those of `CHAPTERS` that are wanted.
    """

    def __init__(self, language: str = INDONESIAN, chapters: tuple[str, ...] = CHAPTERS) -> None:
        self.language = language
        self._chapters = chapters
        self._sentences = catalogue(language, chapters)

    def say(self, key: str, **fields: object) -> str:
        """Return a sentence with its fields filled in.

        Raises:
            KeyError: if the catalogue has no such key, or the sentence another field.
        """
        return self._sentences[key].format_map(fields)

    def name(self, group: str, code: str) -> str:
        """Return the name of a state, a place, a step or the like; the code itself if it has none."""
        return self._sentences.get(f"{group}.{code}", code)

    def codes(self, group: str) -> tuple[str, ...]:
        """Return the codes of a group, in the catalogue's order."""
        return _codes(self.language, self._chapters, group)

    def cause(self, code: str, subject: str = "", *, group: str = "cause") -> Explanation:
        """Explain a cause.

        Args:
            code: as the station names it.
            subject: the job, line, officer or file it is about.
            group: `cause`, or `refusal` for something that was sent and not taken as a job.
        """
        for place in (group, "cause"):
            if f"{place}.{code}.what" in self._sentences:
                what, do = (self.say(f"{place}.{code}.{part}", subject=subject) for part in ("what", "do"))
                command = self._sentences.get(f"{place}.{code}.command", "").format_map({"subject": subject})
                return Explanation(code, what, do, command)
        return Explanation(code, self.say("fallback.what", code=code or "?"), self.say("fallback.do"))

    def hold(self, code: str, detail: str, job_id: str) -> Explanation:
        """Explain why a job is held. What spoiled its blank is said with it."""
        explained = self.cause(code, job_id)
        if code == "spoiled" and detail:
            # Where the card is not known a person may hold it: its blank is accounted for first.
            do = f"{self.cause(detail).do} {explained.do}" if detail == LOST_CARD else explained.do
            return Explanation(code, f"{explained.what} {self.spoil(detail)}", do, explained.command)
        if code == "possibly-printed" and detail:
            what = f"{explained.what} {self.say('held.not-printed', by=detail)}"
            return Explanation(code, what, explained.do, f"stationctl settle {job_id} --approve")
        if code == "unknown" and detail:
            step = self.say("questions.step", step=self.name("step", detail))
            return Explanation(code, f"{explained.what} {step}", explained.do, explained.command)
        return explained

    def standing(self, code: str, detail: str, line: str) -> Explanation:
        """Explain why a line waits or stands. The file that it lacks, or what is about the blanks, is said first."""
        explained = self.cause(code, line)
        if code in OF_FILES and detail:
            return Explanation(code, f"{detail}: {explained.what}", explained.do, explained.command)
        if code not in OF_BLANKS or not detail:
            return explained
        blank = self.cause(detail, line)
        return Explanation(code, f"{blank.what} {explained.what}", explained.do, explained.command)

    def spoil(self, code: str) -> str:
        """Say in one sentence what spoiled a blank: an officer's reason, or a cause."""
        reason = self._sentences.get(f"spoil.{code}")
        return f"{reason[0].upper()}{reason[1:]}." if reason else self.cause(code).what


@cache
def catalogue(language: str, chapters: tuple[str, ...] = CHAPTERS) -> Mapping[str, str]:
    """Return all sentences of a language, or those of some chapters, by dotted key."""
    files = (resources.files(__name__) / f"{chapter}{language}.toml" for chapter in chapters)
    texts = (file.read_text(encoding="utf-8") for file in files)
    return {key: sentence for text in texts for key, sentence in _flat("", tomli.loads(text))}


@cache
def _codes(language: str, chapters: tuple[str, ...], group: str) -> tuple[str, ...]:
    prefix = f"{group}."
    return tuple(key.removeprefix(prefix) for key in catalogue(language, chapters) if key.startswith(prefix))


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flat(f"{prefix}{key}.", value)
