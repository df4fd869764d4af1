"""Kits and partners over the real wire: what the station says is the contract's, and what it hears is understood."""

from __future__ import annotations

import time

import pytest

from stationd.registry.contract import (
    BookPosition,
    LeaseRequest,
    LeaseTrip,
    PartnerListRequest,
    RequestedCitizen,
    RowState,
)
from stationd.registry.errors import RegistryProblem
from stationd.registry.sealing import Seals
from stationd.store.keys import FileKeys
from tests.registry.linked import ask, connect, enrolled, linked, run, until
from tests.registry.simulated import SimulatedRegistry

ROW = RequestedCitizen(
    row=2, nik="7316024107900001", name="SITTI CONTOH", born="1990-07-01", kelurahan="Juppandang", reason="first"
)


def test_a_list_and_its_states_and_an_allotment_s_half(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        made.record("allotment-given", allotment_id="al-1", kit="kit-1", count=7)
        connection = connect(registry, keys, made)
        async with linked(made, keys, connection):
            await until(lambda: made.acknowledged() == len(made.book))
            (half,) = (await connection.allotments()).allotments
            assert (half.allotment_id, half.leg, half.given, half.taken) == ("al-1", "out", 7, None)
            wanted = PartnerListRequest(station=registry.station, list_id="pl-1", partner="LSM 7", rows=(ROW,))
            assert (await connection.submit_list(wanted)).rows == 1
            await ask(registry, "decide-row", station=registry.station, list_id="pl-1", row=2, cause="has-a-card")
            told = await connection.list_states("pl-1")
            assert told.rows == (RowState(row=2, state="refused", cause="has-a-card"),)
            with pytest.raises(RegistryProblem, match="not-found"):
                await connection.list_states("pl-9")

    run(scene())


def test_a_trips_jobs_may_be_started_until_its_end(registry: SimulatedRegistry, keys: FileKeys) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        made.most = 0
        await ask(registry, "grant-trips", kit=registry.station, office=registry.station, lasts=5 * 86_400)
        await ask(registry, "add-jobs", station=registry.station, start_within=60)
        connection = connect(registry, keys, made)
        trip = LeaseTrip(allotment_id="al-1", until=int(time.time()) + 3 * 86_400)
        async with linked(made, keys, connection):
            await until(
                lambda: made.acknowledged() == len(made.book) and made.policies[-1:] and made.policies[-1].mobile
            )
            head = made.head()
            position = BookPosition(incarnation=made.incarnation, seq=head.seq, head=head.digest)
            request = LeaseRequest(
                station=registry.station, want=5, holding=(), policy_version=9, book=position, trip=trip
            )
            lease = await connection.lease(request, "key-of-the-trip", 0)
            known = keys.enrolment()
            assert known is not None
            (job,) = lease.jobs
            opened = Seals(keys.sealing_private(), known.signing_key).open_job(job.sealed)
            assert opened.start_before == trip.until
            (grant,) = made.policies[-1].mobile
            assert grant.kit_key is not None
            assert grant.kit_key["x"] == keys.book_public()["x"]

    run(scene())
