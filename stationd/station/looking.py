"""Looking at the station. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from stationd import __version__
from stationd.clock import Clock
from stationd.model.attention import Attention, attention
from stationd.model.issuance import live_by_tap
from stationd.model.policy import Office
from stationd.model.policy_history import PolicyHistory
from stationd.model.story import Story
from stationd.press.line import Line
from stationd.press.notice import LineState, LineStatus
from stationd.press.tap import Tap
from stationd.station.floor import Floor
from stationd.station.making import Pacing
from stationd.station.refusal import Kind, Refused
from stationd.station.views import AccountBalance, BookCheck, LinkStatus, StationStatus
from stationd.store.auditor import PublicKeys
from stationd.store.history import history
from stationd.store.rows import JobRow
from stationd.store.shelf_view import ShelfCard
from stationd.store.store import Store
from stationd.store.verification import Verification
from stationd.store.verify import Report

SHOWN: Final = 200
"""So many of the last finished jobs and refusals are shown: a look must not take longer with every year."""


class Looking(Floor):
    """What may be looked at.

    Attributes:
        verification: of the whole book; without the registry's countersignatures until its key is known.
        book_check: how the check of the book that began with the daemon stands.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        office: Office,
        lines: Sequence[Line],
        link_status: Callable[[], LinkStatus],
        policies: PolicyHistory,
        tap: Tap,
    ) -> None:
        super().__init__(store, clock, office, lines, policies, tap)
        self._link_status = link_status
        self.pacing = Pacing()
        store.on_commit(self.pacing.hear)
        self.rules.online = lambda: self._link_status().online
        self.verification = Verification(store.path, PublicKeys(store.keys.book_public()))
        self.book_check = BookCheck()

    def status(self) -> StationStatus:
        """Return the station at one look."""
        with self.store.read() as view:
            counts = view.job_counts()
            head = view.head()
            balances = view.balances()
            refused = view.refusals(SHOWN)
            questions = view.open_questions()
            exchanges, closed_day = view.exchanges(), view.closed_day()
            discrepancies = view.discrepancies(everything=False)
            supplies = view.supplies()
            delivered = view.attempts_delivered()
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
            lines=[_line_status(line) for line in self._lines.values()],
            link=self._link_status(),
            jobs=counts,
            refused=refused,
            questions=questions,
            blanks=blanks,
            exchanges=exchanges,
            closed_day=closed_day,
            discrepancies=discrepancies,
            supplies=supplies,
            book=head.seq,
            head=head.digest,
            book_check=self.book_check,
            to_compare=tuple(attempt.job_id for attempt in delivered if live_by_tap(attempt)),
        )

    def attention(self) -> Attention:
        """Return how the station is, in one word for anybody."""
        with self.store.read() as view:
            counts, questions = view.job_counts(), len(view.open_questions())
        return attention(((line.status.state, line.status.cause) for line in self._lines.values()), counts, questions)

    def jobs(self) -> list[JobRow]:
        """Return the jobs that are not finished, and the last that are, in the order of their arrival."""
        with self.store.read() as view:
            return view.jobs_in_sight(SHOWN)

    def story(self, job_id: str) -> Story:
        """Return what the book says of one job. Nobody's work waits for it."""
        told = history(self.store.path, job_id)
        if told is None:
            raise Refused(Kind.NOT_FOUND, "no-such-job", job_id)
        return told

    def shelf(self) -> list[ShelfCard]:
        """Return the finished cards that lie here."""
        with self.store.read() as view:
            return view.shelf()

    def balances(self) -> list[AccountBalance]:
        """Return every account that holds something."""
        with self.store.read() as view:
            return [AccountBalance(a.place, a.line, a.stock, a.batch, n) for a, n in view.balances().items()]

    async def verify(self) -> Report:
        """Replay the book and compare, beside the work. Whoever asks meanwhile waits for their turn.

        Raises:
            stationd.store.verification.NotFinished: if it could not be carried through.
        """
        return await self.verification.run()


def _line_status(line: Line) -> LineStatus:
    """Return how a line says it is, unless it can say nothing any more: its thread has ended."""
    status = line.status
    if line.ident is None or line.is_alive():
        return status
    return msgspec.structs.replace(status, state=LineState.STOPPED, job_id="")
