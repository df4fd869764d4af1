"""Books for tests: written by a real store, countersigned by a registry of their own."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stationd.model import events
from stationd.store.chronicle import Head, Stamp
from stationd.store.store import Store
from tests.store.memory_keys import MemoryKeys

STATION = "kec-1"
INCARNATION = "inc-1"


class Registry:
    """Signs heads as the registry does."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()

    @property
    def key(self) -> object:
        return self.private.public_key()

    def countersignature(self, head: Head, **changes: object) -> str:
        said = {"station": STATION, "incarnation": INCARNATION, "seq": head.seq, "head": head.digest, "time": 1.0}
        text = ".".join(part(json.dumps(it).encode()) for it in ({"alg": "Ed25519", "kid": "k"}, said | changes))
        return f"{text}.{part(self.private.sign(text.encode()))}"

    def countersign(self, store: Store) -> Head:
        with store.write("registry") as transaction:
            head = transaction.head()
            transaction.keep_countersignature(head, self.countersignature(head))
        return head


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def open_store(folder: Path, keys: MemoryKeys) -> Store:
    ticks = iter(range(1_000_000))
    stamp = lambda: Stamp(1000.0 + next(ticks), "trusted", "boot", 1.0)  # noqa: E731 - a clock in a line
    return Store(folder / "book.db", keys, STATION, INCARNATION, stamp)


def write(store: Store, entries: int) -> None:
    """Write entries that mean nothing, some of them two in a commit."""
    for number in range(entries):
        store.record("test", *[events.LineReady(line=f"line-{number}", printer=str(n)) for n in range(1 + number % 2)])


def tamper(path: Path, script: str) -> None:
    """Change a database behind the station's back."""
    raw = sqlite3.connect(path)
    for trigger in ("book_is_never_changed", "book_is_never_shortened"):
        raw.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    raw.executescript(script)
    raw.close()
