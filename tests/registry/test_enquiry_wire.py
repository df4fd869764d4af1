"""What the station asks about finished cards, of the real simulated registry; and a box that another office sends."""

from __future__ import annotations

import asyncio

from stationd.registry.enquiry import Enquiry
from stationd.registry.errors import LinkError
from stationd.registry.sealing import Seals
from stationd.store.keys import FileKeys
from tests.registry.linked import ask, connect, enrolled, linked, run, until
from tests.registry.simulated import SimulatedRegistry


def test_where_a_card_is_what_became_of_its_notices_and_what_a_sender_lists(
    registry: SimulatedRegistry, keys: FileKeys
) -> None:
    async def scene() -> None:
        made = await enrolled(registry, keys)
        (job_id,) = await ask(registry, "add-jobs", station=registry.station)
        connection = connect(registry, keys, made)
        enquiry = Enquiry(registry.station, connection, lambda: True)
        assert await asyncio.to_thread(enquiry.find_card, "7316025503900001") is None  # it has no loop yet
        async with linked(made, keys, connection):
            enquiry.bind(asyncio.get_running_loop())
            await until(lambda: made.arrivals)
            job = made.arrivals[job_id].job
            nobody = await asyncio.to_thread(enquiry.find_card, "7316025503900001")
            found = await asyncio.to_thread(enquiry.find_card, job.nik.digits)
            assert nobody is not None
            assert found is not None
            assert (nobody.state, nobody.job_id) == ("not-recorded", None)
            assert (found.state, found.job_id, found.office) == ("queued", job_id, registry.station)
            assert await enquiry.notices([job_id]) == []
            made.record("notice-asked", job_id=job_id, number=1, channel="registry")
            made.wake()
            await until(lambda: made.acknowledged() == len(made.book))
            (news,) = await enquiry.notices([job_id])
            assert (news.job_id, news.number, news.channel, news.delivery) == (job_id, 1, "registry", "asked")
        text = await ask(
            registry,
            "arrival-list",
            sender=registry.station,
            station=registry.station,
            job_ids=[job_id],
            list_id="L-1",
        )
        known = keys.enrolment()
        assert known is not None
        box = Seals(keys.sealing_private(), known.signing_key).open_list(text)
        assert (box.list_id, box.cards[0].job_id, box.cards[0].record.nik) == ("L-1", job_id, job.nik)

    run(scene())


def test_nobody_at_the_counter_waits_for_a_registry_that_is_out_of_reach(keys: FileKeys) -> None:
    class Never:
        async def find_card(self, _: object) -> None:
            raise LinkError("/v1/cards")

    async def scene() -> None:
        enquiry = Enquiry("s", Never(), lambda: True)  # type: ignore[arg-type]
        enquiry.bind(asyncio.get_running_loop())
        assert await asyncio.to_thread(enquiry.find_card, "7316025503900001") is None
        offline = Enquiry("s", Never(), lambda: False)  # type: ignore[arg-type]
        offline.bind(asyncio.get_running_loop())
        assert await asyncio.to_thread(offline.find_card, "7316025503900001") is None

    run(scene())
