"""Whose the jobs of the queue are: sealed labels, opened in memory while an officer is signed in who may know.

As soon as none is any more (signed out, or gone from the desk for too long), they are forgotten, and with them who
waits for a card on the shelf; so is the label of a job that is over or whose payload was erased. Nothing of them is
written anywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from stationd.model import events
from stationd.model.entry import Entry
from stationd.model.job import Label
from stationd.registry.sealing import SealRefused
from stationd.store.rows import OVER, JobState
from stationd.store.store import Store
from stationd.store.vault import NotInVault

log = structlog.get_logger()

CHUNK: Final = 100
"""Labels that are opened before it is asked again whether anybody may know them."""

TICK: Final = 1.0
"""Seconds between two looks at who is signed in: so long, at most, names outlast a session that locks by itself."""

_GOING_ON: Final = tuple(state for state in JobState if state not in OVER)


class Names:
    """The opened labels of one station. Calls may come from any thread.

    Args:
        store: where the sealed labels lie.
        open_label: opens one and verifies it; raises `SealRefused`.
        wanted: says whether an officer is signed in who may see citizens' data.
        forget_too: forgets what else is open in memory only for such an officer. Called again and again while there is
            none: what was being opened as the last one left is forgotten by the next call.
    """

    def __init__(
        self,
        store: Store,
        open_label: Callable[[str], Label],
        wanted: Callable[[], bool],
        forget_too: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._open = open_label
        self._wanted = wanted
        self._forget_too = forget_too
        self._known: dict[str, Label | None] = {}
        self._changed: set[str] = set()
        self._behind = True
        self._guard = threading.Lock()  # over the three above; the store is never asked under it
        self._one = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        store.on_commit(self._hear)

    def known(self) -> Mapping[str, Label | None]:
        """Return what is known by job; None for a label that cannot be opened. What is missing is being opened."""
        with self._guard:
            return dict(self._known)

    def wake(self) -> None:
        """Say that somebody came or went, or that there are other jobs. Returns at once."""
        with contextlib.suppress(RuntimeError, AttributeError):  # not begun yet, or ended
            self._loop.call_soon_threadsafe(self._woken.set)  # type: ignore[union-attr]

    async def run(self) -> None:
        """Open what may be known and forget what may not, until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.to_thread(self.keep_up)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._woken.wait()
            self._woken.clear()

    def keep_up(self) -> None:
        """Do what is due now: forget everything, or open what is missing and forget what is over."""
        with self._one:
            if not self._wanted():
                self._forget_all()
            elif self._behind:
                self._catch_up()

    def _forget_all(self) -> None:
        with self._guard:
            if self._known:
                log.info("names forgotten")
            self._known, self._behind = {}, True
        self._forget_too()

    def _catch_up(self) -> None:
        with self._guard:
            self._behind = False
            self._changed.clear()
        with self._store.read() as view:
            here = [job.job_id for job in view.jobs(*_GOING_ON) if job.payload]
        with self._guard:
            self._known = {job_id: self._known[job_id] for job_id in here if job_id in self._known}
            missing = [job_id for job_id in here if job_id not in self._known]
        for start in range(0, len(missing), CHUNK):
            if not self._wanted():
                self._forget_all()
                return
            opened = {job_id: self._label(job_id) for job_id in missing[start : start + CHUNK]}
            with self._guard:
                self._known |= {job_id: label for job_id, label in opened.items() if job_id not in self._changed}

    def _label(self, job_id: str) -> Label | None:
        try:
            return self._open(self._store.label(job_id).decode("ascii"))
        except (NotInVault, SealRefused, UnicodeDecodeError) as error:
            log.warning("label cannot be opened", job=job_id, error=type(error).__name__)
            return None

    def _hear(self, entries: Sequence[Entry]) -> None:
        """Notice jobs that came, came anew, or are over. A label that came anew is opened anew."""
        over = (events.PayloadErased, events.JobRevoked, events.ReturnConfirmed, events.CardAccepted)
        changed = [e.event.job_id for e in entries if isinstance(e.event, (events.JobArrived, *over))]
        if changed:
            with self._guard:
                self._changed.update(changed)
                self._behind = True
                for job_id in changed:
                    self._known.pop(job_id, None)
            self.wake()
