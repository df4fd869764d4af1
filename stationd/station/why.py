"""Why a job is printed now, later or not at all. Nothing here changes anything."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

from stationd.model.coverage import percent
from stationd.model.forecast import Forecast
from stationd.model.job import HoldCause
from stationd.model.queue_order import position
from stationd.model.ruling import REMEDIES, Held, Refused, Remedy
from stationd.rules import forecasts, plain
from stationd.station.floor import Floor, find_job
from stationd.store.rows import OVER, JobRow, JobState
from stationd.store.rule_view import RequestRow
from stationd.store.view import View

WAITING: Final = (JobState.QUEUED, JobState.ORDERED)


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job is where it is.

    Attributes:
        verdict: `yes`, `held` or `refused` for one that waits; `begun` for one whose card is made or was delivered;
            `over` for one that is finished here.
        cause, remedy, detail: what is in the way and what takes it away; empty if nothing is.
        place, of: where it stands in the queue, 1 is next; 0 if it is not in it.
        fronted, urgent, ranked, earlier: how many of those before it were moved to the front, are urgent, rank above
            it, or only came earlier.
        front: why it was moved to the front itself, a `stationd.model.reasons.FrontReason`; empty if it was not.
        scarce: blanks are scarce, so that the queue goes by the policy's ranks.
        policy_version: of the policy by which it was decided; 0 if there is none.
    """

    job_id: str
    state: str
    reason: str
    verdict: str
    cause: str = ""
    remedy: str = ""
    detail: str = ""
    place: int = 0
    of: int = 0
    fronted: int = 0
    urgent: int = 0
    ranked: int = 0
    earlier: int = 0
    scarce: bool = False
    front: str = ""
    policy_version: int = 0


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """How long a supply will last.

    Attributes:
        supply: `blanks`, or the name that a printer gives its ribbon or film.
        line, stock: whose ribbon or film; which blanks.
        left, rate, days_left, runs_out, threshold: as in `stationd.model.forecast.Forecast`.
        request: the number of the request that is open; None if there is none.
        wanted, to: how many cards' worth it asks for, and of whom.
    """

    supply: str
    line: str
    stock: str
    left: int
    rate: float
    days_left: int | None
    runs_out: datetime.date | None
    threshold: int
    request: int | None = None
    wanted: int = 0
    to: str = ""


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """How many of those obliged have a card: the counts and their day, and the percent, which may pass 100."""

    recorded: int
    obliged: int
    on: datetime.date
    percent: float


class Why(Floor):
    """What may be asked about the rules."""

    def coverage(self) -> Covered | None:
        """Say how many of those obliged have a card, as the policy in force has it; None where it says nothing."""
        counted = self.policy.coverage if self.policy else None
        if counted is None:
            return None
        return Covered(recorded=counted.recorded, obliged=counted.obliged, on=counted.on, percent=percent(counted))

    def forecast(self) -> list[Foreseen]:
        """Say how long blanks, ribbon and film will last; nothing, without a policy or the time."""
        now, policy = self._clock.now(), self.policy
        if now is None or policy is None:
            return []
        with self.store.read() as view:
            requests = {(row.supply, row.line, row.stock): row for row in view.requests()}
            return [_foreseen(key, seen, requests.get(key)) for key, seen in forecasts(view, policy, now).items()]

    def why(self, job_id: str, officer: str) -> Explained:
        """Explain what the rules say of a job, if this officer pressed print for it now."""
        with self.store.read() as view:
            job = find_job(view, job_id)
            return self._explained(view, job, officer)

    def _explained(self, view: View, job: JobRow, officer: str) -> Explained:
        policy = self.policy
        told = Explained(
            job_id=job.job_id,
            state=job.state,
            reason=job.reason,
            verdict="over" if job.state in OVER else "begun",
            front=job.front_reason,
            policy_version=policy.version if policy else 0,
        )
        if job.state in {JobState.HELD, JobState.RETURNING}:
            cause, detail = (job.cause, job.detail) if job.state is JobState.HELD else ("job-is-returning", "")
            return msgspec.structs.replace(told, verdict="held", cause=cause, remedy=remedy_of(cause), detail=detail)
        if job.state not in WAITING:
            return told
        situation = self.rules.situation(view, ordered=job.state is JobState.QUEUED)
        verdict = situation.verdict(self.rules.wanted(view, job), officer)
        waiting = [plain(other) for other in view.jobs(*WAITING)]
        stands = position(plain(job), waiting, self.rules.turn(view))
        told = msgspec.structs.replace(
            told,
            verdict="yes",
            place=stands.place,
            of=stands.of,
            fronted=stands.fronted,
            urgent=stands.urgent,
            ranked=stands.ranked,
            earlier=stands.earlier,
            scarce=policy is not None and situation.stock.blanks < policy.scarcity.below,
        )
        if isinstance(verdict, Held | Refused):
            word = "held" if isinstance(verdict, Held) else "refused"
            return msgspec.structs.replace(
                told, verdict=word, cause=verdict.cause, remedy=verdict.remedy, detail=verdict.detail
            )
        return told


def remedy_of(cause: str) -> Remedy:
    """Return what takes the cause of a hold away."""
    return REMEDIES[HoldCause(cause)] if cause in set(HoldCause) else Remedy.SUPERVISOR


def _foreseen(key: tuple[str, str, str], seen: Forecast, request: RequestRow | None) -> Foreseen:
    supply, line, stock = key
    told = Foreseen(
        supply=supply,
        line=line,
        stock=stock,
        left=seen.left,
        rate=round(seen.rate, 1),
        days_left=seen.days_left,
        runs_out=seen.runs_out,
        threshold=seen.threshold,
    )
    if request is None:
        return told
    return msgspec.structs.replace(told, request=request.seq, wanted=request.wanted, to=request.addressee)
