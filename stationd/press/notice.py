"""What a line tells people of itself, and what of that goes into the book."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import structlog

from drivers.printer import Cleanings, Condition
from stationd.model import events
from stationd.press.bench import Bench
from stationd.press.plan import lacks
from stationd.press.trouble import Cause
from stationd.store.store import Store

log = structlog.get_logger()

ACTOR = "press"


class LineState(StrEnum):
    """What a line is doing."""

    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    WAITING = "waiting"
    ASKING = "asking"
    STOPPED = "stopped"


class Reported(msgspec.Struct, frozen=True):
    """Something that a printer reports: a `drivers.printer.Reason`, its own code, and what it means.

    What it lacks is told in the same way, under a cause of `stationd.press.plan` and without a code.
    """

    reason: str
    code: str
    text: str


class CleaningsTold(msgspec.Struct, frozen=True):
    """What a printer counts of its cleaning; members as in `drivers.printer.Cleanings`."""

    done: int
    since: int | None = None
    every: int | None = None
    due: bool = False


class LineStatus(msgspec.Struct, frozen=True):
    """A line as people see it.

    Attributes:
        cause, detail: why it waits or stands, in the words of the book.
        printer: model and serial number of the machine that answered; empty until one has.
        job_id: the job whose card is being made.
        conditions: what the printer reports besides, when it was last asked: a ribbon that runs low, a cleaning that
            is due, heat; and what it lacks for good, as `stationd.press.plan.lacks` has it. None of it keeps the line
            from working unless it is the cause as well.
        cleanings: what it counts of its cleaning; None if a station cannot begin one, or it has not told yet.
    """

    name: str
    state: LineState
    cause: str = ""
    detail: str = ""
    printer: str = ""
    firmware: str = ""
    job_id: str = ""
    conditions: tuple[Reported, ...] = ()
    cleanings: CleaningsTold | None = None


class Notice:
    """How a line is, as it was told last.

    Args:
        name: the line's.
        store: the book.
    """

    def __init__(self, name: str, store: Store) -> None:
        self.status = LineStatus(name, LineState.STARTING)
        self._store = store
        self._reported: str | None = None
        self._lacking: tuple[Reported, ...] = ()

    def show(self, state: LineState, cause: Cause | None = None) -> None:
        """Tell people, and not the book."""
        word, detail = (cause.word, cause.detail) if cause else ("", "")
        self.status = msgspec.structs.replace(self.status, state=state, cause=word, detail=detail)

    def meet(self, bench: Bench) -> None:
        """Tell which machine answered, whether or not it can work."""
        firmware = bench.printer.identity.firmware
        self._lacking = tuple(Reported(word, "", word) for word in lacks(bench.printer))
        self.status = msgspec.structs.replace(self.status, printer=bench.machine, firmware=firmware, cleanings=None)
        self.hear(())

    def hear(self, conditions: Sequence[Condition]) -> None:
        """Tell what the printer reports, harmless or not."""
        told = tuple(Reported(condition.reason, condition.code, condition.text) for condition in conditions)
        self.status = msgspec.structs.replace(self.status, conditions=(*told, *self._lacking))

    def count_cleanings(self, told: Cleanings) -> None:
        """Tell what the printer counts of its cleaning."""
        counted = CleaningsTold(told.done, told.since, told.every, told.due)
        self.status = msgspec.structs.replace(self.status, cleanings=counted)

    def ask(self, cause: Cause | None) -> None:
        """Ask the person at the desk for something; None: it is done. It is part of the work, and not for the book."""
        self.show(LineState.WAITING if cause else LineState.WORKING, cause)

    def at_work_on(self, job_id: str) -> None:
        """Tell whose card is being made; nobody's if empty."""
        self.status = msgspec.structs.replace(self.status, job_id=job_id)

    def forget(self) -> None:
        """Forget what was told: the book may not have taken it."""
        self._reported = None

    def report(self, cause: Cause) -> None:
        """Tell that something is in the way; in the book once, however long it lasts."""
        self.show(LineState.WAITING, cause)
        if self._reported != cause.word:
            stopped = events.LineStopped(line=self.status.name, cause=cause.word, detail=cause.detail)
            self._store.record(ACTOR, stopped)
            self._reported = cause.word
            log.warning("line waits", line=self.status.name, cause=cause.word, detail=cause.detail)

    def ready(self, bench: Bench) -> None:
        """Tell that nothing is in the way."""
        now = self.status
        state = LineState.WORKING if now.job_id else LineState.READY
        firmware = bench.printer.identity.firmware
        self.status = msgspec.structs.replace(
            now, state=state, cause="", detail="", printer=bench.machine, firmware=firmware
        )
        if self._reported != "":
            self._store.record(ACTOR, events.LineReady(line=now.name, printer=bench.machine))
            self._reported = ""
            log.info("line ready", line=now.name, printer=bench.machine)
