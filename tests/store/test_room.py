"""A disk that fills up, for real: the card under way is finished, nothing else is begun, and it recovers by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationd.model import events
from stationd.store.room import LOW, SIZE
from stationd.store.store import CommitFailed, Store
from stationd.store.verify import verify
from tests.store.books import open_store
from tests.store.memory_keys import MemoryKeys
from tests.store.test_store import arrive, make_card, receive

DISK = 24 * 2**20


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB of its own."""
    folder, image = tmp_path / "disk", tmp_path / "image"
    folder.mkdir()
    if request.param == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder]
    else:
        image.touch()
        with image.open("r+b") as file:
            file.truncate(DISK)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
        command = ["mount", "-o", "loop", image, folder]
    subprocess.run(command, check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def store(disk: Path, keys: MemoryKeys) -> Iterator[Store]:
    opened = open_store(disk, keys)
    receive(opened)
    for number in range(3):
        arrive(opened, f"j{number}")
    yield opened
    opened.close()


def fill(disk: Path, leave: int = 0) -> Path:
    """Let something else take all the space there is."""
    rubbish = disk / "rubbish"
    with rubbish.open("ab", buffering=0) as file:
        for size in (2**16, 4096, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
        file.truncate(max(0, file.tell() - leave))
    return rubbish


def test_the_card_under_way_is_finished_and_nothing_else_begun(disk: Path, keys: MemoryKeys, store: Store) -> None:
    assert store.room_for_attempt()
    store.record("officer", events.PrintOrdered(job_id="j1"))
    rubbish = fill(disk)
    assert not store.room_for_attempt()
    with pytest.raises(CommitFailed, match="full"):
        store.record("officer", events.PrintOrdered(job_id="j2"))
    rubbish.unlink()
    assert store.room_for_attempt()
    make_card_while_the_disk_fills(disk, store)
    assert not store.room_for_attempt()
    rubbish.unlink()
    assert store.room_for_attempt()
    make_card(store, "j2", "a2")
    assert verify(store.path, keys).passed


def make_card_while_the_disk_fills(disk: Path, store: Store) -> None:
    """The disk is full from the first moment of the attempt on."""
    filled = False

    def full_once(entries: object) -> None:
        nonlocal filled
        if not filled:
            with store.read() as view:
                inside = bool(view.attempts_inside())
            if inside:
                filled = True
                fill(disk)

    store.on_commit(full_once)
    make_card(store, "j0", "a0")
    assert filled


def test_a_start_on_a_full_disk_takes_the_room_and_begins_no_card(disk: Path, keys: MemoryKeys, store: Store) -> None:
    assert store.room_for_attempt()
    rubbish = fill(disk)
    store.close()
    again = open_store(disk, keys)
    again.record("stationd", events.StationStarted(version="1"))
    assert not again.room_for_attempt()
    rubbish.unlink()
    assert again.room_for_attempt()
    assert verify(again.path, keys).passed
    again.close()


def test_the_room_is_really_taken(disk: Path, store: Store) -> None:
    assert store.room_for_attempt()
    kept = (disk / "room-to-finish").stat()
    assert kept.st_size == SIZE
    assert kept.st_blocks * 512 >= SIZE
    fill(disk, leave=LOW + SIZE // 2)
    (disk / "room-to-finish").unlink()
    fill(disk, leave=LOW + SIZE // 2)
    assert not store.room_for_attempt()
