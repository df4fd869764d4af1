"""The book: durable commits beside plain SQLite's with the same settings and rows, and how fast a book is verified."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stationd.clock import Clock
from stationd.model import events, issuance, moves
from stationd.model.blank import Account, Movement, Place
from stationd.model.entry import AnyEvent
from stationd.store import database
from stationd.store.keys import FileKeys
from stationd.store.store import Store
from stationd.store.verify import book_key, verify
from tests.bench.figures import Aim, Figure, Series

CARDS = 80
"""Of 21 events each, every one a commit of its own, as the press writes them."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a disk that does not wait; what is measured there is in a folder of its own


def measure(folder: Path) -> list[Figure]:
    """Write books on the disk of `folder` and in memory, and verify one."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=MEMORY) as memory:
        return [
            _commits(folder, "on this disk", Aim("≥", 0.5, of_ratio=True)),
            _commits(Path(memory), "in memory, where a sync takes no time"),
            _verification(folder),
        ]


def _commits(folder: Path, where: str, aim: Aim | None = None) -> Figure:
    """Write the book of some cards, and after each the same rows by plain SQLite: both meet a disk's same moods."""
    keys = FileKeys(folder / "keys")
    keys.create_station_keys()
    store = Store(folder / "book.db", keys, "kec-731602", uuid.uuid4().hex, Clock().stamp)
    plain = database.connect(folder / "plain.db")
    plain.execute("CREATE TABLE book (seq INTEGER PRIMARY KEY, text TEXT NOT NULL, digest TEXT NOT NULL)")
    ours, theirs = [], []
    try:
        _receive(store, CARDS)
        for number in range(CARDS):
            before = _length(store)
            story = card(f"job-{number}")
            began = time.perf_counter()
            for actor, event in story:
                store.record(actor, event)
            ours.append((_length(store) - before) / (time.perf_counter() - began))
            theirs.append(_plainly(plain, _rows(store, before)))
    finally:
        plain.close()
        store.close()
    return Figure(
        name=f"The book's durable commits {where}, each with its hash, signature and projections",
        measured=Series("the store", "commits/s", tuple(ours)),
        reference=Series("plain SQLite, same settings and rows", "commits/s", tuple(theirs)),
        aim=aim,
        parts=(
            Series("a commit of the store beyond a plain one", "µs", _beyond(ours, theirs)),
            Series("of which one Ed25519 signature", "µs", _signing(keys)),
            Series("one page written and synced there", "µs", _syncing(folder)),
        ),
    )


def _beyond(ours: list[float], theirs: list[float]) -> tuple[float, ...]:
    """Return what a commit of the store takes beyond a plain one, in microseconds."""
    return tuple(1e6 / one - 1e6 / other for one, other in zip(ours, theirs, strict=True))


def _signing(keys: FileKeys, times: int = 200) -> tuple[float, ...]:
    """Sign that many times; microseconds each."""
    statement = bytes(150)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        keys.sign(statement)
        took.append(1e6 * (time.perf_counter() - began))
    return tuple(took)


def _syncing(folder: Path, times: int = 200) -> tuple[float, ...]:
    """Write and sync one page that many times; microseconds each."""
    took = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1e6 * (time.perf_counter() - began))
    return tuple(took)


def card(job_id: str) -> list[tuple[str, AnyEvent]]:
    """Return what happens to one card, from its job's arrival to the shelf, and by whom."""
    arrived = events.JobArrived(
        job_id=job_id,
        citizen_ref=f"c-{job_id}",
        issue_no=1,
        epoch=1,
        start_before=2**31,
        reason="first",
        urgent=None,
        layout="ktp-el",
        profile="lab-iso7816",
        policy_version=1,
        sealed_digest=hashlib.sha256(job_id.encode()).hexdigest(),
    )
    reservation = events.AttemptReserved(
        attempt_id=uuid.uuid4().hex,
        job_id=job_id,
        line="line-1",
        route=issuance.INLINE_BESIDE.name,
        stock="wni",
        batch="B-1",
        printer="XID8600:A8600001",
        session=uuid.uuid4().hex,
    )
    story: list[tuple[str, AnyEvent]] = [
        ("registry", arrived),
        ("op-1", events.PrintOrdered(job_id=job_id)),
        ("press", reservation),
    ]
    attempt = issuance.start(reservation)
    while steps := issuance.ready(attempt):
        for event in _happening(attempt, steps[0]):
            story.append(("press", event))
            attempt = issuance.apply(attempt, event)
    accepted = events.CardAccepted(
        attempt_id=attempt.attempt_id,
        job_id=job_id,
        citizen_ref=f"c-{job_id}",
        issue_no=1,
        identity=attempt.identity,
        moves=moves.accepted(attempt),
    )
    return [*story, ("op-1", accepted)]


def _happening(attempt: issuance.Attempt, step: issuance.Step) -> list[issuance.AttemptEvent]:
    attempt_id = attempt.attempt_id
    seen: list[issuance.AttemptEvent] = [
        events.StepIntended(attempt_id=attempt_id, step=step, moves=moves.intended(attempt, step))
    ]
    if step is issuance.Step.IDENTIFY:
        seen.append(events.ChipIdentified(attempt_id=attempt_id, identity=uuid.uuid4().hex))
    return [*seen, events.StepObserved(attempt_id=attempt_id, step=step, moves=moves.observed(attempt, step))]


def _receive(store: Store, count: int) -> None:
    shelf, hopper = Account(Place.STORE, batch="B-1"), Account(Place.HOPPER, "line-1", batch="B-1")
    arriving = (Movement(Account(Place.SUPPLY), shelf, count),)
    store.record("op-1", events.BlanksReceived(batch="B-1", stock="wni", count=count, moves=arriving))
    store.record("op-1", events.HopperLoaded(line="line-1", count=count, moves=(Movement(shelf, hopper, count),)))


def _length(store: Store) -> int:
    with store.read() as view:
        return view.head().seq


def _rows(store: Store, after: int) -> list[tuple[int, str, str]]:
    with store.read() as view:
        texts = list(view.texts(after, 2**31))
    return [(number, text, "0" * 64) for number, text in enumerate(texts, after + 1)]


def _plainly(plain: sqlite3.Connection, rows: list[tuple[int, str, str]]) -> float:
    """Commit rows one by one and return how many a second."""
    began = time.perf_counter()
    for row in rows:
        plain.execute("BEGIN IMMEDIATE")
        plain.execute("INSERT INTO book VALUES (?, ?, ?)", row)
        plain.execute("COMMIT")
    return len(rows) / (time.perf_counter() - began)


def _verification(folder: Path) -> Figure:
    """Verify the book just written, and do nothing but read, hash and check the signatures of the same rows."""
    key = book_key(FileKeys(folder / "keys").book_public())
    verified, hashed = [], []
    for _ in range(3):
        began = time.perf_counter()
        report = verify(folder / "book.db", key)
        verified.append(report.entries / (time.perf_counter() - began))
        if report.findings:
            raise RuntimeError(f"the book that was just written does not verify: {report.findings[0]}")
        began = time.perf_counter()
        hashed.append(_plain_check(folder / "book.db", key, report.entries) / (time.perf_counter() - began))
    return Figure(
        name=f"Verifying a book of {report.entries} entries: chain, signatures, projections rebuilt and compared",
        measured=Series("verify", "entries/s", tuple(verified)),
        reference=Series("reading, hashing and checking the signatures, no more", "entries/s", tuple(hashed)),
    )


def _plain_check(path: Path, key: Ed25519PublicKey, entries: int) -> int:
    """Hash every row and check every signature; return how many rows there were."""
    source = database.connect(path, read_only=True)
    ((station, incarnation),) = source.execute("SELECT station, incarnation FROM identity")
    digests = [hashlib.sha256(text.encode()).hexdigest() for (text,) in source.execute("SELECT text FROM book")]
    for seq, head, signature in source.execute("SELECT seq, head, signature FROM commits"):
        key.verify(signature, f"stationd book\n{station}\n{incarnation}\n{seq}\n{head}".encode())
    source.close()
    if len(digests) != entries:
        raise RuntimeError(f"{path} has {len(digests)} rows, {entries} were verified")
    return len(digests)
