"""The SQLite database: opening it durably and bringing its schema up to date."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from typing_extensions import override

_OURS = 0o600
"""The mode of every file made here, whatever the umask of whoever starts the daemon by hand."""


_PRIMARY = 0xFF
"""The primary part of SQLite's extended result codes (sqlite.org/rescode.html)."""


@dataclass(eq=False)
class DatabaseUnusable(Exception):
    """The database cannot be opened or is newer than this program."""

    path: Path
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


def is_of_the_disk(error: sqlite3.Error) -> bool:
    """Say whether it is the disk that failed or is full, and the database may be as good as ever."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database so that a commit that returned survives a power cut.

    WAL with `synchronous=FULL` syncs the log at every commit; NORMAL would lose the last ones. The connection commits
    only where told (`isolation_level=None`) and may be used from any thread, one at a time.
    """
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    try:
        if not read_only:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OURS))  # its log and index get the same mode from SQLite
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA busy_timeout=5000")
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnusable(path, str(error)) from error
    return connection


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Keep every other daemon away from a database while the block runs. The kernel lets go if this process dies.

    Raises:
        DatabaseUnusable: if another daemon works with it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, _OURS)
    with os.fdopen(handle) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseUnusable(path, "another stationd works with it; stop that one first") from None
        yield


@functools.cache
def schema() -> tuple[tuple[int, str], ...]:
    """Return the migrations in order: number and SQL."""
    folder = resources.files("stationd.store") / "migrations"
    scripts = (entry for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(sorted((int(script.name.split("_")[0]), script.read_text()) for script in scripts))


def replica(name: str = ":memory:") -> sqlite3.Connection:
    """Open an empty database of this program's schema, to replay a book into. Its end is the connection's.

    Args:
        name: where it is; the empty string is a file that nobody sees.
    """
    connection = sqlite3.connect(name, isolation_level=None)
    _lay_out(connection)
    return connection


def refuse_newer(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a database's schema.

    Raises:
        DatabaseUnusable: if a newer program has already written here.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    known = schema()[-1][0]
    if version > known:
        raise DatabaseUnusable(path, f"its schema is version {version}, this program knows {known}; upgrade")
    return int(version)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date, one transaction a migration, so that a power cut leaves a whole version behind.

    Raises:
        DatabaseUnusable: if a newer program has already written here.
    """
    version = refuse_newer(connection, path)
    if connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None:
        _lay_out(connection)
    else:
        _bring_up(connection, version)


def _bring_up(connection: sqlite3.Connection, version: int) -> None:
    for number, script in schema():
        if number > version:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version={number};\nCOMMIT;")


def _lay_out(connection: sqlite3.Connection) -> None:
    """Give a database in which there is nothing the newest schema, all in one transaction of SQLite's backup."""
    with contextlib.closing(sqlite3.connect(":memory:")) as pattern:
        pattern.deserialize(_empty())
        pattern.backup(connection)


@functools.cache
def _empty() -> bytes:
    """Go through the migrations once: SQLite parses the whole schema anew after each change of it."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _bring_up(connection, 0)
        return connection.serialize()
