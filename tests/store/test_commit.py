"""What a failing disk, a failing key and a failing listener do to a commit."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from stationd.model import events
from stationd.model.entry import Entry
from stationd.store.store import CommitFailed, Store
from stationd.store.verify import verify
from tests.store.books import open_store
from tests.store.memory_keys import MemoryKeys


class FailingKeys(MemoryKeys):
    """Keys on a disk that can fail."""

    fails: Exception | None = None

    @override
    def sign(self, message: bytes) -> bytes:
        if self.fails is not None:
            raise self.fails
        return super().sign(message)


class FailingDisk:
    """A connection whose statements of one kind fail."""

    def __init__(self, real: sqlite3.Connection, statement: str, error: Exception) -> None:
        self._real = real
        self._statement = statement
        self._error = error

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        if sql.startswith(self._statement):
            raise self._error
        return self._real.execute(sql, *values)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@pytest.fixture
def keys() -> FailingKeys:
    return FailingKeys()


@pytest.fixture
def store(tmp_path: Path, keys: FailingKeys) -> Iterator[Store]:
    opened = open_store(tmp_path, keys)
    yield opened
    opened.close()


def started(store: Store, version: str = "1") -> None:
    store.record("stationd", events.StationStarted(version=version))


@pytest.mark.parametrize("statement", ["BEGIN", "INSERT INTO book", "INSERT INTO commits", "COMMIT"])
@pytest.mark.parametrize("error", [sqlite3.OperationalError, sqlite3.DatabaseError, sqlite3.InternalError])
def test_whatever_the_database_says_the_caller_hears_that_nothing_was_kept(
    store: Store, keys: FailingKeys, monkeypatch: pytest.MonkeyPatch, statement: str, error: type[Exception]
) -> None:
    real = store._db
    failing = FailingDisk(real, statement, error("disk I/O error"))
    with monkeypatch.context() as patch:
        patch.setattr(store, "_db", failing)
        with pytest.raises(CommitFailed, match="disk I/O error"):
            started(store)
    assert not real.in_transaction
    started(store, "2")
    with store.read() as view:
        assert view.head().seq == 2
    assert verify(store.path, keys).passed


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), sqlite3.IntegrityError("torn")])
def test_a_commit_that_cannot_be_signed_is_none(store: Store, keys: FailingKeys, error: Exception) -> None:
    keys.fails = error
    with pytest.raises(CommitFailed):
        started(store)
    keys.fails = None
    started(store)
    assert verify(store.path, keys).passed


def test_a_disk_that_does_not_tell_its_room_is_a_failed_commit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store._room, "full", broken)
    with pytest.raises(CommitFailed, match="Input/output"):
        started(store)


@pytest.mark.parametrize("error", [sqlite3.IntegrityError("a rule"), OSError("the caller's own file")])
def test_what_the_caller_meets_in_its_own_work_stays_what_it_is(store: Store, error: Exception) -> None:
    with pytest.raises(type(error)) as raised, store.write("officer") as transaction:
        transaction.record(events.StationStarted(version="1"))
        raise error
    assert raised.value is error
    with store.read() as view:
        assert view.head().seq == 1


def test_a_listener_that_fails_undoes_nothing_and_keeps_no_other_from_hearing(store: Store) -> None:
    heard: list[int] = []

    def fails(_: Sequence[Entry]) -> None:
        raise RuntimeError("nobody home")

    store.on_commit(fails)
    store.on_commit(lambda entries: heard.extend(entry.envelope.seq for entry in entries))
    started(store)
    assert heard == [2]
    with store.read() as view:
        assert view.head().seq == 2


def test_every_listener_hears_in_the_order_of_the_book(store: Store) -> None:
    """Many writers, and a listener that takes long over one commit and writes after another."""
    heard: list[int] = []

    def listen(entries: Sequence[Entry]) -> None:
        first = entries[0].envelope.seq
        if first % 7 == 0:
            threading.Event().wait(0.005)
        if first == 20:
            started(store, "by a listener")

    store.on_commit(listen)
    store.on_commit(lambda entries: heard.extend(entry.envelope.seq for entry in entries))

    def write() -> None:
        for _ in range(15):
            started(store)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert heard == list(range(2, 63))
