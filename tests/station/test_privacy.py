"""Whose data is and was on the disk, who opened it, and whom a breach concerns: without a name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from stationd.desk import BookDesk
from stationd.model import events, shelf_events
from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.station import Refused
from stationd.steward import Steward
from stationd.store.store import CommitFailed
from tests.api.house import NOW, OFFICER, House, policy
from tests.model.jobs import NIK

DAY = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(store=150, hopper=50)
        yield served


def at(house: House, moment: float) -> None:
    house.clock.set_trusted(moment, house.clock.uptime())


def acknowledge(house: House) -> None:
    desk = BookDesk(house.store)
    head = desk.head()
    desk.record_countersignature(head.seq, head.digest, "jws")


def kept(house: House, *, gone: bool = False) -> list[tuple[str, str, bool]]:
    found = house.station.kept(OFFICER, gone=gone)
    assert {each.citizen_ref for each in found} <= {f"ref-{each.job_id}" for each in found}
    return [(each.kind, each.job_id, each.until is None) for each in found]


def test_a_job_is_kept_until_its_card_is_accepted_and_the_registry_knows(house: House) -> None:
    assert kept(house) == []
    house.deliver("j1")
    house.arrive("j2", reason="lost")
    assert kept(house) == [("payload", "j1", True), ("payload", "j2", True)]
    house.station.accept("j1", OFFICER)
    BookDesk(house.store).erase_settled()
    assert ("payload", "j1", True) in kept(house)
    at(house, NOW + 60)
    acknowledge(house)
    assert kept(house) == [("payload", "j2", True), ("shelf-record", "j1", True)]
    assert kept(house, gone=True)[:2] == [("payload", "j1", False), ("payload", "j2", True)]
    house.store.record(OFFICER, shelf_events.ShelfRecordErased(job_id="j1"))
    assert kept(house) == [("payload", "j2", True)]
    first, *_ = house.station.kept(OFFICER, gone=True)
    assert first.until is not None
    assert (round(first.since - NOW), round(first.until - NOW), first.why) == (0, 60, "first")


def test_a_newer_lease_takes_the_place_of_the_one_before(house: House) -> None:
    house.arrive("j1")
    house.arrive("j1")
    assert kept(house, gone=True) == [("payload", "j1", False), ("payload", "j1", True)]


def test_a_breach_concerns_whoever_had_data_here_in_that_time_and_nobody_else(house: House) -> None:
    house.arrive("early")
    house.store.record("registry", events.JobRevoked(job_id="early"))
    at(house, NOW + 100)
    BookDesk(house.store).erase_settled()
    at(house, NOW + 1000)
    house.arrive("later")
    at(house, NOW + 2000)
    assert house.station.concerned(OFFICER, NOW + 50).citizens == ("ref-early", "ref-later")
    found = house.station.concerned(OFFICER, NOW + 500)
    assert found.citizens == ("ref-later",)
    assert found.tell_before == pytest.approx(NOW + 2000 + 3 * DAY, abs=5)
    for wrong in (NOW + 5000, -1.0, math.nan):
        with pytest.raises(Refused, match="breach-in-future"):
            house.station.concerned(OFFICER, wrong)


def test_each_opening_of_a_citizens_data_is_in_the_log_before_it(house: House) -> None:
    house.arrive("j1")

    def draw(_: object) -> bytes:
        assert [entry.act for entry in house.station.processed(OFFICER)] == ["picture"]
        return b"png"

    house.station.draw = draw
    house.station.preview("j1", OFFICER)
    (entry,) = house.station.processed(OFFICER, "j1")
    assert (entry.actor, entry.job_id, entry.act, entry.purpose) == (OFFICER, "j1", "picture", "compare")
    assert house.station.processed(OFFICER, "j2") == []


def test_names_in_the_queue_are_logged_once_a_day_for_each_officer_who_sees_them(house: House) -> None:
    house.arrive("j1")
    shown: Mapping[str, Label | None] = {"j1": Label(job_id="j1", name="BUDI", nik=Nik(NIK), kelurahan="X"), "j2": None}
    house.station.names = lambda: shown
    for _ in range(3):
        assert house.station.queue(OFFICER).jobs[0].name == "BUDI"
    assert [(e.job_id, e.act) for e in house.station.processed(OFFICER)] == [("j1", "name")]
    at(house, NOW + DAY)
    house.station.queue(OFFICER)
    assert len(house.station.processed(OFFICER)) == 2


def test_a_name_that_cannot_be_logged_is_not_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.arrive("j1")
    shown = {"j1": Label(job_id="j1", name="BUDI", nik=Nik(NIK), kelurahan="X")}
    house.station.names = lambda: shown

    def full(*_: Any) -> None:
        raise CommitFailed(house.store.path, "disk full")

    monkeypatch.setattr(house.store, "note_processing", full)
    assert house.station.queue(OFFICER).jobs[0].name == ""


def test_the_log_is_kept_as_long_as_the_policy_says(house: House) -> None:
    house.store.note_processing(OFFICER, "picture", "compare", "j1")
    hands = Steward(house.store, house.station.rules, lambda: None)
    for days, left in ((1824, 1), (1826, 0)):
        at(house, NOW + days * DAY)
        hands.tend()
        with house.store.read() as view:
            assert len(view.processings(0.0)) == left


def test_whoever_is_no_officer_here_learns_nothing(house: House) -> None:
    for ask in (house.station.kept, house.station.processed, lambda officer: house.station.concerned(officer, NOW)):
        with pytest.raises(Refused, match="officer-unknown"):
            ask("nobody")


def test_a_record_that_could_not_be_made_is_not_said_to_be_kept_for_ever(house: House) -> None:
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    assert ("shelf-record", "j1", True) in kept(house)
    house.station.hand_over("j1", "owner", "old-card", OFFICER)
    assert "shelf-record" not in {kind for kind, _, _ in kept(house)}


@pytest.mark.parametrize("hours", [7, 8, 9])
def test_whose_names_are_seen_is_put_down_anew_when_the_offices_day_begins(house: House, hours: int) -> None:
    house.station.rules.go_by(policy(utc_hours=hours))
    house.arrive("j1")
    house.station.names = lambda: {"j1": Label(job_id="j1", name="SITTI CONTOH", nik=Nik(NIK), kelurahan="BANGKALA")}
    midnight = (int(NOW) // DAY + 1) * DAY - hours * 3600
    for moment in (midnight - 60, midnight - 1, midnight, midnight + 60, midnight + hours * 3600 + 60):
        at(house, moment)
        house.station.queue(OFFICER)
    seen = [each.at for each in house.station.processed(OFFICER, "j1") if each.purpose == "queue"]
    assert [round(moment - midnight) for moment in seen] == [-60, 0]
