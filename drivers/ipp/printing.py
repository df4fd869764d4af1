"""One card through a queue: given to it, followed to its end, and taken back if it comes to none.

Where the queue can, the job is created first and its document sent after: then its number is known before anything
could print, and a lost reply is a question to that job. Otherwise the job is looked for by its name.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from drivers.deadline import Deadline
from drivers.errors import DeviceError, NotFound, WrongDevice
from drivers.ipp import reasons
from drivers.ipp.exchange import HttpRefused, SendBroken
from drivers.ipp.jobs import NAMED, ONE_ANSWER, JobLost, Jobs
from drivers.ipp.protocol import Attribute, Attributes
from drivers.ipp.queue import Job, JobState, QueueRefused
from drivers.printer import Completion, Condition, PrinterFault, Reason, Tell

STOPPED: Final = 5
"""`printer-state` of a printer that needs somebody (RFC 8011 section 5.4.11)."""

STOP_PATIENCE: Final = 5.0
"""Seconds a printer or a job may be stopped before the job is taken back: some stop for a moment between two cards. A
jammed card is spoiled in any case, and waits no longer."""

REPORT_PATIENCE: Final = 30.0
"""Seconds a printer may report what stops it and cannot be mended at it before the job is taken back."""

_MENDABLE: Final = frozenset(
    {
        *(Reason.MEDIA_EMPTY, Reason.COVER_OPEN, Reason.MARKER_SUPPLY_EMPTY, Reason.OUTPUT_AREA_FULL),
        *(Reason.OVERHEATED, Reason.WARMING_UP),
    }
)
"""What passes, or somebody mends who is told of it: the card is then printed after all."""

_AT_WORK: Final = Condition(Reason.BUSY, "processing", "the printer works on the card")

_RESERVE: Final = 10.0  # seconds kept for taking a job back; a third of what there is, if that is less
_UNSENT: Final = (NotFound, WrongDevice, HttpRefused)
_BUSY_STATUSES: Final = frozenset({0x0506, 0x0507})  # not accepting jobs, busy
_UNPRINTABLE: Final = (
    "document-",
    "unsupported-",
    "compression-",
)  # what job-state-reasons about a document begin with
_TOO_LATE: Final = "the queue did not finish it in time"


@dataclass(slots=True)
class Printing:
    """One attempt to print one document.

    Attributes:
        jobs: of the queue.
        kind: MIME type of the document.
        template: the job template attributes.
        create_first: the queue has Create-Job and Send-Document.
        tell: takes what the printer reports meanwhile.
        name: of the job.
    """

    jobs: Jobs
    kind: str
    template: Sequence[Attribute]
    create_first: bool
    tell: Tell
    name: str = field(default_factory=lambda: f"{NAMED}{uuid.uuid4().hex}")
    _given: bool = False  # the queue may have the document
    _begun: bool = False  # the job was seen in a state in which cards move
    _reported: tuple[Condition, ...] = ()
    _stopped_by: Condition | None = None  # what nobody could mend without spoiling the card; it may be gone by the end
    _told: tuple[Condition, ...] = ()

    def run(self, document: bytes, deadline: Deadline) -> Completion:
        """Print. Raises `PrinterFault` or `JobLost`, or what `Exchange.ask` raises if the queue was not reached."""
        working = _without_reserve(deadline)
        if self.create_first:
            number = self._create_and_send(document, working, deadline)
        else:
            number = self._print(document, working, deadline)
        return self._follow(number, working, deadline)

    def _create_and_send(self, document: bytes, working: Deadline, deadline: Deadline) -> int:
        queue = self.jobs.queue
        number, _ = self._begin(lambda: queue.create_job(self.name, self.template, working), deadline)
        try:
            self._given = True
            queue.send_document(number, self.kind, document, working)
        except (*_UNSENT, QueueRefused, SendBroken) as error:
            self._given = not isinstance(error, _UNSENT)
            self._give_up(number, _condition(error), deadline)
        except DeviceError:
            pass  # it may well have arrived: the job will tell
        return number

    def _print(self, document: bytes, working: Deadline, deadline: Deadline) -> int:
        self._given = True
        queue = self.jobs.queue
        number, broken = self._begin(
            lambda: queue.print_job(self.name, self.template, self.kind, document, working), deadline
        )
        if isinstance(broken, SendBroken):
            self._give_up(number, _condition(broken), deadline)
        return number

    def _begin(
        self, create: Callable[[], tuple[int, Attributes]], deadline: Deadline
    ) -> tuple[int, DeviceError | None]:
        """Create the job; if the reply was lost, find it. Returns its number, and how the reply was lost."""
        try:
            number, ignored = create()
        except _UNSENT:
            raise
        except DeviceError as error:
            if isinstance(error, QueueRefused) and not error.may_have_acted:
                raise PrinterFault(error.device, error.operation, _condition(error), may_have_acted=False) from None
            if (job := self.jobs.find(self.name, deadline)) is None:
                error.may_have_acted = self._given  # a job without a document prints nothing, and ends by itself
                raise
            return job.id, error
        if ignored.values:
            names = ", ".join(sorted(ignored.values))
            self._give_up(number, Condition(Reason.BAD_COMMAND, names[:80], "the queue will not do that"), deadline)
        return number, None

    def _follow(self, number: int, working: Deadline, deadline: Deadline) -> Completion:
        stopped_at: float | None = None
        job: Job | None
        self.jobs.no_wait_yet()
        while not working.passed:
            try:
                job = self.jobs.look(number, self.name, working)
                self._begun |= job.state in (JobState.PROCESSING, JobState.PROCESSING_STOPPED)
                patience = self._patience(working, stopped=job.state is JobState.PROCESSING_STOPPED)
            except JobLost:
                raise
            except DeviceError:
                job, patience = None, None  # asked again; if it stays away, the deadline comes
            if job is not None and job.state.over:
                return self._concluded(job, None)
            if patience is None:
                stopped_at = None
            elif stopped_at is None:
                stopped_at = time.monotonic()
            elif time.monotonic() - stopped_at >= patience:
                break
            self.jobs.wait()
        why = self._why_not_done()
        try:
            job = self.jobs.take_back(number, self.name, deadline)
        except JobLost as lost:
            if (trouble := self._trouble()) is None:
                raise
            raise self._fault(_with(trouble, lost.what()), may_have_acted=True) from None
        return self._concluded(job, _with(why, self._evidence(job)))

    def _give_up(self, number: int, condition: Condition, deadline: Deadline) -> NoReturn:
        """Take back a job whose document the queue does not have as a whole, or that it would do differently."""
        job = self.jobs.take_back(number, self.name, deadline)
        raise self._fault(_with(condition, self._evidence(job)), may_have_acted=self._may_have_acted(job))

    def _concluded(self, job: Job, condition: Condition | None) -> Completion:
        if job.state is JobState.COMPLETED and "job-completed-with-errors" not in job.reasons:
            return Completion.SAID
        why = condition or self._why_ended(job)
        raise self._fault(why, may_have_acted=self._may_have_acted(job))

    def _fault(self, condition: Condition, *, may_have_acted: bool) -> PrinterFault:
        return PrinterFault(self.jobs.device, "print_card", condition, may_have_acted=may_have_acted)

    def _evidence(self, job: Job) -> str:
        """Say what is known of the card of a job that is over."""
        ended = f"job {job.id} ended {job.state.name.lower()}"
        if not self._may_have_acted(job):
            return f"{ended} before it was begun: nothing was printed"
        return f"{ended} after it was begun: whether the card was printed is not known"

    def _may_have_acted(self, job: Job) -> bool:
        """Only a job that ended unfinished, and of which the queue says that it was never begun, surely did nothing."""
        if not self._given:
            return False
        return self._begun or job.state is JobState.COMPLETED or not job.never_begun or bool(job.impressions)

    def _patience(self, deadline: Deadline, *, stopped: bool) -> float | None:
        """Tell what the printer reports, and return for how long it may; None if it is worth waiting for."""
        asked = ("printer-state", "printer-state-reasons")
        told = self.jobs.queue.attributes(asked, deadline.sooner(ONE_ANSWER))
        self._reported = reasons.conditions(told.texts("printer-state-reasons"))
        self._pass_on(self._reported or ((_AT_WORK,) if self._begun else ()))
        trouble = self._trouble()
        if trouble is not None and trouble.reason in _MENDABLE:
            return None
        self._stopped_by = trouble or self._stopped_by
        if stopped or told.integer("printer-state") == STOPPED:
            return STOP_PATIENCE
        if trouble is None:
            return None
        return STOP_PATIENCE if trouble.reason is Reason.MEDIA_JAM else REPORT_PATIENCE

    def _pass_on(self, reported: tuple[Condition, ...]) -> None:
        if reported != self._told:
            self._told = reported
            self.tell(reported)

    def _trouble(self) -> Condition | None:
        return next((condition for condition in self._reported if reasons.stops(condition)), None)

    def _why_not_done(self) -> Condition:
        return self._trouble() or Condition(Reason.BUSY, "begun" if self._begun else "not begun", _TOO_LATE)

    def _why_ended(self, job: Job) -> Condition:
        return self._trouble() or self._stopped_by or ended(job)


def _without_reserve(deadline: Deadline) -> Deadline:
    return Deadline(deadline.at - min(_RESERVE, deadline.remaining() / 3))


def ended(job: Job) -> Condition:
    """Return what a job says of itself that ended without having been completed."""
    told = job.reasons or (job.state.name.lower(),)
    reason = Reason.BAD_COMMAND if any(word.startswith(_UNPRINTABLE) for word in told) else Reason.UNMAPPED
    return Condition(reason, ", ".join(told)[:80], f"the queue ended the job as {job.state.name.lower()}")


def refused(status: int, message: str) -> Condition:
    """Return what an error status in answer to a job or its document says."""
    reason = Reason.BUSY if status in _BUSY_STATUSES else Reason.BAD_COMMAND
    return Condition(reason, f"{status:#06x}", message or "the queue refused the job")


def _with(condition: Condition, known: str) -> Condition:
    return Condition(condition.reason, condition.code, f"{condition.text}; {known}")


def _condition(error: DeviceError) -> Condition:
    if isinstance(error, QueueRefused):
        return refused(error.status, error.message)
    return Condition(Reason.UNMAPPED, type(error).__name__, f"the document was not taken: {error.what()}")
