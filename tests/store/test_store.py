"""The book is appended to whole or not at all, and what was changed behind its back is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stationd.model import events, issuance, moves
from stationd.model.blank import Account, Movement, Overdrawn, Place
from stationd.store import chronicle, database
from stationd.store.chronicle import Stamp
from stationd.store.rows import JobState
from stationd.store.store import CommitFailed, Store
from stationd.store.vault import NotInVault
from stationd.store.verify import book_key, verify
from tests.store.memory_keys import MemoryKeys


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def store(tmp_path: Path, keys: MemoryKeys) -> Iterator[Store]:
    opened = open_store(tmp_path, keys)
    yield opened
    opened.close()


def open_store(folder: Path, keys: MemoryKeys, station: str = "kec-1") -> Store:
    ticks = iter(range(1_000_000))
    return Store(
        folder / "book.db", keys, station, "inc-1", lambda: Stamp(1000.0 + next(ticks), "trusted", "boot", 1.0)
    )


HOPPER = Account(Place.HOPPER, "line-1", batch="B1")


def receive(store: Store, count: int = 20) -> None:
    into_store = Movement(Account(Place.SUPPLY), Account(Place.STORE, batch="B1"), count)
    store.record("officer", events.BlanksReceived(batch="B1", stock="wni", count=count, moves=(into_store,)))
    load = Movement(Account(Place.STORE, batch="B1"), HOPPER, count)
    store.record("officer", events.HopperLoaded(line="line-1", count=count, moves=(load,)))


def arrive(store: Store, job_id: str = "j1") -> None:
    with store.write("registry") as transaction:
        transaction.vault.put(job_id, b"sealed payload", b"sealed label")
        transaction.record(
            events.JobArrived(
                job_id=job_id,
                citizen_ref=f"c-{job_id}",
                issue_no=1,
                epoch=1,
                start_before=9999,
                reason="first",
                urgent=None,
                layout="ktp-el",
                profile="lab-iso7816",
                policy_version=1,
                sealed_digest="00",
            )
        )


def make_card(store: Store, job_id: str = "j1", attempt_id: str = "a1") -> None:
    """Write the book of one card made without trouble."""
    store.record("officer", events.PrintOrdered(job_id=job_id))
    reservation = events.AttemptReserved(
        attempt_id=attempt_id,
        job_id=job_id,
        line="line-1",
        route="inline-beside",
        stock="wni",
        batch="B1",
        printer="p",
        session="s",
    )
    store.record("press", reservation)
    attempt = issuance.start(reservation)
    while steps := issuance.ready(attempt):
        step = steps[0]
        happened: list[issuance.AttemptEvent] = [
            events.StepIntended(attempt_id=attempt_id, step=step, moves=moves.intended(attempt, step))
        ]
        if step is issuance.Step.IDENTIFY:
            happened.append(events.ChipIdentified(attempt_id=attempt_id, identity=f"chip-{attempt_id}"))
        happened.append(events.StepObserved(attempt_id=attempt_id, step=step, moves=moves.observed(attempt, step)))
        for event in happened:
            store.record("press", event)
            attempt = issuance.apply(attempt, event)
    store.record(
        "officer",
        events.CardAccepted(
            attempt_id=attempt_id,
            job_id=job_id,
            citizen_ref=f"c-{job_id}",
            issue_no=1,
            identity=attempt.identity,
            moves=moves.accepted(attempt),
        ),
    )


def test_a_card_from_arrival_to_shelf_is_in_the_book_and_the_accounts(store: Store, keys: MemoryKeys) -> None:
    receive(store)
    arrive(store)
    make_card(store)
    with store.read() as view:
        job = view.job("j1")
        assert job is not None
        assert job.state is JobState.ACCEPTED
        assert view.balances()[Account(Place.SHELF, batch="B1")] == 1
        assert view.balances()[HOPPER] == 19
        assert [card.job_id for card in view.shelf()] == ["j1"]
        assert view.attempts_inside() == []
    report = verify(store.path, keys)
    assert report.passed, report.findings
    assert report.head.seq == report.entries > 20


def test_a_closed_book_opens_again_where_it_was(store: Store, keys: MemoryKeys, tmp_path: Path) -> None:
    receive(store)
    with store.read() as view:
        head = view.head()
    store.close()
    again = open_store(tmp_path, keys)
    try:
        with again.read() as view:
            assert view.head() == head
    finally:
        again.close()


def test_another_stations_book_is_refused(store: Store, keys: MemoryKeys, tmp_path: Path) -> None:
    with pytest.raises(database.DatabaseUnusable, match="book of station kec-1, not of kec-2"):
        open_store(tmp_path, keys, "kec-2")


def test_two_daemons_do_not_share_a_book(tmp_path: Path) -> None:
    second = database.only_one(tmp_path / "book.db")
    refused = pytest.raises(database.DatabaseUnusable, match="another stationd works with it")
    with database.only_one(tmp_path / "book.db"), refused:
        second.__enter__()
    with database.only_one(tmp_path / "book.db"):
        pass


def test_a_book_of_a_newer_program_is_refused(store: Store, keys: MemoryKeys, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "book.db") as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(database.DatabaseUnusable, match="version 99"):
        open_store(tmp_path, keys)


def test_what_raises_inside_a_transaction_leaves_nothing(store: Store, keys: MemoryKeys) -> None:
    receive(store, 1)
    with store.read() as view:
        head = view.head()
    too_many = Movement(HOPPER, Account(Place.MISSING), 2)
    with pytest.raises(Overdrawn):
        store.record("officer", events.HopperLoaded(line="line-1", count=0, moves=(too_many,)))
    with store.read() as view:
        assert view.head() == head
    assert verify(store.path, keys).passed


@pytest.mark.parametrize("step", [issuance.Step.FEED, issuance.Step.SEAL, issuance.Step.DELIVER])
def test_an_event_out_of_order_is_refused_and_leaves_nothing(store: Store, keys: MemoryKeys, step: str) -> None:
    receive(store)
    arrive(store)
    make_card(store)
    with store.read() as view:
        head, held = view.head(), view.balances()
    for event in (
        events.StepObserved(attempt_id="a1", step=step),
        events.StepIntended(attempt_id="a1", step=step),
        events.StepObserved(attempt_id="never-reserved", step=step),
        events.ChipIdentified(attempt_id="a1", identity="another"),
    ):
        with pytest.raises(issuance.OutOfOrder, match=r"cannot be: .+"):
            store.record("press", events.PolicyAdopted(version=2, digest="d"), event)
    with store.read() as view:
        assert (view.head(), view.balances()) == (head, held)
    assert verify(store.path, keys).passed


def test_one_job_has_one_attempt_at_a_time(store: Store) -> None:
    receive(store)
    arrive(store)
    for line in ("line-1", "line-2"):
        reservation = events.AttemptReserved(
            attempt_id=f"a-{line}",
            job_id="j1",
            line=line,
            route="inline-beside",
            stock="wni",
            batch="B1",
            printer="p",
            session="s",
        )
        if line == "line-1":
            store.record("press", reservation)
        else:
            with pytest.raises(sqlite3.IntegrityError):
                store.record("press", reservation)


def test_the_chip_of_one_attempt_is_never_the_chip_of_another(store: Store) -> None:
    receive(store)
    arrive(store, "j1")
    arrive(store, "j2")
    make_card(store, "j1", "a1")
    with pytest.raises(sqlite3.IntegrityError):
        make_card_with_identity(store, "chip-a1")


def make_card_with_identity(store: Store, identity: str) -> None:
    reservation = events.AttemptReserved(
        attempt_id="a2",
        job_id="j2",
        line="line-1",
        route="inline-beside",
        stock="wni",
        batch="B1",
        printer="p",
        session="s",
    )
    store.record("press", reservation, events.StepIntended(attempt_id="a2", step="feed"))
    store.record("press", events.StepObserved(attempt_id="a2", step="feed"))
    store.record("press", events.StepIntended(attempt_id="a2", step="identify"))
    store.record("press", events.ChipIdentified(attempt_id="a2", identity=identity))


def test_an_erased_payload_is_gone_from_the_disk(store: Store, keys: MemoryKeys) -> None:
    arrive(store)
    assert store.sealed("j1") == b"sealed payload"
    with store.write("stationd") as transaction:
        transaction.vault.erase("j1")
        transaction.record(events.PayloadErased(job_id="j1"))
    store.forget_erased()
    with pytest.raises(NotInVault):
        store.sealed("j1")
    assert (store.path.parent / "book.db-wal").stat().st_size == 0
    assert "j1" not in keys.jobs


def test_listeners_hear_only_of_what_was_committed(store: Store) -> None:
    heard: list[str] = []
    store.on_commit(lambda entries: heard.extend(type(entry.event).__name__ for entry in entries))
    with pytest.raises(RuntimeError), store.write("x") as transaction:
        transaction.record(events.StationStarted(version="1"))
        raise RuntimeError
    assert heard == []
    store.record("x", events.StationStarted(version="1"))
    assert heard == ["StationStarted"]


def test_a_full_disk_is_said_so_and_nothing_is_half_written(store: Store, keys: MemoryKeys) -> None:
    receive(store)
    with store.read() as view:
        head = view.head()
    store._db.execute("PRAGMA max_page_count=1")
    with pytest.raises(CommitFailed, match="full"):
        for number in range(400):
            arrive(store, f"job-{number}")
    store._db.execute("PRAGMA max_page_count=1000000")
    with store.read() as view:
        assert view.head().seq >= head.seq
    arrive(store, "afterwards")
    assert verify(store.path, keys).passed


TAMPERINGS = {
    "an entry's text": "UPDATE book SET text = replace(text, '\"count\":20', '\"count\":19') WHERE seq = 2",
    "an entry's text and its digest": "UPDATE book SET text = text || ' ', digest = 'x' WHERE seq = 2",
    "a missing entry": "DELETE FROM book WHERE seq = 3",
    "two entries exchanged": (
        "UPDATE book SET seq = -1 WHERE seq = 2; UPDATE book SET seq = 2 WHERE seq = 3;"
        " UPDATE book SET seq = 3 WHERE seq = -1"
    ),
    "the last entry": "DELETE FROM book WHERE seq = (SELECT max(seq) FROM book)",
    "a signature": "UPDATE commits SET signature = zeroblob(64) WHERE seq = 2",
    "a balance": "UPDATE balances SET count = count + 1 WHERE place = 'shelf'",
    "a job's state": "UPDATE jobs SET state = 'queued'",
    "a shelf row": "DELETE FROM shelf",
    "an attempt": "UPDATE attempts SET identity = 'other'",
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_found(store: Store, keys: MemoryKeys, what: str) -> None:
    receive(store)
    arrive(store)
    make_card(store)
    store.close()
    with sqlite3.connect(store.path) as raw:
        raw.executescript(
            "DROP TRIGGER book_is_never_changed; DROP TRIGGER book_is_never_shortened;" + TAMPERINGS[what]
        )
    raw.close()
    assert not verify(store.path, keys).passed


def test_the_key_that_verifies_may_come_as_a_jwk(store: Store, keys: MemoryKeys) -> None:
    receive(store)
    assert verify(store.path, book_key(keys.book_public())).passed
    assert not verify(store.path, book_key(MemoryKeys().book_public())).passed


def test_the_first_bad_number_is_named(store: Store, keys: MemoryKeys) -> None:
    receive(store)
    store.close()
    with sqlite3.connect(store.path) as raw:
        raw.executescript("DROP TRIGGER book_is_never_changed; UPDATE book SET text = '{}' WHERE seq = 2")
    raw.close()
    assert verify(store.path, keys).findings[0].startswith("entry 2:")


def test_the_book_itself_refuses_changes(store: Store) -> None:
    receive(store)
    for statement in ("UPDATE book SET text = ''", "DELETE FROM book"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            store._db.execute(statement)


def test_an_entry_reads_back_as_it_was_written(store: Store) -> None:
    receive(store)
    with store.read() as view:
        for text in view.texts(0, 100):
            entry = chronicle.parse(text)
            assert chronicle.compose(entry.envelope, entry.event).text == text
            assert msgspec.json.decode(text)["station"] == "kec-1"
