"""What a station leaves on the disk is its own user's alone, whatever the umask of whoever starts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest

from stationd.store import database
from stationd.store.keys import FileKeys
from tests.store.books import open_store, write
from tests.store.memory_keys import MemoryKeys


@pytest.fixture(autouse=True)
def lax_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


def test_book_and_lock(tmp_path: Path) -> None:
    data = tmp_path / "var" / "data"
    with database.only_one(data / "book.db"):
        store = open_store(data, MemoryKeys())
        write(store, 3)
        assert store.room_for_attempt()
        found = modes(data)
        store.close()
    assert found.pop("data") == 0o700
    assert set(found) == {"book.lock", "book.db", "book.db-wal", "book.db-shm", "room-to-finish"}
    assert set(found.values()) == {0o600}


def test_the_data_folder_that_enrolment_makes(tmp_path: Path) -> None:
    FileKeys(tmp_path / "data" / "keys").create_station_keys()
    assert modes(tmp_path / "data") == {"data": 0o700, "keys": 0o700}


def test_a_book_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(database.DatabaseUnusable, match="nowhere"):
        database.connect(tmp_path / "nowhere" / "book.db")
