"""Press print for one, for the next and for many; a click twice prints once; one person is moved to the front."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.client.problems import StationProblem
from stationd.client.queue import new_key
from stationd.station import Refused
from stationd.store import derivation
from stationd.store.store import ANSWERS, Store
from tests.api.house import NOW, OFFICER, STATION, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        for number in range(1, 6):
            house.arrive(f"j{number}")
        yield house


def pressed(house: House) -> list[str]:
    """The jobs for which print was pressed, once for each time that the book has it."""
    with house.store.read() as view:
        entries = [msgspec.json.decode(text) for text in view.texts(0, 1000)]
    return [entry["job_id"] for entry in entries if entry["type"] == "print-ordered"]


def test_a_click_twice_prints_once(house: House) -> None:
    client, key = house.client(), new_key()
    for _ in range(2):
        client.order("j3", key)
    assert client.order_next(2, keyed := new_key()) == client.order_next(2, keyed) == ["j1", "j2"]
    assert pressed(house) == ["j3", "j1", "j2"]
    assert client.order_next(2) == ["j4", "j5"]


def test_a_click_before_a_restart_counts_after_it(house: House) -> None:
    key = new_key()
    house.station.order_next(2, OFFICER, key)
    started_anew = Store(house.store.path, house.keys, STATION, "x", house.clock.stamp)
    with started_anew.read() as view:
        assert view.answered(key) == (f"{OFFICER} order next 2", '["j1","j2"]')
    started_anew.close()


def test_many_are_ordered_and_one_that_cannot_be_keeps_none_back(house: House) -> None:
    house.hold("held", "nik-blocked")
    house.station.order("j2", OFFICER)
    key = new_key()
    for _ in range(2):
        came = house.client().order_many(["j4", "held", "j2", "j4", "nobody", "j1"], key)
        assert came.ordered == ("j4", "j1")
        assert [(no.job_id, no.cause) for no in came.refused] == [
            ("held", "job-is-held"),
            ("j2", "job-is-ordered"),
            ("nobody", "no-such-job"),
        ]
    assert pressed(house) == ["j2", "j4", "j1"]


TOO_MANY = [f"n{number}" for number in range(1001)]


@pytest.mark.parametrize(("jobs", "cause"), [([], "count-too-small"), (TOO_MANY, "too-many-jobs")])
def test_none_or_too_many_are_refused(house: House, jobs: list[str], cause: str) -> None:
    with pytest.raises(StationProblem) as refused:
        house.client().order_many(jobs)
    assert refused.value.cause == cause
    assert pressed(house) == []


def test_a_key_is_good_for_one_act_of_one_officer(house: House) -> None:
    key = new_key()
    house.station.order("j1", OFFICER, key)
    for again in (lambda: house.station.order("j2", OFFICER, key), lambda: house.station.order_next(1, OFFICER, key)):
        with pytest.raises(Refused) as refused:
            again()
        assert refused.value.cause == "key-used-before"
    for odd in ("short", "x" * 65, "with space in it", "newline-in-it\n"):
        with pytest.raises(Refused) as refused:
            house.station.order("j2", OFFICER, odd)
        assert refused.value.cause == "key-not-valid"
    assert pressed(house) == ["j1"]


def test_what_was_refused_may_be_asked_again_under_its_key(house: House) -> None:
    key = new_key()
    with pytest.raises(Refused):
        house.station.order("later", OFFICER, key)
    house.arrive("later")
    house.station.order("later", OFFICER, key)
    assert pressed(house) == ["later"]


def test_only_so_many_answers_are_kept(house: House) -> None:
    with house.store.write(OFFICER) as transaction:
        for number in range(ANSWERS + 5):
            transaction.keep_answer(f"key-{number:08}", "act", "true")
        assert transaction.answered("key-00000004") is None
        assert transaction.answered("key-00000005") == ("act", "true")


def test_one_person_is_moved_to_the_front_and_back(house: House) -> None:
    client = house.client()
    client.to_front("j4", "at-counter")
    client.to_front("j3", "frail")
    client.to_front("j4", "other")  # the first word stands
    why = [house.station.why(job, OFFICER) for job in ("j4", "j3", "j1")]
    assert [(told.place, told.front, told.fronted) for told in why] == [
        (1, "at-counter", 0),
        (2, "frail", 0),  # it was moved itself, and only came later
        (3, "", 2),
    ]
    client.from_front("j3")
    client.from_front("j3")
    assert client.order_next(2) == ["j4", "j1"]
    with house.store.read() as view:
        kinds = [msgspec.json.decode(text)["type"] for text in view.texts(0, 1000)]
        assert house.station.rules.next_to_make(view.next_ordered()) == view.job("j4")
    assert (kinds.count("job-fronted"), kinds.count("job-unfronted")) == (2, 1)


def test_who_is_done_or_made_up_is_not_moved(house: House) -> None:
    house.stock()
    house.deliver("done")
    for job, reason, cause in [
        ("done", "frail", "job-is-delivered"),
        ("nobody", "frail", "no-such-job"),
        ("j1", "Siti waits", "no-such-reason"),
    ]:
        with pytest.raises(StationProblem) as refused:
            house.client().to_front(job, reason)
        assert refused.value.cause == cause
    with pytest.raises(StationProblem):
        house.client().from_front("done")


def test_the_front_is_derived_from_the_book(house: House) -> None:
    house.station.to_front("j5", "travels", OFFICER)
    with house.store.read() as view:
        job, head = view.job("j5"), view.head()
    assert job is not None
    assert (job.front, job.front_reason) == (head.seq, "travels")
    assert job.since == pytest.approx(NOW, abs=60)
    with sqlite3.connect(house.store.path, isolation_level=None) as db:
        derivation.derive_anew(db, lambda _done, _of: None)
    db.close()
    with house.store.read() as view:
        assert view.job("j5") == job
