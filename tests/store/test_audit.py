"""The check at a start: what follows the checkpoint before any work, the rest beside it; a finding stops printing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.audit import BROKEN, FORKED, Audit, doubt
from stationd.station import BookCheck
from stationd.store.auditor import PublicKeys
from stationd.store.verification import NotFinished, Verification
from tests.store.books import open_store, tamper, write
from tests.store.memory_keys import MemoryKeys


class House:
    """A station's book and what its check says and stops."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = MemoryKeys()
        self.halted: list[str] = []
        self.told: list[BookCheck] = []
        self.store = open_store(folder, self.keys)
        self.audit = self.checked()

    def checked(self) -> Audit:
        verification = Verification(self.store.path, PublicKeys(self.keys.book_public()))
        return Audit(self.store, verification, self.halted.append, self.told.append)

    def start_again(self, script: str = "") -> bool:
        """Stop, let somebody change the database, start; returns whether the book may be worked on."""
        self.audit.close()
        self.store.close()
        if script:
            tamper(self.store.path, script)
        self.halted.clear()
        self.told.clear()
        self.store = open_store(self.folder, self.keys)
        self.audit = self.checked()
        return self.audit.check_tail()

    def check_all(self) -> None:
        asyncio.run(self.audit.check_all())

    def doubts(self) -> dict[str, int]:
        with self.store.read() as view:
            return view.doubts()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    assert made.audit.check_tail()
    write(made.store, 8)
    yield made
    made.store.close()


def test_an_orderly_stop_leaves_nothing_to_check_at_the_start(house: House) -> None:
    assert house.start_again()
    assert house.store.check_tail() == 0
    house.check_all()
    assert [check.state for check in house.told] == ["running", "passed"]
    assert house.halted == []


def test_after_a_pulled_plug_what_was_written_since_is_checked_before_any_work(house: House) -> None:
    assert house.start_again()
    write(house.store, 3)
    house.audit = house.checked()  # its end vouches for nothing: it has found nothing in order
    assert not house.start_again("UPDATE book SET text = replace(text, 'line-1', 'line-9') WHERE seq = 15")
    assert house.halted == [BROKEN]
    assert house.told[-1].findings == ("entry 15: its text is not the one that was hashed",)
    assert house.doubts() == {BROKEN: 15}


def test_what_lies_below_the_checkpoint_is_found_beside_the_work_and_never_forgotten(house: House) -> None:
    assert house.start_again("UPDATE book SET text = replace(text, 'line-1', 'line-9') WHERE seq = 3")
    assert house.halted == []
    house.check_all()
    assert house.halted == [BROKEN]
    assert house.told[-1].state == "failed"
    assert house.doubts() == {BROKEN: 3}
    assert not house.start_again("UPDATE book SET text = replace(text, 'line-9', 'line-1') WHERE seq = 3")
    assert house.halted == [BROKEN]


def test_a_wrong_table_stops_printing_until_it_is_right_again(house: House) -> None:
    assert house.start_again("INSERT INTO balances VALUES ('store', '', 'wni', 'B', 5)")
    house.check_all()
    assert house.halted == [BROKEN]
    assert house.doubts() == {}
    assert house.start_again("DELETE FROM balances")
    house.check_all()
    assert house.halted == []


def test_a_known_fork_stops_printing_at_every_start(house: House) -> None:
    doubt(house.store, FORKED, 4)
    doubt(house.store, FORKED, 9)
    for _ in range(2):
        assert not house.start_again()
        assert house.halted == [FORKED]
    assert house.doubts() == {FORKED: 4}


def test_a_doubt_that_somebody_removed_is_found_missing(house: House) -> None:
    doubt(house.store, FORKED, 4)
    assert house.start_again("DELETE FROM doubts")
    house.check_all()
    assert house.halted == [BROKEN]


def test_a_check_that_cannot_be_carried_through_accuses_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(_: Verification) -> object:
        raise NotFinished(house.store.path, -9, "")

    monkeypatch.setattr(Verification, "run", killed)
    with pytest.raises(NotFinished):
        house.check_all()
    assert house.told[-1].state == "not-finished"
    assert house.halted == []


def test_a_check_vouches_only_for_what_it_has_read(house: House) -> None:
    assert house.start_again()
    house.check_all()
    write(house.store, 2)
    assert house.store.check_tail() == 3
