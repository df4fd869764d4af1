"""The next card, made ready while the one before it is printed: drawn, separated, and put into its printer's bytes.

There is one at a time, on a thread of its own, because printing keeps the line's own thread waiting. Nothing of it can
touch the card that is being made. It is used for the lease that it was made from, or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from typing_extensions import override

from stationd.press.prepare import Prepared
from stationd.store.rows import JobRow

log = structlog.get_logger()

PATIENCE = 0.5
"""Seconds that a print has the processor to itself, to be begun. Drawing beside that would delay the card at hand."""

Make = Callable[[], Prepared | None]
"""Makes a card ready; None if it cannot be made."""


class _Card(threading.Thread):
    """One card on its way to being ready. Whoever forgets this thread forgets what it makes."""

    def __init__(self, line: str, job: JobRow, make: Make) -> None:
        super().__init__(name=f"{line} ahead", daemon=True)
        self.job = job
        self.prepared: Prepared | None = None
        self._line = line
        self._make = make
        self._forgotten = False
        self._go = threading.Event()

    def hurry(self) -> None:
        """Wait for nothing any more."""
        self._go.set()

    def forget(self) -> None:
        """Make nothing, if that was not begun."""
        self._forgotten = True
        self._go.set()

    @override
    def run(self) -> None:
        self._go.wait(PATIENCE)
        if self._forgotten:
            return
        try:
            self.prepared = self._make()
        except Exception as error:  # it is tried again, and reported, when its turn comes
            log.warning("next card not prepared", line=self._line, job=self.job.job_id, error=type(error).__name__)
        else:
            log.info("next card ready", line=self._line, job=self.job.job_id)


class Ahead:
    """What a line has ready, or is making ready, for its next card. The line's thread only.

    Args:
        line: its name.
    """

    def __init__(self, line: str) -> None:
        self._line = line
        self._card: _Card | None = None

    @property
    def idle(self) -> bool:
        """Whether no card is ready, nor being made so."""
        return self._card is None

    def begin(self, job: JobRow, make: Make) -> None:
        """Begin to make a job's card ready. Returns at once."""
        self._card = _Card(self._line, job, make)
        self._card.start()

    def take(self, job: JobRow) -> Prepared | None:
        """Return the card that was made ready for just this lease of a job, and keep nothing. Waits until it is ready.

        None if there is none, or it could not be made.
        """
        card = self._card
        if card is None or not same_lease(card.job, job):
            self.forget()
            return None
        self._card = None
        card.hurry()
        card.join()
        return card.prepared

    def forget(self) -> None:
        """Keep nothing of a citizen whose card is not made next."""
        card, self._card = self._card, None
        if card is not None:
            card.forget()


def same_lease(one: JobRow, other: JobRow) -> bool:
    """Say whether two looks at a job saw the same sealed text: a newer lease may have other data under the same id."""
    return (one.job_id, one.sealed_digest) == (other.job_id, other.sealed_digest)
