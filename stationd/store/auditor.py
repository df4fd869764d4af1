"""Verifying a whole book in a process of its own that only gets what time the machine has left over.

    python -m stationd.store.auditor DATABASE < keys.json

The keys are public. The report goes to standard output as JSON.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from stationd.store.verify import book_key, verify


class PublicKeys(msgspec.Struct, frozen=True):
    """What a book is verified with, as JWKs: the station's book key, and the registry's signing key once enrolled."""

    book: dict[str, str]
    registry: dict[str, str] | None = None


def main() -> None:
    """Verify the book named on the command line."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    keys = msgspec.json.decode(sys.stdin.buffer.read(), type=PublicKeys)
    registry = None if keys.registry is None else book_key(keys.registry)
    report = verify(Path(sys.argv[1]), book_key(keys.book), registry)
    sys.stdout.buffer.write(msgspec.json.encode(report))


if __name__ == "__main__":
    main()
