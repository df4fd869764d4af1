"""Looking at the station. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stationd import __version__
from stationd.clock import Clock
from stationd.model.policy import Office, Policy
from stationd.press.line import Line
from stationd.station.floor import Floor
from stationd.station.views import AccountBalance, LinkStatus, StationStatus
from stationd.store.rows import JobRow, ShelfCard
from stationd.store.store import Store
from stationd.store.verify import Report, book_key, verify


class Looking(Floor):
    """What may be looked at."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        office: Office,
        lines: Sequence[Line],
        link_status: Callable[[], LinkStatus],
        policy: Policy | None,
    ) -> None:
        super().__init__(store, clock, office, lines, policy)
        self._link_status = link_status

    def status(self) -> StationStatus:
        """Return the station at one look."""
        with self.store.read() as view:
            jobs = view.jobs()
            head = view.head()
            balances = view.balances()
            refused = view.refusals()
            questions = view.open_questions()
        counts: dict[str, int] = {}
        for job in jobs:
            counts[job.state] = counts.get(job.state, 0) + 1
        blanks: dict[str, int] = {}
        for account, count in balances.items():
            blanks[account.place] = blanks.get(account.place, 0) + count
        return StationStatus(
            station=self.store.station,
            incarnation=self.store.incarnation,
            version=__version__,
            time=self._clock.now(),
            trust=self._clock.trust(),
            policy_version=self.policy.version if self.policy else 0,
            lines=[line.status for line in self._lines.values()],
            link=self._link_status(),
            jobs=counts,
            refused=refused,
            questions=questions,
            blanks=blanks,
            book=head.seq,
            head=head.digest,
        )

    def jobs(self) -> list[JobRow]:
        """Return all jobs in the order of their arrival."""
        with self.store.read() as view:
            return view.jobs()

    def shelf(self) -> list[ShelfCard]:
        """Return the finished cards that lie here."""
        with self.store.read() as view:
            return view.shelf()

    def balances(self) -> list[AccountBalance]:
        """Return every account that holds something."""
        with self.store.read() as view:
            return [AccountBalance(a.place, a.line, a.stock, a.batch, n) for a, n in view.balances().items()]

    def verify(self) -> Report:
        """Replay the book and compare; see `stationd.store.verify`."""
        return verify(self.store.path, book_key(self.store.keys.book_public()))
