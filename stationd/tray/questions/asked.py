"""What is asked of a person now: each thing that waits, as the daemon tells of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stationd.client.blanks import DiscrepancyView, ExchangeView
from stationd.client.queue import QuestionToldView
from stationd.client.status import JobView, StatusView
from stationd.model.job import HoldCause

Subject = QuestionToldView | JobView | DiscrepancyView | ExchangeView
"""A card whose fate is unknown; a job that may have been printed before; a difference; a hopper that stands open."""

IN_DOUBT: Final = str(HoldCause.POSSIBLY_PRINTED)


def key_of(subject: Subject) -> str:
    """Return what a thing is known by as long as it waits."""
    match subject:
        case QuestionToldView():
            return subject.question_id
        case JobView():
            return f"job {subject.job_id}"
        case DiscrepancyView():
            return f"difference {subject.discrepancy_id}"
        case ExchangeView():
            return f"hopper {subject.line}"


def how_many(status: StatusView) -> int:
    """Return how many things wait, as far as the station's state alone tells."""
    return len(status.questions) + len(status.exchanges) + len(status.discrepancies)


def all_asked(
    status: StatusView | None, cards: Sequence[QuestionToldView] | None, in_doubt: Sequence[JobView] | None
) -> tuple[Subject, ...]:
    """Return everything that waits for an answer: cards first, as a line waits for them."""
    if status is None:
        return ()
    unsettled = sorted(status.discrepancies, key=lambda each: each.state == "provisional")
    return (*(cards or ()), *status.exchanges, *unsettled, *(in_doubt or ()))
