"""Boxes of cards that another office made: the sealed list, the short and the extra, and what they never touch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from stationd.desk import BookDesk, IntakeDesk
from stationd.model import field_events
from stationd.model.shelf_record import ArrivingCard
from stationd.registry.ports import Arrival
from stationd.registry.sealing import Seals
from stationd.station import Refused
from tests.api.house import NOW, OFFICER, STATION
from tests.model.jobs import job
from tests.station.shelves import ShelfHouse, nik, record

REGISTRY = OKPKey.generate_key("Ed25519")
RECEIVER = OKPKey.generate_key("X25519")


def listed(*numbers: int, **changes: Any) -> dict[str, Any]:
    cards = [
        {
            "job_id": f"d{number}",
            "citizen_ref": f"ref-dinas-{number}",
            "issue_no": 1,
            "identity": f"c0ffeed{number}",
            "record": {**msgspec.structs.asdict(record(number)), "nik": nik(number)},
        }
        for number in numbers
    ]
    whole = {"list_id": "DINAS-7", "sender": "dinas-73.16", "station": STATION, "made_at": int(NOW), "cards": cards}
    return whole | changes


def sealed(claims: dict[str, Any], signer: OKPKey = REGISTRY, receiver: OKPKey = RECEIVER) -> str:
    signed = jws.serialize_compact({"alg": "Ed25519"}, msgspec.json.encode(claims), signer, algorithms=["Ed25519"])
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": receiver.thumbprint()}
    return jwe.encrypt_compact(header, signed.encode(), receiver)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path) as served:
        private = {k: str(v) for k, v in RECEIVER.as_dict(private=True).items()}
        public = {k: str(v) for k, v in REGISTRY.as_dict(private=False).items()}
        served.station.open_list = Seals(private, public).open_list
        yield served


def refused(cause: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as no:
        act()
    assert no.value.cause == cause


def test_rule_11_a_box_is_gone_through_and_the_short_and_the_extra_are_named(house: ShelfHouse) -> None:
    station = house.station
    before = {place: count for place, count in house.balances().items() if place in {"supply", "store", "hopper"}}
    box = station.open_arrival(sealed(listed(1, 2, 3)), OFFICER)
    assert (box.announced, box.cards[0].name) == (3, "SITTI CONTOH")
    house.desk.lay("d1")
    assert station.tap_shelf(OFFICER).found == "announced"
    assert station.arrive_tapped("DINAS-7", "A1", OFFICER).state == "arrived"
    house.desk.lay("x9")
    assert station.arrive_tapped("DINAS-7", "A1", OFFICER).state == "extra"
    assert station.arrive_tapped("DINAS-7", "A1", OFFICER).state == "extra"
    (counted,) = station.arrive_counted("DINAS-7", ["d2"], "", OFFICER)
    assert counted.name == "ANDI BASO"
    closed = station.close_arrival("DINAS-7", OFFICER)
    assert (closed.arrived, closed.announced, closed.short, closed.extra) == (2, 0, 1, 1)
    assert [card.name for card in closed.cards if card.state == "short"] == ["H. MUHAMMAD ÀLI, S.Pd"]
    assert [card.identity for card in closed.cards if card.state == "extra"] == ["c0ffeex9"]
    assert house.last("arrival-closed")["short"] == ["d3"]
    with house.store.read() as view:
        assert view.records_kept() == ["d1", "d2"]
    after = house.balances()
    assert (after["shelf"], after["foreign"]) == (2, -2)
    assert {place: after[place] for place in before} == before
    assert asyncio.run(station.verify()).passed


def test_a_card_from_elsewhere_is_found_and_handed_over_like_any_other(house: ShelfHouse) -> None:
    station = house.station
    station.open_arrival(sealed(listed(1)), OFFICER)
    station.arrive_counted("DINAS-7", [], "B2", OFFICER)
    (card,) = station.search_shelf("sitti", OFFICER)
    assert (card.job_id, card.place, card.came) == ("d1", "B2", "DINAS-7")
    house.desk.lay("d1")
    assert station.hand_over("d1", "owner", "receipt", OFFICER, tap=True).nik == nik(1)
    assert house.balances()["citizen"] == 1
    refused("job-is-handed-over", lambda: station.hand_over("d1", "owner", "receipt", OFFICER))


def test_a_list_that_is_not_the_registrys_for_this_station_opens_no_box(house: ShelfHouse) -> None:
    station, good = house.station, sealed(listed(1))
    stranger = OKPKey.generate_key("Ed25519")
    before = station.status().book
    for text in ("", "x", good[:-1], good[:-4] + "AAAA", sealed(listed(1), signer=stranger), "é" + good):
        refused("list-not-accepted", lambda text=text: station.open_arrival(text, OFFICER))  # type: ignore[misc]
    other = OKPKey.generate_key("X25519")
    refused("list-not-accepted", lambda: station.open_arrival(sealed(listed(1), receiver=other), OFFICER))
    refused("list-not-accepted", lambda: station.open_arrival(sealed(listed(1) | {"more": 1}), OFFICER))
    refused(
        "list-for-another-station", lambda: station.open_arrival(sealed(listed(1, station="kec-99.01.01")), OFFICER)
    )
    refused("list-contradicts-itself", lambda: station.open_arrival(sealed(listed()), OFFICER))
    refused("list-contradicts-itself", lambda: station.open_arrival(sealed(listed(1, 1)), OFFICER))
    assert station.status().book == before


def test_the_same_list_goes_on_and_another_under_its_number_does_not(house: ShelfHouse) -> None:
    station, text = house.station, sealed(listed(1, 2))
    station.open_arrival(text, OFFICER)
    station.arrive_counted("DINAS-7", ["d1"], "", OFFICER)
    assert station.open_arrival(f"\n{text}\n", OFFICER).arrived == 1
    refused("list-repeated-with-other-content", lambda: station.open_arrival(sealed(listed(1, 2, 3)), OFFICER))
    refused("card-already-here", lambda: station.arrive_counted("DINAS-7", ["d2", "d1"], "", OFFICER))
    refused("not-on-the-list", lambda: station.arrive_counted("DINAS-7", ["d9"], "", OFFICER))
    assert station.arrival("DINAS-7", OFFICER).arrived == 1
    station.close_arrival("DINAS-7", OFFICER)
    refused("list-was-closed", lambda: station.arrive_counted("DINAS-7", ["d2"], "", OFFICER))
    refused("list-was-closed", lambda: station.open_arrival(text, OFFICER))
    refused("no-such-list", lambda: station.arrival("DINAS-8", OFFICER))
    assert station.arrivals(OFFICER) == []


def test_a_lists_repr_names_nobody() -> None:
    card = ArrivingCard(job_id="d1", citizen_ref="ref-dinas-1", issue_no=1, record=record(1))
    assert "SITTI" not in repr(card)
    assert nik(1) not in repr(card)


def test_whoever_is_shown_of_a_box_or_sent_on_or_asked_for_is_in_the_log_of_processing(house: ShelfHouse) -> None:
    def logged() -> list[tuple[str, str]]:
        return [(each.job_id, each.purpose) for each in house.station.processed(OFFICER)]

    house.station.open_arrival(sealed(listed(1, 2)), OFFICER)
    assert logged() == [("d1", "arrival"), ("d2", "arrival")]
    house.station.arrive_counted("DINAS-7", ["d1"], "A1", OFFICER)
    assert logged()[2:] == [("d1", "arrival")]
    house.station.where_is(nik(1), OFFICER)
    assert logged()[3:] == [("d1", "where")]
    house.station.transfer("d1", "73.16.02", "owner-lives-there", OFFICER)
    assert ("d1", "transfer") in logged()[4:]


@pytest.mark.parametrize("first", ["report", "card"])
def test_a_card_that_came_in_a_box_stays_here_too_while_its_owner_is_reported(house: ShelfHouse, first: str) -> None:
    station = house.station
    station.open_arrival(sealed(listed(1, 2)), OFFICER)
    if first == "card":
        station.arrive_counted("DINAS-7", ["d1", "d2"], "", OFFICER)
        reported = station.report("d1", "died", OFFICER)
        assert reported.under_way == ("d1",)
        refused("already-reported", lambda: station.report_citizen("ref-dinas-1", "died", OFFICER))
    else:
        house.arrive("j7")
        house.store.record(OFFICER, field_events.CitizenReported(citizen_ref="ref-dinas-1", kind="died"))
        station.arrive_counted("DINAS-7", ["d1", "d2"], "", OFFICER)
    refused("reported", lambda: station.hand_over("d1", "owner", "old-card", OFFICER))
    assert station.hand_over("d2", "owner", "old-card", OFFICER).name == "ANDI BASO"
    answer = msgspec.structs.replace(
        job(job_id="d1", start_before=int(NOW) + 10**6, iat=int(NOW) + 60), citizen_ref="ref-dinas-1"
    )
    head = BookDesk(house.store).head()
    BookDesk(house.store).record_countersignature(head.seq, head.digest, "jws")
    desk = IntakeDesk(house.store, station.rules)
    desk.accept(Arrival(answer, "sealed", "label", "digest-d1"), None)
    assert "d1" not in {row.job_id for row in station.jobs()}, "its card is made: none is to be made again"
    assert station.hand_over("d1", "owner", "old-card", OFFICER).name == "SITTI CONTOH"
