"""*Where is my card?*, by NIK: of the registry, and of the station while the registry is out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.registry.contract import CardWhereabouts, NoticeNews
from stationd.station import Refused
from tests.api.house import NOW, OFFICER
from tests.station.shelves import SUPERVISOR, ShelfHouse, nik


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path) as served:
        yield served


def test_rule_11_where_is_my_card_without_the_registry(house: ShelfHouse) -> None:
    station = house.station
    house.shelve("j1", "j2", "j6")
    station.place_card("j1", "A3", OFFICER)
    station.lose_card("j2", SUPERVISOR)
    house.arrive("j3")
    house.hold("j4", "nik-blocked")
    house.deliver("j5")
    station.hand_over("j6", "owner", "old-card", OFFICER)
    told = {number: station.where_is(nik(number), OFFICER) for number in range(1, 8)}
    assert {number: (one.state, one.cause) for number, one in told.items()} == {
        1: ("on-shelf", ""),
        2: ("printed", "card-is-lost"),
        3: ("queued", ""),
        4: ("held", "nik-blocked"),
        5: ("printed", ""),
        6: ("not-here", ""),  # nothing is kept by which it would be known
        7: ("not-here", ""),
    }
    assert (told[1].place, told[1].job_id, told[1].office) == ("A3", "j1", house.store.station)
    assert {one.by for one in told.values()} == {"station"}
    assert {one.as_of for one in told.values()} == {NOW - 12}
    assert told[7].office == ""


def test_the_registrys_answer_goes_before_and_the_box_is_added(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.station.place_card("j1", "A3", OFFICER)
    asked: list[str] = []

    def answer(number: str) -> CardWhereabouts:
        asked.append(number)
        return CardWhereabouts(
            as_of=int(NOW),
            state="on-shelf",
            reason=None,
            office=house.store.station,
            since=int(NOW) - 9,
            job_id="j1",
            issue_no=1,
            notices=(NoticeNews(number=1, at=int(NOW), channel="registry", delivery="delivered"),),
        )

    house.station.ask_registry = answer
    told = house.station.where_is(f"{nik(1)[:6]} {nik(1)[6:]}", OFFICER)
    assert asked == [nik(1)]
    assert (told.by, told.state, told.place, told.as_of) == ("registry", "on-shelf", "A3", NOW)
    assert [(n.number, n.delivery) for n in told.notices] == [(1, "delivered")]


@pytest.mark.parametrize("typed", ["", "123", "7316025503900000", "73160255039000011", "SITTI"])
def test_what_is_no_nik_is_asked_of_nobody(house: ShelfHouse, typed: str) -> None:
    house.station.ask_registry = pytest.fail
    with pytest.raises(Refused) as no:
        house.station.where_is(typed, OFFICER)
    assert no.value.cause == "not-a-nik"
    assert typed not in str(no.value) or not typed
