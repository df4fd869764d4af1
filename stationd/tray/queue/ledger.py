"""The queue as the window has it: what the daemon told last, with what was written into the book since. Pure.

Fetching a long queue anew takes a moment. Pressing print has to show at once, so the few entries by which a job visibly
goes on are applied here; all else waits for the next fetch, which is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from stationd.client.queue import QueuedView, QueueView

GOES_ON: Final = {"print-ordered": "ordered", "order-withdrawn": "queued", "attempt-reserved": "printing"}
"""Entries of the book by which a job is seen to go on, and in which state it is then."""

KEPT: Final = 500
"""Entries that are kept for a fetch that was begun before they were written."""


class Ledger:
    """The queue.

    Attributes:
        queue: as it is known now; None before the daemon has told.
    """

    def __init__(self) -> None:
        self.queue: QueueView | None = None
        self._since: list[tuple[int, str, str]] = []

    def take(self, queue: QueueView | None) -> None:
        """Take what was fetched; None forgets everything."""
        if queue is None:
            self.queue = None
            self._since.clear()
            return
        self._since = [entry for entry in self._since if entry[0] > queue.book]
        self.queue = self._with(queue, self._since)

    def hear(self, entries: Iterable[Mapping[str, Any]]) -> bool:
        """Apply entries of the book; says whether a job is otherwise than before."""
        news = [
            (int(entry.get("seq", 0)), str(entry.get("job_id", "")), GOES_ON[entry["type"]])
            for entry in entries
            if entry.get("type") in GOES_ON
        ]
        if not news or self.queue is None:
            return False
        self._since = [*self._since, *news][-KEPT:]
        before, self.queue = self.queue, self._with(self.queue, [each for each in news if each[0] > self.queue.book])
        return self.queue is not before

    @staticmethod
    def _with(queue: QueueView, news: list[tuple[int, str, str]]) -> QueueView:
        states = {job_id: state for _, job_id, state in news}
        if not states:
            return queue
        return msgspec.structs.replace(queue, jobs=tuple(_in_state(job, states) for job in queue.jobs))


def _in_state(job: QueuedView, states: Mapping[str, str]) -> QueuedView:
    state = states.get(job.job_id, job.state)
    return job if state == job.state else msgspec.structs.replace(job, state=state, ready=state == "queued")
