"""When jobs are asked for: a call that waits at the registry is made again when other jobs are wanted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from stationd.registry.connection import Connection
from stationd.registry.contract import BookPosition, Lease, LeaseRequest, TimeAnswer
from stationd.registry.errors import Unreachable
from stationd.registry.leasing import Leaser
from stationd.registry.link import Link, LinkTiming
from stationd.store.keys import Enrolment, FileKeys
from tests.registry.stand_in import Station

STATION = "kec-73.16.01"


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
