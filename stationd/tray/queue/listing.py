"""The table of jobs: what each column says, and the groups of those that are held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from PySide6.QtGui import QIcon

from stationd.client.queue import QueuedView
from stationd.tray import palette
from stationd.tray.condition import Condition
from stationd.tray.icon import condition_icon
from stationd.tray.queue.finding import haystack
from stationd.tray.table import Column, Rows
from stationd.tray.words import Speech

HELD: Final = ("held", "returning")
"""The states of jobs that do not go on by themselves."""

_SIGNS: Final = {
    "ordered": Condition.WORKING,
    "printing": Condition.WORKING,
    "delivered": Condition.NEEDS_YOU,
    "held": Condition.STOPPED,
    "returning": Condition.STOPPED,
}


@dataclass(frozen=True)
class Group:
    """Jobs that are held for one cause.

    Attributes:
        cause, remedy: as the daemon names them.
        words: what the cause is called.
        takes: what takes it away.
        count: how many jobs.
    """

    cause: str
    remedy: str
    words: str
    takes: str
    count: int


def groups(held: Iterable[QueuedView], speech: Speech) -> list[Group]:
    """Return held jobs by their cause, the largest group first."""
    counts = Counter((job.cause, job.remedy) for job in held)
    return [
        Group(cause, remedy, speech.words.cause(cause).what, speech.name("remedy", remedy), count)
        for (cause, remedy), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def group_rows(speech: Speech) -> Rows[Group]:
    """Return the table of groups."""
    say = speech.say
    return Rows(
        (
            Column(say("queue.cause"), lambda group: group.words, ink=lambda _: palette.INK),
            Column(say("queue.remedy"), lambda group: group.takes, 15),
            Column(say("queue.jobs"), lambda group: speech.formats.number(group.count), 6, right=True),
        ),
        lambda group: group.cause,
    )


class JobRows(Rows[QueuedView]):
    """The table of jobs.

    Args:
        speech: words.
        now: gives the time in seconds since the epoch, for how long a job has waited.
    """

    def __init__(self, speech: Speech, now: Callable[[], float]) -> None:
        self._speech = speech
        self._now = now
        self._searched: dict[tuple[str, str], str] = {}
        say = speech.say
        super().__init__(
            (
                Column(say("queue.place"), self._place, 3.2, right=True),
                Column(say("queue.name"), lambda job: job.name or say("queue.nameless", job=job.job_id), bold=True),
                Column(say("queue.nik"), lambda job: spaced(job.nik), 10.5),
                Column(say("queue.reason"), lambda job: reason_words(job, speech), 8.5),
                Column(say("queue.age"), self.age, 4.8, right=True),
                Column(say("queue.state"), lambda job: state_words(job, speech), 12.5, icon=_sign),
            ),
            attrgetter("job_id"),
            self._hay_of,
        )

    def age(self, job: QueuedView) -> str:
        """Say how long a job has been here."""
        return self._speech.formats.length(self._now() - job.since) if job.since else ""

    def forget(self) -> None:
        """Let nothing of a citizen stay in memory."""
        self.put(())
        self._searched.clear()

    def _place(self, job: QueuedView) -> str:
        return self._speech.formats.number(job.place) if job.place else ""

    def _hay_of(self, job: QueuedView) -> str:
        key = job.name, job.nik
        found = self._searched.get(key)
        if found is None:
            if len(self._searched) >= _REMEMBERED:
                self._searched.clear()
            found = self._searched[key] = haystack(*key)
        return found


_REMEMBERED: Final = 50_000
"""Names whose plain form is kept, so that a queue that comes anew is not worked through anew."""


def spaced(nik: str) -> str:
    """Write a NIK so that it can be read out: `7316 0141 0790 0001`."""
    return " ".join(nik[at : at + 4] for at in range(0, len(nik), 4))


def reason_words(job: QueuedView, speech: Speech) -> str:
    """Say why a card is made, and whether it is urgent."""
    reason = speech.name("reason", job.reason)
    return f"{reason}, {speech.name('urgent', job.urgent)}" if job.urgent else reason


def state_words(job: QueuedView, speech: Speech) -> str:
    """Say in a word or two how a job is."""
    if job.state == "queued":
        if job.front:
            return speech.say("queue.fronted")
        return speech.say("queue.ready") if job.ready else speech.name("remedy", job.remedy)
    if job.state == "held":
        return speech.name("remedy", job.remedy)
    return speech.name("job-state", job.state)


def _sign(job: QueuedView) -> QIcon | None:
    if job.state == "queued":
        return condition_icon(Condition.READY if job.ready else Condition.NOT_CONNECTED)
    return condition_icon(_SIGNS.get(job.state, Condition.NOT_CONNECTED))
