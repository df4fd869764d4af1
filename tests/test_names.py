"""Labels are opened while somebody may know whose the jobs are, and only then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.desk import BookDesk
from stationd.model import events
from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.names import Names
from stationd.registry.sealing import SealCause, SealRefused
from tests.api.house import House


class Desk:
    """Who is signed in, and how often a label was opened."""

    def __init__(self, house: House) -> None:
        self.somebody = False
        self.opened = 0
        self.names = Names(house.store, self.open, lambda: self.somebody, house.station.forget_owners)

    def open(self, sealed: str) -> Label:
        self.opened += 1
        if sealed != "sealed label":
            raise SealRefused(SealCause.ALTERED)
        return Label(job_id="j", name=f"SITI {self.opened}", nik=Nik("7316014107900001"), kelurahan="LALONGRASUMALO")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        for number in range(3):
            house.arrive(f"j{number}")
        yield house


def test_nobody_signed_in_means_nothing_opened(house: House) -> None:
    desk = Desk(house)
    desk.names.keep_up()
    assert (desk.names.known(), desk.opened) == ({}, 0)


def test_labels_are_opened_once_and_forgotten_when_the_last_one_leaves(house: House) -> None:
    desk = Desk(house)
    desk.somebody = True
    for _ in range(2):
        desk.names.keep_up()
        assert (sorted(desk.names.known()), desk.opened) == (["j0", "j1", "j2"], 3)
    desk.somebody = False
    desk.names.keep_up()
    assert desk.names.known() == {}
    desk.somebody = True
    desk.names.keep_up()
    assert desk.opened == 6


def test_what_comes_is_opened_and_what_is_over_or_erased_is_forgotten_at_once(house: House) -> None:
    desk = Desk(house)
    desk.somebody = True
    desk.names.keep_up()
    house.arrive("j3")
    house.store.record("registry", events.JobRevoked(job_id="j0"))
    assert sorted(desk.names.known()) == ["j1", "j2"]
    BookDesk(house.store).erase_settled()
    desk.names.keep_up()
    assert (sorted(desk.names.known()), desk.opened) == (["j1", "j2", "j3"], 4)


def test_a_new_lease_of_a_job_brings_its_new_label(house: House) -> None:
    desk = Desk(house)
    desk.somebody = True
    desk.names.keep_up()
    before = desk.names.known()["j1"]
    house.arrive("j1")
    desk.names.keep_up()
    after = desk.names.known()["j1"]
    assert before is not None
    assert after is not None
    assert before.name != after.name


def test_a_label_that_changes_while_it_is_opened_is_opened_again(house: House) -> None:
    desk = Desk(house)
    desk.somebody = True
    first = desk.open

    def meanwhile(sealed: str) -> Label:
        desk.names._open = first
        house.arrive("j0")
        return Label(job_id="j0", name="OLD", nik=Nik("7316014107900001"), kelurahan="X")

    desk.names._open = meanwhile
    desk.names.keep_up()
    assert "j0" not in desk.names.known()
    desk.names.keep_up()
    assert all(label is not None and label.name != "OLD" for label in desk.names.known().values())
    assert len(desk.names.known()) == 3


def test_whoever_leaves_while_labels_are_opened_leaves_none_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stationd.names.CHUNK", 1)
    desk = Desk(house)
    answers = iter([True, True, True, False])
    desk.names._wanted = lambda: next(answers)
    desk.names.keep_up()
    assert (desk.opened, desk.names.known()) == (2, {})


def test_a_label_that_cannot_be_opened_is_not_tried_again_and_not_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with house.store.write("registry") as transaction:
        transaction.vault.put("j1", b"sealed", b"SITI NURHALIZA 7316014107900001")
    desk = Desk(house)
    desk.somebody = True
    for _ in range(2):
        desk.names.keep_up()
    assert (desk.opened, desk.names.known()["j1"]) == (3, None)
    written = "".join(capsys.readouterr())
    assert "j1" in written
    assert "SITI" not in written


def test_it_runs_until_it_is_told_to_end_and_wakes_when_somebody_comes(house: House) -> None:
    desk = Desk(house)

    async def morning() -> int:
        running = asyncio.create_task(desk.names.run())
        await asyncio.sleep(0.05)
        desk.somebody = True
        desk.names.wake()
        for _ in range(50):
            if len(desk.names.known()) == 3:
                break
            await asyncio.sleep(0.01)
        known = len(desk.names.known())
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return known

    assert asyncio.run(morning()) == 3
    desk.names.wake()  # the loop is gone: no harm
