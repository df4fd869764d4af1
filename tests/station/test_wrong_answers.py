"""Officers who answer wrongly, too late, or for the wrong card: each time it is said, and no blank is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.model import events
from stationd.model.issuance import Attempt, Step, Tapped
from stationd.model.pile import Counted
from stationd.press.tap import TapFailed
from stationd.station import Refused
from stationd.store.rows import JobRow, JobState
from tests.api.house import LINE, OFFICER, House
from tests.station.test_blanks import blanks, refused
from tests.station.test_counts import SUPERVISOR, staff


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        served.station.rules.go_by(staff(SUPERVISOR))
        served.stock(100, 10)
        yield served
        assert asyncio.run(served.station.verify()).passed


def asked(house: House) -> str:
    """Let a card be lost from sight while its chip is written; returns what is asked."""
    house.lose("j1")
    (question,) = house.station.status().questions
    return question.question_id


def lay(house: House, found: Tapped | TapFailed) -> None:
    """Let the desk reader find that on the card that is laid on it."""

    def look(_: JobRow, __: Attempt) -> Tapped:
        if isinstance(found, TapFailed):
            raise found
        return found

    house.station._tap.look = look  # type: ignore[method-assign]


def state(house: House, job_id: str = "j1") -> tuple[JobState, str]:
    with house.store.read() as view:
        job = view.job(job_id)
    assert job is not None
    return job.state, job.cause


def test_a_card_that_was_never_finished_did_not_come_out_well(house: House) -> None:
    question = asked(house)
    refused("card-was-not-finished", lambda: house.station.answer(question, "out", OFFICER))
    lay(house, Tapped.UNFINISHED)
    refused("card-was-not-finished", lambda: house.station.answer(question, "out", OFFICER, tap=True))
    assert [still.question_id for still in house.station.status().questions] == [question]
    assert state(house) == (JobState.HELD, "unknown")


def test_a_card_that_lies_on_the_reader_is_not_missing(house: House) -> None:
    question = asked(house)
    lay(house, Tapped.LIVE)
    refused("card-is-here", lambda: house.station.answer(question, "missing", OFFICER, tap=True))
    assert "missing" not in blanks(house)
    house.station.answer(question, "out", OFFICER, tap=True)
    assert state(house)[0] is JobState.DELIVERED


def test_another_card_on_the_reader_answers_nothing(house: House) -> None:
    question = asked(house)
    lay(house, TapFailed("another-card"))
    for answer in ("out", "spoiled", "missing"):
        refused("another-card", lambda answer=answer: house.station.answer(question, answer, OFFICER, tap=True))  # type: ignore[misc]
    assert [still.question_id for still in house.station.status().questions] == [question]


@pytest.mark.parametrize("place", ["reject", "output"])
def test_a_card_said_to_be_missing_surfaces_at_the_next_count(house: House, place: str) -> None:
    question = asked(house)
    house.station.answer(question, "missing", OFFICER)
    refused("already-answered", lambda: house.station.answer(question, "spoiled", OFFICER))
    assert blanks(house)["missing"] == 1
    (found,) = house.station.take_stock([Counted(place, 1, LINE)], OFFICER)  # type: ignore[arg-type]
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 9, f"{place}/{LINE}": 1}
    house.station.explain(found, "came-to-light", OFFICER)
    house.station.settle(found, SUPERVISOR)
    assert state(house) == (JobState.HELD, "spoiled"), "another blank takes the consent that it takes for any spoil"
    refused("job-is-held", lambda: house.station.accept("j1", OFFICER))


def test_a_card_said_to_be_spoiled_that_nobody_finds_is_short_at_the_next_count(house: House) -> None:
    house.station.answer(asked(house), "spoiled", OFFICER)
    (found,) = house.station.take_stock([Counted("reject", 0, LINE)], OFFICER)  # type: ignore[arg-type]
    house.station.explain(found, "missing", OFFICER)
    house.station.settle(found, SUPERVISOR)
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 9, "missing": 1}


def test_a_card_whose_job_was_revoked_on_its_way_out_is_not_accepted(house: House) -> None:
    house.deliver("j1")
    house.store.record("registry", events.JobRevoked(job_id="j1"))
    refused("job-was-revoked", lambda: house.station.accept("j1", OFFICER))
    house.station.spoil("j1", "print-flaw", OFFICER)
    assert state(house)[0] is JobState.REVOKED
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 9, f"reject/{LINE}": 1}


def test_a_card_that_another_officer_has_just_settled_is_not_made_live(house: House) -> None:
    question = asked(house)
    lay(house, Tapped.LOCKED)
    house.station.answer(question, "out", OFFICER, tap=True)
    made_live = []

    def activate(job: JobRow, attempt: Attempt, officer: str) -> Attempt:
        house.station.spoil(job.job_id, "print-flaw", SUPERVISOR)
        house.store.record(officer, events.StepIntended(attempt_id=attempt.attempt_id, step=Step.ACTIVATE))
        made_live.append(attempt)
        return attempt

    house.station._tap.activate = activate  # type: ignore[method-assign]
    refused("card-was-settled", lambda: house.station.accept("j1", OFFICER))
    assert not made_live
    assert state(house) == (JobState.HELD, "spoiled")


@pytest.mark.parametrize(
    "late",
    [
        lambda station: station.accept("j1", OFFICER),
        lambda station: station.spoil("j1", "print-flaw", OFFICER),
        lambda station: station.cancel("j1", OFFICER),
        lambda station: station.order("j1", OFFICER),
    ],
)
def test_what_is_said_of_a_card_after_it_was_accepted_is_refused(house: House, late: Callable[[object], None]) -> None:
    house.deliver("j1")
    house.station.accept("j1", OFFICER)
    with pytest.raises(Refused) as refusal:
        late(house.station)
    assert refusal.value.cause == "job-is-accepted"
    assert blanks(house) == {"store": 90, f"hopper/{LINE}": 9, "shelf": 1}
