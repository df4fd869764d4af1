"""A print queue, asked operation by operation; every answer is judged before it is returned.

Operations and attributes: RFC 8011 section 4. A reply counts only if it is whole, bears our request's id, and is about
the job that was asked for: a printer that was restarted numbers its jobs anew.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from typing_extensions import override

from drivers.addresses import IppAddress
from drivers.deadline import Deadline
from drivers.errors import DeviceError, NotUnderstood
from drivers.ipp.exchange import Exchange
from drivers.ipp.protocol import Attribute, Attributes, Operation, Response, Tag, encode

USER: Final = "stationd"
"""The name that jobs are under. A queue shows it to others: it says nothing of anybody."""

NOT_POSSIBLE: Final = 0x0404
NOT_FOUND: Final = 0x0406
GONE: Final = 0x0407
# After these the server itself may not know what it did (RFC 8011 section 4.1.7, 0x0500 to 0x0503, 0x0508).
_ERRORS: Final = range(0x0400, 0x0600)
_DOUBTFUL: Final = frozenset({0x0500, 0x0502, 0x0503, 0x0508})

_JOB_ATTRIBUTES: Final = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "time-at-processing",
    "job-printer-state-reasons",
)


class JobState(IntEnum):
    """RFC 8011 section 5.3.7."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def over(self) -> bool:
        """True for the states that a job does not leave."""
        return self >= JobState.CANCELED


_STATES: Final = frozenset(JobState)


@dataclass(eq=False)
class QueueRefused(DeviceError):
    """The queue answered with an error status.

    Attributes:
        status: RFC 8011's code.
        message: the queue's own words, if any.
        may_have_acted: False where the status says that the request was not accepted.
    """

    status: int
    message: str
    may_have_acted: bool = False

    @override
    def what(self) -> str:
        return f"the queue refused with status {self.status:#06x}" + (f" ({self.message})" if self.message else "")


@dataclass(frozen=True, slots=True)
class Job:
    """What the queue says of one job.

    Attributes:
        id: its number at the queue.
        name: as it was given; None if the queue does not tell.
        state: one of RFC 8011's.
        reasons: `job-state-reasons`.
        never_begun: the queue says in so many words that it has not begun to process the job.
        impressions: sides finished; None if the queue does not tell.
    """

    id: int
    name: str | None
    state: JobState
    reasons: tuple[str, ...]
    never_begun: bool
    impressions: int | None

    def has(self, reason: str) -> bool:
        """True if that is among the reasons."""
        return reason in self.reasons


class Queue:
    """The operations that a driver needs. Every call raises as `Exchange.ask` does, or `QueueRefused`."""

    def __init__(self, address: IppAddress, name: str) -> None:
        self._uri = Attribute(Tag.URI, "printer-uri", [address.uri])
        self._name = name
        self._exchange = Exchange(address, name)
        self._ids = itertools.count(1)

    def attributes(self, names: Sequence[str], deadline: Deadline) -> Attributes:
        """Get-Printer-Attributes: those of the names that the queue has."""
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", names)
        return self._ask(Operation.GET_PRINTER_ATTRIBUTES, [self._uri, _USER, wanted], deadline).one(Tag.PRINTER)

    def create_job(self, name: str, template: Sequence[Attribute], deadline: Deadline) -> tuple[int, Attributes]:
        """Create-Job: returns the new job's number, and what the queue would not do as asked."""
        attributes = [self._uri, _USER, Attribute(Tag.NAME, "job-name", [name]), _EXACTLY]
        return self._begun(self._ask(Operation.CREATE_JOB, attributes, deadline, job=template))

    def send_document(self, job: int, kind: str, document: bytes, deadline: Deadline) -> None:
        """Send-Document: the job's one document."""
        attributes = [
            self._uri,
            Attribute(Tag.INTEGER, "job-id", [job]),
            _USER,
            Attribute(Tag.MIME_TYPE, "document-format", [kind]),
            Attribute(Tag.BOOLEAN, "last-document", [True]),
        ]
        self._ask(Operation.SEND_DOCUMENT, attributes, deadline, document=document)

    def print_job(
        self, name: str, template: Sequence[Attribute], kind: str, document: bytes, deadline: Deadline
    ) -> tuple[int, Attributes]:
        """Print-Job: `create_job` and `send_document` in one."""
        format_ = Attribute(Tag.MIME_TYPE, "document-format", [kind])
        attributes = [self._uri, _USER, Attribute(Tag.NAME, "job-name", [name]), _EXACTLY, format_]
        return self._begun(self._ask(Operation.PRINT_JOB, attributes, deadline, job=template, document=document))

    def job(self, number: int, deadline: Deadline) -> Job:
        """Get-Job-Attributes."""
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", _JOB_ATTRIBUTES)
        attributes = [self._uri, Attribute(Tag.INTEGER, "job-id", [number]), _USER, wanted]
        job = self._job(self._ask(Operation.GET_JOB_ATTRIBUTES, attributes, deadline).one(Tag.JOB))
        if job.id != number:
            raise NotUnderstood(self._name, "Get-Job-Attributes", f"job {job.id}".encode(), f"job {number}")
        return job

    def jobs(self, which: str, deadline: Deadline) -> tuple[Job, ...]:
        """Get-Jobs: our own, `not-completed` or `completed`."""
        attributes = [
            self._uri,
            _USER,
            Attribute(Tag.KEYWORD, "which-jobs", [which]),
            Attribute(Tag.BOOLEAN, "my-jobs", [True]),
            Attribute(Tag.KEYWORD, "requested-attributes", _JOB_ATTRIBUTES),
        ]
        return tuple(self._job(group) for group in self._ask(Operation.GET_JOBS, attributes, deadline).each(Tag.JOB))

    def cancel_job(self, number: int, deadline: Deadline) -> None:
        """Cancel-Job. A success says only that the queue will try."""
        self._ask(Operation.CANCEL_JOB, [self._uri, Attribute(Tag.INTEGER, "job-id", [number]), _USER], deadline)

    def queue_names(self, deadline: Deadline) -> tuple[str, ...]:
        """CUPS-Get-Printers: the names of a print daemon's queues."""
        wanted = Attribute(Tag.KEYWORD, "requested-attributes", ["printer-name"])
        groups = self._ask(Operation.CUPS_GET_PRINTERS, [_USER, wanted], deadline).each(Tag.PRINTER)
        return tuple(name for group in groups if (name := group.text("printer-name")))

    def close(self) -> None:
        """Let go of the queue. Never raises."""
        self._exchange.close()

    def _ask(
        self,
        operation: Operation,
        attributes: Sequence[Attribute],
        deadline: Deadline,
        *,
        job: Sequence[Attribute] = (),
        document: bytes = b"",
    ) -> Response:
        name = operation.name.replace("_", "-").title()
        number = next(self._ids)
        response = self._exchange.ask(name, encode(operation, number, attributes, job) + document, deadline)
        if response.request_id != number or response.version[0] not in (1, 2):
            said = f"request {response.request_id} in IPP {response.version[0]}".encode()
            raise NotUnderstood(self._name, name, said, f"a reply to request {number} in IPP 1 or 2")
        if not response.successful:
            message = response.one(Tag.OPERATION).text("status-message") or ""
            doubtful = response.status in _DOUBTFUL or response.status not in _ERRORS
            raise QueueRefused(self._name, name, response.status, message[:120], may_have_acted=doubtful)
        return response

    def _begun(self, response: Response) -> tuple[int, Attributes]:
        number = response.one(Tag.JOB).integer("job-id")
        if number is None or number < 1:
            raise NotUnderstood(self._name, "Create-Job", _words(response.one(Tag.JOB)), "the number of the new job")
        return number, response.one(Tag.UNSUPPORTED_GROUP)

    def _job(self, told: Attributes) -> Job:
        if (job := read_job(told)) is None:
            raise NotUnderstood(self._name, "Get-Job-Attributes", _words(told), "a job's number and state, each once")
        return job


def read_job(told: Attributes) -> Job | None:
    """Return the job that a group tells of; None without its number and state."""
    number, state = told.integer("job-id"), told.integer("job-state")
    if number is None or state is None or state not in _STATES:
        return None
    return Job(
        number,
        told.text("job-name"),
        JobState(state),
        told.texts("job-state-reasons"),
        told.says_none("time-at-processing"),
        told.integer("job-impressions-completed"),
    )


def _words(told: Attributes) -> bytes:
    """What a group says of a job, as evidence."""
    return ", ".join(f"{name} {told.all(name)!r:.40}" for name in ("job-id", "job-state")).encode()


_USER: Final = Attribute(Tag.NAME, "requesting-user-name", [USER])
_EXACTLY: Final = Attribute(Tag.BOOLEAN, "ipp-attribute-fidelity", [True])  # on other media a card is no card
