"""What officers hear of citizens holds their jobs at once, edits nothing, and only the registry's answer lifts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stationd.desk import BookDesk, IntakeDesk
from stationd.model.job import Hold, HoldCause
from stationd.registry.ports import Arrival
from stationd.station import Kind, Refused
from stationd.steward import Steward
from tests.api.house import NOW, OFFICER, House
from tests.model.jobs import job

CITIZEN = "ref-of-a-citizen"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(store=150, hopper=50)
        yield served


def states(house: House) -> dict[str, tuple[str, str, str]]:
    return {row.job_id: (row.state.value, row.cause, row.detail) for row in house.station.jobs()}


def written(house: House, kind: str) -> list[dict[str, Any]]:
    with house.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 10_000)]
    return [entry for entry in entries if entry["type"] == kind]


def sent(house: House, job_id: str, epoch: int, signed: float, hold: Hold | None = None, **claims: Any) -> None:
    """The registry sends a job of the citizen's, signed at a time."""
    came = job(job_id=job_id, start_before=int(NOW) + 10**6, epoch=epoch, iat=int(signed), **claims)
    came = msgspec.structs.replace(came, citizen_ref=CITIZEN)
    arrival = Arrival(came, f"sealed-{epoch}", "label", f"digest-{job_id}-{epoch}")
    IntakeDesk(house.store, house.station.rules).accept(arrival, hold)


def acknowledge(house: House) -> None:
    """The registry countersigns the book as it is."""
    desk = BookDesk(house.store)
    head = desk.head()
    desk.record_countersignature(head.seq, head.digest, "jws")


def test_a_report_holds_all_that_waits_for_the_citizen_and_nothing_else(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    sent(house, "j2", 1, NOW - 100, reason="damaged")
    sent(house, "j3", 1, NOW - 100, Hold(HoldCause.UNDER_AGE))
    house.arrive("j-other")
    house.station.order("j1", OFFICER)
    before = house.store.sealed("j1")
    told = house.station.report("j1", "died", OFFICER)
    assert told.held == ("j1", "j2", "j3")
    assert set(list(states(house).values())[:3]) == {("held", "reported", "died")}
    assert states(house)["j-other"] == ("queued", "", "")
    (said,) = written(house, "citizen-reported")
    assert (said["citizen_ref"], said["kind"], said["job_id"], said["actor"]) == (CITIZEN, "died", "j1", OFFICER)
    assert said["seq"] == told.report
    assert house.store.sealed("j1") == before
    told_why = house.station.why("j1", OFFICER)
    assert (told_why.verdict, told_why.cause, told_why.remedy) == ("held", "reported", "registry")


def test_no_officer_and_no_rule_lifts_it(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    house.station.report("j1", "moved", OFFICER)
    with pytest.raises(Refused, match="cause-remains"):
        house.station.release("j1", OFFICER)
    with pytest.raises(Refused, match="job-is-held"):
        house.station.order("j1", OFFICER)
    Steward(house.store, house.station.rules, lambda: None).tend()
    assert states(house)["j1"] == ("held", "reported", "moved")


def test_claims_signed_later_by_a_registry_that_has_the_report_lift_it(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    house.station.report("j1", "moved", OFFICER)
    sent(house, "j1", 2, NOW + 60)  # it was on its way: the registry does not know of the report
    assert states(house)["j1"] == ("held", "reported", "moved")
    acknowledge(house)
    sent(house, "j1", 3, NOW - 50)  # signed before the report
    assert states(house)["j1"] == ("held", "reported", "moved")
    sent(house, "j1", 4, NOW + 60)
    assert states(house)["j1"] == ("queued", "", "")
    house.station.order("j1", OFFICER)


def test_a_job_that_comes_later_is_held_by_an_earlier_report(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    house.station.report_citizen(CITIZEN, "no-kk", OFFICER)
    sent(house, "j2", 1, NOW - 90, reason="damaged")
    assert states(house)["j2"] == ("held", "reported", "no-kk")
    house.arrive("j3")
    assert states(house)["j3"] == ("queued", "", "")


def test_a_card_that_is_out_is_not_accepted_until_the_registry_answers(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    house.station.order("j1", OFFICER)
    attempt = house.begin("j1")
    told = house.station.report("j1", "died", OFFICER)
    assert (told.held, told.under_way) == ((), ("j1",))
    house.go_on(attempt)
    with pytest.raises(Refused) as refused:
        house.station.accept("j1", OFFICER)
    assert (refused.value.cause, refused.value.detail) == ("reported", "died")
    acknowledge(house)
    sent(house, "j1", 2, NOW + 60, Hold(HoldCause.DIED))
    with pytest.raises(Refused, match="reported"):
        house.station.accept("j1", OFFICER)
    sent(house, "j1", 3, NOW + 60)
    assert [entry["epoch"] for entry in written(house, "report-answered")] == [3]
    house.station.accept("j1", OFFICER)
    assert states(house)["j1"][0] == "accepted"


def test_a_spoiled_card_stays_so_and_its_job_waits_for_the_answer_when_it_is_released(house: House) -> None:
    house.ruin("j1")
    house.station.report("j1", "wrong-data", OFFICER)
    assert states(house)["j1"][:2] == ("held", "spoiled")
    house.station.release("j1", OFFICER)
    assert states(house)["j1"] == ("held", "reported", "wrong-data")


def test_what_is_no_report_is_refused_and_what_was_typed_is_not_said_again(house: House) -> None:
    sent(house, "j1", 1, NOW - 100)
    for kind, reference in (("no-such-job", "j9"), ("officer-unknown", "j1"), ("no-such-reason", "j1")):
        officer = "nobody" if kind == "officer-unknown" else OFFICER
        with pytest.raises(Refused, match=kind):
            house.station.report(reference, "Budi is dead" if kind == "no-such-reason" else "died", officer)
    with pytest.raises(Refused) as refused:
        house.station.report_citizen("7316024107900001", "died", OFFICER)
    assert (refused.value.kind, refused.value.subject) == (Kind.NOT_FOUND, "?")
    house.station.report("j1", "died", OFFICER)
    with pytest.raises(Refused, match="already-reported"):
        house.station.report("j1", "died", OFFICER)
    house.station.report("j1", "wrong-data", OFFICER)
    assert len(written(house, "citizen-reported")) == 2
    assert house.station.verification is not None


def test_a_finished_card_of_a_citizen_who_was_reported_is_not_handed_over(house: House) -> None:
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    house.station.report("j1", "died", OFFICER)
    with pytest.raises(Refused) as refused:
        house.station.hand_over("j1", "owner", "old-card", OFFICER)
    assert (refused.value.cause, refused.value.detail) == ("reported", "died")
    with house.store.read() as view:
        assert len(view.shelf()) == 1
