"""Tables that another version of the program has derived are derived anew from the book before it is worked on."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from stationd.model import events
from stationd.model.entry import Entry
from stationd.store import database, derivation, projections
from stationd.store.chronicle import Stamp
from stationd.store.database import DatabaseUnusable
from stationd.store.rows import JobState
from stationd.store.store import CommitFailed, Store
from stationd.store.verify import verify
from tests.store.books import INCARNATION, STATION, open_store, tamper
from tests.store.memory_keys import MemoryKeys
from tests.store.test_store import arrive, make_card, receive

Told = list[tuple[int, int]]


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def path(tmp_path: Path, keys: MemoryKeys) -> Path:
    """A closed book: one card accepted, one job waiting, a refusal, a doubt."""
    store = open_store(tmp_path, keys)
    receive(store)
    for job_id in ("j1", "j2"):
        arrive(store, job_id)
    make_card(store)
    store.record("registry", events.JobRefused(job_id="j3", sealed_digest="11", cause="not-signed", detail=""))
    store.record("registry", events.BookDoubted(cause="book-forked", seq_doubted=7))
    store.close()
    return store.path


def open_again(path: Path, keys: MemoryKeys, told: Told) -> Store:
    ticks = iter(range(1_000_000))
    clock = lambda: Stamp(9000.0 + next(ticks), "trusted", "boot", 1.0)  # noqa: E731
    return Store(path, keys, STATION, INCARNATION, clock, deriving=lambda done, of: told.append((done, of)))


OTHER_RULES = """
    UPDATE derived SET version = version - 1;
    UPDATE jobs SET state = 'held', cause = 'by older rules';
    DELETE FROM shelf;
    DELETE FROM attempts;
    INSERT INTO balances VALUES ('store', '', 'wni', 'older', 5);
    INSERT INTO doubts VALUES ('older', 1);
"""


def test_another_versions_tables_are_derived_anew_and_progress_is_told(path: Path, keys: MemoryKeys) -> None:
    tamper(path, OTHER_RULES)
    told: Told = []
    store = open_again(path, keys, told)
    with store.read() as view:
        end = view.head().seq
        assert {job.job_id: job.state for job in view.jobs()} == {"j1": JobState.ACCEPTED, "j2": JobState.QUEUED}
        assert view.job_counts() == {"accepted": 1, "queued": 1}
        assert [card.job_id for card in view.shelf()] == ["j1"]
    arrive(store, "j4")
    store.close()
    assert told == [(end, end)]
    report = verify(path, keys)
    assert report.passed, report.findings


def test_what_this_version_has_derived_is_left_alone(path: Path, keys: MemoryKeys) -> None:
    told: Told = []
    tamper(path, "DELETE FROM shelf")
    open_again(path, keys, told).close()
    assert told == []
    assert verify(path, keys).findings == ("shelf: j1 is missing",)


def test_the_tables_of_another_version_are_not_held_against_the_book(path: Path, keys: MemoryKeys) -> None:
    tamper(path, OTHER_RULES)
    assert verify(path, keys).passed
    tamper_again = sqlite3.connect(path)
    tamper_again.execute("UPDATE book SET text = '{}' WHERE seq = 3")
    tamper_again.commit()
    tamper_again.close()
    assert verify(path, keys).broken_at == 3


def test_an_interrupted_derivation_leaves_the_tables_as_they_were(
    path: Path, keys: MemoryKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(path, OTHER_RULES)
    real, left = projections.project, iter(range(12))

    def interrupted(db: sqlite3.Connection, entry: Entry) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(db, entry)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(projections, "project", interrupted)
        open_again(path, keys, [])
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT DISTINCT cause FROM jobs").fetchall() == [("by older rules",)]
    assert not derivation.is_current(raw)
    raw.close()
    open_again(path, keys, []).close()
    assert verify(path, keys).passed


def test_a_book_from_which_nothing_follows_is_named_with_the_number(path: Path, keys: MemoryKeys) -> None:
    tamper(path, "UPDATE derived SET version = 0; UPDATE book SET text = '{}' WHERE seq = 4")
    with pytest.raises(DatabaseUnusable, match="entry 4: cannot be read"):
        open_again(path, keys, [])


def test_a_full_disk_is_no_broken_book(path: Path, keys: MemoryKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_again(path, keys, [])
    for number in range(100):
        arrive(store, f"more-{number}")
    store.close()
    tamper(path, "UPDATE derived SET version = 0; DELETE FROM jobs; VACUUM")
    real = database.connect

    def full(where: Path, *, read_only: bool = False) -> sqlite3.Connection:
        connection = real(where, read_only=read_only)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection

    monkeypatch.setattr(database, "connect", full)
    with pytest.raises(CommitFailed, match="full"):
        open_again(path, keys, [])
    monkeypatch.undo()
    open_again(path, keys, []).close()
    assert verify(path, keys).passed


KEPT = ("book", "commits", "countersignatures", "identity", "vault", "policies")
"""What is not derived."""


def as_of(version: int, path: Path) -> None:
    """Put in a database's place one whose schema was made by the first so many migrations, with the same book."""
    new = path.with_name("new.db")
    shutil.move(path, new)
    old = sqlite3.connect(path)
    for number, script in database.schema():
        if number <= version:
            old.executescript(f"{script}; PRAGMA user_version={number};")
    old.execute("PRAGMA journal_mode=WAL")
    old.execute("ATTACH ? AS new", (str(new),))
    for table in KEPT:
        old.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")  # noqa: S608 - our own list
    known = ", ".join(row[1] for row in old.execute("PRAGMA main.table_info(jobs)"))
    old.execute(f"INSERT INTO jobs ({known}) SELECT {known} FROM new.jobs")  # noqa: S608 - our own columns
    old.execute("UPDATE jobs SET cause = 'as it was derived then'")
    old.commit()
    old.close()


def test_each_migration_has_a_number_of_its_own() -> None:
    numbers = [number for number, _ in database.schema()]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("version", [number for number, _ in database.schema()])
def test_a_database_of_every_earlier_schema_opens_and_goes_on(path: Path, keys: MemoryKeys, version: int) -> None:
    as_of(version, path)
    assert verify(path, keys).passed
    store = open_again(path, keys, [])
    with store.read() as view:
        assert [job.cause for job in view.jobs()] == ["", ""]
        assert view.doubts() == {"book-forked": 7}
    make_card(store, "j2", "a2")
    store.close()
    report = verify(path, keys)
    assert report.passed, report.findings


def test_a_newer_programs_database_is_not_judged(path: Path, keys: MemoryKeys) -> None:
    tamper(path, "PRAGMA user_version=99")
    with pytest.raises(DatabaseUnusable, match="upgrade"):
        verify(path, keys)


def test_a_disk_without_room_for_the_replay_accuses_nobody(
    path: Path, keys: MemoryKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = projections.project, iter(range(12))

    def full(db: sqlite3.Connection, entry: Entry) -> None:
        if next(left, None) is None:
            raise sqlite3.OperationalError("database or disk is full")
        real(db, entry)

    monkeypatch.setattr(projections, "project", full)
    with pytest.raises(DatabaseUnusable, match="not verified, no room"):
        verify(path, keys)
