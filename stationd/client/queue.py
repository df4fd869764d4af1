"""The part of the api's client that is about the queue and print orders."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.parse import quote

import msgspec
from typing_extensions import override

from stationd.client.officers import OfficerCalls


def new_key() -> str:
    """Return a key for one act: asked again with it, as after a lost answer, the station does it once."""
    return secrets.token_urlsafe(16)


class QueuedView(msgspec.Struct, frozen=True):
    """One job of the queue; members as in `stationd.station.Queued`."""

    job_id: str
    name: str = ""
    nik: str = ""
    kelurahan: str = ""
    reason: str = ""
    urgent: str | None = None
    state: str = ""
    since: float = 0.0
    start_before: int = 0
    place: int = 0
    ready: bool = False
    cause: str = ""
    remedy: str = ""
    detail: str = ""
    front: str = ""
    revoked: bool = False

    @override
    def __repr__(self) -> str:
        return f"QueuedView(job_id={self.job_id!r})"


class QueueView(msgspec.Struct, frozen=True):
    """All jobs that are not over; members as in `stationd.station.Queue`."""

    jobs: tuple[QueuedView, ...] = ()
    named: bool = False
    opening: int = 0
    book: int = 0


class StepView(msgspec.Struct, frozen=True):
    """One step of a card; members as in `stationd.model.pace.StepTold`."""

    step: str
    state: str = ""
    seconds: float | None = None
    usual: float | None = None


class CardView(msgspec.Struct, frozen=True):
    """A card that is being made or has come out; members as in `stationd.station.CardTold`."""

    job_id: str
    attempt_id: str = ""
    line: str = ""
    route: str = ""
    steps: tuple[StepView, ...] = ()
    progress: float = 0.0
    left: float | None = None
    state: str = ""
    cause: str = ""
    detail: str = ""
    delivered: bool = False
    by_tap: bool = False
    ending: str = ""
    place: str = ""


class AnswerOpenView(msgspec.Struct, frozen=True):
    """An answer that may be given; members as in `stationd.station.questions.AnswerOpen`."""

    answer: str
    tap: str = "no"


class QuestionToldView(msgspec.Struct, frozen=True):
    """Something that only a person can tell; members as in `stationd.station.QuestionTold`."""

    question_id: str
    job_id: str = ""
    line: str = ""
    step: str = ""
    cause: str = ""
    spots: tuple[str, ...] = ()
    answers: tuple[AnswerOpenView, ...] = ()


class NotOrderedView(msgspec.Struct, frozen=True):
    """A job that was not ordered; members as in `stationd.station.NotOrdered`."""

    job_id: str
    cause: str = ""
    detail: str = ""
    remedy: str = ""


class OrderedView(msgspec.Struct, frozen=True):
    """What came of pressing print for several jobs; members as in `stationd.station.Ordered`."""

    ordered: tuple[str, ...] = ()
    refused: tuple[NotOrderedView, ...] = ()


class QueueCalls(OfficerCalls):
    """What can be asked about the queue. An order with a key of `new_key` is carried out once, however often asked."""

    def queue(self) -> QueueView:
        """Return all jobs that are not over. Citizens' data, for who may see it: shown, and not kept."""
        return self.get("/v1/queue", QueueView)

    def cards(self) -> list[CardView]:
        """Return the cards inside the lines, then those that came out and wait to be looked at."""
        return self.get("/v1/cards", list[CardView])

    def questions(self) -> list[QuestionToldView]:
        """Return what nobody has answered yet: where to look, and which answers there are."""
        return self.get("/v1/questions", list[QuestionToldView])

    def order(self, job_id: str, key: str = "") -> None:
        """Press print for one job."""
        self.post(f"/v1/jobs/{_part(job_id)}/order", key=key)

    def order_next(self, count: int, key: str = "") -> list[str]:
        """Press print for the next jobs of the queue; returns the ids of those that were ordered."""
        return msgspec.convert(self.post("/v1/orders", {"count": count}, key=key), list[str])

    def order_many(self, job_ids: Sequence[str], key: str = "") -> OrderedView:
        """Press print for these jobs."""
        return msgspec.convert(self.post("/v1/orders/selected", {"jobs": list(job_ids)}, key=key), OrderedView)

    def cancel(self, job_id: str) -> None:
        """Take a print order back."""
        self.delete(f"/v1/jobs/{_part(job_id)}/order")

    def release(self, job_id: str, approval: str = "") -> None:
        """Let a held job be printed again; with the approval of a supervisor, where it takes one."""
        self.post(f"/v1/jobs/{_part(job_id)}/release", approval=approval)

    def to_front(self, job_id: str, reason: str) -> None:
        """Move one person's job before all others; `reason` is a `stationd.model.reasons.FrontReason`."""
        self.post(f"/v1/jobs/{_part(job_id)}/front", {"reason": reason})

    def from_front(self, job_id: str) -> None:
        """Let a job that was moved to the front wait where it stood before."""
        self.delete(f"/v1/jobs/{_part(job_id)}/front")


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
