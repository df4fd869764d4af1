"""Whose data is and was on this disk, and who opened it (UU 27/2022): by job and reference, never by name."""

from __future__ import annotations

import msgspec

from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.field_view import Keeping, Processing

ANSWER_WITHIN = 3 * 86_400.0
"""Seconds from when a breach is known until those concerned and the authority must have been told."""


class Concerned(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a breach concerns.

    Attributes:
        since, until: of the span that was asked about, seconds since the epoch.
        tell_before: they and the authority must be told by then, if it is known since `until`.
        citizens: the registry's references, which alone knows who they are.
        keepings: what was on the disk in that span.
        processings: what was opened in it.
    """

    since: float
    until: float
    tell_before: float
    citizens: tuple[str, ...]
    keepings: tuple[Keeping, ...]
    processings: tuple[Processing, ...]


class Privacy(Floor):
    """What may be asked about citizens' data."""

    def kept(self, officer: str, *, gone: bool = False) -> list[Keeping]:
        """Return whose data is on this disk, oldest first; with what was and is erased, if that is asked for."""
        self._allow_setting_aside(officer)
        with self.store.read() as view:
            return view.keepings(0.0 if gone else None, self._now())

    def processed(self, officer: str, job_id: str | None = None) -> list[Processing]:
        """Return who opened whose data, when and what for: of all jobs, or of one."""
        self._allow_setting_aside(officer)
        with self.store.read() as view:
            return view.processings(0.0, job_id)

    def concerned(self, officer: str, since: float) -> Concerned:
        """Return whom it concerns if this disk was in wrong hands from a time on.

        Raises:
            Refused: if that time is still to come.
        """
        self._allow_setting_aside(officer)
        now = self._now()
        if not 0 <= since <= now:  # NaN is neither
            raise Refused(Kind.NOT_VALID, "breach-in-future", self.store.station)
        with self.store.read() as view:
            keepings = view.keepings(since, now)
            processings = view.processings(since)
        return Concerned(
            since=since,
            until=now,
            tell_before=now + ANSWER_WITHIN,
            citizens=tuple(sorted({kept.citizen_ref for kept in keepings} - {""})),
            keepings=tuple(keepings),
            processings=tuple(processings),
        )

    def _now(self) -> float:
        now = self._clock.now()
        return (self._clock.floor or 0.0) if now is None else now
