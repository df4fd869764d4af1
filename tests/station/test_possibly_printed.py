"""Jobs that may have been printed under a lost book: what people may say of them, and what it takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model import events
from stationd.model.blank import Place
from stationd.model.pile import Counted
from stationd.model.policy import Policy
from stationd.station import Refused
from stationd.store.rows import JobRow
from tests.api.house import OFFICER, House, policy

CHIEF, OTHER_CHIEF = "spv-1", "spv-2"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.stock(100, 10)
        served.station.rules.go_by(appointed(CHIEF, OTHER_CHIEF))
        yield served
        assert asyncio.run(served.station.verify()).passed


def appointed(*chiefs: str) -> Policy:
    (officer,) = policy().officers
    supervisors = (msgspec.structs.replace(officer, id=chief, roles=frozenset({"supervisor"})) for chief in chiefs)
    return policy(officers=(officer, *supervisors))


def inherit(house: House, job_id: str, was: str = "queued") -> None:
    """A lease of the lost book, as a new one begins with it."""
    lease = events.LeaseInherited(
        job_id=job_id, citizen_ref=f"ref-{job_id}", issue_no=1, epoch=1, start_before=2**33, reason="first",
        urgent=None, layout="ktp-el", profile="lab-iso7816", sealed_digest=job_id, was=was,
    )  # fmt: skip
    house.store.record("stationd", lease, events.JobHeld(job_id=job_id, cause="possibly-printed"))


def arrive(house: House, job_id: str) -> None:
    """A lease that the lost book had taken comes again."""
    house.arrive(job_id)
    house.store.record("registry", events.JobHeld(job_id=job_id, cause="possibly-printed"))


def job(house: House, job_id: str) -> JobRow:
    return next(job for job in house.station.jobs() if job.job_id == job_id)


def refusal(act: Callable[..., None], *arguments: str) -> str:
    with pytest.raises(Refused) as refused:
        act(*arguments)
    return refused.value.cause


def test_a_card_that_was_found_ends_its_job_and_nothing_is_printed(house: House) -> None:
    inherit(house, "j1", was="printing")
    house.station.card_found("j1", "shelf", CHIEF, "C0FFEE0123456789ABCDEF")
    assert (job(house, "j1").state, job(house, "j1").cause) == ("found", "shelf")
    with house.store.read() as view:
        written = json.loads(view.texts(view.head().seq - 1, 1)[0])
    assert (written["type"], written["actor"]) == ("printed-card-found", CHIEF)
    assert (written["identity"], written["issue_no"]) == ("c0ffee0123456789abcdef", 1)
    assert refusal(house.station.order, "j1", OFFICER) == "job-is-found"
    assert refusal(house.station.return_job, "j1", OFFICER, "other") == "job-is-found"


def test_only_a_supervisor_says_that_a_card_was_found(house: House) -> None:
    inherit(house, "j1")
    assert refusal(house.station.card_found, "j1", "shelf", OFFICER) == "supervisor-needed"
    assert refusal(house.station.card_found, "j1", "under-the-desk", CHIEF) == "no-such-reason"
    assert refusal(house.station.card_found, "j1", "shelf", CHIEF, "not hex!") == "not-an-identity"
    assert refusal(house.station.card_found, "j1", "shelf", CHIEF, "7316010101900001") == "not-an-identity"
    assert job(house, "j1").state == "held"


def test_a_found_cards_payload_is_erased(house: House) -> None:
    arrive(house, "j1")
    house.station.card_found("j1", "handed-over", CHIEF)
    with house.store.read() as view:
        assert view.erasable() == ["j1"]


def test_what_was_not_printed_takes_two_people_and_is_printed_then(house: House) -> None:
    arrive(house, "j1")
    assert refusal(house.station.approve_not_printed, "j1", CHIEF) == "nobody-said-not-printed"
    house.station.say_not_printed("j1", CHIEF)
    assert job(house, "j1").detail == CHIEF
    assert refusal(house.station.approve_not_printed, "j1", CHIEF) == "approver-is-requester"
    assert refusal(house.station.approve_not_printed, "j1", OFFICER) == "approver-not-supervisor"
    assert refusal(house.station.order, "j1", OFFICER) == "job-is-held"
    house.station.approve_not_printed("j1", OTHER_CHIEF)
    house.station.order("j1", OFFICER)
    house.make("j1")


def test_where_nobody_else_could_approve_the_job_is_only_given_back(house: House) -> None:
    house.station.rules.go_by(appointed(CHIEF))
    arrive(house, "j1")
    house.station.say_not_printed("j1", CHIEF)
    assert refusal(house.station.approve_not_printed, "j1", OFFICER) == "no-second-person"
    house.station.return_job("j1", OFFICER, "other")


def test_a_card_that_the_lost_book_had_begun_is_never_said_not_to_be_printed(house: House) -> None:
    inherit(house, "j1", was="printing")
    assert refusal(house.station.say_not_printed, "j1", OFFICER) == "card-was-begun"
    arrive(house, "j1")
    assert refusal(house.station.say_not_printed, "j1", OFFICER) == "card-was-begun"


def test_a_job_whose_content_is_lost_can_only_be_given_back(house: House) -> None:
    inherit(house, "j1")
    assert refusal(house.station.say_not_printed, "j1", OFFICER) == "payload-not-here"
    arrive(house, "j1")
    house.station.say_not_printed("j1", OFFICER)


def test_while_blanks_do_not_agree_nothing_is_said_not_to_be_printed(house: House) -> None:
    arrive(house, "j1")
    house.station.say_not_printed("j1", OFFICER)
    (lost,) = house.station.take_stock([Counted(Place.STORE, 89)], OFFICER)
    assert refusal(house.station.approve_not_printed, "j1", CHIEF) == "blanks-do-not-agree"
    house.station.explain(lost, "missing", OFFICER)
    house.station.settle(lost, CHIEF)
    house.station.approve_not_printed("j1", CHIEF)
    assert job(house, "j1").state == "queued"


def test_a_newer_lease_takes_back_what_was_said_of_the_older(house: House) -> None:
    arrive(house, "j1")
    house.station.say_not_printed("j1", OFFICER)
    arrive(house, "j1")
    assert refusal(house.station.approve_not_printed, "j1", CHIEF) == "nobody-said-not-printed"


def test_only_jobs_in_doubt_are_settled_so(house: House) -> None:
    house.ruin("j1")
    assert refusal(house.station.card_found, "j1", "shelf", CHIEF) == "not-possibly-printed"
    assert refusal(house.station.say_not_printed, "j2", OFFICER) == "no-such-job"
