"""Gives returned jobs back to the registry, and keeps at it until the registry has confirmed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import structlog

from stationd.model import events
from stationd.registry.errors import LinkError
from stationd.store.rows import JobState
from stationd.store.store import CommitFailed, Store

log = structlog.get_logger()

AGAIN = 30.0
"""Seconds after which a return that was not confirmed is tried again."""

MOST_AT_ONCE = 500

GiveBack = Callable[[Sequence[str], str], Awaitable[Sequence[str]]]


class GivingBack:
    """The loop that carries returns to the registry. A return stands in the book before it is sent."""

    def __init__(self, store: Store, give_back: GiveBack) -> None:
        self._store = store
        self._give_back = give_back
        self._news = asyncio.Event()

    def wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say that something was committed. May be called from any thread, also after the loop has ended."""
        with contextlib.suppress(RuntimeError):  # the loop has ended: the next start finds what waits
            loop.call_soon_threadsafe(self._news.set)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._news.clear()
            for cause, job_ids in (await asyncio.to_thread(self._waiting)).items():
                await self._send(job_ids[:MOST_AT_ONCE], cause)
            # Not wait_for: before Python 3.12 it swallows being cancelled if there is news in that very moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self._news.wait()

    def _waiting(self) -> dict[str, list[str]]:
        by_cause: dict[str, list[str]] = defaultdict(list)
        with self._store.read() as view:
            for job in view.jobs(JobState.RETURNING):
                by_cause[job.cause].append(job.job_id)
        return by_cause

    async def _send(self, job_ids: list[str], cause: str) -> None:
        try:
            gone = await self._give_back(job_ids, cause)
        except LinkError as error:
            log.warning("return not confirmed", jobs=len(job_ids), error=str(error))
            return
        confirmed = [events.ReturnConfirmed(job_id=job_id) for job_id in job_ids if job_id in gone]
        if confirmed:
            try:
                await asyncio.to_thread(self._store.record, "registry", *confirmed)
            except CommitFailed as failure:  # the registry confirms it again
                log.warning("confirmed return not in the book", jobs=len(confirmed), error=str(failure))
