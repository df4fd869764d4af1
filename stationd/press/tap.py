"""A card laid on the officer's reader: what its chip says, and the one thing that may be done to it there.

A tap settles the chip: it is here, and this is what it holds. How the card looks only a person can tell.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import structlog
from typing_extensions import override

from drivers.deadline import Deadline
from drivers.encoder import CardMute, CardRemoved, NoCard
from drivers.errors import DeviceError
from stationd.chip.channels import Channels
from stationd.chip.errors import ChipError, LostReply
from stationd.chip.personalise import Personaliser
from stationd.chip.profile import Profile
from stationd.chip.state import ChipIdentity, ChipState, IdentityFound
from stationd.model import events
from stationd.model.issuance import Attempt, Step, Tapped, activatable
from stationd.press.begun_with import REPLACED, NotInstalled, begun_with
from stationd.press.desk_reader import TAP, DeskReader, DeskReaderInUse, NoDeskReader
from stationd.press.trouble import cause_of
from stationd.store.rows import JobRow
from stationd.store.store import Store
from stationd.store.view import View

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds to wait for a card, and then for its chip."""

TURN = 1.0
"""Seconds to wait for the reader while another has it."""


@dataclass(frozen=True)
class ChipContent:
    """What a job's chip is to hold. Citizens' data: opened for one tap, and nowhere kept."""

    profile: Profile = field(repr=False)
    objects: Mapping[str, bytes] = field(repr=False)
    channels: Channels = field(default_factory=Channels, repr=False)


@dataclass(eq=False)
class TapFailed(Exception):
    """A tap that settles nothing, with its cause in the words of the catalogue. The card may be laid on again."""

    cause: str
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}" if self.detail else self.cause


class Tap:
    """What a card on the desk reader tells of an attempt.

    Args:
        store: the book.
        desk: its reader.
        content: opens what a job's chip is to hold; None if that cannot be opened any more. Raises `NotInstalled`.
    """

    def __init__(self, store: Store, desk: DeskReader, content: Callable[[JobRow], ChipContent | None]) -> None:
        self._store = store
        self._desk = desk
        self._content = content

    def look(self, job: JobRow, attempt: Attempt) -> Tapped:
        """Read the card on the reader, changing nothing.

        Raises:
            TapFailed: if there is none in time, it does not answer, or it is not this attempt's.
        """
        with self._session(job, attempt) as (chip, content, deadline):
            return _tapped(_inspect(chip, content, attempt, deadline))

    def activate(self, job: JobRow, attempt: Attempt, officer: str) -> Attempt:
        """Make the chip of a delivered card live: declared before, observed after. Returns the attempt then.

        After an answer that was lost the same card is simply laid on again: what its chip says settles it.

        Raises:
            TapFailed: as for `look`, or if the chip is not complete, or did not answer in the end.
            stationd.store.store.CommitFailed: if the disk does not take the intent; nothing was done then.
        """
        attempt_id = attempt.attempt_id
        observed = events.StepObserved(attempt_id=attempt_id, step=Step.ACTIVATE)
        with self._session(job, attempt) as (chip, content, deadline):
            # Not before the reader is held: until then another officer may have settled this card.
            declared = self._still_to_activate(job.job_id, attempt_id)
            tapped = _tapped(_inspect(chip, content, attempt, deadline))
            match tapped:
                case Tapped.LIVE if declared:
                    self._store.record(officer, observed)
                case Tapped.LOCKED:
                    self._intend(job.job_id, attempt_id, officer)
                    identity = ChipIdentity(content.profile.identity.kind, bytes.fromhex(attempt.identity))
                    chip.activate(identity, deadline)
                    self._store.record(officer, observed)
                case _:
                    raise TapFailed("chip-not-complete", tapped)
        with self._store.read() as view:
            return view.attempt(attempt_id)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """See to it that nobody makes a card live on the desk reader meanwhile.

        Raises:
            TapFailed: if somebody is just doing that.
        """
        try:
            with self._desk.alone(Deadline.after(TURN)):
                yield
        except DeskReaderInUse as used:
            raise tap_failed(used) from None

    def _still_to_activate(self, job_id: str, attempt_id: str) -> bool:
        """Return whether the activation was declared before; raises `TapFailed` if it is no more to be made."""
        with self._store.read() as view:
            return _declared(view, job_id, attempt_id)

    def _intend(self, job_id: str, attempt_id: str, officer: str) -> None:
        """Declare the activation, unless the card was settled or its job revoked in this very moment."""
        with self._store.write(officer) as transaction:
            if not _declared(transaction, job_id, attempt_id):
                transaction.record(events.StepIntended(attempt_id=attempt_id, step=Step.ACTIVATE))

    @contextlib.contextmanager
    def _session(self, job: JobRow, attempt: Attempt) -> Iterator[tuple[Personaliser, ChipContent, Deadline]]:
        try:
            content = self._content(job)
        except NotInstalled as missing:
            raise TapFailed(missing.cause, missing.name) from None
        if content is None:
            raise TapFailed("payload-unreadable")
        with self._store.read() as view:
            profile = begun_with(view, attempt, content.profile)
        if profile is None:
            raise TapFailed(REPLACED)
        content = replace(content, profile=profile)
        deadline = Deadline.after(PATIENCE)
        try:
            with (
                self._desk.held(deadline.sooner(TURN)) as reader,
                contextlib.closing(reader.connect(deadline)) as connection,
            ):
                self._desk.work_with(TAP)
                with contextlib.closing(content.channels.engine(connection, content.profile)) as chip:
                    yield chip, content, deadline
        except LostReply as lost:
            raise tap_failed(lost.failure) from None
        except DeviceError as trouble:
            raise tap_failed(trouble) from None
        except ChipError as trouble:
            log.warning("tap failed", job=job.job_id, cause=cause_of(trouble).word)
            raise TapFailed("chip-not-understood") from None


def _declared(view: View, job_id: str, attempt_id: str) -> bool:
    attempt, job = view.attempt(attempt_id), view.job(job_id)
    if job is None or job.revoked:
        raise TapFailed("job-was-revoked")
    declared = Step.ACTIVATE in attempt.open
    if not declared and not activatable(attempt):
        raise TapFailed("card-was-settled")
    return declared


def tap_failed(trouble: DeviceError) -> TapFailed:
    """Say in the words of the catalogue why the desk reader settled nothing."""
    match trouble:
        case DeskReaderInUse():
            return TapFailed("desk-reader-in-use")
        case NoDeskReader():
            return TapFailed("desk-reader-has-no-driver" if trouble.driver else "no-desk-reader")
        case NoCard():
            return TapFailed("no-card-on-desk")
        case CardMute() | CardRemoved():
            return TapFailed("card-left-or-silent")
        case _:
            return TapFailed(cause_of(trouble).word, str(trouble))


def _inspect(chip: Personaliser, content: ChipContent, attempt: Attempt, deadline: Deadline) -> ChipState:
    if not attempt.identity:
        raise TapFailed("card-has-no-identity")
    return chip.inspect(content.objects, bytes.fromhex(attempt.identity), deadline)


def _tapped(state: ChipState) -> Tapped:
    """Say what a chip is.

    Raises:
        TapFailed: if it is not this attempt's.
    """
    if state.identity is not IdentityFound.OURS:
        raise TapFailed("another-card", "blank" if state.blank else "")
    if state.complete and state.active:
        return Tapped.LIVE
    return Tapped.LOCKED if state.complete and state.locked else Tapped.UNFINISHED
