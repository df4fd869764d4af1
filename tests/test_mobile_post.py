"""What is asked of the registry beside jobs and the book: asked until it is answered, and nothing of a list is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.mobile_post import MobilePost
from stationd.registry.contract import AllotmentsAnswer, PairedAllotment, PartnerListAnswer, PartnerListRequest
from stationd.registry.errors import LinkError, RegistryProblem, Unreachable
from stationd.store.chronicle import Head
from tests.api.house import OFFICER, House
from tests.station.mobile_places import OTHER, SUPERVISOR, granted, other_keys

LIST = b"""nik,nama,tanggal_lahir,kelurahan,alasan
7316024107900001,SITTI CONTOH,1990-07-01,Juppandang,baru
7316020107900002,BUDI CONTOH,1990-07-01,Galonta,hilang
"""


class Registry:
    """Answers, or fails as it is told."""

    def __init__(self, failure: LinkError | None = None) -> None:
        self.failure = failure
        self.lists: list[PartnerListRequest] = []
        self.paired: tuple[PairedAllotment, ...] = ()
        self.asked = 0

    async def allotments(self) -> AllotmentsAnswer:
        self.asked += 1
        return AllotmentsAnswer(allotments=self.paired)

    async def submit_list(self, request: PartnerListRequest) -> PartnerListAnswer:
        if self.failure is not None:
            raise self.failure
        self.lists.append(request)
        return PartnerListAnswer(list_id=request.list_id, rows=len(request.rows))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


def post(house: House, registry: Registry, done: Callable[[], object]) -> None:
    """Let the loop run until something holds."""

    async def run() -> None:
        working = asyncio.create_task(MobilePost(house.store, registry).run())
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110 - the book tells, and only when asked
                await asyncio.sleep(0.02)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())


def state(house: House) -> tuple[str, str]:
    (row,) = house.station.partner_lists()
    return row.state, row.cause


def vault(house: House) -> int:
    (count,) = house.store._db.execute("SELECT count(*) FROM vault").fetchone()
    return int(count)


def test_a_list_goes_on_as_requests_and_nothing_of_it_stays(house: House) -> None:
    taken = house.station.submit_list("LSM 7", LIST, OFFICER)
    assert (taken.good, vault(house)) == (2, 1)
    (kept,) = house.station.kept(OFFICER)
    assert (kept.kind, kept.job_id, kept.citizen_ref) == ("partner-list", taken.list_id, "")
    registry = Registry()
    post(house, registry, lambda: state(house)[0] == "sent")
    (sent,) = registry.lists
    assert [(row.row, row.nik, row.born, row.reason) for row in sent.rows] == [
        (2, "7316024107900001", "1990-07-01", "first"),
        (3, "7316020107900002", "1990-07-01", "lost"),
    ]
    assert (sent.partner, sent.list_id) == ("LSM 7", taken.list_id)
    assert "CONTOH" not in repr(sent)
    assert (vault(house), house.station.kept(OFFICER)) == (0, [])


def test_a_list_waits_for_the_network_and_is_over_when_the_registry_says_no(house: House) -> None:
    house.station.submit_list("LSM 7", LIST, OFFICER)
    registry = Registry(Unreachable("/v1/partner-lists", "down"))
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(MobilePost(house.store, registry).run(), 0.3))
    assert (state(house), vault(house)) == (("waits", ""), 1)
    no = RegistryProblem(call="/v1/partner-lists", status=409, type="x/list-differs", detail="")
    post(house, Registry(no), lambda: state(house)[0] == "refused")
    assert (state(house), vault(house)) == (("refused", "list-differs"), 0)
    assert [each.until is None for each in house.station.kept(OFFICER, gone=True)] == [False]


def test_a_half_is_asked_about_once_the_registry_has_it_and_until_it_is_paired(house: House, tmp_path: Path) -> None:
    house.station.rules.go_by(granted(other_keys(tmp_path), kit=False))
    house.station.receive_blanks("B-1", 20, OFFICER)
    allotment = house.station.allot(OTHER, 10, SUPERVISOR).allotment_id
    registry = Registry()
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(MobilePost(house.store, registry).run(), 0.2))
    assert registry.asked == 0
    with house.store.write("registry") as transaction:
        head = transaction.head()
        transaction.keep_countersignature(Head(head.seq, head.digest), "jws")
    registry.paired = (PairedAllotment(allotment_id=allotment, leg="out", given=10, taken=10),)
    post(house, registry, lambda: [half.state for half in house.station.mobile().halves] == ["paired"])
    assert house.station.discrepancies() == []
