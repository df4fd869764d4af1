"""A supervisor approves one act in another officer's session, which goes on; and what a window shows at one look."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stationd.client.client import Client
from stationd.client.problems import StationProblem
from stationd.officers.approvals import LASTS
from stationd.station.supplies import DAYS
from tests.api.house import NOW, OFFICER, House, policy

CHIEF, PIN = "spv-1", "271828"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        (officer,) = policy().officers
        chief = msgspec.structs.replace(officer, id=CHIEF, roles=frozenset({"supervisor"}))
        house.station.rules.go_by(policy(officers=(officer, chief), retry_after_spoil="supervisor", daily_target=50))
        with house.store.write(CHIEF) as transaction:
            transaction.keep_pin(CHIEF, house.counter._hasher.keep(CHIEF, PIN))
        house.stock()
        yield house


def last(house: House) -> dict[str, Any]:
    with house.store.read() as view:
        told: dict[str, Any] = json.loads(view.texts(view.head().seq - 1, 1)[0])
    return told


def cause(act: Any, *values: Any) -> str:
    with pytest.raises(StationProblem) as refused:
        act(*values)
    return refused.value.cause


def test_a_retry_is_approved_without_leaving_the_session_and_is_in_the_book_under_both(house: House) -> None:
    house.ruin("j1")
    client = house.client()
    assert cause(client.release, "j1") == "supervisor-needed"
    given = client.approve(CHIEF, PIN)
    assert (given.officer, given.lasts) == (CHIEF, LASTS)
    client.release("j1", given.approval)
    told = last(house)
    assert (told["type"], told["actor"], told["approved_by"]) == ("job-released", OFFICER, CHIEF)
    assert client.whoami().officer == OFFICER
    assert PIN not in house.store.path.read_bytes().decode(errors="replace")


def test_an_approval_is_good_for_one_act_of_one_session_within_a_minute(house: House) -> None:
    house.ruin("j1")
    client, other = house.client(), house.client()
    given = client.approve(CHIEF, PIN).approval
    assert cause(other.release, "j1", given) == "approval-not-good"
    assert cause(client.release, "j1", given) == "approval-not-good"  # it was spent, as a stolen one is
    given = client.approve(CHIEF, PIN).approval
    house.later += LASTS
    assert cause(client.release, "j1", given) == "approval-not-good"
    given = client.approve(CHIEF, PIN).approval
    assert cause(client.release, "nobody", given) == "no-such-job"
    assert cause(client.release, "j1", given) == "approval-not-good"
    assert cause(client.release, "j1", "made up") == "approval-not-good"
    client.release("j1", client.approve(CHIEF, PIN).approval)


def test_who_approves_shows_who_they_are_and_is_a_supervisor(house: House) -> None:
    client = house.client()
    with house.store.write(OFFICER) as transaction:
        transaction.keep_pin(OFFICER, house.counter._hasher.keep(OFFICER, PIN))
    assert cause(client.approve, OFFICER, PIN) == "supervisor-needed"
    assert cause(client.approve, CHIEF, "314159") == "sign-in-refused"
    assert cause(client.approve_by_card) == "no-desk-reader"
    for _ in range(2):
        cause(client.approve, CHIEF, "314159")
    assert cause(client.approve, CHIEF, PIN) == "sign-in-locked"  # wrong ones count as at the sign-in
    assert cause(Client(house.socket).approve, CHIEF, PIN) == "not-signed-in"


def test_a_supervisor_who_is_dismissed_meanwhile_has_approved_nothing(house: House) -> None:
    house.ruin("j1")
    client = house.client()
    given = client.approve(CHIEF, PIN).approval
    house.station.rules.go_by(policy())
    assert cause(client.release, "j1", given) == "officer-unknown"


def test_the_second_person_settles_in_the_first_ones_session(house: House) -> None:
    client = house.client()
    (found,) = client.declare_missing("store", 2)
    client.explain(found, "missing")
    assert cause(client.settle, found) == "approver-is-requester"
    assert client.settle(found, client.approve(CHIEF, PIN).approval) == "settled"
    assert last(house)["actor"] == CHIEF


def test_blanks_and_their_use_at_one_look(house: House) -> None:
    for job in ("a", "b"):
        house.deliver(job)
    house.ruin("c")
    stocked = house.client().stocked()
    assert sum(account.count for account in stocked.accounts if account.place not in {"supply", "foreign"}) == 500
    assert (stocked.ready, stocked.used_today, stocked.made_today, stocked.target) == (497, 3, 2, 50)
    today = datetime.datetime.fromtimestamp(NOW + 7 * 3600, datetime.UTC).date()
    assert len(stocked.days) == DAYS
    assert (stocked.days[-1].day, stocked.days[-1].used) == (today.isoformat(), 3)
    assert stocked.days[0].day == (today - datetime.timedelta(days=29)).isoformat()
    (blanks,) = stocked.foreseen
    assert (blanks.supply, blanks.left, blanks.rate, blanks.days_left) == ("blanks", 497, 50.0, 9)


def test_blanks_are_told_also_while_the_time_is_unknown(house: House) -> None:
    house.lose_the_time()
    stocked = house.client().stocked()
    assert (stocked.ready, stocked.days, stocked.foreseen) == (500, (), ())


def test_a_question_is_put_with_where_to_look_and_the_answers_that_there_are(house: House) -> None:
    house.lose("j1")
    (asked,) = house.client().questions()
    assert (asked.job_id, asked.step, asked.spots) == ("j1", "write", ("machine",))
    answers = {answer.answer: answer.tap for answer in asked.answers}
    assert answers == {"out": "must", "spoiled": "may", "missing": "no"}
    assert cause(house.client().answer, asked.question_id, "out") == "card-was-not-finished"
    house.client().answer(asked.question_id, "missing")
    assert house.client().questions() == []
