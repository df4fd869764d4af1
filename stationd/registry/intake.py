"""What happens to a leased job: opened in memory, verified, checked, and then accepted, held or refused.

Each job is a matter of its own: whatever is wrong with one, those behind it are taken. A refusal is recorded once by
the hash of the sealed text; the same text coming again is passed over.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from stationd.model.job import Hold, HoldCause, Job, Refusal, check_job, check_outer, check_repeat
from stationd.registry.contract import LeasedJob
from stationd.registry.ports import Arrival, Desk, KnownJob
from stationd.registry.sealing import SealRefused, Seals

UNREADABLE_ID: Final = "unreadable"
"""Stands in the book for an outer job id that is no id: what came in its place may be anything."""

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_log = structlog.get_logger()

Fits = Callable[[Job], Hold | Refusal | None]
"""Says whether a job's card can be made as artwork."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Names of the card layouts and chip profiles of this station."""

    layouts: Container[str]
    profiles: Container[str]


class JobIntake:
    """The goods-in desk for sealed jobs."""

    def __init__(
        self,
        *,
        station: str,
        seals: Seals,
        desk: Desk,
        installed: Installed,
        fits: Fits,
        now: Callable[[], float | None],
    ) -> None:
        """Take what is needed.

        Args:
            station: this station's id.
            seals: opens and verifies.
            desk: where verdicts go.
            installed: what can be made here.
            fits: whether the artwork fits; what it raises holds that job.
            now: seconds since the epoch as far as trusted, None while unknown.
        """
        self._station: Final = station
        self._seals: Final = seals
        self._desk: Final = desk
        self._installed: Final = installed
        self._fits: Final = fits
        self._now: Final = now

    def receive(self, jobs: Sequence[LeasedJob]) -> None:
        """Take in leased jobs, one by one. Raises only what the desk raises; what was taken before that is safe."""
        for leased in jobs:
            self._take(leased)

    def _take(self, leased: LeasedJob) -> None:
        digest = hashlib.sha256(leased.sealed.encode()).hexdigest()
        if self._desk.was_refused(digest):
            return
        job_id = leased.job_id if _ID.fullmatch(leased.job_id) else UNREADABLE_ID
        try:
            job = self._seals.open_job(leased.sealed)
            label = self._seals.open_label(leased.label)
        except SealRefused as refused:
            self._refuse(job_id, digest, refused.cause, refused.where)
            return
        known = self._desk.known(job.job_id)
        verdict: Refusal | Hold | None = check_outer(leased.job_id, job, label) or self._check_repeat(job, known)
        if verdict is None and known is not None and known.epoch == job.epoch:
            return  # the same again, because the registry was not sure that it had arrived
        verdict = verdict or self._check(job)
        if isinstance(verdict, Refusal):
            self._refuse(job_id, digest, verdict.cause, verdict.detail)
        else:
            self._desk.accept(Arrival(job, leased.sealed, leased.label, digest), verdict)

    def _refuse(self, job_id: str, digest: str, cause: str, detail: str) -> None:
        _log.warning("job.refused", job_id=job_id, sealed_digest=digest, cause=cause, detail=detail)
        self._desk.refuse(job_id, digest, cause, detail)

    def _check_repeat(self, job: Job, known: KnownJob | None) -> Refusal | None:
        if known is None:
            return None
        earlier = None
        if known.sealed is not None and known.epoch == job.epoch:
            with contextlib.suppress(SealRefused):  # sealed to a key since replaced: as good as erased
                earlier = self._seals.open_job(known.sealed)
        return check_repeat(job, known.epoch, earlier)

    def _check(self, job: Job) -> Refusal | Hold | None:
        verdict = check_job(
            job,
            station=self._station,
            now=self._now(),
            known_layouts=self._installed.layouts,
            known_profiles=self._installed.profiles,
        )
        return verdict or self._check_artwork(job)

    def _check_artwork(self, job: Job) -> Refusal | Hold | None:
        try:
            return self._fits(job)
        except Exception as error:  # one odd card must not stop those behind it; its text may quote a citizen
            kind = type(error).__name__
            _log.error("job.artwork-check-failed", job_id=job.job_id, error=kind)
            return Hold(HoldCause.ARTWORK, kind)
