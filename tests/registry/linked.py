"""A station's real link to the real simulated registry, and how a test waits for the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from typing_extensions import override

from stationd.model.job import Hold, Job, Refusal
from stationd.registry.connection import Connection, Patience
from stationd.registry.contract import EventsAnswer, EventsRequest, Lease, LeaseRequest
from stationd.registry.enrolment import enrol
from stationd.registry.intake import Installed, JobIntake
from stationd.registry.link import Link, LinkTiming
from stationd.registry.sealing import Seals
from stationd.store.keys import FileKeys
from tests.registry.simulated import SimulatedRegistry
from tests.registry.stand_in import Station

TIMING = LinkTiming(wait=2, pause=0.2, policy_every=0.2, upkeep_every=60.0, first_retry=0.05, longest_retry=0.3)
PATIENCE = Patience(connect=5.0, read=5.0, whole=20.0)


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 60.0))


async def until(condition: Callable[[], object]) -> None:
    """Wait for something to become true; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110  # another process tells, and only when asked
        await asyncio.sleep(0.02)


async def ask(registry: SimulatedRegistry, act: str, **arguments: object) -> Any:
    return await asyncio.to_thread(registry.desk.ask, act, **arguments)


def fits(job: Job) -> Hold | Refusal | None:
    return None


async def enrolled(registry: SimulatedRegistry, keys: FileKeys, incarnation: str = "inc-1") -> Station:
    if keys.enrolment() is None:
        await enrol(registry.url, registry.station, registry.code, keys, registry.ca, PATIENCE)
    known = keys.enrolment()
    assert known is not None
    made = Station(registry.station, keys.sign, incarnation)
    made.intake = JobIntake(
        station=registry.station,
        seals=Seals(keys.sealing_private(), known.signing_key),
        desk=made,
        installed=Installed(layouts={"ktp-el"}, profiles={"lab-iso7816"}),
        fits=fits,
        now=made.now,
    )
    made.record("station-started", version="test")
    return made


class Interrupted(Connection):
    """The real connection, with something happening before or after chosen calls."""

    before_lease: Callable[[], Awaitable[None]] | None = None
    after_lease: Callable[[], Awaitable[None]] | None = None
    before_ship: Callable[[], Awaitable[None]] | None = None
    after_ship: Callable[[], Awaitable[None]] | None = None

    @override
    async def lease(self, request: LeaseRequest, idempotency_key: str, wait: int) -> Lease:
        await self._once("before_lease")
        lease = await super().lease(request, idempotency_key, wait)
        if lease.jobs:
            await self._once("after_lease")
        return lease

    @override
    async def ship(self, request: EventsRequest) -> EventsAnswer:
        await self._once("before_ship")
        answer = await super().ship(request)
        await self._once("after_ship")
        return answer

    async def _once(self, name: str) -> None:
        happening: Callable[[], Awaitable[None]] | None = getattr(self, name)
        setattr(self, name, None)
        if happening is not None:
            await happening()


def connect(registry: SimulatedRegistry, keys: FileKeys, made: Station) -> Interrupted:
    return Interrupted(registry.url, registry.station, keys, made.now, PATIENCE)


@asynccontextmanager
async def linked(made: Station, keys: FileKeys, connection: Connection) -> AsyncIterator[Link]:
    link = Link(
        station=made.station, connection=connection, keys=keys, book=made, intake=made, clock=made, timing=TIMING
    )
    made.wake = link.wake
    running = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        made.wake = lambda: None


def in_step(registry: SimulatedRegistry, made: Station) -> Callable[[], bool]:
    """True once the registry has the whole book and the station has its word for it."""
    return lambda: made.acknowledged() == len(made.book) and registry.texts() == made.book
