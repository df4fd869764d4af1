"""The sessions that are open. They are in memory only: a restart of the daemon ends them all."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from typing import Final

from stationd.model.session import Means, Session

TOKEN_BYTES: Final = 32

MOST: Final = 64
"""Sessions at a time; one more ends the one that was not used for longest."""


class Sessions:
    """Open sessions by their tokens. Calls may come from any thread.

    Attributes:
        now: as it was given.
        on_change: called when one was opened or ended; one that locks by itself is noticed when it is asked for.

    Args:
        idle: seconds without an act after which one is over.
        now: seconds on a clock that counts since boot, sleep included.
    """

    def __init__(self, idle: float, now: Callable[[], float]) -> None:
        self.idle = idle
        self.now = now
        self._lock = threading.Lock()
        self._open: dict[bytes, Session] = {}
        self.on_change: Callable[[], None] = lambda: None

    def begin(self, officer: str, user: int, means: Means) -> str:
        """Open a session and return its token: 256 random bits, known to whoever signed in and to nobody else."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self.now()
        with self._lock:
            self._drop(now)
            while len(self._open) >= MOST:
                del self._open[min(self._open, key=lambda key: self._open[key].used)]
            self._open[_key(token)] = Session(officer, user, means, now, now)
        self.on_change()
        return token

    def officers(self) -> frozenset[str]:
        """Return the officers who are signed in."""
        with self._lock:
            self._drop(self.now())
            return frozenset(session.officer for session in self._open.values())

    def find(self, token: str, user: int, *, act: bool = False) -> Session | None:
        """Return an open session.

        Args:
            token: that was sent.
            user: of this computer, who sent it: another one's token is none.
            act: whether the officer does something, from which the time to the lock is counted.
        """
        key, now = _key(token), self.now()
        with self._lock:
            self._drop(now)
            session = self._open.get(key)
            if session is None or session.user != user:
                return None
            if act:
                self._open[key] = session.after_use(now)
            return self._open[key]

    def end(self, token: str) -> None:
        """End a session; it is no error if there is none."""
        with self._lock:
            self._open.pop(_key(token), None)
        self.on_change()

    def end_all_of(self, officer: str) -> None:
        """End every session of an officer, whose PIN is another one now."""
        with self._lock:
            self._open = {key: session for key, session in self._open.items() if session.officer != officer}
        self.on_change()

    def _drop(self, now: float) -> None:
        self._open = {key: session for key, session in self._open.items() if session.over(now, self.idle) is None}


def _key(token: str) -> bytes:
    """Look up by digest: how long that takes tells nothing of the tokens that are there."""
    return hashlib.sha256(token.encode()).digest()
