"""A parser under test, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.errors import NotUnderstood, WrongDevice

UNREADABLE = (NotUnderstood,)
ANOTHERS = (NotUnderstood, WrongDevice)


@dataclass(frozen=True)
class Parser:
    """One way in which a device's bytes are read.

    Attributes:
        name: family and what is read; the family alone selects all of its parsers.
        replies: real ones, or such as a real device sends; the first says that all is well, and is accepted.
        read: the parser. What it returns counts as an answer, what it raises as a refusal.
        refuses: the errors by which it may refuse.
        holds: says, without the parser's own code, whether a reply that was accepted says what was read from it.
        most: the longest reply, in bytes, that its transport hands over.
        fields: the bytes between a reply's fields, if it is text.
        verbatim: what a refusal shows are bytes of the reply, not words about it.
    """

    name: str
    replies: tuple[bytes, ...]
    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    holds: Callable[[bytes, object], bool]
    most: int = 4096
    fields: bytes = b""
    verbatim: bool = True

    @property
    def family(self) -> str:
        """Whose it is."""
        return self.name.partition(" ")[0]


def carries(parser: Parser, error: Exception, reply: bytes) -> bool:
    """Say whether a refusal shows what it refuses: bytes of the reply, or nothing if there was none."""
    if not isinstance(error, NotUnderstood):
        return True
    shown = error.received
    return not reply or (bool(shown) and (not parser.verbatim or shown in reply or reply in shown))
