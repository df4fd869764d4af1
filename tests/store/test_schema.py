"""An empty database is given the newest schema at once; whatever has something in it is brought up step by step."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from stationd.store import database

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"


def test_a_new_database_is_what_the_migrations_make_and_stays_in_its_journal_mode(tmp_path: Path) -> None:
    with contextlib.closing(database.connect(tmp_path / "book.db")) as new:
        database.migrate(new, tmp_path / "book.db")
        assert new.execute("PRAGMA secure_delete").fetchone() == (1,)
    with contextlib.closing(sqlite3.connect(":memory:")) as stepwise, contextlib.closing(database.replica()) as replica:
        for _, script in database.schema():
            stepwise.executescript(script)
        wanted = stepwise.execute(SCHEMA).fetchall()
        assert replica.execute(SCHEMA).fetchall() == wanted
        with contextlib.closing(sqlite3.connect(tmp_path / "book.db")) as again:
            assert again.execute(SCHEMA).fetchall() == wanted
            assert again.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert again.execute("PRAGMA user_version").fetchone() == (database.schema()[-1][0],)
            assert again.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_nothing_that_is_in_a_file_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    with contextlib.closing(database.connect(path)) as connection:
        connection.execute("CREATE TABLE book (somebody TEXT)")
        connection.execute("INSERT INTO book VALUES ('else')")
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            database.migrate(connection, path)
        assert connection.execute("SELECT * FROM book").fetchall() == [("else",)]
