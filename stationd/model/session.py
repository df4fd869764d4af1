"""An officer's session: from the sign-in to the lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

SHIFT: Final = 12 * 3600.0
"""Seconds after which a session ends even if it is used all the time: a night is never inside one."""


class Means(StrEnum):
    """By what an officer showed who they are."""

    PIN = "pin"
    CARD = "card"


class Over(StrEnum):
    """Why a session is over, in a word of the catalogue."""

    IDLE = "session-idle"
    TOO_LONG = "session-too-long"


@dataclass(frozen=True, slots=True)
class Session:
    """One officer at one desktop. Times are seconds on a clock that counts since boot, sleep included.

    Attributes:
        officer: their id.
        user: the user of this computer from whose desktop they signed in: a token is of no use to another one.
        means: by what they showed who they are.
        began: when.
        used: when they last did something.
    """

    officer: str
    user: int
    means: Means
    began: float
    used: float

    def over(self, now: float, idle: float) -> Over | None:
        """Say whether it is over.

        Args:
            now: on the session's clock.
            idle: seconds without an act after which the officer is taken to have left.
        """
        if now - self.began >= SHIFT:
            return Over.TOO_LONG
        return Over.IDLE if now - self.used >= idle else None

    def after_use(self, now: float) -> Session:
        """Return it as it is after an act. Time does not run backwards in it."""
        return replace(self, used=max(self.used, now))
