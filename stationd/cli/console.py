"""What every command needs: the station's client, the language, and where results and errors go."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec
from typing_extensions import override

from stationd.cli import text, token_file
from stationd.cli.token_file import TokenUnusable
from stationd.client.client import Client
from stationd.client.problems import StationAbsent, StationProblem
from stationd.words import Explanation, Words

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
ABSENT: Final = 3
"""Exit statuses of `stationctl`."""

SERVER_ERRORS: Final = 500

_T = TypeVar("_T")


@dataclass(eq=False)
class Trouble(Exception):
    """Something that a command itself finds wrong. `cause` is a word of the catalogue."""

    cause: str
    subject: str = ""
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.cause} ({self.detail})"


class Console:
    """One call of `stationctl`.

    Attributes:
        words: the language to speak.
        socket: where the station listens.
        as_json: print the station's data as it is.
        failed: something was refused.
    """

    def __init__(self, words: Words, socket: Path) -> None:
        self.words = words
        self.socket = socket
        self.as_json = False
        self.failed = False
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The station's client, made when first needed."""
        if self._client is None:
            self._client = Client(self.socket, token=self._token())
        return self._client

    def renew(self) -> None:
        """Take up the session that this user of the computer has now: there may have been a new sign-in."""
        self.client.token = self._token()

    def _token(self) -> str:
        try:
            return token_file.find(self.socket, os.environ)
        except TokenUnusable as unusable:
            raise Trouble(unusable.cause, unusable.subject, unusable.detail) from None

    def close(self) -> None:
        """Let go of the station."""
        if self._client is not None:
            self._client.close()

    # --- results ------------------------------------------------------------------------------------------------------

    def say(self, key: str, **fields: object) -> None:
        """Print a sentence of the catalogue."""
        self.print(self.words.say(key, **fields))

    def print(self, line: str = "") -> None:
        """Print text."""
        click.echo(text.clean(line))

    def data(self, data: Any) -> None:
        """Print plain data as JSON."""
        click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2))

    def show(self, path: str, kind: type[_T], render: Callable[[_T], None]) -> None:
        """Fetch something and show it: as the api gave it, or rendered for people."""
        if self.as_json:
            self.data(self.client.get(path, Any))
        else:
            render(self.client.get(path, kind))

    def each(self, subjects: Iterable[str], act: Callable[[str], None], done: Callable[[str], str]) -> list[str]:
        """Do something to each of several jobs. One that is refused is told and does not keep the others back.

        Returns:
            Those to which it was done.
        """
        good = []
        for subject in subjects:
            try:
                act(subject)
            except StationProblem as problem:
                self.explain(problem)
                continue
            good.append(subject)
            if not self.as_json:
                self.print(done(subject))
        return good

    # --- errors -------------------------------------------------------------------------------------------------------

    def explain(self, error: StationProblem | StationAbsent | Trouble) -> int:
        """Say on standard error what went wrong and what to do; returns the exit status for it."""
        self.failed = True
        subject = str(error.socket) if isinstance(error, StationAbsent) else error.subject
        detail = error.why if isinstance(error, StationAbsent) else error.detail
        explained = self.words.cause(error.cause, subject)
        if self.as_json:
            told = {"cause": error.cause, "subject": subject, "detail": detail}
            self._error(msgspec.json.encode({**told, "what": explained.what, "do": explained.do}).decode())
        else:
            self._error(self._in_words(explained, detail if _worth_telling(error) else ""))
        return ABSENT if isinstance(error, StationAbsent) else REFUSED

    def _in_words(self, explained: Explanation, detail: str) -> str:
        say = self.words.say
        lines = [
            text.paragraph(explained.what, label=say("error.failed")),
            text.paragraph(explained.do, "  ", say("error.do")),
        ]
        if explained.command:
            lines.append(f"  {say('error.command')}: {explained.command}")
        if detail:
            lines.append(text.paragraph(detail, "  ", say("error.detail")))
        lines.append(f"  {say('error.code')}: {explained.code}")
        return "\n".join(lines)

    def _error(self, line: str) -> None:
        sys.stdout.flush()
        click.echo(text.clean(line), err=True)


def _worth_telling(error: StationProblem | StationAbsent | Trouble) -> bool:
    """A plain refusal is said in full by its cause; what broke needs its evidence."""
    if isinstance(error, StationProblem):
        return error.status >= SERVER_ERRORS or error.cause in {"bad-request", "odd-answer"}
    return True
