"""Our jobs in a queue: looked at, looked for, and taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError, Disconnected
from drivers.ipp.held import Hold
from drivers.ipp.queue import GONE, NOT_FOUND, Job, Queue, QueueRefused

NAMED: Final = "stationd-"
"""How the names of our jobs begin; the rest is random. Nothing else tells one from another, and no job says of whom."""

ONE_ANSWER: Final = 5.0
"""Seconds for a question that can be asked again."""

_STOPPING: Final = "processing-to-stop-point"
_BEHIND: Final = "the printer behind the queue still has it"
_CANCEL_AGAIN: Final = 2.0  # seconds
_FIRST_POLL, _LONGEST_POLL, _POLL_GROWTH = 0.1, 0.5, 1.5


@dataclass(eq=False)
class JobLost(DeviceError):
    """A job was given to the queue and can neither be followed nor be taken back."""

    job: str
    detail: str

    @override
    def what(self) -> str:
        remedy = "look at the queue and its printer, and cancel it there"
        return f"job {self.job} cannot be seen to be over ({self.detail}); {remedy}"


class Jobs:
    """What can be done about jobs; every wait ends at `close`.

    Args:
        queue: that they are given to.
        device: for errors.
        behind: the printer itself, where the queue is a print daemon's and says how its printer is reached.
    """

    def __init__(self, queue: Queue, device: str, behind: Queue | None = None) -> None:
        self.queue = queue
        self.device = device
        self._behind = behind
        self._hold: Hold | None = None
        self._closed = threading.Event()
        self._pause = _FIRST_POLL

    def close(self) -> None:
        """End every wait and every request, and refuse further ones. Never raises."""
        self._closed.set()
        self.queue.close()
        if self._behind is not None:
            self._behind.close()
        if self._hold is not None:
            self._hold.release()

    def hold(self, names: Iterable[str]) -> None:
        """Keep others of this process away from whatever goes by these names, until `close`. Raises as `Hold`."""
        self._hold = Hold(names, self.device)

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

    def goes_on_behind(self, deadline: Deadline) -> bool | None:
        """Say whether the printer behind the queue has a job of ours still; None if it does not tell.

        A print daemon calls a job canceled as soon as it has told its printer so, and a printer may finish, or even
        begin, the card all the same.
        """
        try:
            return self.still_behind(deadline)
        except DeviceError:
            return None

    def still_behind(self, deadline: Deadline) -> bool:
        """Return what `goes_on_behind` does; raises `DeviceError` if the printer behind the queue does not tell."""
        if self._behind is None:
            return False
        return any(_ours(job) for job in self._behind.jobs("not-completed", deadline.sooner(ONE_ANSWER)))

    def take_back(self, number: int, name: str, deadline: Deadline) -> Job:
        """Cancel our job and see that it is over, at the printer too; returns it as it ended, which may be completed.

        A printer that was told to stop may print the card all the same, even a long time later, when somebody has
        filled its hopper: until it has ended the job nothing is known of the card, and the next one may get this print.

        Raises:
            JobLost: the job was not seen to be over by the deadline.
            Disconnected: the driver was closed.
        """
        self.no_wait_yet()
        seen, unheard, asked_at = "", "", float("-inf")
        while not deadline.passed:
            try:
                job = self.look(number, name, deadline)
                unheard = ""
                if not job.state.over:
                    stopping = " and was told to stop" if _STOPPING in job.reasons else ""
                    seen = f"it is {job.state.name.lower().replace('_', '-')}{stopping}"
                    if time.monotonic() - asked_at >= _CANCEL_AGAIN:
                        asked_at = time.monotonic()
                        with suppress(QueueRefused):  # too late, it says, or not now: how the job stands will tell
                            self.queue.cancel_job(number, deadline.sooner(ONE_ANSWER))
                        continue
                elif (behind := self.goes_on_behind(deadline)) or (behind is None and seen == _BEHIND):
                    seen = _BEHIND
                else:
                    return job
            except JobLost:
                raise
            except DeviceError as error:
                if not (seen and deadline.passed):  # a question that our own deadline cut short tells nothing new
                    unheard = error.what()
            self.wait()
        detail = "; since then ".join(part for part in (seen, unheard) if part) or "no time was left"
        raise JobLost(self.device, "take back", str(number), detail)

    def take_back_leftovers(self, deadline: Deadline) -> None:
        """Take back every job of ours that an earlier session left behind. Raises as `take_back` and `Queue.jobs`."""
        for job in self.queue.jobs("not-completed", deadline):
            if _ours(job):
                self.take_back(job.id, job.name or "", deadline)
        self.no_wait_yet()
        if not self.goes_on_behind(deadline):
            return
        while not deadline.passed:
            self.wait()
            if self.goes_on_behind(deadline) is False:
                return
        raise JobLost(self.device, "take back", "of an earlier session", _BEHIND)


def _ours(job: Job) -> bool:
    return job.name is not None and job.name.startswith(NAMED)
