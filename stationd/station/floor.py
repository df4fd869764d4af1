"""What every counter of the station stands on: its book, its time, its policy and its lines."""

from __future__ import annotations

from collections.abc import Sequence

from stationd.clock import Clock
from stationd.model.policy import Bar, Office, Policy, may_print, may_service, may_set_aside, supervisors, technicians
from stationd.model.policy_history import PolicyHistory
from stationd.press.line import Line
from stationd.press.tap import Tap
from stationd.rules import Rules
from stationd.station.refusal import Kind, Refused
from stationd.store.rows import JobRow
from stationd.store.store import Store
from stationd.store.view import View


class Floor:
    """What the parts of a station share.

    Attributes:
        store: its book.
        rules: those of the field, by the policies that it was given.
    """

    def __init__(
        self, store: Store, clock: Clock, office: Office, lines: Sequence[Line], policies: PolicyHistory, tap: Tap
    ) -> None:
        self.store = store
        self._tap = tap
        self.rules = Rules(store, clock, office, policies)
        self._office = office
        self._lines = {line.name: line for line in lines}

    @property
    def policy(self) -> Policy | None:
        """The policy in force; None if none was ever received."""
        return self.rules.policy

    @property
    def _clock(self) -> Clock:
        return self.rules.clock

    def _allow_printing(self, officer: str) -> None:
        bar = may_print(self.policy, officer, self._office, self._clock.now())
        if bar is not None:
            raise Refused(Kind.NOT_ALLOWED, bar.bar, officer or "?")

    def _allow_setting_aside(self, officer: str) -> None:
        bar = may_set_aside(self.policy, officer, self._office, self._clock.now())
        if bar is not None:
            raise Refused(Kind.NOT_ALLOWED, bar.bar, officer or "?")

    def _allow_service(self, officer: str) -> None:
        """Let a technician, or a supervisor; the refusal of another officer names those who may here and now."""
        bar = may_service(self.policy, officer, self._office, self._clock.now())
        if bar is not None and bar.bar is Bar.NO_TECHNICIAN:
            who = ", ".join(sorted(technicians(self.policy, self._office, self._clock.now())))
            raise Refused(Kind.NOT_ALLOWED, bar.bar if who else "no-technician", who or officer, officer)
        if bar is not None:
            raise Refused(Kind.NOT_ALLOWED, bar.bar, officer or "?")

    def _allow_at_line(self, officer: str) -> None:
        """Let whoever may print, and whoever may look after printers: both carry cards to one."""
        if may_service(self.policy, officer, self._office, self._clock.now()) is not None:
            self._allow_printing(officer)

    def _allow_supervisor(self, officer: str) -> None:
        self._allow_printing(officer)
        if officer not in supervisors(self.policy, self._office, self._clock.now()):
            raise self._needs_supervisor(officer)

    def _needs_supervisor(self, officer: str) -> Refused:
        """Return the refusal of an act that is a supervisor's. It names those who may here and now."""
        who = ", ".join(sorted(supervisors(self.policy, self._office, self._clock.now())))
        return Refused(Kind.NOT_ALLOWED, "supervisor-needed" if who else "no-supervisor", who or officer)

    def _line(self, name: str) -> Line:
        if name not in self._lines:
            raise Refused(Kind.NOT_FOUND, "no-such-line", name, ", ".join(self._lines))
        return self._lines[name]

    def _wake(self) -> None:
        for line in self._lines.values():
            line.wake()


def find_job(transaction: View, job_id: str) -> JobRow:
    """Return a job, or say that there is none."""
    job = transaction.job(job_id)
    if job is None:
        raise Refused(Kind.NOT_FOUND, "no-such-job", job_id)
    return job


def require_sound(view: View, subject: str) -> None:
    """Refuse to let a card become anything on a book that is in doubt: it may be a copy of an older day."""
    for cause in view.doubts():
        raise Refused(Kind.NOT_NOW, cause, subject)
