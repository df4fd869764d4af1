"""A disk that fills up, for real: the card under way is finished, nothing else is begun, and it recovers by itself."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationd.model import events
from stationd.press import line as line_module
from stationd.store.room import LOW, SIZE
from stationd.store.rows import JobState
from stationd.store.store import CommitFailed, Store
from stationd.store.verify import verify
from tests.press.test_line import Office
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
        command: list[str | Path] = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder]
    else:
        image.touch()
        with image.open("r+b") as file:
            file.truncate(DISK)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
        command = ["mount", "-o", "loop", image, folder]
    subprocess.run(command, check=True)
    yield folder
    subprocess.run(
        ["umount", "--lazy", folder], check=True
    )  # a test that fails leaves a file open, but no mount behind


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


# --- a line on such a disk --------------------------------------------------------------------------------------------


def fill_at_commit(disk: Path, store: Store, number: int) -> None:
    """Let something else take all the space there is as soon as so many more commits were made."""
    made = 0

    def committed(_: object) -> None:
        nonlocal made
        made += 1
        if made == number:
            fill(disk)

    store.on_commit(committed)


@pytest.mark.parametrize("number", [1, 2, 3, 8, 15, 22, 24])
def test_a_disk_that_fills_at_any_moment_ends_no_card_and_begins_none(
    disk: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """From the reservation to the delivery; the line goes on by itself when somebody has made room."""
    monkeypatch.setattr(line_module, "IDLE", 0.01)
    monkeypatch.setattr(line_module, "POLL", 0.01)
    office = Office(disk, jobs=2)
    fill_at_commit(disk, office.store, number)
    line = office.line()
    line.start()
    try:
        until(lambda: line.status.cause == "disk" and (disk / "rubbish").exists())
        assert office.printer.fed == len(office.printer.output) <= 1
        assert office.printer.rejected == []
        (disk / "rubbish").unlink()
        until(lambda: office.states() == {JobState.DELIVERED: 2})
        line.stop()
        line.join(20)
        office.check()
        assert office.printer.fed == 2
    finally:
        line.stop()
        line.join(20)
        office.store.close()


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
