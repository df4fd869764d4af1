"""Blanks, ribbon and film at one look: what there is, how it goes down, and how long it will last."""

from __future__ import annotations

import datetime
from typing import Final

import msgspec

from stationd.model import rule_events
from stationd.model.officer import Role
from stationd.model.reasons import DropReason
from stationd.station.refusal import Kind, Refused, known_reason
from stationd.station.views import AccountBalance
from stationd.station.why import Foreseen, Why
from stationd.store.stock_view import SupplyRow

DAYS: Final = 30
"""So many days of use are told, today the last."""

UTC_HOURS: Final = 7
"""East of Greenwich, where no policy says: western Indonesia."""

_DAY: Final = 86_400.0


class DayUse(msgspec.Struct, frozen=True):
    """How many blanks were used up on a day, good and spoiled, or went to a kit and did not come back."""

    day: datetime.date
    used: int


class Stocked(msgspec.Struct, frozen=True, kw_only=True):
    """Blanks, ribbon and film.

    Attributes:
        accounts: every account of blanks that holds something.
        ready: how many blanks of the citizens' stock are ready to be used.
        used_today: how many were used up today, good and spoiled or gone to a kit; cards that were made: `made_today`.
        target: how many cards the policy wants made a day; None if it does not say.
        days: the last thirty days, those without use too, oldest first; none while the time is unknown.
        foreseen: how long all that will last.
        supplies: ribbon and film, as the printers last told.
    """

    accounts: tuple[AccountBalance, ...]
    ready: int
    used_today: int
    made_today: int
    target: int | None
    days: tuple[DayUse, ...]
    foreseen: tuple[Foreseen, ...]
    supplies: tuple[SupplyRow, ...]


class Supplies(Why):
    """What may be looked at of all that is used up, and what is waited for no longer."""

    def stocked(self) -> Stocked:
        """Return blanks, ribbon and film at one look."""
        policy, now = self.policy, self._clock.now()
        hours = UTC_HOURS if policy is None else policy.utc_hours
        days: tuple[DayUse, ...] = ()
        made = 0
        with self.store.read() as view:
            accounts = tuple(AccountBalance(a.place, a.line, a.stock, a.batch, n) for a, n in view.balances().items())
            ready, supplies = view.blanks_ready(), tuple(view.supplies())
            if now is not None:
                midnight = now - (now + hours * 3600) % _DAY
                used = view.used_by_day(midnight - (DAYS - 1) * _DAY, hours)
                made = sum(view.begun_since(midnight).values())
                today = datetime.datetime.fromtimestamp(now + hours * 3600, datetime.UTC).date()
                past = (today - datetime.timedelta(days=back) for back in range(DAYS - 1, -1, -1))
                days = tuple(DayUse(day, used.get(day, 0)) for day in past)
        return Stocked(
            accounts=accounts,
            ready=ready,
            used_today=days[-1].used if days else 0,
            made_today=made,
            target=None if policy is None else policy.daily_target or None,
            days=days,
            foreseen=tuple(self.forecast()),
            supplies=supplies,
        )

    def drop_request(self, request: int, reason: str, officer: str) -> None:
        """Say, as a supervisor, that what was asked for will not come: if it is still short, more is asked for anew.

        Args:
            request: its number.
            reason: why, a `stationd.model.reasons.DropReason`.
            officer: who says so.

        Raises:
            Refused: if no request of this number is open.
        """
        self._allow_setting_aside(officer)
        known = self.policy.officer(officer) if self.policy else None
        if known is None or not known.has_role(Role.SUPERVISOR):
            raise self._needs_supervisor(officer)
        known_reason(reason, DropReason)
        with self.store.write(officer) as transaction:
            asked = next((row for row in transaction.requests() if row.seq == request), None)
            if asked is None:
                raise Refused(Kind.NOT_FOUND, "no-such-request", str(request))
            transaction.record(
                rule_events.StockRequestDropped(
                    request=request, supply=asked.supply, line=asked.line, stock=asked.stock, cause=reason
                )
            )
