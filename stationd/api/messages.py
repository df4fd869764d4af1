"""Bodies of requests to the api."""

from __future__ import annotations

import msgspec
from typing_extensions import override

from stationd.press.trials import Side


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class OrderNext(_Message, frozen=True):
    """Print the next `count` jobs of the queue."""

    count: int


class OrderMany(_Message, frozen=True):
    """Print these jobs."""

    jobs: tuple[str, ...]


class Reason(_Message, frozen=True):
    """Why something is done."""

    reason: str


class AnswerGiven(_Message, frozen=True):
    """The answer to a question; with a tap the card in hand is read first."""

    answer: str
    tap: bool = False


class TimeSaid(_Message, frozen=True):
    """The time that a supervisor declares, in seconds since the epoch."""

    seconds: float


class TestPrint(_Message, frozen=True):
    """A test print, and which side of the card it is for."""

    side: Side = Side.FRONT


class SignIn(_Message, frozen=True):
    """Who wants to be signed in: by name and PIN, or by the card on the desk reader, and then nothing else."""

    officer: str = ""
    pin: str = ""
    card: bool = False

    @override
    def __repr__(self) -> str:
        return "SignIn()"


class NewPin(_Message, frozen=True):
    """A PIN to be set, and what allows it: a one-time code, or in a session the PIN before."""

    pin: str
    code: str = ""
    old: str = ""

    @override
    def __repr__(self) -> str:
        return "NewPin()"
