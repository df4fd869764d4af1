"""What an officer, a technician and the registry may ask of a station.

Every act is checked, decided and put in the book in one transaction under the actor's id; what is refused changes
nothing and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import msgspec
from typing_extensions import override

from stationd import __version__
from stationd.clock import Clock
from stationd.model import events, issuance, moves
from stationd.model.blank import CITIZENS, Account, Movement, Place
from stationd.model.issuance import CardRegion
from stationd.model.policy import Office, Policy, may_print
from stationd.model.reasons import ReturnReason, SpoilReason
from stationd.press.line import Line, LineStatus
from stationd.store.rows import JobRow, JobState, Question, Refusal, ShelfCard
from stationd.store.store import Store, Transaction
from stationd.store.verify import Report, book_key, verify


class Kind(StrEnum):
    """What kind of no it is."""

    NOT_ALLOWED = "not-allowed"
    NOT_FOUND = "not-found"
    NOT_NOW = "not-now"
    NOT_VALID = "not-valid"


@dataclass(eq=False)
class Refused(Exception):
    """The station does not do what was asked. Nothing has changed.

    Attributes:
        kind: what kind of no it is.
        cause: why, in one word of the catalogue.
        subject: which job, line, account or officer it is about.
        detail: what else is known.
    """

    kind: Kind
    cause: str
    subject: str
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.subject}: {self.cause}{f' ({self.detail})' if self.detail else ''}"


class LinkStatus(msgspec.Struct, frozen=True):
    """The link to the registry as people see it; times are seconds since the epoch."""

    online: bool
    last_contact: float | None
    last_error: str
    acknowledged: int


class StationStatus(msgspec.Struct, frozen=True):
    """The station at one look."""

    station: str
    incarnation: str
    version: str
    time: float | None
    trust: str
    policy_version: int
    lines: list[LineStatus]
    link: LinkStatus
    jobs: dict[str, int]
    refused: list[Refusal]
    questions: list[Question]
    blanks: dict[str, int]
    book: int
    head: str


class AccountBalance(msgspec.Struct, frozen=True):
    """One account and what it holds."""

    place: Place
    line: str
    stock: str
    batch: str
    count: int


class Answer(StrEnum):
    """What an officer may say of a card whose fate is unknown. Neither lets it become a live card."""

    SPOILED = "spoiled"
    MISSING = "missing"


_ANSWERED: Mapping[Answer, Place] = {Answer.SPOILED: Place.REJECT, Answer.MISSING: Place.MISSING}


class Station:
    """The station.

    Args:
        store: its book.
        clock: its time.
        office: which office it stands in.
        lines: its production lines, by name.
        link_status: how the link to the registry is.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        office: Office,
        lines: Sequence[Line],
        link_status: Callable[[], LinkStatus],
        policy: Policy | None,
    ) -> None:
        self.store = store
        self.policy = policy
        self._clock = clock
        self._office = office
        self._lines = {line.name: line for line in lines}
        self._link_status = link_status

    # --- looking ----------------------------------------------------------------------------------------------------

    def status(self) -> StationStatus:
        """Return the station at one look."""
        with self.store.read() as view:
            jobs = view.jobs()
            head = view.head()
            balances = view.balances()
            refused = view.refusals()
            questions = view.open_questions()
        counts: dict[str, int] = {}
        for job in jobs:
            counts[job.state] = counts.get(job.state, 0) + 1
        blanks: dict[str, int] = {}
        for account, count in balances.items():
            blanks[account.place] = blanks.get(account.place, 0) + count
        return StationStatus(
            station=self.store.station,
            incarnation=self.store.incarnation,
            version=__version__,
            time=self._clock.now(),
            trust=self._clock.trust(),
            policy_version=self.policy.version if self.policy else 0,
            lines=[line.status for line in self._lines.values()],
            link=self._link_status(),
            jobs=counts,
            refused=refused,
            questions=questions,
            blanks=blanks,
            book=head.seq,
            head=head.digest,
        )

    def jobs(self) -> list[JobRow]:
        """Return all jobs in the order of their arrival."""
        with self.store.read() as view:
            return view.jobs()

    def shelf(self) -> list[ShelfCard]:
        """Return the finished cards that lie here."""
        with self.store.read() as view:
            return view.shelf()

    def balances(self) -> list[AccountBalance]:
        """Return every account that holds something."""
        with self.store.read() as view:
            return [AccountBalance(a.place, a.line, a.stock, a.batch, n) for a, n in view.balances().items()]

    def verify(self) -> Report:
        """Replay the book and compare; see `stationd.store.verify`."""
        return verify(self.store.path, book_key(self.store.keys.book_public()))

    # --- printing ---------------------------------------------------------------------------------------------------

    def order(self, job_id: str, officer: str) -> None:
        """Press print for one job.

        Raises:
            Refused: if the officer may not print here now, there is no such job, or it is not waiting to be printed.
        """
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            job = _job(transaction, job_id)
            self._order(transaction, job)
        self._wake()

    def order_next(self, count: int, officer: str) -> list[str]:
        """Press print for the next jobs in the queue; returns the ids of those that were ordered."""
        self._allow_printing(officer)
        if count < 1:
            raise Refused(Kind.NOT_VALID, "count-too-small", str(count))
        with self.store.write(officer) as transaction:
            now = self._clock.now()
            startable = (job for job in transaction.jobs(JobState.QUEUED) if now is None or now < job.start_before)
            jobs = list(islice(startable, count))
            for job in jobs:
                self._order(transaction, job)
        self._wake()
        return [job.job_id for job in jobs]

    def _order(self, transaction: Transaction, job: JobRow) -> None:
        if job.state is not JobState.QUEUED:
            raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job.job_id, job.cause)
        now = self._clock.now()
        if now is None:
            raise Refused(Kind.NOT_NOW, "time-unknown", job.job_id)
        if now >= job.start_before:
            raise Refused(Kind.NOT_NOW, "lease-over", job.job_id)
        transaction.record(events.PrintOrdered(job_id=job.job_id))

    def _allow_printing(self, officer: str) -> None:
        bar = may_print(self.policy, officer, self._office, self._clock.now())
        if bar is not None:
            raise Refused(Kind.NOT_ALLOWED, bar.bar, officer or "?")

    def cancel(self, job_id: str, officer: str) -> None:
        """Take a print order back before a blank has moved. Returns at once."""
        with self.store.write(officer) as transaction:
            job = _job(transaction, job_id)
            if job.state is not JobState.ORDERED:
                raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
            transaction.record(events.OrderWithdrawn(job_id=job_id, cause="officer"))

    def accept(self, job_id: str, officer: str) -> None:
        """Find a delivered card good: it is issued and goes to the shelf.

        Raises:
            Refused: if no card of this job was delivered and waits to be looked at.
        """
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            job, attempt = _delivered(transaction, job_id)
            transaction.record(
                events.CardAccepted(
                    attempt_id=attempt.attempt_id,
                    job_id=job_id,
                    citizen_ref=job.citizen_ref,
                    issue_no=job.issue_no,
                    identity=attempt.identity,
                    moves=moves.accepted(attempt),
                )
            )

    def spoil(self, job_id: str, reason: str, officer: str) -> None:
        """Find a delivered card bad, for a `SpoilReason`: it goes to the reject bin and its chip is void."""
        self._allow_printing(officer)
        _known_reason(reason, SpoilReason)
        with self.store.write(officer) as transaction:
            _, attempt = _delivered(transaction, job_id)
            moved = Movement(attempt.account(Place.OUTPUT), attempt.account(Place.REJECT), 1)
            transaction.record(
                events.AttemptSpoiled(
                    attempt_id=attempt.attempt_id,
                    job_id=job_id,
                    cause=reason,
                    identity=attempt.identity,
                    moves=(moved,),
                )
            )

    def release(self, job_id: str, officer: str) -> None:
        """Let a held job be printed again, on a new blank if the last one was spoiled."""
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            job = _job(transaction, job_id)
            open_questions = {question.job_id for question in transaction.open_questions()}
            if job.state is not JobState.HELD or job_id in open_questions:
                raise Refused(
                    Kind.NOT_NOW, "question-open" if job_id in open_questions else f"job-is-{job.state}", job_id
                )
            if job.cause != "spoiled":
                raise Refused(Kind.NOT_NOW, "cause-remains", job_id, job.cause)
            transaction.record(events.JobReleased(job_id=job_id, cause=job.cause))

    def return_job(self, job_id: str, officer: str, cause: str) -> None:
        """Give a job back unprinted, for a `ReturnReason`; the registry sends word to the office it came from."""
        _known_reason(cause, ReturnReason)
        with self.store.write(officer) as transaction:
            job = _job(transaction, job_id)
            if job.state not in {JobState.QUEUED, JobState.HELD}:
                raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
            if any(attempt.touched for attempt in transaction.attempts(job_id)):
                raise Refused(Kind.NOT_NOW, "chip-was-touched", job_id)
            transaction.record(events.JobReturned(job_id=job_id, cause=cause))

    def answer(self, question_id: str, answer: str, officer: str) -> None:
        """Say what became of a card whose fate is unknown. The job is then held until a retry is allowed."""
        self._allow_printing(officer)
        if answer not in set(Answer):
            raise Refused(Kind.NOT_VALID, "no-such-answer", question_id, answer)
        with self.store.write(officer) as transaction:
            question = transaction.question(question_id)
            if question is None:
                raise Refused(Kind.NOT_FOUND, "no-such-question", question_id)
            if question.answer is not None:
                raise Refused(Kind.NOT_NOW, "already-answered", question_id, question.answer)
            attempt = transaction.attempt(question.attempt_id)
            place = Place.OUTPUT if attempt.card is CardRegion.DELIVERED else Place.IN_QUESTION
            moved = Movement(attempt.account(place), attempt.account(_ANSWERED[Answer(answer)]), 1)
            transaction.record(
                events.QuestionAnswered(
                    question_id=question_id, attempt_id=attempt.attempt_id, answer=answer, moves=(moved,)
                )
            )
        self._wake()

    def resume_line(self, name: str, officer: str) -> None:
        """Let a line that stopped after several ruined blanks go on."""
        self._allow_printing(officer)
        self._line(name).resume()

    # --- blanks -----------------------------------------------------------------------------------------------------

    def receive_blanks(self, batch: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Take a counted delivery into the store."""
        self._allow_blanks(officer, count)
        moved = Movement(Account(Place.SUPPLY, stock=stock), Account(Place.STORE, stock=stock, batch=batch), count)
        self.store.record(officer, events.BlanksReceived(batch=batch, stock=stock, count=count, moves=(moved,)))

    def load_blanks(self, line: str, count: int, officer: str, stock: str = CITIZENS) -> None:
        """Move blanks from the store, oldest batch by name first, into a line's hopper."""
        self._allow_blanks(officer, count)
        self._line(line)
        with self.store.write(officer) as transaction:
            movements = []
            missing = count
            for account, held in transaction.balances().items():
                if (account.place, account.stock) == (Place.STORE, stock) and missing:
                    taken = min(held, missing)
                    movements.append(Movement(account, Account(Place.HOPPER, line, stock, account.batch), taken))
                    missing -= taken
            if missing:
                raise Refused(Kind.NOT_NOW, "store-too-small", line, f"{count - missing} of {count} are in the store")
            transaction.record(events.HopperLoaded(line=line, count=count, moves=tuple(movements)))
        self._wake()

    def _allow_blanks(self, officer: str, count: int) -> None:
        self._allow_printing(officer)
        if count < 1:
            raise Refused(Kind.NOT_VALID, "count-too-small", str(count))

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _line(self, name: str) -> Line:
        if name not in self._lines:
            raise Refused(Kind.NOT_FOUND, "no-such-line", name, ", ".join(self._lines))
        return self._lines[name]

    def _wake(self) -> None:
        for line in self._lines.values():
            line.wake()


def _known_reason(reason: str, known: type[StrEnum]) -> None:
    """Keep free words, which could be a citizen's name, out of the book."""
    if reason not in set(known):
        raise Refused(Kind.NOT_VALID, "no-such-reason", reason, ", ".join(known))


def _job(transaction: Transaction, job_id: str) -> JobRow:
    job = transaction.job(job_id)
    if job is None:
        raise Refused(Kind.NOT_FOUND, "no-such-job", job_id)
    return job


def _delivered(transaction: Transaction, job_id: str) -> tuple[JobRow, issuance.Attempt]:
    job = _job(transaction, job_id)
    if job.state is not JobState.DELIVERED or job.attempt_id is None:
        raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id, job.cause)
    return job, transaction.attempt(job.attempt_id)
