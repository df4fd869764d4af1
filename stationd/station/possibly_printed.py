"""Jobs of which a card may have been printed under a book that is lost: what people may say of them."""

from __future__ import annotations

import re
from typing import Final

from stationd.model import events, stock_events
from stationd.model.blank import Place
from stationd.model.job import HoldCause
from stationd.model.pile import is_number
from stationd.model.policy import Consent
from stationd.model.reasons import FoundWhere
from stationd.model.settling import Verdict, may_approve
from stationd.station.floor import Floor, find_job
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.history import history
from stationd.store.rows import JobRow, JobState
from stationd.store.store import Transaction

NEVER_BEGUN: Final = frozenset({JobState.QUEUED, JobState.ORDERED, JobState.RETURNING})
"""In which the book before surely knew of no card of a job."""

_IDENTITY: Final = re.compile(r"[0-9a-f]{8,64}")


class PossiblyPrinted(Floor):
    """What may be said of a job that is held as possibly printed."""

    def card_found(self, job_id: str, where: str, officer: str, identity: str = "") -> None:
        """Say, as a supervisor, that its card was found: nothing is printed, and the job ends with that card.

        Args:
            job_id: which job.
            where: a `FoundWhere`.
            officer: who says so.
            identity: of the card's chip, hex; empty if nobody could read it.
        """
        self._allow_supervisor(officer)
        known_reason(where, FoundWhere)
        identity = identity.lower()
        if identity and not (_IDENTITY.fullmatch(identity) and is_number(identity)):
            raise Refused(Kind.NOT_VALID, "not-an-identity", job_id)
        with self.store.write(officer) as transaction:
            job = _in_doubt(transaction, job_id)
            transaction.record(
                stock_events.PrintedCardFound(
                    job_id=job_id, citizen_ref=job.citizen_ref, issue_no=job.issue_no, where=where, identity=identity
                )
            )

    def say_not_printed(self, job_id: str, officer: str) -> None:
        """Say that it was not printed: its card is nowhere, and the blanks agree. Another person has to approve it."""
        self._allow_printing(officer)
        begun = self._was_begun(job_id)
        with self.store.write(officer) as transaction:
            self._check_not_printed(transaction, job_id, begun=begun)
            transaction.record(stock_events.NotPrintedSaid(job_id=job_id))

    def approve_not_printed(self, job_id: str, officer: str) -> None:
        """Approve, as a supervisor, what another officer said: the job may be printed.

        Raises:
            Refused: if nobody said so, by the officer who did, or where nobody else could approve it: a second card
                takes two people, and giving the job back takes one.
        """
        self._allow_printing(officer)
        begun = self._was_begun(job_id)
        with self.store.write(officer) as transaction:
            job = self._check_not_printed(transaction, job_id, begun=begun)
            if not job.detail:
                raise Refused(Kind.NOT_NOW, "nobody-said-not-printed", job_id)
            verdict = may_approve(self.policy, job.detail, officer, self._office, self._clock.now())
            if verdict is Verdict.PROVISIONAL:
                raise Refused(Kind.NOT_ALLOWED, "no-second-person", job_id)
            if verdict is not Verdict.FINAL:
                raise Refused(Kind.NOT_ALLOWED, verdict, officer)
            released = events.JobReleased(job_id=job_id, cause=job.cause, consent=Consent.SUPERVISOR)
            transaction.record(released)

    def _was_begun(self, job_id: str) -> bool:
        """Say whether the book before knew, or may have known, of a card of this job."""
        told = history(self.store.path, job_id)
        return told is not None and any(
            one.what == "inherited" and one.fields.get("was") not in NEVER_BEGUN for one in told.told
        )

    @staticmethod
    def _check_not_printed(transaction: Transaction, job_id: str, *, begun: bool) -> JobRow:
        job = _in_doubt(transaction, job_id)
        if begun:
            raise Refused(Kind.NOT_NOW, "card-was-begun", job_id)
        if not job.payload:
            raise Refused(Kind.NOT_NOW, "payload-not-here", job_id)
        loose = any(account.place is Place.IN_QUESTION for account in transaction.balances())
        if loose or transaction.discrepancies(everything=False):
            raise Refused(Kind.NOT_NOW, "blanks-do-not-agree", job_id)
        return job


def _in_doubt(transaction: Transaction, job_id: str) -> JobRow:
    job = find_job(transaction, job_id)
    if job.state is not JobState.HELD:
        raise Refused(Kind.NOT_NOW, f"job-is-{job.state}", job_id)
    if job.cause != HoldCause.POSSIBLY_PRINTED:
        raise Refused(Kind.NOT_NOW, "not-possibly-printed", job_id, job.cause)
    return job
