"""Who waits for a kit's finished cards goes home with them: sealed by the kit, opened by its office and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model import mobile_events
from stationd.model.mobile import Finished, InBags, Statement
from stationd.model.policy_tables import MobileGrant
from stationd.model.shelf_record import HomeNames, NamedCard, encode
from stationd.registry import slips
from stationd.registry.sealing import Seals, seal_names
from stationd.store.keys import FileKeys
from tests.api.house import LINE, NOW, OFFICER, STATION, House
from tests.registry.authority import Authority, public
from tests.station.mobile_places import DAYS, OTHER, SUPERVISOR, back_slip, granted, make_cards, other_keys, out_slip
from tests.station.shelves import record
from tests.station.test_blanks import last, refused

REGISTRY = Authority()
CARDS = tuple(Finished(f"job-{n}", f"ref-{n}", 1, f"c0ffee{n}") for n in range(1, 31))
SAID = Statement(unused={}, spoiled=0, finished=CARDS)
HOME = InBags(0, 0, len(CARDS))


@pytest.fixture
def other(tmp_path: Path) -> FileKeys:
    return other_keys(tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.station.open_names = Seals(served.keys.sealing_private(), public(REGISTRY.signing)).open_names
        yield served
        assert asyncio.run(served.station.verify()).passed


def sealed(kit: FileKeys, house: House, allotment: str, **changes: object) -> str:
    """What the kit at the other end signed and sealed to this office."""
    cards = tuple(NamedCard(job_id=card.job_id, record=record(1, name=f"WARGA {card.job_id}")) for card in CARDS)
    fields = {"allotment_id": allotment, "office": STATION, "kit": OTHER, "at": int(NOW), "cards": cards}
    names = HomeNames(**(fields | changes))  # type: ignore[arg-type]
    signed = slips.signed(encode(names), kit.book_public(), kit.sign)
    return seal_names(signed, house.keys.sealing_public())


def gone_home(house: House, kit: FileKeys) -> str:
    """This station is the office, and the kit's bags were taken back; returns the allotment."""
    house.station.rules.go_by(granted(kit, kit=False))
    house.station.receive_blanks("B-2026-07", 40, OFFICER)
    allotment = house.station.allot(OTHER, len(CARDS), SUPERVISOR).allotment_id
    refused("bags-not-taken-back", lambda: house.station.take_names(sealed(kit, house, allotment), OFFICER))
    house.station.take_back(back_slip(kit, allotment, SAID), HOME, [], OFFICER)
    return allotment


def test_the_office_finds_a_kits_cards_by_their_owners_once_the_names_are_taken_in(
    house: House, other: FileKeys
) -> None:
    allotment = gone_home(house, other)
    assert house.station.search_shelf("warga", OFFICER) == []
    names = sealed(other, house, allotment)
    assert house.station.take_names(f"{names[:80]}\n{names[80:]}\n", OFFICER) == len(CARDS)
    assert house.station.take_names(names, OFFICER) == 0
    (found,) = house.station.search_shelf("warga job-7", OFFICER)
    assert (found.job_id, found.name, found.came) == ("job-7", "WARGA job-7", allotment)
    kept = {each.job_id: each.citizen_ref for each in house.station.kept(OFFICER) if each.kind == "shelf-record"}
    assert kept == {card.job_id: card.citizen_ref for card in CARDS}
    receipt = house.station.hand_over("job-7", "owner", "old-card", OFFICER)
    assert (receipt.name, receipt.to) == ("WARGA job-7", "owner")
    assert "job-7" not in {each.job_id for each in house.station.kept(OFFICER)}
    with house.store.read() as view:
        assert not [text for text in view.texts(0, 10**6) if "WARGA" in text]


def test_names_that_are_forged_or_of_another_trip_or_for_another_office_are_not_taken(
    house: House, other: FileKeys, tmp_path: Path
) -> None:
    allotment = gone_home(house, other)
    stranger = other_keys(tmp_path / "stranger")
    good = sealed(other, house, allotment)
    for wrong in (
        sealed(stranger, house, allotment),
        sealed(other, house, "al-9"),
        good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB"),
        seal_names(slips.signed(b"{}", other.book_public(), other.sign), house.keys.sealing_public()),
        seal_names("a.b", house.keys.sealing_public()),
        seal_names("a.W10.c", house.keys.sealing_public()),
        seal_names(slips.signed(b"{}", other.book_public(), other.sign), stranger.sealing_public()),
        "nonsense",
        "n\u00e4mlich",
    ):
        refused("names-not-accepted", lambda wrong=wrong: house.station.take_names(wrong, OFFICER))  # type: ignore[misc]
    elsewhere = sealed(other, house, allotment, office="kec-99.99.99")
    refused("no-such-allotment", lambda: house.station.take_names(elsewhere, OFFICER))
    beside = (NamedCard(job_id="job-99", record=record(1, name="BUKAN KARTU INI")),)
    assert house.station.take_names(sealed(other, house, allotment, cards=beside), OFFICER) == 0
    assert [each for each in house.station.kept(OFFICER) if each.kind == "shelf-record"] == []


def test_a_kit_seals_the_owners_of_what_it_hands_in_for_its_office_alone(
    house: House, other: FileKeys, tmp_path: Path
) -> None:
    plain = granted(other, kit=True)
    (grant,) = plain.mobile
    keyed = msgspec.structs.replace(grant, office_sealing_key=other.sealing_public())
    house.station.rules.go_by(msgspec.structs.replace(plain, mobile=(keyed,)))
    house.station.open_record = lambda row: encode(record(1, name=f"PEMILIK {row.job_id}"))
    house.station.open_trip(out_slip(other), 10, SUPERVISOR, jobs=8, until=DAYS)
    house.station.load_blanks(LINE, 3, OFFICER)
    make_cards(house, 3)
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    house.station.begin_closing(SUPERVISOR)
    refused("no-names-kept", lambda: house.station.home_names("al-1"))
    house.station.close_trip(InBags(7, 0, 2), SUPERVISOR)
    text = house.station.home_names("al-1")
    assert "PEMILIK" not in text
    house.station.forget_gone()
    assert [each for each in house.station.kept(OFFICER) if each.kind == "shelf-record"] == []
    office = Seals(other.sealing_private(), public(REGISTRY.signing))
    told = office.open_names(text, lambda allotment: house.keys.book_public() if allotment == "al-1" else None)
    assert (told.office, told.kit, told.allotment_id) == (OTHER, STATION, "al-1")
    assert [(card.job_id, card.record.name) for card in told.cards] == [("j2", "PEMILIK j2"), ("j3", "PEMILIK j3")]
    assert "PEMILIK" not in repr(told)
    assert isinstance(last(house, mobile_events.TripClosed), mobile_events.TripClosed)


def test_a_trip_whose_policy_names_no_sealing_key_is_closed_without_names(house: House, other: FileKeys) -> None:
    (grant,) = granted(other, kit=True).mobile
    assert isinstance(grant, MobileGrant)
    assert grant.office_sealing_key is None
    house.station.rules.go_by(granted(other, kit=True))
    house.station.open_record = lambda _: encode(record(1))
    house.station.open_trip(out_slip(other), 10, SUPERVISOR, jobs=8, until=DAYS)
    house.station.load_blanks(LINE, 1, OFFICER)
    make_cards(house, 1)
    house.station.begin_closing(SUPERVISOR)
    house.station.close_trip(InBags(9, 0, 1), SUPERVISOR)
    refused("no-names-kept", lambda: house.station.home_names("al-1"))
