"""The store: one writer, durable commits, and whoever wants to know told after each."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import structlog
from typing_extensions import override

from stationd.model import counting, events
from stationd.model.entry import AnyEvent, Entry, Envelope
from stationd.model.issuance import AttemptEvent
from stationd.model.shelf_events import CardHandedOver
from stationd.model.stock_events import CardTransferred, CardWithdrawn
from stationd.store import checkpoints, chronicle, database, derivation, projections
from stationd.store.chronicle import BookBroken, Head, Signer, Stamp
from stationd.store.derivation import Progress
from stationd.store.room import Room
from stationd.store.vault import JobKeys, NotInVault, Vault
from stationd.store.verify import book_key
from stationd.store.view import View

log = structlog.get_logger()


class Keys(Signer, JobKeys, Protocol):
    """What the store needs of the station's keys."""

    def book_public(self) -> dict[str, str]:
        """Return the public half of the book's key as a JWK."""

    def mark(self, data: bytes) -> bytes:
        """Return the HMAC of data under a key of the station's, 32 bytes."""


SEEN_LEAVING = CardHandedOver | CardWithdrawn | CardTransferred
"""What happens to a card that somebody holds in the hand: no account can say that it does not."""


@dataclass(eq=False)
class CommitFailed(Exception):
    """The database could not be written (disk full, I/O error). Nothing of the transaction was kept."""

    path: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.why}; free some disk space, nothing was lost"


ANSWERS: Final = 1000
"""So many of the last answers are kept, for a client that did not hear its own."""


class Transaction(View):
    """A view that may also write. Whatever raises inside rolls everything back."""

    def __init__(self, store: Store, connection: sqlite3.Connection, actor: str, head: Head) -> None:
        super().__init__(connection)
        self._store = store
        self._actor = actor
        self._head = head
        self.vault = Vault(connection, store.keys)
        self.entries: list[Entry] = []

    @override
    def head(self) -> Head:
        """Return the head of the book, with what was recorded here."""
        return self._head

    def record(self, event: AnyEvent) -> Entry:
        """Append an event to the book and bring the projections up to date.

        What is seen to happen is never refused because the accounts say that it cannot: a blank that was not where it
        is seen to leave is booked there first, as a discrepancy.
        """
        if isinstance(event, AttemptEvent | SEEN_LEAVING) and not projections.covered(self._db, event.moves):
            for discrepancy in counting.uncovered(self.balances(), event.moves, self.bound()):
                self._append(discrepancy)
        return self._append(event)

    def _append(self, event: AnyEvent) -> Entry:
        stamp = self._store.clock()
        envelope = Envelope(
            seq=self._head.seq + 1,
            prev=self._head.digest,
            station=self._store.station,
            incarnation=self._store.incarnation,
            time=stamp.time,
            trust=stamp.trust,
            boot=stamp.boot,
            mono=stamp.mono,
            actor=self._actor,
        )
        entry = chronicle.compose(envelope, event)
        chronicle.append(self._db, entry)
        projections.project(self._db, entry)
        self._head = Head(envelope.seq, entry.digest)
        self.entries.append(entry)
        return entry

    def keep_policy(self, version: int, digest: str, jws: str) -> None:
        """Keep a policy as it was signed; the caller records its adoption."""
        self._db.execute("INSERT OR REPLACE INTO policies VALUES (?, ?, ?)", (version, digest, jws))

    def note_processing(self, act: str, purpose: str, job_ids: Iterable[str]) -> None:
        """Put down that a citizen's data is opened: for which jobs, how and what for; by the transaction's actor."""
        stamp = self._store.clock()
        rows = [(stamp.time, stamp.trust, self._actor, job_id, act, purpose) for job_id in job_ids]
        query = "INSERT INTO processings (at, trust, actor, job_id, act, purpose) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.executemany(query, rows)

    def forget_processings(self, before: float) -> None:
        """Drop the log of processing from before a time, in seconds since the epoch."""
        self._db.execute("DELETE FROM processings WHERE at < ?", (before,))

    def keep_pin(self, officer: str, hashed: str) -> None:
        """Keep what a PIN is recognised by, in place of an earlier one's; the caller records that it was set."""
        self._db.execute("INSERT OR REPLACE INTO pins VALUES (?, ?)", (officer, hashed))

    def keep_failures(self, name: str, failures: int) -> None:
        """Keep how many sign-ins under a name failed in a row."""
        if failures:
            self._db.execute("INSERT OR REPLACE INTO failed_sign_ins VALUES (?, ?)", (name, failures))
        else:
            self._db.execute("DELETE FROM failed_sign_ins WHERE name = ?", (name,))

    def spend(self, code_digest: str) -> None:
        """Keep that a one-time code was used."""
        self._db.execute("INSERT INTO spent_pin_codes VALUES (?)", (code_digest,))

    def keep_answer(self, key: str, act: str, answer: str) -> None:
        """Keep what is answered to an act that was asked for under a key."""
        self._db.execute("INSERT INTO answered VALUES (?, ?, ?)", (key, act, answer))
        self._db.execute("DELETE FROM answered WHERE rowid <= (SELECT max(rowid) FROM answered) - ?", (ANSWERS,))

    def keep_countersignature(self, head: Head, jws: str) -> None:
        """Keep the registry's signature over a head of this book."""
        self._db.execute("INSERT OR REPLACE INTO countersignatures VALUES (?, ?, ?)", (head.seq, head.digest, jws))


@contextmanager
def _usable(path: Path, db: sqlite3.Connection) -> Iterator[None]:
    """Close a database that cannot be opened after all, and say whose fault it is: the disk's or its own."""
    try:
        yield
    except BaseException as error:
        db.close()
        if isinstance(error, BookBroken):
            why = f"its tables cannot be derived anew: {error}; begin a new incarnation"
            raise database.DatabaseUnusable(path, why) from error
        if isinstance(error, sqlite3.DatabaseError):
            if database.is_of_the_disk(error):
                raise CommitFailed(path, str(error)) from error
            raise database.DatabaseUnusable(path, f"{error}; begin a new incarnation") from error
        raise


class Store:
    """The station's database.

    Attributes:
        path: the database file.
        keys: the station's keys, which live elsewhere.
        station, incarnation: whose book this is.
        clock: gives the stamp of each entry.
    """

    def __init__(
        self,
        path: Path,
        keys: Keys,
        station: str,
        incarnation: str,
        clock: Callable[[], Stamp],
        opening: Sequence[AnyEvent] = (events.IncarnationBegan(),),
        deriving: Progress = lambda _done, _of: None,
    ) -> None:
        """Open the book, or begin it with this incarnation if there is none.

        Tables that another version of this program has derived from the book are derived anew before it is used.

        Args:
            path: the database file.
            keys: the station's.
            station: its id.
            incarnation: of the book, if it is begun.
            clock: gives the stamp of each entry.
            opening: the first events of a book that is begun, one commit.
            deriving: told how far its tables are derived anew, in entries; never called if they need not be.

        Raises:
            DatabaseUnusable: if it cannot be opened, is newer than this program, is another station's, or no tables
                can be derived from it.
            CommitFailed: if the disk does not take what opening it writes.
        """
        self.path = path
        self.keys = keys
        self.station = station
        self.clock = clock
        self._lock = threading.RLock()
        self._head: Head | None = None
        self._listeners: list[Callable[[Sequence[Entry]], None]] = []
        self._untold: deque[Sequence[Entry]] = deque()
        self._telling = False
        self._room = Room(path.parent)
        if self._room.full():
            self._room.release()  # a start must be able to write; no card is begun until the room is there again
        self._db = database.connect(path)
        with _usable(path, self._db):
            database.migrate(self._db, path)
            if not derivation.is_current(self._db):
                derivation.derive_anew(self._db, deriving)
            kept = checkpoints.latest(self._db)
            self._checkpointed = kept[0].seq if kept else 0
            owned = self._owned()
            self.incarnation = owned or incarnation
            if owned is None:
                self._begin(opening)

    def _owned(self) -> str | None:
        """Return the incarnation of the book that is here; None if none was begun yet."""
        row = self._db.execute("SELECT station, incarnation FROM identity").fetchone()
        if row is None and chronicle.head(self._db).seq:
            raise database.DatabaseUnusable(self.path, "it does not say whose book it is; begin a new incarnation")
        if row is not None and row[0] != self.station:
            raise database.DatabaseUnusable(self.path, f"it is the book of station {row[0]}, not of {self.station}")
        return None if row is None else str(row[1])

    def _begin(self, opening: Sequence[AnyEvent]) -> None:
        with self.write("stationd") as transaction:
            self._db.execute("INSERT INTO identity VALUES (?, ?)", (self.station, self.incarnation))
            for event in opening:
                transaction.record(event)

    @contextmanager
    def write(self, actor: str) -> Iterator[Transaction]:
        """Open a transaction. It is committed, signed and on the disk when the block ends; an exception undoes it.

        Args:
            actor: the officer or component that acts.

        Raises:
            CommitFailed: if the disk does not take it, or has only the room left that a card in a machine needs.
        """
        with self._lock:
            in_body = False
            try:
                self._make_room()
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    head, self._head = self._head or chronicle.head(self._db), None  # read again unless all goes well
                    transaction = Transaction(self, self._db, actor, head)
                    in_body = True
                    yield transaction
                    in_body = False
                    if transaction.entries:
                        self._sign(transaction.head())
                    self._db.execute("COMMIT")
                    self._head = transaction.head()
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError) as error:
                if in_body and isinstance(error, sqlite3.IntegrityError | OSError):
                    raise  # a rule of the book said no, or the caller's own files failed
                raise CommitFailed(self.path, str(error)) from error
            if transaction.entries:
                self._hand_over(transaction.entries)

    def _hand_over(self, entries: Sequence[Entry]) -> None:
        """Tell the listeners of a commit, in the order of the book. What a listener does cannot undo it."""
        self._untold.append(entries)
        if self._telling:
            return  # a listener has written: the others hear first what it was told itself
        self._telling = True
        try:
            while self._untold:
                told = self._untold.popleft()
                for listener in self._listeners:
                    try:
                        listener(told)
                    except Exception:
                        log.exception("listener failed", up_to=told[-1].envelope.seq)
        finally:
            self._telling = False

    def _sign(self, head: Head) -> None:
        signature = self.keys.sign(chronicle.statement(self.station, self.incarnation, head))
        self._db.execute("INSERT INTO commits VALUES (?, ?, ?)", (head.seq, head.digest, signature))
        if head.seq - self._checkpointed >= checkpoints.EVERY:
            self._checkpoint(head)

    def _checkpoint(self, head: Head) -> None:
        checkpoints.write(self._db, self.keys, self.station, self.incarnation, head)
        self._checkpointed = head.seq

    # --- the book's own safety --------------------------------------------------------------------------------------

    def check_tail(self) -> int:
        """Check what was written since the last checkpoint, quickly enough for every start; returns how many entries.

        Raises:
            BookBroken: at the first entry that does not hold.
        """
        with self._lock:
            return checkpoints.check_tail(self._db, book_key(self.keys.book_public()), self.station, self.incarnation)

    def vouch(self, head: Head | None = None) -> None:
        """Write a checkpoint.

        Args:
            head: up to where the book was verified; None for all of it, when it was checked as it was written.
        """
        with self.write("stationd"):
            self._checkpoint(head or chronicle.head(self._db))

    def room_for_attempt(self) -> bool:
        """See that all events of one more attempt will fit on the disk. To be asked before a blank moves."""
        with self._lock:
            return not self._room.full() and self._room.secure()

    def _make_room(self) -> None:
        """When the disk is full, let the card in a machine have the room that is kept, and refuse all else."""
        if not self._room.full():
            return
        inside = "SELECT 1 FROM attempts INDEXED BY one_card_inside_a_line WHERE inside LIMIT 1"
        if self._db.execute(inside).fetchone() is None:
            raise CommitFailed(self.path, "the disk is full")
        self._room.release()

    def record(self, actor: str, *happened: AnyEvent) -> list[Entry]:
        """Commit events that need no look at the database first."""
        with self.write(actor) as transaction:
            for event in happened:
                transaction.record(event)
        return transaction.entries

    def note_processing(self, actor: str, act: str, purpose: str, *job_ids: str) -> None:
        """Put down that a citizen's data is opened, before it is; see `Transaction.note_processing`."""
        with self.write(actor) as transaction:
            transaction.note_processing(act, purpose, job_ids)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Look at the last committed state."""
        with self._lock:
            yield View(self._db)

    def mark(self, data: bytes) -> bytes:
        """Return the HMAC of data under a key of the station's: what the book may have of a citizen's data."""
        return self.keys.mark(data)

    def sealed(self, job_id: str) -> bytes:
        """Return a job's payload as it came; see `Vault.sealed`."""
        with self._lock:
            return Vault(self._db, self.keys).sealed(job_id)

    def label(self, job_id: str) -> bytes:
        """Return a job's sealed label; see `Vault.label`."""
        with self._lock:
            return Vault(self._db, self.keys).label(job_id)

    def sign_head(self, head: Head) -> bytes:
        """Return the station's signature over a head of its book."""
        return self.keys.sign(chronicle.statement(self.station, self.incarnation, head))

    def records(self, job_ids: Iterable[str]) -> dict[str, bytes]:
        """Return the records of those who wait for cards, as far as there are any; see `Vault.record`."""
        found: dict[str, bytes] = {}
        for job_id in job_ids:
            with self._lock, contextlib.suppress(NotInVault):
                found[job_id] = Vault(self._db, self.keys).record(job_id)
        return found

    def forget_erased(self) -> None:
        """Truncate the write-ahead log, so that erased rows are not in it any more.

        Raises:
            CommitFailed: if the disk does not take what the log holds.
        """
        with self._lock:
            try:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise CommitFailed(self.path, str(error)) from error

    def on_commit(self, listener: Callable[[Sequence[Entry]], None]) -> None:
        """Call a function after each commit with what was written, in the order of the book.

        It must be quick, and must not wait for another thread: nobody else reads or writes meanwhile. What it raises
        is logged.
        """
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()
