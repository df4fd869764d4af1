"""Carrying out one attempt: each step is declared in the book, done by a device, and written down as it was seen.

What may begin is decided by `stationd.model.issuance`; here it is only carried out. Nothing moves or alters a card
before its intent is on the disk.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

import structlog

from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.printer import Counters
from stationd.chip.errors import ChipError, NotBlank
from stationd.chip.personalise import Personaliser
from stationd.chip.reading import mark_of
from stationd.chip.state import ChipIdentity
from stationd.model import events, issuance, moves
from stationd.model.issuance import LEAVING, CardRegion, Course, Failing, Step
from stationd.press.bench import Bench, Evidence
from stationd.press.inline import RetransferBench
from stationd.press.prepare import Prepared
from stationd.press.recovery import Look
from stationd.press.trouble import Cause, Trouble, cause_of, failing
from stationd.store.store import Store

log = structlog.get_logger()

SECONDS = {
    Step.FEED: 60.0,
    Step.FILM: 180.0,
    Step.IDENTIFY: 20.0,
    Step.WRITE: 60.0,
    Step.SEAL: 60.0,
    Step.TRANSFER: 120.0,
    Step.ACTIVATE: 30.0,
    Step.DELIVER: 60.0,
    Step.REJECT: 60.0,
    Step.RETURN: 60.0,
}
"""How long each step may take before its devices are given up: well beyond what a slow machine needs.

How long a card may be printed is the bench's to say (`patience`): it is another matter with an officer in between, and
over a slow cable."""

ACTOR = "press"

REVOKED = "revoked"
"""The registry took the job back while its card was being made."""

MOST_DECLINES = 20
"""How often one step may be declined before the attempt is looked at anew instead of asked for again."""


_UNHARMED = frozenset({CardRegion.RESERVED, CardRegion.RETURNED})
"""Where a card is again, or still, a blank like any other."""


class End(Enum):
    """How the carrying out of an attempt ended."""

    DELIVERED = auto()
    SPOILED = auto()
    RELEASED = auto()
    RECALLED = auto()
    UNFIT = auto()
    INTERRUPTED = auto()
    LEFT = auto()


class Gate(Protocol):
    """Says to the line, and through it to people, why work waits."""

    def close(self, cause: Cause) -> bool:
        """Say what is in the way and wait until it may be gone.

        False if the attempt is to be left as it is: the line stops, or its session with the devices is over.
        """

    def open(self) -> None:
        """Say that work goes on."""


class Making:
    """One attempt under way on one bench.

    Args:
        store: where intents and observations go.
        bench: the line's open devices.
        attempt: as it was reserved.
        prepared: what is to be printed and written.
        gate: where the attempt waits while a device is in the way.
        found: an interrupted attempt's chip, as it was found engaged.
        counted: the printer's counters, where they were read just now; None: they are read before the blank is fed.
        meanwhile: called when a print begins, or goes on while the chip is done: time for the next card's artwork. It
            may be called again for the same card, and returns at once.

    Attributes:
        attempt: as far as it has come.
        cause: what went wrong last.
        counters: the printer's, as they were read when the card had left; None if they could not be.
    """

    def __init__(
        self,
        store: Store,
        bench: Bench,
        attempt: issuance.Attempt,
        prepared: Prepared,
        gate: Gate,
        meanwhile: Callable[[], None],
        found: Look | None = None,
        counted: Counters | None = None,
    ) -> None:
        self.attempt = attempt
        self.cause: Cause | None = None
        self.counters: Counters | None = None
        self._counted = counted
        self._store = store
        self._bench = bench
        self._prepared = prepared
        self._gate = gate
        self._meanwhile = meanwhile
        self._untouched = False
        self._declines = 0
        self._tag = b""
        self._chip = found.chip if found else None
        self._state = found.state if found else None
        self._end: End | None = None

    def run(self) -> End:
        """Make the card, or end in one of the other defined ways. Raises only what the store raises."""
        try:
            while self._end is None:
                self._go_on()
            return self._end
        finally:
            self._part()

    def _go_on(self) -> None:
        self._heed_revocation()
        if steps := issuance.ready(self.attempt):
            self._begin(steps[0])
        elif Step.FILM in self.attempt.open:
            self._meanwhile()
            self._await_film()
        elif issuance.returnable(self.attempt):
            self._begin(Step.RETURN)
        elif issuance.rejectable(self.attempt):
            self._begin(Step.REJECT)
        else:
            self._finish()

    def _heed_revocation(self) -> None:
        """Look whether the registry has taken the job back since the last step."""
        if self.attempt.recalled or self.attempt.card in issuance.GONE:
            return
        attempt_id, job_id = self.attempt.attempt_id, self.attempt.job_id
        with self._store.read() as view:
            job = view.job(job_id)
        if job is not None and job.revoked:
            self._record(events.AttemptRecalled(attempt_id=attempt_id, job_id=job_id, cause=REVOKED))

    def _finish(self) -> None:
        if self.attempt.card is CardRegion.DELIVERED:
            self._end = End.DELIVERED
            return
        if self.attempt.outcome is None:
            self._record(self._ending(self.attempt))
        unharmed = self.attempt.card in _UNHARMED
        if unharmed and self.attempt.unfit:
            self._end = End.UNFIT
            return
        self._end = End.RECALLED if unharmed or self._taken_back(self.attempt) else End.SPOILED

    def _ending(self, attempt: issuance.Attempt) -> issuance.AttemptEvent:
        """Return what ends an attempt whose card the officer does not get."""
        attempt_id, job_id = attempt.attempt_id, attempt.job_id
        if attempt.card in _UNHARMED:
            return events.AttemptReleased(attempt_id=attempt_id, job_id=job_id, cause=attempt.unfit or REVOKED)
        cause = Cause(REVOKED, "") if self._taken_back(attempt) else self.cause or Cause("interrupted", "")
        return events.AttemptSpoiled(attempt_id=attempt_id, job_id=job_id, cause=cause.word, identity=attempt.identity)

    def _taken_back(self, attempt: issuance.Attempt) -> bool:
        return attempt.recalled and not attempt.condemned

    # --- the book ---------------------------------------------------------------------------------------------------

    def _record(self, *happened: issuance.AttemptEvent) -> None:
        self._store.record(ACTOR, *happened)
        for event in happened:
            self.attempt = issuance.apply(self.attempt, event)

    def _intend(self, step: Step, evidence: Evidence) -> None:
        moved = moves.intended(self.attempt, step)
        attempt_id = self.attempt.attempt_id
        self._record(events.StepIntended(attempt_id=attempt_id, step=step, evidence=dict(evidence), moves=moved))

    def _observe(self, step: Step, evidence: Evidence) -> None:
        moved = moves.observed(self.attempt, step)
        if step in LEAVING:
            self.counters = self._read_counters()
            evidence = {**evidence, **_told(self.counters)}
        attempt_id = self.attempt.attempt_id
        observed = events.StepObserved(attempt_id=attempt_id, step=step, evidence=dict(evidence), moves=moved)
        if step in {Step.REJECT, Step.RETURN}:
            # In one commit: nobody takes an attempt up again that has no card inside, and its job would wait for ever.
            self._record(observed, self._ending(issuance.apply(self.attempt, observed)))
        else:
            self._record(observed)
        self._declines = 0
        self._gate.open()

    def _read_counters(self) -> Counters | None:
        """Read the counters as evidence. Not having them is no failure of the step that they stand beside."""
        try:
            return self._bench.counters(Deadline.after(5.0))
        except DeviceError as trouble:
            log.warning("counters not read", attempt=self.attempt.attempt_id, cause=cause_of(trouble).word)
            return None

    # --- steps ------------------------------------------------------------------------------------------------------

    def _act(self, step: Step) -> Evidence | None:
        """Do a step: with the chip here, with the card as the bench does it."""
        own = self._bench.patience
        deadline = Deadline.after(own[step] if step in own else SECONDS[step])
        # Made anew each time: kept, the bound methods would keep this attempt, and with it a citizen's data, alive
        # until the garbage collector happens to come by.
        with_chip = {
            Step.IDENTIFY: self._identify,
            Step.WRITE: self._write,
            Step.SEAL: self._seal,
            Step.ACTIVATE: self._activate,
        }
        if step in with_chip:
            with_chip[step](deadline)
            return None
        if step in LEAVING or step is Step.TRANSFER:
            self._part()
        if step is Step.RETURN and self.attempt.unfit:
            return self._bench.put_aside(self.attempt.unfit, self._prepared.image, deadline)
        return self._bench.acts()[step](self._prepared.image, deadline)

    def _begin(self, step: Step) -> None:
        evidence: Evidence = {}
        if step is Step.FEED:
            counted, self._counted = self._counted, None  # a second try is some time later
            evidence = _told(counted or self._read_counters())
        elif step is Step.IDENTIFY:
            self._tag = secrets.token_bytes(self._prepared.profile.identity.size)
            evidence = {"tag": self._tag.hex()}
        elif step is Step.WRITE:
            identity = bytes.fromhex(self.attempt.identity)
            evidence = {"chip": mark_of(self._prepared.profile, identity, self._prepared.objects, self._store.mark)}
        self._intend(step, evidence)
        if step is Step.PRINT:
            self._meanwhile()
        try:
            seen = self._act(step)
        except (DeviceError, ChipError) as trouble:
            self._failed(step, trouble, Failing.BROKE_THE_CARD if self._made_here(trouble) else None)
            return
        if step is not Step.FILM:
            self._observe(step, seen or {})

    def _await_film(self) -> None:
        assert isinstance(self._bench, RetransferBench)  # noqa: S101 - no other route has a film
        try:
            self._bench.await_film(Deadline.after(SECONDS[Step.FILM]))
        except DeviceError as trouble:
            # Printing had begun: whatever the machine says now, there may be an image on the film.
            self._failed(Step.FILM, trouble, Failing.MAY_HAVE_ACTED)
            return
        self._observe(Step.FILM, {})

    def _identify(self, deadline: Deadline) -> None:
        self._chip = self._engage(deadline)
        identity = self._chip.identify(self._tag, deadline, self._prepared.objects).hex
        self._record(events.ChipIdentified(attempt_id=self.attempt.attempt_id, identity=identity))

    def _write(self, deadline: Deadline) -> None:
        state, self._state = self._state, None
        if state is None:
            self._engaged.write(self._prepared.objects, self._written, deadline)
        elif state.unfinished:
            self._engaged.resume(self._prepared.objects, self._written, deadline)
        # Otherwise the interrupted attempt had written everything: it was read back equal when it was found.

    def _written(self, name: str) -> None:
        self._record(events.ChipObjectWritten(attempt_id=self.attempt.attempt_id, name=name))

    def _seal(self, deadline: Deadline) -> None:
        self._engaged.verify(self._prepared.objects, deadline)
        self._engaged.lock(deadline)

    def _activate(self, deadline: Deadline) -> None:
        self._chip = self._engage(deadline)
        kind = self._prepared.profile.identity.kind
        self._chip.activate(ChipIdentity(kind, bytes.fromhex(self.attempt.identity)), deadline)

    def _engage(self, deadline: Deadline) -> Personaliser:
        """Open a session with the chip. Until it is open nothing that could alter the card has been sent."""
        self._part()
        self._untouched = True
        self._bench.clear_reader(deadline)
        self._untouched = False
        self._bench.approach(deadline)
        self._untouched = True
        connection = self._bench.engage(deadline)
        self._untouched = False
        return self._prepared.channels.engine(connection, self._prepared.profile)

    def _part(self) -> None:
        """Forget the chip, and the session's keys with it."""
        chip, self._chip = self._chip, None
        if chip is not None:
            chip.close()

    @property
    def _engaged(self) -> Personaliser:
        if self._chip is None:
            raise RuntimeError("no chip is engaged")
        return self._chip

    # --- trouble ----------------------------------------------------------------------------------------------------

    def _made_here(self, trouble: Trouble) -> bool:
        """Say whether a chip turned out to be that of a card which the book knows: that is nobody's blank."""
        if not isinstance(trouble, NotBlank) or not trouble.held:
            return False
        with self._store.read() as view:
            return view.attempt_of_chip(trouble.held.hex()) is not None

    def _failed(self, step: Step, trouble: Trouble, known: Failing | None = None) -> None:
        cause = cause_of(trouble)
        self.cause = cause
        known = known or failing(trouble, step, untouched=self._untouched)
        self._untouched = False
        course = issuance.course(self.attempt, step, known)
        log.warning("step failed", attempt=self.attempt.attempt_id, step=step, cause=cause.word, course=course)
        attempt_id, job_id = self.attempt.attempt_id, self.attempt.job_id
        moved = moves.declined(self.attempt, step)
        declined = events.StepDeclined(attempt_id=attempt_id, step=step, cause=cause.word, moves=moved)
        match course:
            case Course.RELEASE:
                self._record(declined, events.AttemptReleased(attempt_id=attempt_id, job_id=job_id, cause=cause.word))
                self._end = End.RELEASED
            case Course.WAIT:
                self._record(declined)
                self._declines += 1
                if self._declines > MOST_DECLINES:
                    self._end = End.INTERRUPTED
                elif not self._gate.close(cause):
                    self._end = End.LEFT
            case Course.REJECT:
                self._record(events.StepFailed(attempt_id=attempt_id, step=step, cause=cause.word, detail=cause.detail))
            case Course.RETURN:
                self._record(
                    events.BlankUnfit(attempt_id=attempt_id, job_id=job_id, cause=cause.word, detail=cause.detail)
                )
            case Course.AGAIN:
                self._record(declined)
                self._end = End.INTERRUPTED
            case Course.LOOK:
                self._end = End.INTERRUPTED


def _told(counters: Counters | None) -> Evidence:
    return {} if counters is None else {"kind": counters.kind, "cards": counters.cards}
