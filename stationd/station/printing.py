"""What is found of the cards that come out, and what becomes of jobs then."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from stationd.model import events, issuance, moves
from stationd.model.blank import Movement, Place
from stationd.model.issuance import ChipRegion
from stationd.model.job import HoldCause
from stationd.model.policy import consent_to_retry
from stationd.model.reasons import ReturnReason, SpoilReason
from stationd.press.tap import TapFailed
from stationd.station.floor import Floor, find_job, require_sound
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.rows import JobRow, JobState
from stationd.store.view import View


class Printing(Floor):
    """What may be asked about jobs whose card was made, or will not be.

    Attributes:
        open_record: opens what is kept of a job's citizen while the card waits; None if the job cannot be opened.
    """

    open_record: Callable[[JobRow], bytes | None] | None = None

    def accept(self, job_id: str, officer: str) -> None:
        """Find a delivered card good: it is issued and goes to the shelf.

        A card that came out without being live is made so now: it is laid on the desk reader.

        Raises:
            Refused: if no card of this job was delivered and waits to be looked at, or its chip cannot be made live.
        """
        self._allow_printing(officer)
        with self.store.read() as view:
            job, attempt = _acceptable(view, job_id)
        if attempt.chip is ChipRegion.VERIFIED:
            self._activate(job, attempt, officer)
        record = self.open_record(job) if self.open_record is not None else None
        with self.store.write(officer) as transaction:
            job, attempt = _acceptable(transaction, job_id)
            if record is not None:
                transaction.vault.put_record(job_id, record)
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

    def _activate(self, job: JobRow, attempt: issuance.Attempt, officer: str) -> None:
        try:
            self._tap.activate(job, attempt, officer)
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, job.job_id, failure.detail) from failure
        except issuance.OutOfOrder as late:  # somebody else has settled it meanwhile
            raise Refused(Kind.NOT_NOW, "card-was-settled", job.job_id) from late

    def spoil(self, job_id: str, reason: str, officer: str) -> None:
        """Find a delivered card bad, for a `SpoilReason`: it goes to the reject bin and its chip is void."""
        self._allow_printing(officer)
        known_reason(reason, SpoilReason)
        with self._nobody_activates(job_id), self.store.write(officer) as transaction:
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

    @contextlib.contextmanager
    def _nobody_activates(self, job_id: str) -> Iterator[None]:
        """A card must not become live on the desk while it is found bad."""
        try:
            with self._tap.alone():
                yield
        except TapFailed as failure:
            raise Refused(Kind.NOT_NOW, failure.cause, job_id, failure.detail) from failure

    def release(self, job_id: str, officer: str, approved_by: str = "") -> None:
        """Let a job whose blank was spoiled be printed again on a new one: as a supervisor, or by the policy's consent.

        Args:
            job_id: which.
            officer: who lets it.
            approved_by: the supervisor who approves it in this officer's session; empty if none does.

        Raises:
            Refused: if the job is held for something else, or it takes a supervisor; the refusal says who is one here.
        """
        self._allow_printing(officer)
        with self.store.write(officer) as transaction:
            job = find_job(transaction, job_id)
            open_questions = {question.job_id for question in transaction.open_questions()}
            if job.state is not JobState.HELD or job_id in open_questions:
                raise Refused(
                    Kind.NOT_NOW, "question-open" if job_id in open_questions else f"job-is-{job.state}", job_id
                )
            if job.cause != "spoiled":
                raise Refused(Kind.NOT_NOW, "cause-remains", job_id, job.cause)
            consent = consent_to_retry(self.policy, approved_by or officer, self._office, self._clock.now())
            if consent is None:
                raise self._needs_supervisor(officer)
            released = events.JobReleased(job_id=job_id, cause=job.cause, consent=consent, approved_by=approved_by)
            transaction.record(released)
            if job.reported:
                transaction.record(events.JobHeld(job_id=job_id, cause=HoldCause.REPORTED, detail=job.reported))

    def return_job(self, job_id: str, officer: str, cause: str) -> None:
        """Give a job back unprinted, for a `ReturnReason`; the registry sends word to the office it came from."""
        self._allow_setting_aside(officer)
        known_reason(cause, ReturnReason)
        with self.store.write(officer) as transaction:
            job = find_job(transaction, job_id)
            if job.state not in {JobState.QUEUED, JobState.HELD}:
                raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
            if any(attempt.touched for attempt in transaction.attempts(job_id)):
                raise Refused(Kind.NOT_NOW, "chip-was-touched", job_id)
            transaction.record(events.JobReturned(job_id=job_id, cause=cause))

    def resume_line(self, name: str, officer: str) -> None:
        """Let a line that stopped after several ruined blanks go on."""
        self._allow_printing(officer)
        self._line(name).resume()

    def continue_line(self, name: str, officer: str) -> None:
        """Say that what a line asked the person at the desk for is done: a card was carried somewhere."""
        self._allow_at_line(officer)
        self._line(name).go_on()


def _acceptable(view: View, job_id: str) -> tuple[JobRow, issuance.Attempt]:
    require_sound(view, job_id)
    job, attempt = _delivered(view, job_id)
    if job.revoked:
        raise Refused(Kind.NOT_NOW, "job-was-revoked", job_id)
    if job.reported:
        raise Refused(Kind.NOT_NOW, HoldCause.REPORTED, job_id, job.reported)
    return job, attempt


def _delivered(transaction: View, job_id: str) -> tuple[JobRow, issuance.Attempt]:
    job = find_job(transaction, job_id)
    if job.state is not JobState.DELIVERED or job.attempt_id is None:
        raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id, job.cause)
    return job, transaction.attempt(job.attempt_id)
