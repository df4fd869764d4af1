"""What a supervisor may say about the time."""

from __future__ import annotations

from stationd.model import events
from stationd.model.declared_time import may_declare
from stationd.station.floor import Floor
from stationd.station.refusal import Kind, Refused
from stationd.store.rows import JobState


class Timekeeping(Floor):
    """The time, where neither the registry nor the computer's clock can tell it."""

    def declare_time(self, seconds: float, officer: str) -> None:
        """Say, as a supervisor, what time it is: seconds since the epoch.

        Raises:
            Refused: if the station knows the time, the officer is no supervisor, or no card leased here could be
                started at that time.
        """
        with self.store.write(officer) as transaction:
            bar = may_declare(
                seconds,
                policy=self.policy,
                officer_id=officer,
                office=self._office,
                known=self._clock.now(),
                floor=self._clock.floor,
                leases_end=[job.start_before for job in transaction.jobs(JobState.QUEUED, JobState.ORDERED)],
            )
            if bar is not None:
                raise Refused(Kind.NOT_ALLOWED, bar, officer)
            transaction.record(events.TimeDeclared(seconds=seconds))
        self._clock.declare(seconds)
        self._wake()
