"""Whom the link trusts and when: enrolment, certificates and their renewal, over TLS to the simulated registry."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from stationd.registry.connection import Connection
from stationd.registry.enrolment import enrol, renew
from stationd.registry.errors import LinkError, NotTrusted, RegistryProblem, Unreachable
from stationd.store.keys import FileKeys
from tests.registry.linked import PATIENCE, connect, enrolled, linked, run, until
from tests.registry.simulated import SimulatedRegistry


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
