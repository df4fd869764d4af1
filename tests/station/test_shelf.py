"""Finished cards at the counter: found, laid in their places, tapped, handed over, lost; whose data is left then."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.model.shelf import DAY
from stationd.model.shelf_events import ShelfInherited
from stationd.names import Names
from stationd.registry.predecessor import Predecessor
from stationd.shelving import tidy
from stationd.station import Refused
from stationd.store import chronicle
from stationd.store.heritage import replay
from stationd.store.vault import NotInVault, Vault
from stationd.succession import Succession, opening
from tests.api.house import NOW, OFFICER
from tests.station.shelves import KK, SUPERVISOR, TECHNICIAN, ShelfHouse, nik


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShelfHouse]:
    with ShelfHouse(tmp_path) as served:
        yield served


def refused(cause: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as no:
        act()
    assert no.value.cause == cause


def found(house: ShelfHouse, text: str) -> list[str]:
    return [card.job_id for card in house.station.search_shelf(text, OFFICER)]


def test_a_card_is_found_by_its_owner_its_place_and_its_job(house: ShelfHouse) -> None:
    house.shelve("j1", "j2", "j3", "j4")
    house.station.place_card("j2", "b/12", OFFICER)
    assert found(house, "") == ["j1", "j2", "j3", "j4"]
    assert found(house, "sitti") == ["j1", "j4"]
    assert found(house, "rahma SIT") == ["j4"]
    assert found(house, "ali h muhammad") == ["j3"]
    assert found(house, nik(2)) == ["j2"]
    assert found(house, nik(2)[:12]) == ["j1", "j2", "j3", "j4"]
    assert found(house, "731") == []
    assert found(house, "B/12") == ["j2"]
    assert found(house, "j3") == ["j3"]
    assert found(house, "nobody") == []
    assert [card.job_id for card in house.station.search_shelf("", OFFICER, 2)] == ["j1", "j2"]


def test_a_technician_sees_nobody(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.desk.lay("j1")
    station = house.station
    for act in (
        lambda: station.search_shelf("", TECHNICIAN),
        lambda: station.tap_shelf(TECHNICIAN),
        lambda: station.where_is(nik(1), TECHNICIAN),
        lambda: station.hand_over("j1", "owner", "old-card", TECHNICIAN),
        lambda: station.arrivals(TECHNICIAN),
    ):
        refused("officer-has-no-printing-role", act)


def test_what_names_a_citizen_is_not_in_a_repr_and_not_in_the_book(house: ShelfHouse) -> None:
    house.shelve("j1")
    (card,) = house.station.search_shelf("", OFFICER)
    assert card.name == "SITTI CONTOH"
    receipt = house.station.hand_over("j1", "owner", "old-card", OFFICER)
    assert (receipt.name, receipt.nik, receipt.officer_name) == ("SITTI CONTOH", nik(1), "Petugas Uji")
    assert "SITTI" not in f"{card!r}{receipt!r}{card}"
    with house.store.read() as view:
        book = "".join(view.texts(0, 1000))
    assert not any(secret in book for secret in ("SITTI", nik(1), "BANGKALA", KK, "081200000000"))


def test_a_place_is_a_box_and_a_row_and_no_name(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.station.place_card("j1", " a3 ", OFFICER)
    before = house.station.status().book
    house.station.place_card("j1", "A3", OFFICER)
    for place in ("SITTI", "", "A3 B4", nik(1)):
        refused("not-a-shelf-place", lambda place=place: house.station.place_card("j1", place, OFFICER))  # type: ignore[misc]
    assert house.station.status().book == before
    assert house.last("card-placed")["place"] == "A3"
    refused("no-such-job", lambda: house.station.place_card("j9", "A3", OFFICER))


def test_a_card_goes_to_its_owner_and_out_of_the_accounts(house: ShelfHouse) -> None:
    house.shelve("j1", "j2")
    before = house.balances()
    house.desk.lay("j1")
    receipt = house.station.hand_over("j1", "owner", "loss-report", OFFICER, tap=True)
    after = house.balances()
    assert (after["shelf"], after["citizen"]) == (before["shelf"] - 1, 1)
    event = house.last("card-handed-over")
    assert {key: event[key] for key in ("job_id", "citizen_ref", "identity", "to", "shown", "tapped", "actor")} == {
        "job_id": "j1",
        "citizen_ref": "ref-j1",
        "identity": "c0ffeej1",
        "to": "owner",
        "shown": "loss-report",
        "tapped": True,
        "actor": OFFICER,
    }
    assert (receipt.seq, receipt.at) == (event["seq"], event["time"])
    assert found(house, "") == ["j2"]
    refused("job-is-handed-over", lambda: house.station.hand_over("j1", "owner", "old-card", OFFICER))


def test_another_persons_card_is_not_handed_over(house: ShelfHouse) -> None:
    house.shelve("j1", "j2")
    house.desk.lay("j2")
    before = house.station.status().book
    refused("another-card", lambda: house.station.hand_over("j1", "owner", "old-card", OFFICER, tap=True))
    house.desk.identity = None
    refused("no-card-on-desk", lambda: house.station.hand_over("j1", "owner", "old-card", OFFICER, tap=True))
    refused("no-such-reason", lambda: house.station.hand_over("j1", "a neighbour", "old-card", OFFICER))
    refused("no-such-reason", lambda: house.station.hand_over("j1", "owner", "a smile", OFFICER))
    assert house.station.status().book == before


def test_rule_11_family_collects_only_by_the_policy_and_only_of_the_same_family_card(house: ShelfHouse) -> None:
    house.shelve("j1")

    def collect(kk: str) -> object:
        return house.station.hand_over("j1", "family", "own-card", OFFICER, kk=kk)

    refused("owner-only", lambda: collect(KK))
    house.rule(family_may_collect=True)
    refused("other-family-card", lambda: collect("7316021203150005"))
    refused("other-family-card", lambda: collect(""))
    collect("731602 12031 50004")
    assert house.last("card-handed-over")["to"] == "family"
    assert KK not in str(house.events())


def test_who_waits_is_kept_sealed_until_the_card_is_gone_and_no_longer(house: ShelfHouse) -> None:
    house.shelve("j1", "j2")
    with house.store.read() as view:
        assert view.records_kept() == ["j1", "j2"]
    for file in house.folder.glob("book.db*"):
        assert b"SITTI" not in file.read_bytes()
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    assert house.last("shelf-record-erased")["job_id"] == "j1"
    with house.store.read() as view:
        assert view.records_kept() == ["j2"]
        with pytest.raises(NotInVault):
            Vault(view._db, house.keys).record("j1")
    assert house.station.index.records(["j1", "j2"]).keys() == {"j2"}
    house.station.withdraw("j2", "card-damaged", OFFICER)
    with house.store.read() as view:
        assert view.records_kept() == []


def test_who_waited_for_a_card_that_left_with_a_trip_or_whose_erasure_failed_is_erased_beside_the_work(
    house: ShelfHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.shelve("j1", "j2", "j3")
    with monkeypatch.context() as full:
        full.setattr(house.station, "forget_gone", lambda: None)
        house.station.transfer("j1", "73.16.02", "trip-ended", OFFICER)
        house.station.lose_card("j2", SUPERVISOR)
    with house.store.read() as view:
        assert view.records_kept() == ["j1", "j2", "j3"]
    tidy(house.station)
    with house.store.read() as view:
        assert view.records_kept() == ["j2", "j3"]
    head = house.station.status().book
    tidy(house.station)
    assert house.station.status().book == head


def test_who_waits_is_forgotten_as_soon_as_the_last_one_who_may_know_signs_out(house: ShelfHouse) -> None:
    house.shelve("j1")
    index, sessions = house.station.index, house.sessions
    names = Names(house.store, pytest.fail, house.counter.somebody_sees_citizens, house.station.forget_owners)
    sessions.on_change = names.keep_up
    last, technician = house.signed_in(SUPERVISOR), house.signed_in(TECHNICIAN)
    assert found(house, "sitti") == ["j1"]
    sessions.end_all_of(OFFICER)
    index._asked -= 301
    assert index.expire(), "somebody who may know was signed in still"
    assert found(house, "sitti") == ["j1"]
    sessions.end(last)
    index._asked -= 301
    assert not index.expire(), "nothing was left to be forgotten"
    assert sessions.find(technician, os.getuid()) is not None


def test_the_job_itself_is_erased_after_the_acknowledgement_also_of_a_card_that_is_gone(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    with house.store.write("registry") as transaction:
        assert transaction.erasable() == []
        head = transaction.head()
        transaction.keep_countersignature(chronicle.Head(head.seq, head.digest), "jws")
        assert transaction.erasable() == ["j1"]


def test_names_are_dropped_from_memory_a_while_after_the_last_question(house: ShelfHouse) -> None:
    house.shelve("j1")
    found(house, "sitti")
    index = house.station.index
    assert not index.expire()
    index._asked -= 301
    assert index.expire()
    assert not index.expire()
    assert found(house, "sitti") == ["j1"]


def test_every_card_on_the_reader_is_known_for_what_it_is(house: ShelfHouse) -> None:
    def tapped(job_id: str) -> tuple[str, str]:
        house.desk.lay(job_id)
        seen = house.station.tap_shelf(OFFICER)
        return seen.found, seen.belongs

    house.shelve("j1", "j2", "j3", "j4")
    house.station.place_card("j1", "A3", OFFICER)
    house.station.hand_over("j2", "owner", "old-card", OFFICER)
    house.station.withdraw("j3", "revoked", OFFICER)
    house.station.lose_card("j4", SUPERVISOR)
    house.deliver("j5")
    house.deliver("j6")
    house.station.spoil("j6", "scratched", OFFICER)
    assert tapped("j1") == ("on-shelf", "A3")
    assert tapped("j2") == ("handed-over", "citizen")
    assert tapped("j3") == ("withdrawn", "withdrawn")
    assert tapped("j4") == ("lost", "shelf")
    assert tapped("j5") == ("not-accepted", "output")
    assert tapped("j6") == ("spoiled", "reject")
    assert tapped("j7") == ("not-ours", "")
    house.desk.lay("j1")
    assert house.station.tap_shelf(OFFICER).card == house.station.search_shelf("j1", OFFICER)[0]


def test_a_lost_card_is_missing_until_it_is_found(house: ShelfHouse) -> None:
    house.shelve("j1")
    refused("supervisor-needed", lambda: house.station.lose_card("j1", OFFICER))
    house.station.lose_card("j1", SUPERVISOR)
    assert house.balances()["missing"] == 1
    assert "shelf" not in house.balances()
    refused("card-is-lost", lambda: house.station.hand_over("j1", "owner", "old-card", OFFICER))
    with house.store.read() as view:
        assert view.shelved_of("ref-j1") is None
    house.station.find_card("j1", "C1", OFFICER)
    refused("card-was-not-lost", lambda: house.station.find_card("j1", "C1", OFFICER))
    assert house.balances()["shelf"] == 1
    assert house.station.search_shelf("j1", OFFICER)[0].place == "C1"


def test_a_card_that_the_accounts_do_not_have_is_handed_over_all_the_same(house: ShelfHouse) -> None:
    """It is in the officer's hand: the difference is the accounts', to be settled by people."""
    house.shelve("j1")
    house.station.declare_missing("shelf", 1, OFFICER)
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    assert house.balances()["citizen"] == 1
    assert house.last("discrepancy-found")["origin"] == "observation"


def test_rule_9_a_reprint_for_lost_waits_until_the_card_that_lies_here_is_collected(house: ShelfHouse) -> None:
    house.shelve("j1")
    house.arrive("j2", reason="lost")
    with house.store.write("registry") as transaction:
        transaction._db.execute("UPDATE jobs SET citizen_ref = 'ref-j1' WHERE job_id = 'j2'")
    refused("lies-here", lambda: house.station.order("j2", OFFICER))
    assert house.station.why("j2", OFFICER).detail == "j1"
    house.station.hand_over("j1", "owner", "loss-report", OFFICER)
    with house.store.read() as view:
        assert [(job.job_id, hold) for job, hold in house.station.rules.to_hold_and_release(view)] == [("j2", None)]


def test_cards_due_for_transfer_and_no_others_are_in_the_list(house: ShelfHouse) -> None:
    house.rule(notices=0, within_months=1)
    house.shelve("j1", "j2")
    refused("no-transfer-due", lambda: house.station.transfer_due("73.16.02", OFFICER))
    refused("transfer-not-due", lambda: house.station.transfer("j1", "73.16.02", "uncollected", OFFICER))
    house.clock.set_trusted(NOW + 20 * DAY, house.clock.uptime())
    house.shelve("j3")
    house.clock.set_trusted(NOW + 32 * DAY, house.clock.uptime())
    refused("no-transfer-due", lambda: house.station.transfer_due("73.16.02", OFFICER, "ENREKANG"))
    refused("not-an-office", lambda: house.station.transfer_due("73.16.01", OFFICER))
    sent = house.station.transfer_due("73.16.02", OFFICER, "Maiwa")
    assert [(card.job_id, card.name, card.nik) for card in sent.cards] == [
        ("j1", "SITTI CONTOH", nik(1)),
        ("j2", "ANDI BASO", nik(2)),
    ]
    assert all(card.address for card in sent.cards)
    assert (sent.office, sent.officer_name) == ("73.16.02", "Petugas Uji")
    assert house.last("card-transferred")["cause"] == "uncollected"
    assert (house.balances()["transferred"], house.balances()["shelf"]) == (2, 1)
    with house.store.read() as view:
        assert view.records_kept() == ["j3"]
    refused("transfer-not-due", lambda: house.station.transfer("j3", "73.16.02", "uncollected", OFFICER))
    house.clock.set_trusted(NOW + 60 * DAY, house.clock.uptime())
    assert len(house.station.transfer("j3", "73.16.02", "uncollected", OFFICER).cards) == 1
    house.lose_the_time()
    refused("time-unknown", lambda: house.station.transfer_due("73.16.02", OFFICER))


def test_a_new_book_knows_which_cards_lay_here_by_the_one_before(house: ShelfHouse) -> None:
    house.shelve("j1", "j2")
    house.station.hand_over("j2", "owner", "old-card", OFFICER)
    with house.store.read() as view:
        left = replay(view.texts(0, 10_000))
    plan = Succession(Predecessor("i", "h", ()), NOW, left)
    inherited = [event for event in opening(plan, {}) if isinstance(event, ShelfInherited)]
    assert [(event.job_id, event.identity, event.batch) for event in inherited] == [("j1", "c0ffeej1", "B-2026-07")]
    house.station.withdraw("j1", "other", OFFICER)
    house.store.record("stationd", *inherited)
    assert house.station.search_shelf("", OFFICER)[0].job_id == "j1"


def test_the_book_gives_the_same_shelf_again(house: ShelfHouse) -> None:
    house.shelve("j1", "j2", "j3")
    house.station.place_card("j1", "A3", OFFICER)
    house.station.hand_over("j2", "owner", "old-card", OFFICER)
    house.station.lose_card("j3", SUPERVISOR)
    assert asyncio.run(house.station.verify()).passed
