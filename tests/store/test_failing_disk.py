"""A disk that fails at any commit of a card: no device is asked for anything, and the line goes on by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationd.model import events
from stationd.press import line as line_module
from stationd.store import chronicle
from stationd.store.rows import JobState
from tests.press.test_line import Office
from tests.press.test_making import is_live

STATEMENTS = ("BEGIN", "INSERT INTO book", "INSERT INTO commits", "COMMIT")
COMMITS = 25
"""Of a card: its reservation, intents, observations, and what the line says of itself."""


class ScriptedDisk:
    """A database connection on a disk that fails.

    Args:
        real: the connection.
        statement: how the statement begins that fails.
        first, times: which commits it fails at.
        code: SQLite's, which is what a full or a broken disk gives (sqlite.org/rescode.html).
        acts: counts what devices were asked.
    """

    def __init__(
        self, real: sqlite3.Connection, statement: str, first: int, times: int, code: int, acts: Callable[[], int]
    ) -> None:
        self._real = real
        self._statement = statement
        self._failing = range(first, first + times)
        self._code = code
        self._acts = acts
        self._acts_then: int | None = None
        self.commits = 0
        self.failed = 0
        self.acts_on_nothing: list[int] = []

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        if sql.startswith("BEGIN"):
            self.commits += 1
        if self.commits in self._failing and sql.startswith(self._statement):
            self.failed += 1
            self._acts_then = self._acts()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = self._code
            raise error
        done = self._real.execute(sql, *values)  # type: ignore[arg-type]
        if sql == "COMMIT" and self._acts_then is not None:
            self.acts_on_nothing.append(self._acts() - self._acts_then)
            self._acts_then = None
        return done

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "IDLE", 0.002)
    monkeypatch.setattr(line_module, "POLL", 0.002)


def make_a_card_while_it_fails(folder: Path, statement: str, first: int, times: int, code: int) -> ScriptedDisk:
    """Let one card be ordered and made, and hold what came of it against the devices."""
    office = Office(folder, jobs=1)

    def acts() -> int:
        return office.encoder.sent + sum(not call.startswith("close") for call in office.printer.calls)

    disk = ScriptedDisk(office.store._db, statement, first, times, code, acts)
    office.store._db = disk  # type: ignore[assignment]
    try:
        line = office.run()
        office.check()
        live = [chip for chip in [*office.printer.output, *office.printer.rejected] if is_live(chip)]
        assert len(live) <= 1
        with office.store.read() as view:
            asked = bool(view.open_questions())
        assert office.states()[JobState.DELIVERED] + office.states()[JobState.HELD] == 1 or asked
        assert line.status.job_id == ""
    finally:
        office.store.close()
    return disk


@pytest.mark.parametrize("first", range(1, COMMITS + 1))
def test_whatever_commit_fails_no_device_acts_until_one_is_taken(tmp_path: Path, first: int) -> None:
    disk = make_a_card_while_it_fails(tmp_path, "COMMIT", first, 3, sqlite3.SQLITE_IOERR)
    assert disk.failed == 3
    assert disk.acts_on_nothing == [0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    statement=st.sampled_from(STATEMENTS),
    first=st.integers(1, COMMITS),
    times=st.integers(1, 6),
    code=st.sampled_from([sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY]),
)
def test_however_long_and_at_whatever_statement(
    tmp_path_factory: pytest.TempPathFactory, statement: str, first: int, times: int, code: int
) -> None:
    disk = make_a_card_while_it_fails(tmp_path_factory.mktemp("office"), statement, first, times, code)
    assert disk.failed
    assert set(disk.acts_on_nothing) <= {0}


def test_the_failure_and_its_end_stand_in_the_book(tmp_path: Path) -> None:
    office = Office(tmp_path, jobs=1)
    disk = ScriptedDisk(office.store._db, "COMMIT", 8, 4, sqlite3.SQLITE_FULL, lambda: 0)
    office.store._db = disk  # type: ignore[assignment]
    office.run()
    with office.store.read() as view:
        told = [chronicle.parse(text).event for text in view.texts(0, 1000)]
    office.store.close()
    stopped = [event for event in told if isinstance(event, events.LineStopped)]
    assert [event.cause for event in stopped] == ["disk"]
    afterwards = told[told.index(stopped[0]) :]
    assert [type(event) for event in afterwards].count(events.AttemptResumed) == 1
    assert office.printer.fed == len(office.printer.output) == 1
