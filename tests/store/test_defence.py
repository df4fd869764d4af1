"""What was changed behind the station's back is found, with the first number that is wrong."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.model import events
from stationd.store import checkpoints
from stationd.store.chronicle import BookBroken, Head
from stationd.store.database import DatabaseUnusable
from stationd.store.store import Store
from stationd.store.verify import Report, verify
from tests.store.books import INCARNATION, STATION, Registry, open_store, tamper, write
from tests.store.memory_keys import MemoryKeys


@dataclass
class Book:
    """A closed book: countersigned to 20, checkpointed at 26, 31 entries long."""

    folder: Path
    keys: MemoryKeys
    registry: Registry
    countersigned: Head
    checkpoint: Head
    end: Head

    def copies(self) -> Iterator[Path]:
        for number in itertools.count():
            copy = self.folder / f"copy-{number}" / "book.db"
            copy.parent.mkdir()
            shutil.copy(self.folder / "book.db", copy)
            yield copy

    def verify(self, path: Path) -> Report:
        return verify(path, self.keys, self.registry.key)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder, keys, registry = tmp_path_factory.mktemp("book"), MemoryKeys(), Registry()
    store = open_store(folder, keys)
    write(store, 6)
    registry.countersign(store)
    write(store, 7)
    countersigned = registry.countersign(store)
    write(store, 4)
    store.vouch()
    with store.read() as view:
        checkpoint = view.head()
    write(store, 4)
    with store.read() as view:
        end = view.head()
    store.close()
    return Book(folder, keys, registry, countersigned, checkpoint, end)


@pytest.fixture(scope="module")
def copies(book: Book) -> Iterator[Path]:
    return book.copies()


def test_a_sound_book_passes(book: Book, copies: Iterator[Path]) -> None:
    report = book.verify(next(copies))
    assert report.passed, report.findings
    assert (report.head, report.countersigned) == (book.end, book.countersigned.seq)
    assert report.broken_at is None


CHANGES = {
    "changed": "UPDATE book SET text = replace(text, 'line-ready', 'line-reads') WHERE seq = {n}",
    "emptied": "UPDATE book SET text = '{{}}' WHERE seq = {n}",
    "not text": "UPDATE book SET text = '\"' WHERE seq = {n}",
    "removed": "DELETE FROM book WHERE seq = {n}",
    "removed with its commit": "DELETE FROM book WHERE seq = {n}; DELETE FROM commits WHERE seq = {n}",
    "put in another's place": (
        "UPDATE book SET seq = -1 WHERE seq = {n}; UPDATE book SET seq = {n} WHERE seq = {n} + 1;"
        " UPDATE book SET seq = {n} + 1 WHERE seq = -1"
    ),
    "cut off there": "DELETE FROM book WHERE seq >= {n}; DELETE FROM commits WHERE seq >= {n}",
    "cut off, countersignatures too": (
        "DELETE FROM book WHERE seq >= {n} + 12; DELETE FROM commits WHERE seq >= {n};"
        " DELETE FROM checkpoints; UPDATE book SET digest = 'x' WHERE seq = {n}"
    ),
}


@given(st.sampled_from(sorted(CHANGES)), st.data())
def test_any_change_up_to_the_countersigned_head_is_found_at_its_number(
    book: Book, copies: Iterator[Path], change: str, data: st.DataObject
) -> None:
    number = data.draw(st.integers(2, book.countersigned.seq))
    path = next(copies)
    tamper(path, CHANGES[change].format(n=number))
    assert book.verify(path).broken_at == number


FORGERIES = {
    "a countersignature of another key": ("UPDATE countersignatures SET jws = '{other}' WHERE seq = {n}", 0),
    "a countersignature of another head": ("UPDATE countersignatures SET jws = '{wrong}' WHERE seq = {n}", 0),
    "no countersignature at all": ("UPDATE countersignatures SET jws = 'x' WHERE seq = {n}", 0),
    "a countersigned digest": ("UPDATE countersignatures SET head = 'x' WHERE seq = {n}", 0),
    "a commit's signature": ("UPDATE commits SET signature = zeroblob(64) WHERE seq = {n}", 0),
    "a commit's digest": ("UPDATE commits SET head = 'x' WHERE seq = {n}", 0),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_signature_is_found(book: Book, copies: Iterator[Path], what: str) -> None:
    head = book.countersigned
    texts = {
        "other": Registry().countersignature(head),
        "wrong": book.registry.countersignature(head, seq=head.seq - 1),
    }
    path = next(copies)
    script, later = FORGERIES[what]
    tamper(path, script.format(n=head.seq, **texts))
    assert book.verify(path).broken_at == head.seq + later


def test_commits_that_are_gone_are_found_from_the_last_that_is_left(book: Book, copies: Iterator[Path]) -> None:
    path = next(copies)
    tamper(path, "DELETE FROM commits WHERE seq > (SELECT max(seq) FROM countersignatures)")
    assert book.verify(path).broken_at == book.countersigned.seq + 1
    path = next(copies)
    tamper(path, "DELETE FROM commits")
    assert book.verify(path).broken_at == 1


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM identity",
        "UPDATE identity SET station = 'kec-2'",
        "UPDATE identity SET incarnation = 'inc-2'",
        "INSERT INTO identity VALUES ('kec-1', 'inc-1')",
    ],
)
def test_a_book_with_another_owner_is_found(book: Book, copies: Iterator[Path], script: str) -> None:
    path = next(copies)
    tamper(path, script)
    assert book.verify(path).broken_at == 1


def test_a_row_before_the_first_and_pages_of_rubbish_are_found(book: Book, copies: Iterator[Path]) -> None:
    path = next(copies)
    tamper(path, "INSERT INTO book SELECT 0, text, digest FROM book WHERE seq = 1")
    assert book.verify(path).broken_at == 1
    path = next(copies)
    raw = bytearray(path.read_bytes())
    raw[4096 * 2 :] = bytes(len(raw) - 4096 * 2)
    path.write_bytes(raw)
    with pytest.raises(DatabaseUnusable, match="malformed"):
        book.verify(path)


def test_a_wrong_projection_does_not_put_the_book_in_doubt(book: Book, copies: Iterator[Path]) -> None:
    path = next(copies)
    tamper(path, "INSERT INTO balances VALUES ('store', '', 'wni', 'B', 5)")
    report = book.verify(path)
    assert report.findings == ("balances: store is not what the book says",)
    assert report.broken_at is None


# --- what a start checks ----------------------------------------------------------------------------------------------


def tail(book: Book, path: Path) -> int:
    store = open_store(path.parent, book.keys)
    try:
        return store.check_tail()
    finally:
        store.close()


def test_a_start_checks_what_came_after_the_checkpoint(book: Book, copies: Iterator[Path]) -> None:
    assert tail(book, next(copies)) == book.end.seq - book.checkpoint.seq


def test_without_a_checkpoint_all_of_it_is_checked(book: Book, copies: Iterator[Path]) -> None:
    path = next(copies)
    tamper(path, "DELETE FROM checkpoints")
    assert tail(book, path) == book.end.seq


def after(book: Book, n: int) -> dict[str, Any]:
    return {"n": n, "c": book.checkpoint.seq, "end": book.end.seq}


AT_START = {
    "a change in the tail": ("UPDATE book SET text = '{{}}' WHERE seq = {c} + 2", 2),
    "a removed entry": ("DELETE FROM book WHERE seq = {c} + 2", 2),
    "the end cut off": ("DELETE FROM book WHERE seq > {c} + 2", 3),
    "an entry nobody signed": ("DELETE FROM commits WHERE seq = {end}", None),
    "the checkpoint's entry": ("UPDATE book SET text = text || ' ' WHERE seq = {c}", 0),
    "the checkpoint moved": ("UPDATE checkpoints SET seq = {c} + 1", 1),
    "the checkpoint's signature": ("UPDATE checkpoints SET signature = zeroblob(64)", 0),
    "less than was countersigned": (
        "DELETE FROM checkpoints; DELETE FROM book WHERE seq > 5; DELETE FROM commits WHERE seq > 5",
        None,
    ),
}


@pytest.mark.parametrize("what", AT_START)
def test_a_start_finds(book: Book, copies: Iterator[Path], what: str) -> None:
    script, offset = AT_START[what]
    path = next(copies)
    tamper(path, script.format(c=book.checkpoint.seq, end=book.end.seq))
    with pytest.raises(BookBroken) as caught:
        tail(book, path)
    if offset is not None:
        assert caught.value.seq == book.checkpoint.seq + offset


def test_a_checkpoint_is_written_every_so_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 10)
    keys = MemoryKeys()
    store = open_store(tmp_path, keys)
    write(store, 20)
    with store.read() as view:
        end = view.head().seq
    kept = checkpoints.latest(store._db)
    assert kept is not None
    assert end - kept[0].seq < 10
    assert store.check_tail() == end - kept[0].seq
    assert verify(store.path, keys).passed
    store.close()


def test_a_book_that_lost_its_owner_is_not_begun_anew(book: Book, copies: Iterator[Path]) -> None:
    path = next(copies)
    tamper(path, "DELETE FROM identity")
    with pytest.raises(DatabaseUnusable, match="whose book"):
        open_store(path.parent, book.keys)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_store(tmp_path, MemoryKeys())


def test_a_doubt_stays_in_the_book(tmp_path: Path) -> None:
    keys = MemoryKeys()
    store = open_store(tmp_path, keys)
    store.record("stationd", events.BookDoubted(cause="book-forked", seq_doubted=7))
    store.close()
    again: Store = open_store(tmp_path, keys)
    with again.read() as view:
        assert view.doubts() == {"book-forked": 7}
    again.close()
    assert (again.station, again.incarnation) == (STATION, INCARNATION)
