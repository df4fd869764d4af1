"""When jobs are asked for: a call that waits at the registry is made again when other jobs are wanted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from stationd.registry import enrolment
from stationd.registry.connection import Connection
from stationd.registry.contract import (
    BookAnswer,
    BookPosition,
    EventsAnswer,
    EventsRequest,
    Lease,
    LeaseRequest,
    TimeAnswer,
)
from stationd.registry.errors import RegistryProblem, Unreachable
from stationd.registry.leasing import Leaser
from stationd.registry.link import Link, LinkTiming
from stationd.store.keys import Enrolment, FileKeys
from tests.registry.authority import Authority, public
from tests.registry.stand_in import Station

STATION = "kec-73.16.01"
REGISTRY = Authority()


class Licensed(Station):
    """A station that may print."""

    def licensed(self) -> bool:
        return True


class Patient:
    """A registry that answers who wants jobs, and lets everybody else wait."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.waiting = asyncio.Event()
        self.given_up = 0

    async def lease(self, request: LeaseRequest, key: str, wait: int) -> Lease:
        self.asked.append((request.want, key))
        if not request.want:
            try:
                self.waiting.set()
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                self.given_up += 1
                raise
        position = BookPosition(incarnation="inc-1", seq=0, head="0" * 64)
        return Lease(epoch=1, jobs=(), revoked=(), policy=None, expires=1, book=position)


def leaser(made: Station, registry: Patient) -> Leaser:
    return Leaser(STATION, cast("Any", registry), made, made, cast("Any", None))


def test_a_call_that_waits_is_made_again_when_jobs_are_wanted() -> None:
    async def scene() -> None:
        registry, made = Patient(), Licensed(STATION, lambda _: b"", wanted=0)
        asks = leaser(made, registry)
        under_way = asyncio.create_task(asks.ask(None, 3600))
        await registry.waiting.wait()
        made.most = 5
        asks.anew.set()
        assert await under_way is not None
        assert [want for want, _ in registry.asked] == [0, 5]
        assert len({key for _, key in registry.asked}) == 1, "an answer that crossed it comes again"
        assert registry.given_up == 1

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_a_link_that_ends_leaves_no_call_behind() -> None:
    async def scene() -> None:
        registry, others = Patient(), asyncio.all_tasks()
        under_way = asyncio.create_task(leaser(Licensed(STATION, lambda _: b"", wanted=0), registry).ask(None, 3600))
        await registry.waiting.wait()
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way
        assert registry.given_up == 1
        assert asyncio.all_tasks() == others

    asyncio.run(asyncio.wait_for(scene(), 30))


class Dead(Connection):
    """A registry that nobody reaches; it counts who asks for the time, which comes before all else."""

    asked = 0

    async def time(self, nonce: str) -> TimeAnswer:  # noqa: ARG002 - the connection's own
        self.asked += 1
        raise Unreachable("/v1/time", "down")


class Ahead(Connection):
    """A registry whose clock is put forward between two shipments."""

    at = 1_785_600_000.0
    asked = 0

    async def time(self, nonce: str) -> TimeAnswer:
        self.asked += 1
        return TimeAnswer(time=REGISTRY.sign({"nonce": nonce, "time": self.at}))

    async def ship(self, request: EventsRequest) -> EventsAnswer:
        seq = request.first + len(request.events) - 1
        said = {"station": STATION, "incarnation": "inc-1", "seq": seq, "head": request.head, "time": self.at}
        return EventsAnswer(acked=seq, countersignature=REGISTRY.sign(said))

    async def book(self, incarnation: str | None, first: int) -> BookAnswer:  # noqa: ARG002 - the connection's own
        raise RegistryProblem(call="/v1/book", status=404, type="x/book-unknown", detail="")

    async def lease(self, request: LeaseRequest, idempotency_key: str, wait: int) -> Lease:  # noqa: ARG002 - as above
        await asyncio.Event().wait()
        raise AssertionError


def test_a_clock_that_the_registrys_signature_leaves_behind_is_set_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment, "renewal_due", lambda *_: False)

    async def shipped(made: Licensed) -> None:
        made.record("station-started", version="test")
        made.wake()
        while made.acknowledged() < len(made.book):  # noqa: ASYNC110 - the book tells, and only when asked
            await asyncio.sleep(0.001)
        for _ in range(100):
            await asyncio.sleep(0)

    async def scene() -> None:
        keys = FileKeys(tmp_path)
        keys.create_station_keys()
        keys.save_enrolment(Enrolment(certificate="", ca="", signing_key=public(REGISTRY.signing)))
        made = Licensed(STATION, keys.sign, wanted=0)
        connection = Ahead(STATION, "https://127.0.0.1:1", keys, lambda: None)
        link = Link(station=STATION, connection=connection, keys=keys, book=made, intake=made, clock=made)
        made.wake = link.wake
        working = asyncio.create_task(link.run())
        await shipped(made)
        assert (made.time, connection.asked) == (Ahead.at, 1)
        connection.at += 25
        await shipped(made)
        assert connection.asked == 1, "what a slow answer may be wrong by moves no clock"
        connection.at += 86_400
        await shipped(made)
        while connection.asked == 1:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        while made.time != connection.at:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        connection.at -= 3_600
        await shipped(made)
        assert connection.asked == 2, "a signature may be an old one: it proves only that it is not earlier"
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_a_wait_after_a_failure_ends_when_more_jobs_are_wanted(tmp_path: Path) -> None:
    async def scene() -> None:
        keys = FileKeys(tmp_path)
        keys.create_station_keys()
        keys.save_enrolment(Enrolment(certificate="", ca="", signing_key=keys.book_public()))
        made = Licensed(STATION, keys.sign, wanted=0)
        connection = Dead(STATION, "https://127.0.0.1:1", keys, lambda: None)
        slow = LinkTiming(first_retry=3600, longest_retry=3600)
        link = Link(station=STATION, connection=connection, keys=keys, book=made, intake=made, clock=made, timing=slow)
        working = asyncio.create_task(link.run())
        for expected in (2, 3, 4, 5):  # both directions at first, then one at a time
            while connection.asked < expected:  # noqa: ASYNC110 - the link says nothing while it rests
                await asyncio.sleep(0.001)
            for _ in range(100):
                await asyncio.sleep(0)
            assert connection.asked == expected, "only who asks for jobs, and once for each time that more are wanted"
            link.ask_anew()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(asyncio.wait_for(scene(), 30))
