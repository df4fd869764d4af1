"""One production line: a thread that makes the ordered cards, one after another, and says why when it does not."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from enum import StrEnum

import msgspec
import structlog
from typing_extensions import override

from drivers.catalog import Catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Raster
from stationd.model import events, issuance, recovery
from stationd.model.blank import CITIZENS, Place
from stationd.press.bench import Bench, open_bench
from stationd.press.gate import LOOK, LineGate, in_the_way, unfit_to_feed
from stationd.press.making import ACTOR, End, Making
from stationd.press.plan import LineUnfit
from stationd.press.prepare import Prepared
from stationd.press.reconcile import note_supplies, reconcile_after
from stationd.press.recovery import Look, look, never_fed, settle, unknown
from stationd.press.trouble import Cause, cause_of
from stationd.settings import LineSettings
from stationd.store.rows import JobRow
from stationd.store.store import CommitFailed, Store
from stationd.store.view import View

log = structlog.get_logger()

IDLE = 5.0
"""Seconds between health checks of an idle printer, and between tries to open one that is not there."""

POLL = 0.5
"""Seconds between looks at a printer that waits for a person (lid, hopper, ribbon) or for heat."""

SPOILS_IN_A_ROW = 2
"""After so many ruined blanks without a good card between them the fault is not the blanks': a line stops."""


class LineState(StrEnum):
    """What a line is doing."""

    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    WAITING = "waiting"
    ASKING = "asking"
    STOPPED = "stopped"


class LineStatus(msgspec.Struct, frozen=True):
    """A line as people see it.

    Attributes:
        cause, detail: why it waits or stands, in the words of the book.
        printer: model and serial number of the machine that answered; empty until one has.
        job_id: the job whose card is being made.
    """

    name: str
    state: LineState
    cause: str = ""
    detail: str = ""
    printer: str = ""
    firmware: str = ""
    job_id: str = ""


MayStart = Callable[[JobRow], str | None]
"""Says why no attempt may begin for a job now (lease over, time unknown, printing not granted); None if one may."""

Prepare = Callable[[JobRow, Raster], Prepared | None]
"""Makes a job ready for a machine; None if the job cannot be made now, which has then been put in the book."""


class Line(threading.Thread):
    """One production line."""

    def __init__(
        self, settings: LineSettings, catalog: Catalog, store: Store, prepare: Prepare, may_start: MayStart
    ) -> None:
        super().__init__(name=settings.name, daemon=True)
        self._settings = settings
        self._catalog = catalog
        self._store = store
        self._prepare = prepare
        self._may_start = may_start
        self._bench: Bench | None = None
        self._next: Prepared | None = None
        self._spoils = 0
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._status = LineStatus(settings.name, LineState.STARTING)
        self._reported: str | None = None
        self._unwritten: Cause | None = None
        self._halted: Cause | None = None

    # --- what others may call ---------------------------------------------------------------------------------------

    @property
    def status(self) -> LineStatus:
        """How the line is now."""
        return self._status

    def wake(self) -> None:
        """Say that there may be something to do. Returns at once."""
        self._woken.set()

    def resume(self) -> None:
        """Say that a person has looked at what ruined the blanks, and the line may go on."""
        self._spoils = 0
        self.wake()

    def halt(self, cause: str) -> None:
        """Make no more cards until the daemon is started again by a person: the book itself is in doubt."""
        self._halted = Cause(cause, "")
        self.wake()

    def stop(self) -> None:
        """Ask the line to end after the card that is in the machine. Returns at once."""
        self._stopping.set()
        self.wake()

    # --- the thread -------------------------------------------------------------------------------------------------

    @override
    def run(self) -> None:
        """Work until asked to stop."""
        while not self._stopping.is_set():
            try:
                if self._unwritten is not None:  # no device is touched before the book takes a word again
                    self._report(self._unwritten)
                    self._unwritten = None
                self._turn()
            except CommitFailed as failure:
                self._close_bench()  # what was done and not written down is found out in a new session
                if self._unwritten is None:
                    log.error("line stands: the book cannot be written", line=self.name, why=str(failure))
                self._unwritten, self._reported = Cause("disk", str(failure)), None
                self._show(LineState.STOPPED, self._unwritten)
                self._rest(IDLE)
            except Exception:  # the thread must not die in silence: a line that stands says so
                log.exception("line failed", line=self.name)
                self._close_bench()
                self._wait(Cause("line-failed", "see the log"))
        self._close_bench()

    def _turn(self) -> None:
        """Do the next thing that there is to do: open the devices, make one card, or wait."""
        with self._store.read() as view:
            question = next((q for q in view.open_questions() if q.line == self.name), None)
            hopper_open = view.exchange_open(self.name)
        if self._halted is not None:
            self._wait(self._halted)
        elif question is not None:
            self._show(LineState.ASKING, Cause("question", question.question_id))
            self._rest(IDLE)
        elif self._spoils >= SPOILS_IN_A_ROW:
            self._report(Cause("spoils-in-a-row", str(self._spoils)))
            self._rest(IDLE)
        elif self._bench is None:
            self._open_bench()
        elif (interrupted := self._interrupted()) is not None:
            self._take_up(self._bench, interrupted)
        elif hopper_open:
            self._report(Cause("exchange-open", self.name))
            self._rest(IDLE)
        elif self._fit_to_work(self._bench):
            self._work(self._bench)

    def _open_bench(self) -> None:
        try:
            self._bench = open_bench(self._settings, self._catalog)
        except (DeviceError, LineUnfit) as trouble:
            self._wait(cause_of(trouble) if isinstance(trouble, DeviceError) else Cause("line-unfit", trouble.why))
            return
        if self._interrupted() is None:
            self._reconcile(self._bench)

    def _fit_to_work(self, bench: Bench) -> bool:
        try:
            status = bench.printer.status(Deadline.after(LOOK))
        except DeviceError as trouble:
            self._close_bench()
            self._wait(cause_of(trouble))
            return False
        if cause := unfit_to_feed(status):
            self._report(cause)
            self._rest(POLL)
            return False
        return True

    def _work(self, bench: Bench) -> None:
        with self._store.read() as view:
            job = self._to_make(view)
            batch = self._batch(view)
        if job is None:
            self._report_ready(bench)
            self._rest(IDLE)
        elif batch is None:
            self._report(Cause("hopper-empty-in-book", self.name))
            self._rest(IDLE)
        elif not self._store.room_for_attempt():
            self._report(Cause("disk", "there is no room to finish a card once it is begun"))
            self._rest(IDLE)
        elif prepared := self._prepared(job, bench.printer.capabilities.raster):
            self._report_ready(bench)
            self._make(bench, job, batch, prepared)

    def _to_make(self, view: View) -> JobRow | None:
        return next(iter(view.next_ordered()), None)

    def _batch(self, view: View) -> str | None:
        """Return the batch that the next blank in the hopper is taken to be of: the first by name that holds any."""
        held = (account for account, count in view.balances().items() if count > 0)
        in_hopper = (a for a in held if (a.place, a.line, a.stock) == (Place.HOPPER, self.name, CITIZENS))
        return next((account.batch for account in in_hopper), None)

    def _prepared(self, job: JobRow, raster: Raster) -> Prepared | None:
        ready, self._next = self._next, None
        return ready if ready is not None and ready.job_id == job.job_id else self._prepare(job, raster)

    def _make(self, bench: Bench, job: JobRow, batch: str, prepared: Prepared) -> None:
        reservation = events.AttemptReserved(
            attempt_id=uuid.uuid4().hex,
            job_id=job.job_id,
            line=self.name,
            route=bench.route.name,
            stock=CITIZENS,
            batch=batch,
            printer=bench.machine,
            session=bench.session,
        )
        with self._store.write(ACTOR) as transaction:
            row = transaction.job(job.job_id)
            if row is None or row.state != job.state or transaction.exchange_open(self.name):
                return  # another line took it, it was called back, or the hopper was opened, since we looked
            if cause := self._may_start(row):
                transaction.record(events.OrderWithdrawn(job_id=row.job_id, cause=cause))
                return
            transaction.record(reservation)
        self._carry_out(bench, issuance.start(reservation), prepared)

    def _carry_out(
        self, bench: Bench, attempt: issuance.Attempt, prepared: Prepared, found: Look | None = None
    ) -> None:
        self._show(LineState.WORKING)
        self._status = msgspec.structs.replace(self._status, job_id=attempt.job_id)
        gate = LineGate(bench, self._report, self._rest_at_gate, lambda: self._report_ready(bench), self._close_bench)
        making = Making(self._store, bench, attempt, prepared, gate, lambda: self._look_ahead(bench), found)
        try:
            end = making.run()
        finally:
            self._status = msgspec.structs.replace(self._status, job_id="")
        log.info("attempt ended", line=self.name, attempt=attempt.attempt_id, end=end.name)
        self._spoils = self._spoils + 1 if end is End.SPOILED else 0 if end is End.DELIVERED else self._spoils
        if end is End.INTERRUPTED:
            self._close_bench()  # a new session: whatever the film holds is not to be trusted
        elif end is End.RELEASED and making.cause:
            self._report(making.cause)
            self._rest(POLL)
        elif end in {End.DELIVERED, End.SPOILED, End.RECALLED}:
            self._reconcile(bench)

    def _reconcile(self, bench: Bench) -> None:
        """Hold the printer's counters against the book, now that no card is on its way through it."""
        try:
            counters = bench.printer.counters(Deadline.after(LOOK))
            supplies = bench.printer.supplies(Deadline.after(LOOK))
        except DeviceError as trouble:
            log.warning("counters not read", line=self.name, cause=cause_of(trouble).word)
            return
        reconcile_after(self._store, self.name, bench.printer.identity, counters)
        note_supplies(self._store, self.name, bench.printer.identity, supplies)

    # --- interrupted attempts -----------------------------------------------------------------------------------------

    def _interrupted(self) -> issuance.Attempt | None:
        """Return the attempt whose card was left inside this line, by whatever interrupted it."""
        with self._store.read() as view:
            return next((attempt for attempt in view.attempts_inside() if attempt.line == self.name), None)

    def _take_up(self, bench: Bench, attempt: issuance.Attempt) -> None:
        """Find out what became of an interrupted attempt and go on from there."""
        if never_fed(attempt):
            released = events.AttemptReleased(attempt_id=attempt.attempt_id, job_id=attempt.job_id, cause="interrupted")
            self._store.record(ACTOR, released)
            return
        with self._store.read() as view:
            job = view.job(attempt.job_id)
        prepared = job and self._prepared(job, bench.printer.capabilities.raster)
        if not prepared:
            self._store.record(ACTOR, unknown(attempt, Cause("payload-unreadable", "")))
            return
        try:
            found = look(bench, attempt, prepared)
        except DeviceError as trouble:
            self._close_bench()
            self._wait(cause_of(trouble))
            return
        conclusion = recovery.conclude(attempt, found.evidence)
        log.info("interrupted attempt", attempt=attempt.attempt_id, verdict=conclusion.verdict)
        match conclusion.verdict:
            case recovery.Verdict.WAIT:
                self._await_clear_machine(bench)
                return
            case recovery.Verdict.ASK:
                self._store.record(ACTOR, unknown(attempt, Cause("interrupted", "")))
                self._close_bench()
                return
        happened = settle(attempt, conclusion, bench.session)
        self._store.record(ACTOR, *happened)
        for event in happened:
            attempt = issuance.apply(attempt, event)
        if attempt.outcome is None:
            self._carry_out(bench, attempt, prepared, found)

    def _await_clear_machine(self, bench: Bench) -> None:
        """Say what keeps the machine from telling whether it holds a card."""
        try:
            cause = in_the_way(bench.printer.status(Deadline.after(LOOK)))
        except DeviceError as trouble:
            self._close_bench()
            cause = cause_of(trouble)
        self._report(cause or Cause("media-unknown", "the machine does not say whether a card is inside"))
        self._rest(POLL)

    def _look_ahead(self, bench: Bench) -> None:
        """Prepare the next card while the film of this one is printed. Nothing of it can touch this one."""
        with self._store.read() as view:
            job = self._to_make(view)
        if job is None or self._next is not None or self._stopping.is_set():
            return
        try:
            self._next = self._prepare(job, bench.printer.capabilities.raster)
        except Exception:  # it is tried again, and reported, when its turn comes
            log.warning("next card not prepared", line=self.name, job=job.job_id)

    def _close_bench(self) -> None:
        self._next = None
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    # --- saying how it is -------------------------------------------------------------------------------------------

    def _rest(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()

    def _rest_at_gate(self) -> bool:
        self._rest(POLL)
        return not self._stopping.is_set()

    def _wait(self, cause: Cause) -> None:
        try:
            self._report(cause)
        except Exception as error:  # the book cannot take it: people are told all the same
            log.error("line stands", line=self.name, cause=cause.word, error=type(error).__name__)
            self._show(LineState.STOPPED, cause)
        self._rest(IDLE)

    def _show(self, state: LineState, cause: Cause | None = None) -> None:
        word, detail = (cause.word, cause.detail) if cause else ("", "")
        self._status = msgspec.structs.replace(self._status, state=state, cause=word, detail=detail)

    def _report(self, cause: Cause) -> None:
        """Say that something is in the way; in the book once, however long it lasts."""
        self._show(LineState.WAITING, cause)
        if self._reported != cause.word:
            self._store.record(ACTOR, events.LineStopped(line=self.name, cause=cause.word, detail=cause.detail))
            self._reported = cause.word
            log.warning("line waits", line=self.name, cause=cause.word, detail=cause.detail)

    def _report_ready(self, bench: Bench) -> None:
        state = LineState.WORKING if self._status.job_id else LineState.READY
        firmware = bench.printer.identity.firmware
        self._status = LineStatus(
            self.name, state, printer=bench.machine, firmware=firmware, job_id=self._status.job_id
        )
        if self._reported != "":
            self._store.record(ACTOR, events.LineReady(line=self.name, printer=bench.machine))
            self._reported = ""
            log.info("line ready", line=self.name, printer=bench.machine)
