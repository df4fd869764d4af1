"""The check of the book at every start: what follows the last checkpoint before any work, the rest beside it.

What does not hold stops printing. That the book itself is broken is written into it, so that no later start forgets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from stationd.model import events
from stationd.station import BookCheck
from stationd.store.chronicle import BookBroken
from stationd.store.store import CommitFailed, Store
from stationd.store.verification import NotFinished, Verification
from stationd.store.verify import Report

log = structlog.get_logger()

BROKEN = "book-broken"
FORKED = "book-forked"

MOST_TOLD = 20
"""So many findings are shown; `stationctl verify` has them all."""


class Audit:
    """The check of a station's book.

    Args:
        store: with the book.
        verification: of the whole of it.
        halt: stops printing, with the cause.
        tell: shows people how the check stands.
    """

    def __init__(
        self,
        store: Store,
        verification: Verification,
        halt: Callable[[str], None],
        tell: Callable[[BookCheck], None],
    ) -> None:
        self._store = store
        self._verification = verification
        self._halt = halt
        self._tell = tell
        self._sound = False

    def check_tail(self) -> bool:
        """Check, before any card is begun, what was written since the last checkpoint, and what is known already.

        Returns:
            Whether the book may be worked on.
        """
        with self._store.read() as view:
            known = view.doubts()
        try:
            self._store.check_tail()
        except BookBroken as broken:
            self._broken((str(broken),), broken.seq)
            return False
        for cause, seq in known.items():
            self._tell(BookCheck("failed", (f"entry {seq}: {cause}",)))
            self._halt(cause)
        self._sound = not known
        return self._sound

    async def check_all(self) -> None:
        """Check the whole book beside the work. Returns when that has ended; may be cancelled.

        Raises:
            NotFinished: if it could not be carried through. It is to be called again then.
        """
        self._tell(BookCheck("running"))
        try:
            report = await self._verification.run()
        except NotFinished:
            self._tell(BookCheck("not-finished"))
            raise
        await asyncio.to_thread(self._conclude, report)

    def close(self) -> None:
        """Vouch for all that this run has written, so that the next start need not read it again."""
        if self._sound:
            try:
                self._store.vouch()
            except CommitFailed as failure:
                log.warning("no checkpoint", why=str(failure))

    def _conclude(self, report: Report) -> None:
        if not report.passed:
            self._broken(report.findings, report.broken_at)
            return
        try:
            self._store.vouch(report.head)
        except CommitFailed as failure:
            log.warning("no checkpoint", why=str(failure))
        log.info("book checked", entries=report.entries, countersigned=report.countersigned)
        self._tell(BookCheck("passed"))

    def _broken(self, findings: Sequence[str], seq: int | None) -> None:
        """Stop printing; if the book itself is broken, for good. A derived table that is wrong is found again."""
        log.error("the book does not hold", findings=findings[:MOST_TOLD])
        self._tell(BookCheck("failed", tuple(findings[:MOST_TOLD])))
        self._sound = False
        self._halt(BROKEN)
        if seq is not None:
            try:
                doubt(self._store, BROKEN, seq)
            except CommitFailed as failure:  # no card is made meanwhile, and the next start finds it again
                log.error("a broken book cannot be marked as such", why=str(failure))


def doubt(store: Store, cause: str, seq: int) -> None:
    """Write into the book, once, that no card may be made on it any more."""
    with store.write("stationd") as transaction:
        if cause not in transaction.doubts():
            transaction.record(events.BookDoubted(cause=cause, seq_doubted=seq))
