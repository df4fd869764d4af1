"""Our jobs in a queue: looked at, looked for, and taken back."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected
from drivers.ipp.queue import GONE, NOT_FOUND, Job, Queue, QueueRefused

NAMED: Final = "stationd-"
"""How the names of our jobs begin; the rest is random. Nothing else tells one from another, and no job says of whom."""

ONE_ANSWER: Final = 5.0
"""Seconds for a question that can be asked again."""

_CANCEL_AGAIN: Final = 2.0  # seconds
_FIRST_POLL, _LONGEST_POLL, _POLL_GROWTH = 0.1, 0.5, 1.5


@dataclass(eq=False)
class JobLost(DeviceError):
    """A job was given to the queue and can neither be followed nor be taken back."""

    job: str
    detail: str

    @override
    def what(self) -> str:
        return f"job {self.job} cannot be seen to be over ({self.detail}); look at the queue, and cancel it there"


class Jobs:
    """What can be done about jobs; every wait ends at `close`."""

    def __init__(self, queue: Queue, device: str) -> None:
        self.queue = queue
        self.device = device
        self._closed = threading.Event()
        self._pause = _FIRST_POLL

    def close(self) -> None:
        """End every wait and every request, and refuse further ones. Never raises."""
        self._closed.set()
        self.queue.close()

    def no_wait_yet(self) -> None:
        """Begin with short waits again."""
        self._pause = _FIRST_POLL

    def wait(self) -> None:
        """Wait a little, each time longer. Raises `Disconnected` if the driver was closed."""
        if self._closed.wait(self._pause):
            raise Disconnected(self.device, "wait", "closed by this program")
        self._pause = min(self._pause * _POLL_GROWTH, _LONGEST_POLL)

    def look(self, number: int, name: str, deadline: Deadline) -> Job:
        """Look at our job. Raises `JobLost` if the queue does not have it, and as `Queue.job`."""
        try:
            job = self.queue.job(number, deadline.sooner(ONE_ANSWER))
        except QueueRefused as error:
            if error.status in (NOT_FOUND, GONE):
                raise JobLost(self.device, "look", str(number), "the queue does not know it any more") from None
            raise
        if job.name not in (None, name):  # the printer was restarted and numbers anew: that one is somebody else's
            raise JobLost(self.device, "look", str(number), "another job has its number now")
        return job

    def find(self, name: str, deadline: Deadline) -> Job | None:
        """Look for our job by its name, for a few questions: one on its way may not be there yet."""
        until = deadline.sooner(ONE_ANSWER)
        self.no_wait_yet()
        while not until.passed:
            with suppress(DeviceError):
                for which in ("not-completed", "completed"):
                    for job in self.queue.jobs(which, until):
                        if job.name == name:
                            return job
            self.wait()
        return None

    def take_back(self, number: int, name: str, deadline: Deadline) -> Job:
        """Cancel our job and see that it is over; returns it as it ended, which may be completed.

        A printer finishes the card it is at: a job that by the deadline is only on its way to its end, as the queue
        says with `processing-to-stop-point`, is returned as it is. Raises `JobLost` if neither is seen by the
        deadline, `Disconnected` if the driver was closed.
        """
        job: Job | None = None
        self.no_wait_yet()
        detail, asked_at = "no time was left", float("-inf")
        while not deadline.passed:
            try:
                job = self.look(number, name, deadline)
                if job.state.over:
                    return job
                detail = f"it is {job.state.name.lower().replace('_', '-')}"
                if time.monotonic() - asked_at >= _CANCEL_AGAIN:
                    asked_at = time.monotonic()
                    with suppress(QueueRefused):  # too late, it says, or not now: how the job stands will tell
                        self.queue.cancel_job(number, deadline.sooner(ONE_ANSWER))
                    continue
            except JobLost:
                raise
            except DeviceError as error:
                detail = error.what()
            self.wait()
        if job is not None and "processing-to-stop-point" in job.reasons:
            return job
        raise JobLost(self.device, "take back", str(number), detail)

    def take_back_leftovers(self, deadline: Deadline) -> None:
        """Take back every job of ours that an earlier session left behind. Raises as `take_back` and `Queue.jobs`."""
        for job in self.queue.jobs("not-completed", deadline):
            if job.name is not None and job.name.startswith(NAMED):
                self.take_back(job.id, job.name, deadline)
