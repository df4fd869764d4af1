"""What officers hear of citizens: it goes to the registry, and what waits for the citizen is held at once."""

from __future__ import annotations

from typing import Final

import msgspec

from stationd.model import events, field_events
from stationd.model.field_events import ReportKind
from stationd.model.job import HoldCause
from stationd.station.floor import Floor, find_job
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.store.rows import JobRow, JobState
from stationd.store.shelf_view import ShelfCard
from stationd.store.store import Transaction

SETTLED_OTHERWISE: Final = frozenset({"spoiled", "unknown", HoldCause.POSSIBLY_PRINTED})
"""Holds that a person has to settle first; what was reported holds the job when they have."""


_HAS_A_CARD: Final = frozenset({JobState.PRINTING, JobState.DELIVERED, JobState.ACCEPTED})


class Reported(msgspec.Struct, frozen=True):
    """What a report did.

    Attributes:
        report: its number.
        held: jobs that it holds from now on.
        under_way: jobs whose card is being made, has come out or lies on the shelf: it cannot be accepted or
            handed over until the registry answers.
    """

    report: int
    held: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()


class Reporting(Floor):
    """What may be said of citizens."""

    def report(self, job_id: str, kind: str, officer: str) -> Reported:
        """Report what was heard, a `ReportKind`, of the citizen of a job.

        Raises:
            Refused: if there is no such job, the kind is not known, or just this is reported already and unanswered.
        """
        self._allow_setting_aside(officer)
        known_reason(kind, ReportKind)
        with self.store.write(officer) as transaction:
            card = transaction.shelf_card(job_id)  # it may have come in a box, without a job
            citizen_ref = find_job(transaction, job_id).citizen_ref if card is None else card.citizen_ref
            return _report(transaction, citizen_ref, kind, job_id)

    def report_citizen(self, citizen_ref: str, kind: str, officer: str) -> Reported:
        """Report as `report` does, by the registry's reference to a citizen of whom a job or card is or was here."""
        self._allow_setting_aside(officer)
        known_reason(kind, ReportKind)
        with self.store.write(officer) as transaction:
            known = transaction.jobs_of_citizen(citizen_ref) or transaction.shelved_of(citizen_ref)
            if not known:  # it may be anything, a NIK too: it is not said again
                raise Refused(Kind.NOT_FOUND, "no-such-citizen", "?")
            return _report(transaction, citizen_ref, kind)


def _report(transaction: Transaction, citizen_ref: str, kind: str, named: str = "") -> Reported:
    rows = [row for job_id in transaction.jobs_of_citizen(citizen_ref) if (row := transaction.job(job_id))]
    cards = [card for card in (*transaction.shelf(), *transaction.lost_cards()) if card.citizen_ref == citizen_ref]
    theirs: list[JobRow | ShelfCard] = [*rows, *cards]
    if all(each.reported == kind for each in theirs):
        raise Refused(Kind.NOT_NOW, "already-reported", named or theirs[-1].job_id, kind)
    said = field_events.CitizenReported(citizen_ref=citizen_ref, kind=kind, job_id=named)
    entry = transaction.record(said)
    held = [row.job_id for row in rows if _waits(row)]
    for job_id in held:
        transaction.record(events.JobHeld(job_id=job_id, cause=HoldCause.REPORTED, detail=kind))
    under_way = [row.job_id for row in rows if row.state in _HAS_A_CARD]
    under_way += [card.job_id for card in cards if card.job_id not in under_way]
    return Reported(entry.envelope.seq, tuple(held), tuple(under_way))


def _waits(row: JobRow) -> bool:
    if row.state in {JobState.QUEUED, JobState.ORDERED}:
        return True
    return row.state is JobState.HELD and row.cause not in SETTLED_OTHERWISE
