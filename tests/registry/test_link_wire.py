"""The real link against the real simulated registry, over TLS, with kills at the worst moments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from stationd.model.job import Hold, Job, Refusal
from stationd.registry.connection import Connection, Patience
from stationd.registry.contract import EventsAnswer, EventsRequest, Lease, LeasedJob, LeaseRequest
from stationd.registry.enrolment import enrol, renew
from stationd.registry.errors import LinkError, NotTrusted, RegistryProblem, Unreachable
from stationd.registry.intake import Installed, JobIntake
from stationd.registry.link import Link, LinkTiming
from stationd.registry.sealing import Seals
from stationd.store.keys import FileKeys
from tests.registry.simulated import SimulatedRegistry
from tests.registry.stand_in import Station

TIMING = LinkTiming(wait=2, pause=0.2, policy_every=0.2, upkeep_every=60.0, first_retry=0.05, longest_retry=0.3)
PATIENCE = Patience(connect=5.0, read=5.0, whole=20.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedRegistry]:
    made = SimulatedRegistry(tmp_path_factory.mktemp("registry"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def registry(running: SimulatedRegistry) -> Iterator[SimulatedRegistry]:
    """The one registry of these tests, with a station that nobody has used before."""
    running.new_station()
    yield running
    running.start()
    assert running.violations() == []


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    made = FileKeys(tmp_path / "keys")
    made.create_station_keys()
    return made


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


def test_jobs_come_down_and_the_book_goes_up(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        ids = await ask(registry, "add-jobs", station=registry.station, count=5)
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: len(made.accepted) == 5)
            await until(in_step(registry, made))
            assert sorted(made.arrivals) == sorted(ids)
            assert made.refusals == []
            assert made.held == {}
            await until(lambda: link.state.online)
            assert link.state.last_error is None
            assert link.state.last_contact is not None
            later = await ask(registry, "add-jobs", station=registry.station)
            await until(lambda: later[0] in made.arrivals)

    run(scene())


def test_what_arrives_is_what_was_signed(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        (job_id,) = await ask(registry, "add-jobs", station=registry.station)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: made.arrivals)
        claims = await ask(registry, "claims", job_id=job_id)
        job = made.arrivals[job_id].job
        assert (job.nik.digits, job.card.nama, job.epoch) == (claims["nik"], claims["card"]["nama"], claims["epoch"])
        assert made.policies[-1].officer("op-1") is not None

    run(scene())


BAD = {
    "wrong-signature": "wrong-signature",
    "other-station": "wrong-station",
    "expired": "expired",
    "start-passed": "start-before-passed",
    "other-key": "sealed-to-another-key",
    "truncated": "truncated",
    "oversized": "oversized",
    "outer-inner-id": "outer-inner-mismatch",
    "text-too-long": "not-understood",
}


def test_bad_jobs_are_refused_once_and_block_nothing(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        for defect in BAD:
            await ask(registry, "add-bad-job", station=registry.station, defect=defect)
        (good,) = await ask(registry, "add-jobs", station=registry.station)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: good in made.arrivals)
            await until(lambda: len(made.refusals) == len(BAD))
            await until(in_step(registry, made))
            await asyncio.sleep(3 * TIMING.pause)
        assert sorted(cause for _, cause in made.refusals) == sorted(BAD.values())
        assert list(made.arrivals) == [good]

    run(scene())


def test_a_job_repeated_otherwise_or_from_an_older_lease_is_refused(
    registry: SimulatedRegistry, keys: FileKeys
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        (first,) = await ask(registry, "add-jobs", station=registry.station)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: first in made.arrivals)
            kept = made.arrivals[first]
            for defect in ("repeated-id-other-content", "lower-epoch"):
                await ask(registry, "add-bad-job", station=registry.station, defect=defect, of=first)
            await until(lambda: len(made.refusals) == 2)
            await until(in_step(registry, made))
        assert {cause for _, cause in made.refusals} == {"repeated-with-other-content", "lower-epoch"}
        assert made.arrivals[first] == kept

    run(scene())


def test_layouts_and_profiles_that_are_not_here_hold_a_job(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        for defect in ("unknown-layout", "unknown-profile"):
            await ask(registry, "add-bad-job", station=registry.station, defect=defect)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: len(made.held) == 2)
        assert set(made.held.values()) == {"unknown-layout", "unknown-profile"}

    run(scene())


def test_a_revoked_job_is_stopped_once(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        first, second = await ask(registry, "add-jobs", station=registry.station, count=2)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: len(made.arrivals) == 2)
            await ask(registry, "revoke", job_id=first)
            await until(lambda: made.revoked)
            await until(in_step(registry, made))
        assert made.revoked == [first]
        assert made.holding() == [second]

    run(scene())


def test_without_cetak_nothing_is_leased_until_a_signed_policy_grants_it(
    registry: SimulatedRegistry, keys: FileKeys
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        await ask(registry, "policy", station=registry.station, services=["SIAK", "REKAM"])
        await ask(registry, "add-jobs", station=registry.station, count=2)
        async with linked(made, keys, connect(registry, keys, made)):
            await until(lambda: made.policies)
            await asyncio.sleep(5 * TIMING.policy_every)
            assert made.arrivals == {}
            await ask(registry, "policy", station=registry.station, services=["SIAK", "REKAM", "CETAK"])
            await until(lambda: len(made.arrivals) == 2)
        versions = [policy.version for policy in made.policies]
        assert versions == sorted(set(versions))

    run(scene())


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


def test_a_job_given_back_is_no_longer_the_stations(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        first, second = await ask(registry, "add-jobs", station=registry.station, count=2)
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: len(made.arrivals) == 2)
            await until(in_step(registry, made))
            assert await link.give_back([first], "session ends") == (first,)
            made.settled.add(first)
            made.most = 1
        states = {job["job_id"]: job["state"] for job in await ask(registry, "jobs", station=registry.station)}
        assert states[first] == "returned"
        assert states[second] != "returned"

    run(scene())


def test_a_job_leased_again_after_its_return_comes_with_a_higher_epoch(
    registry: SimulatedRegistry, keys: FileKeys
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        (job_id,) = await ask(registry, "add-jobs", station=registry.station)
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: made.accepted)
            await until(in_step(registry, made))
            await link.give_back([job_id], "wrong office")
            made.settled.add(job_id)
            made.record("job-returned", job_id=job_id, cause="wrong-office")
            await until(in_step(registry, made))
            await ask(registry, "requeue", job_id=job_id)
            await until(lambda: len(made.accepted) == 2)
        (_, before), (_, after) = made.accepted
        assert after > before
        assert made.refusals == []

    run(scene())


def test_a_code_works_once_but_a_lost_answer_costs_none(
    registry: SimulatedRegistry, keys: FileKeys, tmp_path: Path
) -> None:
    async def scene() -> None:
        code = registry.code
        first = await enrol(registry.url, registry.station, code, keys, registry.ca, PATIENCE)
        again = await enrol(registry.url, registry.station, code, keys, registry.ca, PATIENCE)
        assert again.signing_key == first.signing_key
        thief = FileKeys(tmp_path / "thief")
        thief.create_station_keys()
        with pytest.raises(RegistryProblem) as caught:
            await enrol(registry.url, registry.station, code, thief, registry.ca, PATIENCE)
        assert caught.value.name == "code-refused"
        assert thief.enrolment() is None

    run(scene())


def test_a_renewed_certificate_is_used_from_the_next_call_on(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        before = keys.enrolment()
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: link.state.online)
        async with connect(registry, keys, made) as connection:
            after = await renew(connection, registry.station, keys)
            assert await connection.policy(0) is not None
        assert before is not None
        assert after.certificate != before.certificate
        assert after.signing_key == before.signing_key

    run(scene())


def test_nobody_else_is_taken_for_the_registry(registry: SimulatedRegistry, keys: FileKeys, tmp_path: Path) -> None:
    other = SimulatedRegistry(tmp_path / "other")
    other.start()

    async def scene() -> None:
        made = await enrolled(registry, keys)
        made.time = 1.0
        async with Connection(other.url, registry.station, keys, made.now, PATIENCE) as connection:
            for call in (connection.policy(0), connection.time("n" * 32)):
                with pytest.raises(NotTrusted):
                    await call
        with pytest.raises(NotTrusted):
            await enrol(other.url, registry.station, registry.code, keys, registry.ca, PATIENCE)

    try:
        run(scene())
    finally:
        other.stop()


@pytest.mark.parametrize(("seconds", "why"), [(None, "not known"), (946_684_800.0, "valid from"), (2**32, "until")])
def test_certificates_are_judged_by_trusted_time_but_time_itself_is_always_to_be_had(
    registry: SimulatedRegistry, keys: FileKeys, seconds: float | None, why: str
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        made.time = seconds
        async with connect(registry, keys, made) as connection:
            with pytest.raises(NotTrusted, match=why):
                await connection.policy(0)
            assert (await connection.time("n" * 32)).time.count(".") == 2
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: link.state.online)

    run(scene())


def test_no_registry_at_all_is_a_typed_failure(keys: FileKeys, registry: SimulatedRegistry) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        url = registry.url
        await asyncio.to_thread(registry.stop)
        async with Connection(url, registry.station, keys, made.now, PATIENCE) as connection:
            with pytest.raises(Unreachable) as caught:
                await connection.time("n" * 32)
        assert isinstance(caught.value, LinkError)
        assert not isinstance(caught.value, NotTrusted)

    run(scene())
