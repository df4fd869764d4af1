"""The link to the central registry: two directions side by side, each with its own patience.

One direction hands the book in whenever something is committed; the other asks for jobs, revocations and policy and
waits at the registry for news. Both first need the time, signed by the registry, because certificates are judged by it.
Whatever fails is tried again after a growing, random wait; nothing is lost by it and nothing is done twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from stationd.registry import enrolment, trusted_time
from stationd.registry.backoff import Backoff
from stationd.registry.connection import Connection
from stationd.registry.contract import ReturnRequest, unpadded
from stationd.registry.errors import BookForked, LinkError, RegistryProblem, Unreachable
from stationd.registry.leasing import Leaser
from stationd.registry.ports import Book, Intake, TimeKeeper
from stationd.registry.sealing import SealRefused, Seals
from stationd.registry.shipping import Shipper
from stationd.registry.trusted_time import Sample
from stationd.store.keys import KeyStore, NotEnrolled

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """All in seconds.

    Attributes:
        wait: how long the registry may hold a lease call until it has news; the contract allows 60.
        pause: between lease calls that bring nothing although they return at once.
        policy_every: between looks at the policy while the station may not lease.
        upkeep_every: between questions for the time; the certificate's end is looked at then too.
        first_retry: after a first failure.
        longest_retry: after many.
    """

    wait: int = 25
    pause: float = 5.0
    policy_every: float = 60.0
    upkeep_every: float = 3600.0
    first_retry: float = 1.0
    longest_retry: float = 300.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """What people are shown of the link.

    Attributes:
        online: whether the last call in each direction was answered.
        last_contact: when the registry last answered as it should, seconds since the epoch; None if never.
        last_error: what is wrong now, in one sentence; None if nothing is.
        acknowledged: the book's last countersigned number.
        forked_at: the number under which the registry holds another content; the link has ended then.
    """

    online: bool = False
    last_contact: float | None = None
    last_error: str | None = None
    acknowledged: int = 0
    forked_at: int | None = None


@dataclass(slots=True)
class _Direction:
    """One of the link's two loops."""

    name: str
    backoff: Backoff
    error: Exception | None = field(default=None)
    answered: bool = field(default=False)


class Link:
    """Keeps a station and its registry in step, for as long as `run` runs."""

    def __init__(
        self,
        *,
        station: str,
        connection: Connection,
        keys: KeyStore,
        book: Book,
        intake: Intake,
        clock: TimeKeeper,
        timing: LinkTiming | None = None,
    ) -> None:
        """Prepare; nothing is called yet.

        Raises:
            NotEnrolled: the keys hold no enrolment.
        """
        known = keys.enrolment()
        if known is None:
            raise NotEnrolled(station)
        self._station: Final = station
        self._connection: Final = connection
        self._keys: Final = keys
        self._book: Final = book
        self._intake: Final = intake
        self._clock: Final = clock
        self._timing: Final = timing or LinkTiming()
        self._seals: Final = Seals(keys.sealing_private(), known.signing_key)
        self._shipper: Final = Shipper(station, connection, book, self._seals)
        self._leaser: Final = Leaser(station, connection, book, intake, self._seals)
        self._out: Final = self._direction("book")
        self._in: Final = self._direction("leases")
        self._news: Final = asyncio.Event()
        self._preparing: Final = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._upkeep_due = 0.0
        self._looked_back = False
        self._time: Sample | None = None
        self._last_contact: float | None = None
        self._acknowledged = 0
        self._forked_at: int | None = None

    @property
    def state(self) -> LinkState:
        """How the link is doing. May be read from any thread."""
        errors = [direction.error for direction in (self._out, self._in) if direction.error is not None]
        return LinkState(
            online=(self._out.answered or self._in.answered) and not any(isinstance(e, Unreachable) for e in errors),
            last_contact=self._last_contact,
            last_error=_sentence(errors[0]) if errors else None,
            acknowledged=self._acknowledged,
            forked_at=self._forked_at,
        )

    async def give_back(self, job_ids: Sequence[str], reason: str) -> Sequence[str]:
        """Return jobs to the registry, signed; may be repeated.

        Args:
            job_ids: at most 1000.
            reason: one line.

        Returns:
            Those that are no longer with the station. A job that was or may have been printed is not among them.

        Raises:
            LinkError: as every call.
        """
        statement = "\n".join(["stationd returns", *job_ids, reason]).encode()
        signature = await asyncio.to_thread(self._keys.sign, statement)
        request = ReturnRequest(
            station=self._station, job_ids=tuple(job_ids), reason=reason, signature=unpadded(signature)
        )
        return (await self._connection.give_back(request)).returned

    @property
    def calls(self) -> Connection:
        """The connection, for what is asked beside the two directions, from the loop that `run` runs in."""
        return self._connection

    def wake(self) -> None:
        """Say that something was committed. May be called from any thread, before `run` and after it."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._news.set)

    def ask_anew(self) -> None:
        """Say that more jobs are wanted than were asked for: whatever keeps the next call back ends. As `wake`.

        A call that waits for news is made again; a wait after a failure is cut short, but not one that the registry
        itself has asked for.
        """
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._leaser.anew.set)

    async def run(self) -> None:
        """Work until cancelled, or until the book is found forked: then the intake was told, and nothing is sent."""
        self._loop = asyncio.get_running_loop()
        self._acknowledged = await asyncio.to_thread(self._book.acknowledged)
        forks: list[BookForked] = []
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._repeat(self._out, self._ship))
                both.create_task(self._repeat(self._in, self._lease))
        except* BookForked as group:
            forks += [error for error in group.exceptions if isinstance(error, BookForked)]
        finally:
            self._loop = None
            await self._connection.close()
        fork = forks[0]
        self._forked_at = fork.seq
        _log.error("link.book-forked", seq=fork.seq)
        await asyncio.to_thread(self._intake.fork_found, fork.seq)

    def _direction(self, name: str) -> _Direction:
        return _Direction(name, Backoff(self._timing.first_retry, self._timing.longest_retry))

    async def _repeat(self, direction: _Direction, work: Callable[[], Awaitable[None]]) -> None:
        """Do a piece of work again and again; after a failure, after a while."""
        while True:
            try:
                await self._prepare()
                await work()
            except BookForked as fork:
                direction.error = fork
                raise
            except Exception as error:  # the store may fail as well as the network, and both come back
                asked = error.retry_after if isinstance(error, RegistryProblem) else None
                wait = direction.backoff.next(asked)
                _report(direction, error, wait)
                direction.error = error
                if direction is self._in and asked is None:
                    await self._rest(wait)
                else:
                    await asyncio.sleep(wait)

    async def _rest(self, seconds: float) -> None:
        """Wait before jobs are asked for again, unless others are wanted meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaser.anew.wait()
        self._leaser.anew.clear()

    def _succeeded(self, direction: _Direction) -> None:
        if direction.error is not None or not direction.answered:
            _log.info("link.up", direction=direction.name)
        direction.error = None
        direction.answered = True
        direction.backoff.reset()
        self._last_contact = self._clock.now()

    async def _prepare(self) -> None:
        """Know the time, and have a certificate that will last."""
        async with self._preparing:
            if time.monotonic() < self._upkeep_due:
                await self._look_back()
                return
            try:
                await self._ask_time()
                await self._renew_certificate()
            except (LinkError, SealRefused) as error:
                if self._time is None:
                    raise
                # The clock goes on by itself and the certificate holds for a while: the rest need not wait.
                _log.warning("link.upkeep-failed", error=_sentence(error))
            self._upkeep_due = time.monotonic() + self._timing.upkeep_every
            await self._look_back()

    async def _look_back(self) -> None:
        """See that a book of which the registry knows nothing is not begun in ignorance of one that it has.

        A database that was lost must not be replaced by an empty one: what it had leased may have been printed.
        """
        if self._looked_back:
            return
        begun = await asyncio.to_thread(self._book.acknowledged)
        if not begun and not await asyncio.to_thread(self._book.cites):
            try:
                held = await self._connection.book(None, 1)
            except RegistryProblem as problem:
                if problem.name != "book-unknown":
                    raise
            else:
                if held.incarnation != self._book.incarnation:
                    raise BookForked(1)
        self._looked_back = True

    async def _ask_time(self) -> None:
        answer = await trusted_time.ask(self._connection, self._seals, self._clock.uptime)
        if trusted_time.worth_more(answer, self._time):
            self._time = answer
            self._clock.set_trusted(answer.time, answer.at)

    async def _renew_certificate(self) -> None:
        held = await asyncio.to_thread(self._keys.enrolment)
        now = self._clock.now()
        if held is not None and now is not None and enrolment.renewal_due(held.certificate, now):
            await enrolment.renew(self._connection, self._station, self._keys)
            _log.info("link.certificate-renewed")

    async def _ship(self) -> None:
        self._news.clear()
        await self._shipper.ship()
        self._acknowledged = await asyncio.to_thread(self._book.acknowledged)
        self._succeeded(self._out)
        if self._shipper.behind(self._clock.now()):  # nobody signs in the future: this clock has fallen behind
            await self._ask_time()
        await self._news.wait()

    async def _lease(self) -> None:
        policy = await asyncio.to_thread(self._intake.policy)
        began = time.monotonic()
        acknowledged = await asyncio.to_thread(self._book.acknowledged)
        lease = await self._leaser.ask(policy, self._timing.wait)
        if lease is None:
            newest = await self._leaser.fetch_policy()
            self._succeeded(self._in)
            if newest == policy:
                await self._rest(self._timing.policy_every)
            return
        self._succeeded(self._in)
        if lease.book.seq < acknowledged:
            _log.warning("link.registry-lost-part-of-the-book", has=lease.book.seq, acknowledged=acknowledged)
            self._shipper.send_again_after(lease.book.seq)
            self._news.set()
        if not lease.jobs and time.monotonic() - began < self._timing.pause:
            await self._rest(self._timing.pause)


def _sentence(error: Exception) -> str:
    """Say what is wrong in words fit for a screen. Only our own errors are known to quote nothing."""
    return str(error) if isinstance(error, LinkError | SealRefused) else type(error).__name__


def _report(direction: _Direction, error: Exception, wait: float) -> None:
    if direction.error is None or type(direction.error) is not type(error):
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        at = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else ""
        _log.warning("link.failed", direction=direction.name, error=_sentence(error), at=at, next_try_s=round(wait, 1))
