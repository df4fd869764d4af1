"""What officers may do with jobs and finished cards, and whose consent it takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model.policy import Policy
from stationd.station import Kind, Refused
from tests.api.house import OFFICER, House, policy

SUPERVISOR = "spv-1"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock()
        yield served
        assert asyncio.run(served.station.verify()).passed


def supervised(**changes: object) -> Policy:
    """A policy that wants a supervisor's consent, and appoints one."""
    (officer,) = policy().officers
    chief = msgspec.structs.replace(officer, id=SUPERVISOR, roles=frozenset({"supervisor"}))
    return policy(**{"officers": (officer, chief), "retry_after_spoil": "supervisor", **changes})


def last(house: House) -> dict[str, object]:
    with house.store.read() as view:
        return dict(json.loads(view.texts(view.head().seq - 1, 1)[0]))


def test_another_blank_takes_a_supervisors_consent_and_the_refusal_names_them(house: House) -> None:
    house.ruin("j1")
    house.station.rules.go_by(supervised())
    before = house.station.status().book
    with pytest.raises(Refused) as refused:
        house.station.release("j1", OFFICER)
    assert (refused.value.kind, refused.value.cause) == (Kind.NOT_ALLOWED, "supervisor-needed")
    assert refused.value.subject == SUPERVISOR
    assert house.station.status().book == before
    house.station.release("j1", SUPERVISOR)
    written = last(house)
    assert (written["type"], written["actor"], written["consent"]) == ("job-released", SUPERVISOR, "supervisor")


def test_where_no_supervisor_is_appointed_the_refusal_says_so(house: House) -> None:
    house.ruin("j1")
    house.station.rules.go_by(policy(retry_after_spoil="supervisor"))
    with pytest.raises(Refused) as refused:
        house.station.release("j1", OFFICER)
    assert refused.value.cause == "no-supervisor"


def test_a_standing_consent_is_written_down_as_that(house: House) -> None:
    house.ruin("j1")
    house.station.release("j1", OFFICER)
    written = last(house)
    assert (written["actor"], written["consent"]) == (OFFICER, "policy")


def test_a_station_that_lost_its_licence_still_cancels_and_gives_back(house: House) -> None:
    house.arrive("j1")
    house.station.order("j1", OFFICER)
    house.station.rules.go_by(policy(services=frozenset({"SIAK"})))
    with pytest.raises(Refused) as refused:
        house.station.order("j1", OFFICER)
    assert refused.value.cause == "station-has-no-cetak"
    house.station.cancel("j1", OFFICER)
    house.station.return_job("j1", OFFICER, "cannot-be-made-here")
    assert house.station.status().jobs == {"returning": 1}


def test_a_finished_card_goes_to_another_office_with_a_reason(house: House) -> None:
    house.deliver("j1")
    for cause, arguments in (
        ("job-is-delivered", ("j1", "73.16.02", "owner-lives-there")),
        ("no-such-job", ("j9", "73.16.02", "owner-lives-there")),
        ("no-such-reason", ("j1", "73.16.02", "because Budi asked")),
        ("not-an-office", ("j1", "somewhere", "other")),
        ("not-an-office", ("j1", "73.16.01", "other")),  # this very one
    ):
        with pytest.raises(Refused) as refused:
            house.station.transfer(*arguments, OFFICER)
        assert refused.value.cause == cause
    house.station.accept("j1", OFFICER)
    house.station.transfer("j1", "73.16.02", "owner-lives-there", OFFICER)
    with house.store.read() as view:
        entries = [json.loads(text) for text in view.texts(0, 1000)]
    (written,) = (entry for entry in entries if entry["type"] == "card-transferred")
    assert (written["type"], written["office"], written["cause"]) == (
        "card-transferred", "73.16.02", "owner-lives-there",
    )  # fmt: skip
    assert house.station.shelf() == []
    counts = {balance.place: balance.count for balance in house.station.balances()}
    assert (counts.get("shelf", 0), counts["transferred"]) == (0, 1)
    (job,) = house.station.jobs()
    assert job.state == "transferred"
    with pytest.raises(Refused):
        house.station.transfer("j1", "73.16.02", "other", OFFICER)
