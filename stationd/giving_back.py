"""Gives returned jobs back to the registry, and keeps at it until the registry has confirmed or refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

import structlog

from stationd.model import events
from stationd.model.job import HoldCause
from stationd.registry.errors import LinkError, RegistryProblem
from stationd.store.history import history
from stationd.store.rows import JobState
from stationd.store.store import CommitFailed, Store

log = structlog.get_logger()

AGAIN = 30.0
"""Seconds after which a return that was not confirmed is tried again."""

MOST_AT_ONCE = 500

REFUSED: Final = "return-refused"
"""Why a job is held again that the registry does not take back."""

NOT_LISTED: Final = "not-listed"
"""The registry's reason where it gives none: the job is not among those that it took."""

NOT_NOW: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses below 500 that do not speak about the return itself."""

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
        # What the registry says of a return is its last word only if it had read the whole book: before that it may not
        # know yet that a card which was begun came to nothing.
        well_read = await asyncio.to_thread(self._all_acknowledged)
        reason = NOT_LISTED
        try:
            gone = await self._give_back(job_ids, cause)
        except LinkError as error:
            log.warning("return not confirmed", jobs=len(job_ids), error=str(error))
            if not (isinstance(error, RegistryProblem) and _is_final(error.status)):
                return
            gone, reason = (), error.name
        try:
            await asyncio.to_thread(self._write_down, job_ids, gone, reason if well_read else "")
        except CommitFailed as failure:  # the registry says it again
            log.warning("answer to a return not in the book", jobs=len(job_ids), error=str(failure))

    def _all_acknowledged(self) -> bool:
        with self._store.read() as view:
            return view.acknowledged() == view.head().seq

    def _write_down(self, job_ids: Sequence[str], gone: Sequence[str], reason: str) -> None:
        """Confirm what the registry has back, and hold the rest again, if it is known why."""
        doubted = {job_id for job_id in job_ids if reason and job_id not in gone and self._was_doubted(job_id)}
        with self._store.write("registry") as transaction:
            for job_id in job_ids:
                job = transaction.job(job_id)
                if job is None or job.state is not JobState.RETURNING:
                    continue  # revoked meanwhile
                if job_id in gone:
                    transaction.record(events.ReturnConfirmed(job_id=job_id))
                elif reason:
                    transaction.record(events.JobHeld(job_id=job_id, cause=REFUSED, detail=reason))
                    if job_id in doubted:
                        transaction.record(events.JobHeld(job_id=job_id, cause=HoldCause.POSSIBLY_PRINTED))

    def _was_doubted(self, job_id: str) -> bool:
        """Say whether a job was held as possibly printed when it was given back: then people settle it as before."""
        told = history(self._store.path, job_id)
        held = [one.fields.get("cause") for one in told.told if one.what == "held"] if told else []
        return bool(held) and held[-1] == HoldCause.POSSIBLY_PRINTED


def _is_final(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_NOW
