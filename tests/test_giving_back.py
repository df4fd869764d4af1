"""Jobs on their way back to the registry: taken, refused, or not known yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from stationd.giving_back import GivingBack
from stationd.model import events
from stationd.registry.errors import LinkError, RegistryProblem, Unreachable
from stationd.store.chronicle import Head
from tests.api.house import OFFICER, House

Answer = Callable[[Sequence[str]], Sequence[str]]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as served:
        yield served


def acknowledge(house: House) -> None:
    """The registry has read all of the book."""
    with house.store.write("registry") as transaction:
        head = transaction.head()
        transaction.keep_countersignature(Head(head.seq, head.digest), "jws")


def give_back(house: House, answer: Answer) -> int:
    """Work until there is nothing to send any more, or nothing changes; returns how often the registry was asked."""
    asked = 0

    async def ask(job_ids: Sequence[str], _: str) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return answer(job_ids)

    async def run() -> None:
        carrying = asyncio.create_task(GivingBack(house.store, ask).run())
        await asyncio.sleep(0.3)
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)

    asyncio.run(run())
    return asked


def states(house: House) -> dict[str, tuple[str, str, str]]:
    return {job.job_id: (job.state, job.cause, job.detail) for job in house.station.jobs()}


def failing(error: LinkError) -> Answer:
    def answer(_: Sequence[str]) -> Sequence[str]:
        raise error

    return answer


def problem(status: int) -> RegistryProblem:
    return RegistryProblem("POST /v1/returns", status, "https://registry/problems/bad-signature", "")


def test_what_the_registry_keeps_is_held_again_with_its_reason(house: House) -> None:
    for job_id in ("j1", "j2"):
        house.arrive(job_id)
        house.station.return_job(job_id, OFFICER, "other")
    acknowledge(house)
    give_back(house, lambda _: ["j2"])
    assert states(house) == {"j1": ("held", "return-refused", "not-listed"), "j2": ("returned", "", "")}
    house.station.return_job("j1", OFFICER, "other")  # once more, when it is clear
    assert states(house)["j1"][0] == "returning"


def test_a_registry_that_has_not_read_the_book_is_asked_again(house: House) -> None:
    house.arrive("j1")
    house.station.return_job("j1", OFFICER, "other")
    assert give_back(house, lambda _: []) == 1
    assert states(house)["j1"][0] == "returning"


def test_a_problem_that_speaks_of_the_return_is_the_reason(house: House) -> None:
    house.arrive("j1")
    house.station.return_job("j1", OFFICER, "other")
    acknowledge(house)
    give_back(house, failing(problem(403)))
    assert states(house)["j1"] == ("held", "return-refused", "bad-signature")


@pytest.mark.parametrize("error", [problem(503), problem(429), Unreachable("POST /v1/returns", "no route")])
def test_a_registry_that_cannot_answer_now_refuses_nothing(house: House, error: LinkError) -> None:
    house.arrive("j1")
    house.station.return_job("j1", OFFICER, "other")
    acknowledge(house)
    give_back(house, failing(error))
    assert states(house)["j1"][0] == "returning"


def test_a_possibly_printed_job_that_is_refused_is_settled_as_before(house: House) -> None:
    house.arrive("j1")
    house.store.record("registry", events.JobHeld(job_id="j1", cause="possibly-printed"))
    house.station.return_job("j1", OFFICER, "other")
    acknowledge(house)
    give_back(house, lambda _: [])
    assert states(house)["j1"] == ("held", "possibly-printed", "")
    assert [one.fields.get("cause") for one in house.station.story("j1").told if one.what == "held"][-2:] == [
        "return-refused",
        "possibly-printed",
    ]


def test_a_job_that_was_revoked_meanwhile_stays_revoked(house: House) -> None:
    house.arrive("j1")
    house.station.return_job("j1", OFFICER, "other")
    acknowledge(house)

    def answer(_: Sequence[str]) -> Sequence[str]:
        house.store.record("registry", events.JobRevoked(job_id="j1"))
        return []

    give_back(house, answer)
    assert states(house)["j1"][0] == "revoked"
