"""Approvals: a supervisor's word for one act in another officer's session. They are in memory only."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LASTS: Final = 60.0
"""Seconds within which an approval has to be used."""


@dataclass(frozen=True, slots=True)
class _Given:
    by: str
    session: bytes
    until: float


class Approvals:
    """Approvals that were given and not used yet. Calls may come from any thread.

    Args:
        now: seconds on a clock that counts since boot, sleep included.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._given: dict[bytes, _Given] = {}

    def give(self, by: str, session: str) -> str:
        """Note a supervisor's approval for one act in a session, known by its token; returns the approval's own."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = self._now()
            self._given = {key: given for key, given in self._given.items() if now < given.until}
            self._given[_digest(token)] = _Given(by, _digest(session), now + LASTS)
        return token

    def take(self, token: str, session: str) -> str | None:
        """Use an approval up; returns who gave it. None if it is none, was used, is too old or of another session."""
        with self._lock:
            given = self._given.pop(_digest(token), None)
            good = given is not None and given.session == _digest(session) and self._now() < given.until
            return given.by if given is not None and good else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
