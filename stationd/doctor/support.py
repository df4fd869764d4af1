"""What support needs to know of a station's book, settings and programs. Nothing of it is about a citizen."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

import msgspec

from stationd import __version__
from stationd.doctor.premises import Premises
from stationd.store import chronicle, database
from stationd.store.database import DatabaseUnusable

MOST: Final = 20_000
"""Events that are taken along at most, the newest."""

MOST_DAYS: Final = 90
"""Days that may be asked for."""

_DAY: Final = 86_400


class Countersigned(msgspec.Struct, frozen=True):
    """The registry's last word on the book: up to which number, which head, and its signature (a JWS)."""

    seq: int
    head: str
    jws: str


class Support(msgspec.Struct, frozen=True):
    """The parts of a bundle that only the station's own user can read, or the daemon.

    Attributes:
        settings: as they are in force; they hold no secret.
        versions: of the program, what it runs on, and every library.
        book: station, incarnation, number and digest of the last entry; why it could not be read, as `failed`.
        countersigned: the registry's last signature; None if there is none.
        events: the last days' entries as they stand in the book, oldest first.
    """

    settings: dict[str, Any]
    versions: dict[str, Any]
    book: dict[str, Any]
    countersigned: Countersigned | None
    events: tuple[str, ...]


def gather(premises: Premises, days: int) -> Support:
    """Gather it, looking at the book beside its writer.

    Args:
        premises: the station.
        days: how far back the events go, by the last one's time.
    """
    book, countersigned, events = _book(premises.settings.book, days)
    return Support(
        settings=msgspec.to_builtins(premises.settings, enc_hook=str),
        versions=versions(premises),
        book=book,
        countersigned=countersigned,
        events=events,
    )


def versions(premises: Premises) -> dict[str, Any]:
    """Return the versions of everything that works here."""
    libraries = {found.metadata["Name"]: found.version for found in distributions()}
    return {
        "stationd": __version__,
        "python": sys.version,
        "system": " ".join(os.uname()),
        "release": platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {},
        "drivers": sorted((*premises.catalog.printers, *premises.catalog.encoders)),
        "broken_drivers": premises.catalog.broken,
        "libraries": dict(sorted(libraries.items())),
    }


def _book(path: Path, days: int) -> tuple[dict[str, Any], Countersigned | None, tuple[str, ...]]:
    try:
        if not path.is_file():
            return {"failed": f"there is none at {path}"}, None, ()
        with closing(database.connect(path, read_only=True)) as db:
            db.execute("BEGIN")  # one moment for all that is read
            return _read(db, days)
    except (DatabaseUnusable, sqlite3.Error, OSError) as error:
        return {"failed": str(error)}, None, ()


def _read(db: sqlite3.Connection, days: int) -> tuple[dict[str, Any], Countersigned | None, tuple[str, ...]]:
    owner = db.execute("SELECT station, incarnation FROM identity").fetchone() or ("", "")
    head = chronicle.head(db)
    last = db.execute("SELECT seq, head, jws FROM countersignatures ORDER BY seq DESC LIMIT 1").fetchone()
    texts = [text for (text,) in db.execute("SELECT text FROM book ORDER BY seq DESC LIMIT ?", (MOST,))]
    newest = _time(texts[0]) if texts else 0.0
    recent = [text for text in reversed(texts) if _time(text) >= newest - days * _DAY]
    book = {"station": owner[0], "incarnation": owner[1], "seq": head.seq, "digest": head.digest}
    return book, None if last is None else Countersigned(*last), tuple(recent)


class _Timed(msgspec.Struct, frozen=True):
    """The part of an entry that says when it was written."""

    time: float = 0.0


def _time(text: str) -> float:
    try:
        return msgspec.json.decode(text, type=_Timed).time
    except msgspec.DecodeError:  # a broken book is what support wants to see
        return float("inf")
