"""The real link against the real simulated registry, over TLS: jobs, policies and the book when nothing breaks."""

from __future__ import annotations

import asyncio

from stationd.store.keys import FileKeys
from tests.registry.linked import TIMING, ask, connect, enrolled, in_step, linked, run, until
from tests.registry.simulated import SimulatedRegistry


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


def test_a_policy_that_contradicts_itself_is_told_with_its_place_and_the_one_before_stays(
    registry: SimulatedRegistry, keys: FileKeys
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        async with linked(made, keys, connect(registry, keys, made)) as link:
            await until(lambda: made.policies)
            wrong = {"reasons": ["first", "first"]}
            await ask(registry, "policy", station=registry.station, more=wrong)
            await until(lambda: "$.reasons[1] named-twice" in (link.state.last_error or ""))
            unknown = {"reasons": ["bribe"]}
            await ask(registry, "policy", station=registry.station, more=unknown)
            await until(lambda: made.refused_policies)
        assert made.refused_policies[0] == ("not-understood", "$.reasons[0]", 0)
        assert len(made.policies) == 1

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
