"""How the station says no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override


class Kind(StrEnum):
    """What kind of no it is."""

    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    NOT_NOW = "not-now"
    NOT_VALID = "not-valid"
    NOT_SIGNED_IN = "not-signed-in"
    TOO_OFTEN = "too-often"


@dataclass(eq=False)
class Refused(Exception):
    """The station does not do what was asked. Nothing has changed.

    Attributes:
        kind: what kind of no it is.
        cause: why, in one word of the catalogue.
        subject: which job, line, account or officer it is about.
        detail: what else is known.
    """

    kind: Kind
    cause: str
    subject: str
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.cause}{f' ({self.detail})' if self.detail else ''}"


def known_reason(reason: str, known: type[StrEnum]) -> None:
    """Keep free words, which could be a citizen's name, out of the book."""
    if reason not in set(known):
        raise Refused(Kind.NOT_VALID, "no-such-reason", reason, ", ".join(known))
