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
        self._places: dict[str, int] = {}
        self._since: list[tuple[int, str, str]] = []

    def take(self, queue: QueueView | None) -> None:
        """Take what was fetched; None forgets everything."""
        self.queue = queue
        if queue is None:
            self._places.clear()
            self._since.clear()
            return
        self._places = {job.job_id: place for place, job in enumerate(queue.jobs)}
        self._since = [entry for entry in self._since if entry[0] > queue.book]
        self._apply(self._since)

    def hear(self, entries: Iterable[Mapping[str, Any]]) -> list[tuple[QueuedView, QueuedView]]:
        """Apply entries of the book; returns the jobs that are otherwise, each as it was and as it is now."""
        news = [
            (int(entry.get("seq", 0)), str(entry.get("job_id", "")), GOES_ON[entry["type"]])
            for entry in entries
            if entry.get("type") in GOES_ON
        ]
        if not news or self.queue is None:
            return []
        self._since = [*self._since, *news][-KEPT:]
        return self._apply(news)

    def _apply(self, news: Iterable[tuple[int, str, str]]) -> list[tuple[QueuedView, QueuedView]]:
        """Only what is touched is worked at: a queue may be ten thousand long, and somebody waits to see their key."""
        if self.queue is None:
            return []
        states = {job_id: state for seq, job_id, state in news if seq > self.queue.book and job_id in self._places}
        jobs = list(self.queue.jobs)
        changed = []
        for job_id, state in states.items():
            place = self._places[job_id]
            before = jobs[place]
            if before.state != state:
                jobs[place] = msgspec.structs.replace(before, state=state, ready=state == "queued")
                changed.append((before, jobs[place]))
        if changed:
            self.queue = msgspec.structs.replace(self.queue, jobs=tuple(jobs))
        return changed
