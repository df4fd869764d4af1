"""What people find and say, through the command: cards of a lost book, cards for other offices, the time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import msgspec
import pytest

from stationd.model import events
from tests.api.house import NOW, OFFICER, House, policy
from tests.cli.conftest import Ctl


@pytest.fixture(autouse=True)
def makassar(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The office is in Sulawesi."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Makassar")
        time.tzset()
        yield
    time.tzset()


def become(house: House, role: str) -> None:
    """The officer at this computer has that role."""
    (officer,) = policy().officers
    others = msgspec.structs.replace(officer, id="spv-9", roles=frozenset({"supervisor"}))
    house.station.rules.go_by(policy(officers=(msgspec.structs.replace(officer, roles=frozenset({role})), others)))


def doubt(house: House, job_id: str) -> None:
    house.arrive(job_id)
    house.store.record("registry", events.JobHeld(job_id=job_id, cause="possibly-printed"))


def test_a_card_that_was_found(house: House, ctl: Ctl) -> None:
    doubt(house, "j1")
    become(house, "operator")
    assert "when signed in: spv-9." in ctl("settle", "j1", "--found", "shelf").err
    become(house, "supervisor")
    said = ctl("settle", "j1", "--found", "shelf", "--chip", "c0ffee00")
    assert said.out == "The card of job j1 was found: on the shelf. Nothing is printed.\n"
    assert "the card was found, on the shelf; nothing is" in ctl("story", "j1").out
    assert json.loads(ctl("--json", "queue").out)[0]["state"] == "found"


def test_a_card_that_was_not_printed(house: House, ctl: Ctl) -> None:
    doubt(house, "j1")
    become(house, "operator")
    assert "stationctl settle j1 --approve" in ctl("settle", "j1", "--not-printed").out
    queue = ctl("queue").out
    assert f"Officer {OFFICER} says that it was" in queue
    assert "Command: stationctl settle j1 --approve" in queue
    assert "Code: approver-is-requester" in ctl("settle", "j1", "--approve").err
    house.station.approve_not_printed("j1", "spv-9")
    assert "j1" in ctl("queue").out


@pytest.mark.parametrize(
    "arguments",
    [(), ("--found", "shelf", "--approve"), ("--not-printed", "--approve"), ("--not-printed", "--chip", "00")],
)
def test_one_thing_is_said_at_a_time(house: House, ctl: Ctl, arguments: tuple[str, ...]) -> None:
    doubt(house, "j1")
    said = ctl("settle", "j1", *arguments)
    assert (said.code, "Use one of" in said.err) == (2, True)


def test_a_card_for_another_office(house: House, ctl: Ctl) -> None:
    house.stock()
    house.deliver("j1")
    ctl("accept", "j1")
    said = ctl("blanks", "transfer", "j1", "--to", "73.16.02", "--reason", "owner-asked")
    assert said.out == "Sent to office 73.16.02: card j1 (its owner asked for it).\n"
    story = ctl("story", "j1").out
    assert "sent to another office" in story
    assert "became a card, sent to another office." in story
    assert "Code: job-is-transferred" in ctl("blanks", "withdraw", "j1", "--reason", "other").err


def test_the_time_is_declared_by_a_supervisor_as_the_clock_on_the_wall_says(house: House, ctl: Ctl) -> None:
    house.arrive("j1")
    house.lose_the_time()
    become(house, "operator")
    assert "Code: not-a-supervisor" in ctl("time", "declare", "2026-08-02", "00:05").err
    become(house, "supervisor")
    assert "Code: time-before-what-is-known" in ctl("time", "declare", "2026-08-01", "00:05").err
    assert "Code: time-outside-the-session" in ctl("time", "declare", "2026-08-20", "00:05").err
    said = ctl("time", "declare", "2026-08-02", "00.05")
    assert (said.code, "Time declared: 2026-08-02 00.05." in said.out) == (0, True)
    now = house.clock.now()
    assert now is not None
    assert now - NOW == pytest.approx(300, abs=30)
    assert "Code: time-is-known" in ctl("time", "declare", "2026-08-02", "00:05").err


@pytest.mark.parametrize("typed", [("2026-13-01", "00:05"), ("yesterday", "noon"), ("0001-01-01", "00:00")])
def test_what_is_no_time_is_refused_before_anybody_is_asked(house: House, ctl: Ctl, typed: tuple[str, str]) -> None:
    said = ctl("time", "declare", *typed)
    assert said.code == 1
    assert "Code: not-a-time" in said.err or "Code: time-is-known" in said.err
