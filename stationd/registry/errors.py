"""What can go wrong between a station and its registry. All of it is `LinkError`, and may be tried again."""

from __future__ import annotations

from dataclasses import dataclass, field

from typing_extensions import override


class LinkError(Exception):
    """A call did not do what it was made for. No message carries what was sent or received."""


@dataclass(eq=False)
class Unreachable(LinkError):
    """No answer came: no network, no registry, or not in time. What was asked may have been done."""

    call: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.call}: the registry did not answer ({self.why}); the station goes on and tries again"


@dataclass(eq=False)
class NotTrusted(Unreachable):
    """Someone answered whose certificate is not the registry's, or is out of date."""

    @override
    def __str__(self) -> str:
        return f"{self.call}: whoever answered is not the registry ({self.why}); check the address and the network"


@dataclass(eq=False)
class RegistryProblem(LinkError):
    """The registry answered with a problem (RFC 9457).

    Attributes:
        status: the HTTP status.
        type: a URI that names the problem; `name` is its last part.
        detail: the registry's own words; left out of the message, since they are not ours to vouch for.
        have: of `book-gap`: the last number that the registry holds.
        seq: of `book-fork`: the first number whose content differs.
        retry_after: seconds to wait, if the registry asked for it.
    """

    call: str
    status: int
    type: str
    detail: str = field(repr=False)
    have: int | None = None
    seq: int | None = None
    retry_after: float | None = None

    @property
    def name(self) -> str:
        """The problem's short name: `book-gap`."""
        return self.type.rpartition("/")[2]

    @override
    def __str__(self) -> str:
        return f"{self.call}: the registry answered {self.status} {self.name}"


@dataclass(eq=False)
class AnswerNotUnderstood(LinkError):
    """An answer came that is not the contract's: another program answers there, or a newer contract."""

    call: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.call}: the answer is not what the contract says ({self.why})"


@dataclass(eq=False)
class BookForked(LinkError):
    """Registry and station hold different contents under one number of this book. Printing must stop.

    Attributes:
        seq: the first number known to differ.
    """

    seq: int

    @override
    def __str__(self) -> str:
        return f"the registry holds another entry {self.seq} of this book; this disk is a copy or was restored"
