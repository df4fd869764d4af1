"""One production line: a thread that makes the ordered cards, one after another, and says why when it does not."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Image, Printer, Raster
from stationd.model import events, issuance, recovery
from stationd.model.blank import CITIZENS, Place
from stationd.press.ahead import Ahead, same_lease
from stationd.press.begun_with import REPLACED, NotInstalled, as_begun, reserve
from stationd.press.bench import Bench
from stationd.press.desk_line import Person
from stationd.press.errands import Errands, LineBusy
from stationd.press.gate import LOOK, LineGate, in_the_way, unfit_to_feed
from stationd.press.inline import RetransferBench
from stationd.press.making import ACTOR, End, Making
from stationd.press.notice import LineState, LineStatus, Notice
from stationd.press.opening import Opening
from stationd.press.outside import card_outside
from stationd.press.plan import LineUnfit
from stationd.press.prepare import Prepare, Prepared
from stationd.press.recovery import INTERRUPTED, NOT_FOUND, Look, look, never_fed, settle, unknown
from stationd.press.start import Choose, MayStart, first_pressed, kept_back
from stationd.press.stray import known_card
from stationd.press.streak import Streak
from stationd.press.trials import Side, Trial, Tried, try_out, turns
from stationd.press.trouble import Cause, cause_of, for_a_person
from stationd.press.upkeep import Upkeep
from stationd.settings import LineSettings
from stationd.store.rows import JobRow
from stationd.store.store import CommitFailed, Store
from stationd.store.view import View

log = structlog.get_logger()

IDLE = 5.0
"""Seconds between health checks of an idle printer, and between tries to open one that is not there."""

POLL = 0.5
"""Seconds between looks at a printer that waits for a person (lid, hopper, ribbon) or for heat."""

LONGEST_POLL = 30.0
"""Seconds between two tries to feed, at most, when the printer declines for a cause that its status does not show."""

GLANCE = 0.1
"""Seconds between looks at the desk reader while a person is to lay a card there, or to take one off."""

ERRAND = 20.0
"""Seconds that a technician waits for a line to come to an errand."""


_T = TypeVar("_T")


class Line(threading.Thread):
    """One production line."""

    def __init__(
        self,
        settings: LineSettings,
        opening: Opening,
        store: Store,
        prepare: Prepare,
        may_start: MayStart,
        choose: Choose = first_pressed,
        hindered: Callable[[], Cause | None] = lambda: None,
    ) -> None:
        super().__init__(name=settings.name, daemon=True)
        self._settings = settings
        self._opening = opening
        self._store = store
        self._prepare = prepare
        self._may_start = may_start
        self._choose = choose
        self._hindered = hindered
        self._bench: Bench | None = None
        self._ahead = Ahead(settings.name)
        self._streak = Streak()
        self._declined = 0
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._notice = Notice(settings.name, store)
        self._upkeep = Upkeep(settings.name, store, self._notice)
        self._unwritten: Cause | None = None
        self._halted: Cause | None = None
        self._person = Person(self._notice.ask, self._stopping.is_set, self._notice.hear)
        self._errands = Errands(settings.name, self.wake)

    # --- what others may call ---------------------------------------------------------------------------------------

    @property
    def status(self) -> LineStatus:
        """How the line is now."""
        return self._notice.status

    def wake(self) -> None:
        """Say that there may be something to do. Returns at once."""
        self._woken.set()

    def resume(self) -> None:
        """Say that a person has looked at what ruined the blanks, and the line may go on."""
        self._streak.forget()
        self.wake()

    def go_on(self) -> None:
        """Say that the person at the desk has done what the line asks for."""
        self._person.say_done()
        self.wake()

    def try_out(self, kind: Trial, draw: Callable[[Raster], Image], officer: str, side: Side = Side.FRONT) -> Tried:
        """Spend a blank on a trial, as soon as the line is free. Returns when it is over.

        Raises:
            LineBusy: if the line does not come to it, or has no blank.
        """

        def trial(bench: Bench) -> Tried:
            with self._store.read() as view:
                batch = self._batch(view)
            if batch is None:
                raise LineBusy(self.name, "hopper-empty-in-book")
            if not self._store.room_for_attempt():
                raise LineBusy(self.name, "disk")
            if kind is Trial.PROVE and not isinstance(bench, RetransferBench):
                raise LineBusy(self.name, "line-unfit")
            if side is Side.BACK and not turns(bench):
                raise LineBusy(self.name, "card-cannot-be-turned")
            return try_out(self._store, self.name, batch, kind, draw, officer, bench, side)

        return self._errands.run(trial, ERRAND)

    def look_after(self, errand: Callable[[Bench], _T]) -> _T:
        """Let the line do with its printer what needs neither ribbon nor blanks, as soon as no card is being made.

        Raises:
            LineBusy: if the line does not come to it. Whatever the errand raises is raised here.
        """
        return self._errands.run(errand, ERRAND, unfit=True)

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
                    self._notice.report(self._unwritten)
                    self._unwritten = None
                self._turn()
            except CommitFailed as failure:
                self._close_bench()  # what was done and not written down is found out in a new session
                if self._unwritten is None:
                    log.error("line stands: the book cannot be written", line=self.name, why=str(failure))
                self._unwritten = Cause("disk", str(failure))
                self._notice.forget()
                self._notice.show(LineState.STOPPED, self._unwritten)
                self._rest(IDLE)
            except NotInstalled as missing:  # the card under way stays where it is, and nobody is asked about it
                self._wait(Cause(missing.cause, missing.name))
            except Exception:  # the thread must not die in silence: a line that stands says so
                log.exception("line failed", line=self.name)
                self._close_bench()
                self._wait(Cause("line-failed", "see the log"))
        self._errands.give_up()
        self._close_bench()

    def _turn(self) -> None:
        """Do the next thing that there is to do: open the devices, make one card, or wait."""
        with self._store.read() as view:
            question = next((q for q in view.open_questions() if q.line == self.name and q.cause != NOT_FOUND), None)
            hopper_open = view.exchange_open(self.name)
        if self._halted is not None:
            self._wait(self._halted)
        elif question is not None:
            self._notice.show(LineState.ASKING, Cause("question", question.question_id))
            self._rest(IDLE)
        elif cause := self._streak.cause:
            self._notice.report(cause)
            self._rest(IDLE)
        elif self._bench is None:
            self._open_bench()
        elif (interrupted := self._interrupted()) is not None:
            self._take_up(self._bench, interrupted)
        elif self._errands.do_next(self._bench, unfit=True):
            self._upkeep.look(self._bench, supplies=False)  # its ribbon may be out just now
        elif cause := Cause("exchange-open", self.name) if hopper_open else self._hindered():
            self._notice.report(cause)
            self._rest(IDLE)
        elif self._fit_to_work(self._bench):
            if self._errands.do_next(self._bench):
                self._upkeep.hurry()
            else:
                self._work(self._bench)

    def _open_bench(self) -> None:
        try:
            self._bench = self._opening.bench(self._settings, self._person)
        except (DeviceError, LineUnfit) as trouble:
            self._wait(cause_of(trouble) if isinstance(trouble, DeviceError) else Cause("line-unfit", trouble.why))
            return
        self._notice.meet(self._bench)
        if self._interrupted() is None:
            self._upkeep.look(self._bench)

    def _fit_to_work(self, bench: Bench) -> bool:
        try:
            status = bench.printer.status(Deadline.after(LOOK))
        except DeviceError as trouble:
            self._close_bench()
            self._wait(cause_of(trouble))
            return False
        self._notice.hear(status.conditions)
        if cause := unfit_to_feed(status):
            self._upkeep.hurry()
            self._notice.report(cause)
            self._rest(POLL)
            return False
        return True

    def _work(self, bench: Bench) -> None:
        with self._store.read() as view:
            job = self._to_make(view)
            batch = self._batch(view)
        if job is None:
            self._ahead.forget()  # nothing of a citizen is kept opened for an order that was taken back
            self._notice.ready(bench)
            self._upkeep.at_rest(bench)
            self._rest(IDLE)
        elif batch is None:
            self._notice.report(Cause("hopper-empty-in-book", self.name))
            self._rest(IDLE)
        elif not self._store.room_for_attempt():
            self._notice.report(Cause("disk", "there is no room to finish a card once it is begun"))
            self._rest(IDLE)
        elif cause := self._wanted(bench):
            self._notice.ask(cause)
            self._rest_while(cause, bench)
        elif (prepared := self._prepared(job, bench)) is None:
            return  # it is in the book why
        elif cause := known_card(self._store, bench, prepared):
            self._notice.ask(cause)
            self._rest(POLL)
        else:
            self._notice.ready(bench)
            self._make(bench, job, batch, prepared)

    def _wanted(self, bench: Bench) -> Cause | None:
        """Return what the person at the desk has to do before the next card is begun."""
        with self._store.read() as view:
            if cause := card_outside(view, bench):
                return cause
        try:
            return bench.wanted()
        except DeviceError as trouble:
            return cause_of(trouble)

    def _to_make(self, view: View) -> JobRow | None:
        return self._choose(view.next_ordered())

    def _batch(self, view: View) -> str | None:
        """Return the batch that the next blank in the hopper is taken to be of: the first by name that holds any."""
        held = (account for account, count in view.balances().items() if count > 0)
        in_hopper = (a for a in held if (a.place, a.line, a.stock) == (Place.HOPPER, self.name, CITIZENS))
        return next((account.batch for account in in_hopper), None)

    def _prepared(self, job: JobRow, bench: Bench) -> Prepared | None:
        return self._ahead.take(job) or self._made_ready(job, bench.printer)

    def _made_ready(self, job: JobRow, printer: Printer) -> Prepared | None:
        prepared = self._prepare(job, printer.capabilities.raster, printer.identity.serial)
        return prepared and replace(prepared, image=printer.make_ready(prepared.image))

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
            if (
                row is None
                or not same_lease(row, job)
                or row.state != job.state
                or transaction.exchange_open(self.name)
                or card_outside(transaction, bench)
            ):
                return  # another line took it or a blank, it was called back, or the hopper was opened, since we looked
            if cause := self._may_start(row):
                transaction.record(kept_back(row, cause))
                return
            reservation = reserve(transaction, reservation, prepared.profile)
        self._carry_out(bench, issuance.start(reservation), prepared)

    def _carry_out(
        self, bench: Bench, attempt: issuance.Attempt, prepared: Prepared, found: Look | None = None
    ) -> None:
        self._notice.show(LineState.WORKING)
        self._notice.at_work_on(attempt.job_id)
        gate = LineGate(bench, self._notice, self._rest_at_gate, self._close_bench)
        counted = self._upkeep.counted(bench)
        making = Making(self._store, bench, attempt, prepared, gate, lambda: self._look_ahead(bench), found, counted)
        try:
            end = making.run()
        finally:
            self._notice.at_work_on("")
        log.info("attempt ended", line=self.name, attempt=attempt.attempt_id, end=end.name)
        self._streak.note(end, making.attempt.unfit)
        self._declined = min(self._declined + 1, 16) if end is End.RELEASED else 0
        if end is End.INTERRUPTED:
            self._close_bench()  # a new session: whatever the film holds is not to be trusted
            if making.cause and for_a_person(making.cause):
                self._notice.report(making.cause)
        elif end is End.RELEASED and making.cause:
            self._notice.report(making.cause)
            self._rest(min(POLL * 2**self._declined, LONGEST_POLL))  # the printer may not tell when its cause has gone
        elif end in {End.DELIVERED, End.SPOILED, End.RECALLED, End.UNFIT}:
            self._upkeep.after_card(bench, making.counters)

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
        now = job and self._prepared(job, bench)
        prepared = now and as_begun(self._store, attempt, now)
        if not prepared:
            self._store.record(ACTOR, unknown(attempt, Cause(REPLACED if now else "payload-unreadable", "")))
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
                self._await_clear_machine(bench, found.wanted)
                return
            case recovery.Verdict.ASK:
                cause = NOT_FOUND if found.evidence.inside is False else INTERRUPTED
                self._store.record(ACTOR, unknown(attempt, Cause(cause, "")))
                self._close_bench()
                return
        happened = settle(attempt, conclusion, bench.session, found.evidence)
        self._store.record(ACTOR, *happened)
        for event in happened:
            attempt = issuance.apply(attempt, event)
        if attempt.outcome is None:
            self._carry_out(bench, attempt, prepared, found)
        else:
            self._streak.note_lost()

    def _await_clear_machine(self, bench: Bench, wanted: Cause | None) -> None:
        """Say what keeps the line from telling whether it has a card."""
        if wanted is not None:
            self._notice.ask(wanted)
            self._rest(POLL)
            return
        try:
            cause = in_the_way(bench.printer.status(Deadline.after(LOOK)))
        except DeviceError as trouble:
            self._close_bench()
            cause = cause_of(trouble)
        self._notice.report(cause or Cause("media-unknown", "the machine does not say whether a card is inside"))
        self._rest(POLL)

    def _look_ahead(self, bench: Bench) -> None:
        """Begin to make the next card ready, while this one is printed."""
        if not self._ahead.idle or self._stopping.is_set():
            return
        with self._store.read() as view:
            job = self._to_make(view)
        if job is not None:
            self._ahead.begin(job, partial(self._made_ready, job, bench.printer))

    def _close_bench(self) -> None:
        self._ahead.forget()
        if self._bench is not None:
            self._bench.close()
            self._bench = None
            self._opening.let_go(self.name)
            self._notice.hear(())

    # --- saying how it is -------------------------------------------------------------------------------------------

    def _rest(self, seconds: float) -> bool:
        """Wait for some time, or until there is news; returns whether there is."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken

    def _rest_while(self, wanted: Cause, bench: Bench) -> None:
        """Wait as `_rest` does, but no longer than the person at the desk takes."""
        rested = 0.0
        while rested < POLL and not self._rest(GLANCE) and self._wanted(bench) == wanted:
            rested += GLANCE

    def _rest_at_gate(self) -> bool:
        self._rest(POLL)
        return not self._stopping.is_set()

    def _wait(self, cause: Cause) -> None:
        try:
            self._notice.report(cause)
        except Exception as error:  # the book cannot take it: people are told all the same
            log.error("line stands", line=self.name, cause=cause.word, error=type(error).__name__)
            self._notice.show(LineState.STOPPED, cause)
        self._rest(IDLE)
