"""Text for a terminal: tables, paragraphs, times. Pure, and safe to print whatever it came from."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Sequence
from typing import Final

from stationd.words import Words

WIDTH: Final = 80
"""Columns that paragraphs keep to. Tables keep to their content: an id that is cut is no id."""

MINUTE, HOUR, DAY = 60, 3600, 86_400


def clean(text: str) -> str:
    """Replace what could steer a terminal. Devices and the network have a say in what is shown."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), *, right: frozenset[int] = frozenset()) -> str:
    """Align columns, two spaces apart.

    Args:
        rows: cells; every row as long as the others.
        header: titles of the columns, or none.
        right: numbers of the columns whose cells stand to the right.
    """
    lines = [header, *rows] if header else list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))] if lines else []
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def fields(rows: Sequence[tuple[str, str]]) -> str:
    """Set values beside their labels; a long value goes on below itself."""
    width = max((len(label) for label, _ in rows), default=0) + 2
    return "\n".join(_fill(value, label.ljust(width), " " * width) for label, value in rows)


def paragraph(text: str, indent: str = "", label: str = "", *, mark: str = ": ") -> str:
    """Break a text into lines of at most `WIDTH`, the later ones below the first word after the label and its mark."""
    first = f"{indent}{label}{mark}" if label else indent
    return _fill(text, first, " " * len(first))


def _fill(text: str, first: str, later: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def when(seconds: float, *, day: bool = True) -> str:
    """Return a time, given in seconds since the epoch, by the clock on this office's wall."""
    moment = datetime.datetime.fromtimestamp(seconds).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M" if day else "%H:%M:%S")


def ago(seconds: float, words: Words) -> str:
    """Return a length of time in its largest unit."""
    whole = max(0, int(seconds))
    for unit, length in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if whole >= length:
            return words.say(f"age.{unit}", n=whole // length)
    return words.say("age.seconds", n=whole)


def elapsed(seconds: float) -> str:
    """Return a length of time as a stop-watch shows it: `1:05`."""
    minutes, rest = divmod(max(0, int(seconds)), MINUTE)
    return f"{minutes}:{rest:02d}"
