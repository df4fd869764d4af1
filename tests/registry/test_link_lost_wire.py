"""The real link against the real simulated registry, with kills and losses at the worst moments."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from stationd.registry.contract import LeasedJob
from stationd.registry.errors import Unreachable
from stationd.registry.link import Link
from stationd.store.keys import FileKeys
from tests.registry.linked import TIMING, ask, connect, enrolled, in_step, linked, run, until
from tests.registry.simulated import SimulatedRegistry
from tests.registry.stand_in import Station


def kill_and_start(registry: SimulatedRegistry, answer_lost: bool) -> Callable[[], Awaitable[None]]:
    restarts: list[asyncio.Task[None]] = []

    async def later() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(registry.start)

    async def happen() -> None:
        await asyncio.to_thread(registry.kill)
        restarts.append(asyncio.create_task(later()))
        if answer_lost:
            raise Unreachable("test", "the answer was lost")

    return happen


@pytest.mark.parametrize(
    ("moment", "answer_lost"),
    [
        ("before_lease", False),
        ("after_lease", False),
        ("after_lease", True),
        ("before_ship", False),
        ("after_ship", False),
        ("after_ship", True),
    ],
)
def test_a_registry_killed_at_any_moment_loses_nothing_and_repeats_nothing(
    registry: SimulatedRegistry, keys: FileKeys, moment: str, answer_lost: bool
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        ids = await ask(registry, "add-jobs", station=registry.station, count=4)
        connection = connect(registry, keys, made)
        setattr(connection, moment, kill_and_start(registry, answer_lost))
        async with linked(made, keys, connection) as link:
            await until(lambda: len(made.accepted) == 4)
            assert getattr(connection, moment) is None
            await until(lambda: link.state.last_error is None and link.state.online)
            await until(in_step(registry, made))
        assert sorted(job_id for job_id, _ in made.accepted) == sorted(ids)
        assert made.refusals == []

    run(scene())


def test_a_registry_restored_from_a_backup_gets_the_book_again(
    registry: SimulatedRegistry, keys: FileKeys, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"

    async def scene() -> None:
        made = await enrolled(registry, keys)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(in_step(registry, made))
        registry.stop()
        registry.back_up(backup)
        registry.start()
        async with linked(made, keys, connect(registry, keys, made)):
            for n in range(5):
                made.record("line-ready", line=f"matica-{n}")
            await until(in_step(registry, made))
        registry.stop()
        registry.restore(backup)
        registry.start()
        assert len(registry.texts()) == 1
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: registry.texts() == made.book)
        assert made.countersigned[-1] == len(made.book) == 6

    run(scene())


class PowerCut(BaseException):
    pass


@pytest.mark.parametrize("moment", ["lease answered", "first job stored"])
def test_a_station_killed_between_lease_and_store_gets_its_jobs_again(
    registry: SimulatedRegistry, keys: FileKeys, moment: str
) -> None:
    class Cut(Station):
        @override
        def receive(self, epoch: int, jobs: Sequence[LeasedJob]) -> None:
            if moment == "first job stored":
                super().receive(epoch, jobs[:1])
            raise PowerCut

    async def scene() -> None:
        made = await enrolled(registry, keys)
        ids = await ask(registry, "add-jobs", station=registry.station, count=3)
        made.__class__ = Cut
        link = Link(
            station=registry.station,
            connection=connect(registry, keys, made),
            keys=keys,
            book=made,
            intake=made,
            clock=made,
            timing=TIMING,
        )
        with pytest.raises(BaseExceptionGroup) as caught:
            await link.run()
        assert caught.value.subgroup(PowerCut) is not None
        made.__class__ = Station
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: len(made.accepted) == 3)
            await until(in_step(registry, made))
        assert sorted(job_id for job_id, _ in made.accepted) == sorted(ids)
        assert made.refusals == []

    run(scene())


def test_a_registry_out_of_reach_is_shown_and_found_again(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: link.state.online and link.state.acknowledged == 1)
            await asyncio.to_thread(registry.kill)
            made.record("line-ready", line="matica-1")
            await until(lambda: not link.state.online)
            assert "did not answer" in str(link.state.last_error)
            made.record("line-stopped", line="matica-1", cause="cover-open")
            await asyncio.to_thread(registry.start)
            await until(lambda: link.state.online and link.state.acknowledged == 3)
            assert link.state.last_error is None
        assert registry.texts() == made.book

    run(scene())


def test_another_book_under_the_same_incarnation_ends_the_link(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: made.acknowledged() == 1)
        restored = await enrolled(registry, keys)
        restored.book = []
        restored.record("line-ready", line="another life")
        await ask(registry, "add-jobs", station=registry.station)
        link = Link(
            station=registry.station,
            connection=connect(registry, keys, restored),
            keys=keys,
            book=restored,
            intake=restored,
            clock=restored,
            timing=TIMING,
        )
        await link.run()
        assert restored.fork == 1
        assert link.state.forked_at == 1
        assert "another entry 1" in str(link.state.last_error)
        assert restored.arrivals == {}

    run(scene())
