"""What is asked of the registry beside jobs and the book: asked until it is answered, and nothing of a list is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.mobile_post import MobilePost
from stationd.model.mobile import Finished, InBags, Statement
from stationd.model.shelf_record import HomeNames, NamedCard, encode
from stationd.registry import slips
from stationd.registry.contract import (
    AllotmentsAnswer,
    HomeNamesAnswer,
    HomeNamesRequest,
    NamesOfTrip,
    PairedAllotment,
    PartnerListAnswer,
    PartnerListRequest,
)
from stationd.registry.errors import LinkError, RegistryProblem, Unreachable
from stationd.registry.sealing import Seals, seal_names
from stationd.store.chronicle import Head
from stationd.store.keys import FileKeys
from tests.api.house import LINE, OFFICER, House
from tests.registry.authority import Authority, public
from tests.station.mobile_places import DAYS, OTHER, SUPERVISOR, back_slip, granted, make_cards, other_keys, out_slip
from tests.station.shelves import record
from tests.station.test_blanks import refused

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
        self.named = 0
        self.names: dict[str, HomeNamesRequest] = {}

    async def allotments(self) -> AllotmentsAnswer:
        self.asked += 1
        return AllotmentsAnswer(allotments=self.paired)

    async def hand_in_names(self, request: HomeNamesRequest) -> HomeNamesAnswer:
        if self.failure is not None:
            raise self.failure
        self.names[request.allotment_id] = request
        return HomeNamesAnswer(allotment_id=request.allotment_id)

    async def names_of_trip(self, allotment_id: str) -> NamesOfTrip:
        self.named += 1
        kept = self.names.get(allotment_id)
        return NamesOfTrip(allotment_id=allotment_id, sealed=None if kept is None else kept.sealed)

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
        working = asyncio.create_task(MobilePost(house.store, registry, house.station.names_came).run())
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
        asyncio.run(asyncio.wait_for(MobilePost(house.store, registry, house.station.names_came).run(), 0.3))
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
        asyncio.run(asyncio.wait_for(MobilePost(house.store, registry, house.station.names_came).run(), 0.2))
    assert registry.asked == 0
    acknowledged(house)
    registry.paired = (PairedAllotment(allotment_id=allotment, leg="out", given=10, taken=10),)
    post(house, registry, lambda: [half.state for half in house.station.mobile().halves] == ["paired"])
    assert house.station.discrepancies() == []


def acknowledged(house: House) -> None:
    """The registry has the whole book."""
    with house.store.write("registry") as transaction:
        head = transaction.head()
        transaction.keep_countersignature(Head(head.seq, head.digest), "jws")


def test_a_kit_hands_the_names_of_a_trip_on_once_and_keeps_them_until_the_registry_has_them(
    house: House, tmp_path: Path
) -> None:
    office = other_keys(tmp_path)
    keyed(house, office, kit=True)
    house.station.open_record = lambda row: encode(record(1, name=f"PEMILIK {row.job_id}"))
    house.station.open_trip(out_slip(office), 10, SUPERVISOR, jobs=8, until=DAYS)
    house.station.load_blanks(LINE, 1, OFFICER)
    make_cards(house, 1)
    house.station.begin_closing(SUPERVISOR)
    house.station.close_trip(InBags(9, 0, 1), SUPERVISOR)
    sealed = house.station.home_names("al-1")
    with pytest.raises(TimeoutError):
        away = MobilePost(house.store, Registry(Unreachable("/v1/home-names", "down")), house.station.names_came)
        asyncio.run(asyncio.wait_for(away.run(), 0.3))
    no = RegistryProblem(call="/v1/home-names", status=404, type="x/not-found", detail="")
    unheard = Registry(no)
    house.station.submit_list("LSM 7", LIST, OFFICER)
    post(house, unheard, lambda: state(house)[0] == "refused")
    assert house.station.home_names("al-1") == sealed
    registry = Registry()
    post(house, registry, lambda: "al-1" in registry.names and vault(house) == 1)
    assert (registry.names["al-1"].office, registry.names["al-1"].sealed) == (OTHER, sealed)
    refused("no-names-kept", lambda: house.station.home_names("al-1"))


def test_an_office_asks_for_the_names_of_the_cards_that_came_home_until_they_are_there(
    house: House, tmp_path: Path
) -> None:
    kit = other_keys(tmp_path)
    keyed(house, kit, kit=False)
    house.station.open_names = Seals(house.keys.sealing_private(), public(Authority().signing)).open_names
    house.station.receive_blanks("B-1", 20, OFFICER)
    allotment = house.station.allot(OTHER, 3, SUPERVISOR).allotment_id
    said = Statement(unused={"B-1": 2}, spoiled=0, finished=(Finished("job-1", "ref-1", 1, "c0ffee"),))
    house.station.take_back(back_slip(kit, allotment, said), InBags(2, 0, 1), [], OFFICER)
    registry = Registry()
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(MobilePost(house.store, registry, house.station.names_came).run(), 0.2))
    assert registry.named == 0, "the registry does not have this book so far yet"
    acknowledged(house)
    post(house, registry, lambda: registry.named)
    assert house.station.search_shelf("warga", OFFICER) == []
    names = HomeNames(
        allotment_id=allotment,
        office=house.store.station,
        kit=OTHER,
        at=1,
        cards=(NamedCard(job_id="job-1", record=record(1, name="WARGA CONTOH")),),
    )
    sealed = seal_names(slips.signed(encode(names), kit.book_public(), kit.sign), house.keys.sealing_public())
    registry.names[allotment] = HomeNamesRequest(
        station=OTHER, allotment_id=allotment, office=house.store.station, sealed=sealed
    )
    post(house, registry, lambda: house.station.search_shelf("warga", OFFICER))
    asked = registry.named
    house.station.receive_blanks("B-2", 1, OFFICER)
    post(house, registry, lambda: registry.asked > 1)
    assert registry.named == asked, "it is known now"


def keyed(house: House, other: FileKeys, *, kit: bool) -> None:
    """A grant that names the sealing key of the office, too."""
    plain = granted(other, kit=kit)
    office = other if kit else house.keys
    grant = msgspec.structs.replace(plain.mobile[0], office_sealing_key=office.sealing_public())
    house.station.rules.go_by(msgspec.structs.replace(plain, mobile=(grant,)))
