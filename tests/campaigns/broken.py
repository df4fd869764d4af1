"""Daemons that are deliberately broken in one way each, to show that the campaign notices.

Each is made by replacing a function after the daemon's code was loaded; the product has no switch for any of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from drivers.deadline import Deadline
from drivers.matica_xid import driver
from stationd.audit import Audit
from stationd.chip.state import ChipIdentity
from stationd.model import events, issuance, moves
from stationd.model.blank import Movement, Place
from stationd.model.issuance import Attempt, FilmRegion, Step
from stationd.press.making import ACTOR, Making
from stationd.store import database


def without_audit() -> None:
    """Silence the station's own audit, which would stop most of these: here the campaign alone is to notice."""

    def sound(_: Audit) -> bool:
        return True

    async def unchecked(_: Audit) -> None:
        """Look at nothing."""

    Audit.check_tail = sound  # type: ignore[method-assign]
    Audit.check_all = unchecked  # type: ignore[method-assign]


def synchronous_off() -> None:
    """Nothing is synced: a commit is only in the kernel's memory."""
    connect = database.connect

    def unsafe(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        connection = connect(path, read_only=read_only)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    database.connect = unsafe


def intent_after_the_move() -> None:
    """An intent reaches the disk together with what is written next, when the step is over."""
    record = Making._record

    def late(self: Making, *happened: issuance.AttemptEvent) -> None:
        waiting: tuple[issuance.AttemptEvent, ...] = getattr(self, "_late", ())
        if len(happened) == 1 and isinstance(happened[0], events.StepIntended):
            self._late = (*waiting, *happened)  # type: ignore[attr-defined]
            self.attempt = issuance.apply(self.attempt, happened[0])
            return
        self._late = ()  # type: ignore[attr-defined]
        if waiting:
            self._store.record(ACTOR, *waiting)
        record(self, *happened)

    Making._record = late  # type: ignore[method-assign]


def resume_on_absence() -> None:
    """A card that is not found was never made live, it is said, and the job goes on with another."""
    Attempt.may_be_live = property(lambda _: False)  # type: ignore[assignment,method-assign]


def film_from_before() -> None:
    """What was printed to film before an interruption is transferred after it."""

    def resume(attempt: Attempt, event: events.AttemptResumed) -> Attempt:
        holds = Step.FILM in attempt.done and Step.TRANSFER not in attempt.done
        return msgspec.structs.replace(
            attempt,
            session=event.session,
            resumes=attempt.resumes + 1,
            condemned=attempt.condemned or event.condemned,
            film=FilmRegion.HOLDS if holds else FilmRegion.CLEAN,
        )

    transfer = driver.MaticaXid.transfer

    def trusting(self: driver.MaticaXid, deadline: Deadline) -> None:
        self._film = driver._Film.HOLDS_IMAGE
        transfer(self, deadline)

    def leave(self: driver.MaticaXid, deadline: Deadline) -> None:
        """Leave the film as it is."""

    issuance._resume = resume
    driver.MaticaXid.transfer = trusting  # type: ignore[method-assign]
    driver.MaticaXid.clear_film = leave  # type: ignore[method-assign]


def counted_twice() -> None:
    """A delivered card is taken from the hopper's account once more."""
    observed = moves.observed

    def twice(attempt: Attempt, step: Step) -> tuple[Movement, ...]:
        again = Movement(attempt.account(Place.HOPPER), attempt.account(Place.OUTPUT), 1)
        return (*observed(attempt, step), *((again,) if step is Step.DELIVER else ()))

    moves.observed = twice


def activation_before_print() -> None:
    """The chip is made live as soon as it is complete, while the card is still white."""
    seal = Making._seal

    def seal_and_activate(self: Making, deadline: Deadline) -> None:
        seal(self, deadline)
        kind = self._prepared.profile.identity.kind
        self._engaged.activate(ChipIdentity(kind, bytes.fromhex(self.attempt.identity)), deadline)

    def done_already(self: Making, deadline: Deadline) -> None:
        self._bench.release(deadline)

    Making._seal = seal_and_activate  # type: ignore[method-assign]
    Making._activate = done_already  # type: ignore[method-assign]


VARIANTS: Mapping[str, Callable[[], None]] = {
    "synchronous-off": synchronous_off,
    "intent-after-the-move": intent_after_the_move,
    "resume-on-absence": resume_on_absence,
    "film-from-before": film_from_before,
    "counted-twice": counted_twice,
    "activation-before-print": activation_before_print,
}
