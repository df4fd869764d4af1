"""What a line tells people of itself, and what of that goes into the book."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import structlog

from stationd.model import events
from stationd.press.bench import Bench
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

    def show(self, state: LineState, cause: Cause | None = None) -> None:
        """Tell people, and not the book."""
        word, detail = (cause.word, cause.detail) if cause else ("", "")
        self.status = msgspec.structs.replace(self.status, state=state, cause=word, detail=detail)

    def meet(self, bench: Bench) -> None:
        """Tell which machine answered, whether or not it can work."""
        firmware = bench.printer.identity.firmware
        self.status = msgspec.structs.replace(self.status, printer=bench.machine, firmware=firmware)

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
        self.status = LineStatus(now.name, state, printer=bench.machine, firmware=firmware, job_id=now.job_id)
        if self._reported != "":
            self._store.record(ACTOR, events.LineReady(line=now.name, printer=bench.machine))
            self._reported = ""
            log.info("line ready", line=now.name, printer=bench.machine)
