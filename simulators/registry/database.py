"""All that the registry remembers: the one module that speaks SQL.

A transaction that has returned is on disk (write-ahead log, `synchronous=FULL`). One thread at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]

_SCHEMA: Final = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE codes (
        code TEXT PRIMARY KEY, station TEXT NOT NULL, created_at INTEGER NOT NULL, enrolment INTEGER, request TEXT)""",
    """CREATE TABLE enrolments (
        enrolment INTEGER PRIMARY KEY, station TEXT NOT NULL, at INTEGER NOT NULL,
        book_key TEXT NOT NULL, sealing_key TEXT NOT NULL)""",
    "CREATE INDEX enrolments_by_station ON enrolments (station, enrolment)",
    "CREATE TABLE certificates (serial TEXT PRIMARY KEY, enrolment INTEGER NOT NULL, at INTEGER NOT NULL)",
    """CREATE TABLE policies (
        station TEXT NOT NULL, version INTEGER NOT NULL, valid_from INTEGER NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (station, version))""",
    """CREATE TABLE jobs (
        number INTEGER PRIMARY KEY, job_id TEXT NOT NULL UNIQUE, sent_as TEXT NOT NULL, station TEXT NOT NULL,
        citizen_ref TEXT NOT NULL, nik TEXT NOT NULL, state TEXT NOT NULL, cause TEXT, since INTEGER NOT NULL,
        revoked INTEGER NOT NULL DEFAULT 0, issue_no INTEGER NOT NULL, start_within INTEGER NOT NULL,
        defect TEXT, epoch INTEGER, start_before INTEGER, content TEXT NOT NULL)""",
    "CREATE INDEX jobs_by_station ON jobs (station, state)",
    "CREATE INDEX jobs_by_citizen ON jobs (citizen_ref)",
    "CREATE INDEX jobs_by_nik ON jobs (nik)",
    """CREATE TABLE leases (
        job_id TEXT NOT NULL, epoch INTEGER NOT NULL, station TEXT NOT NULL, enrolment INTEGER NOT NULL,
        issue_no INTEGER NOT NULL, iat INTEGER NOT NULL, start_before INTEGER NOT NULL, exp INTEGER NOT NULL,
        policy_version INTEGER NOT NULL, PRIMARY KEY (job_id, epoch))""",
    """CREATE TABLE grants (
        station TEXT NOT NULL, idempotency_key TEXT NOT NULL, job_id TEXT NOT NULL, epoch INTEGER NOT NULL,
        position INTEGER NOT NULL, PRIMARY KEY (station, idempotency_key, job_id))""",
    "CREATE INDEX grants_by_epoch ON grants (station, epoch)",
    "CREATE TABLE sendings (digest TEXT PRIMARY KEY, job_id TEXT NOT NULL)",
    """CREATE TABLE books (
        book INTEGER PRIMARY KEY, station TEXT NOT NULL, incarnation TEXT NOT NULL, book_key TEXT NOT NULL,
        have INTEGER NOT NULL, head TEXT NOT NULL, countersignature TEXT NOT NULL, UNIQUE (station, incarnation))""",
    """CREATE TABLE events (
        station TEXT NOT NULL, incarnation TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
        text TEXT NOT NULL, PRIMARY KEY (station, incarnation, seq))""",
    """CREATE TABLE attempts (
        station TEXT NOT NULL, attempt_id TEXT NOT NULL, job_id TEXT NOT NULL, PRIMARY KEY (station, attempt_id))""",
    """CREATE TABLE void_chips (
        identity TEXT PRIMARY KEY, station TEXT NOT NULL, job_id TEXT, attempt_id TEXT, event TEXT NOT NULL,
        cause TEXT, at INTEGER NOT NULL)""",
    """CREATE TABLE notices (
        job_id TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, channel TEXT NOT NULL,
        delivery TEXT NOT NULL, PRIMARY KEY (job_id, number))""",
    """CREATE TABLE reports (
        station TEXT NOT NULL, report_id TEXT NOT NULL, digest TEXT NOT NULL, received_at INTEGER NOT NULL,
        body TEXT NOT NULL, PRIMARY KEY (station, report_id))""",
    """CREATE TABLE allotment_halves (
        allotment_id TEXT NOT NULL, leg TEXT NOT NULL, role TEXT NOT NULL, station TEXT NOT NULL,
        other TEXT, count INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (allotment_id, leg, role, station))""",
    """CREATE TABLE home_names (
        allotment_id TEXT NOT NULL, office TEXT NOT NULL, station TEXT NOT NULL, sealed TEXT NOT NULL,
        PRIMARY KEY (allotment_id, office, station))""",
    "CREATE TABLE homecomings (job_id TEXT PRIMARY KEY, station TEXT NOT NULL, at INTEGER NOT NULL)",
    """CREATE TABLE partner_lists (
        station TEXT NOT NULL, list_id TEXT NOT NULL, partner TEXT NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (station, list_id))""",
    """CREATE TABLE partner_rows (
        station TEXT NOT NULL, list_id TEXT NOT NULL, row INTEGER NOT NULL, content TEXT NOT NULL, state TEXT NOT NULL,
        cause TEXT, job_id TEXT, PRIMARY KEY (station, list_id, row))""",
    """CREATE TABLE incidents (
        incident INTEGER PRIMARY KEY, at INTEGER NOT NULL, station TEXT NOT NULL, kind TEXT NOT NULL,
        subject TEXT NOT NULL)""",
)


class Database:
    """The registry's tables in one SQLite file.

    Rows are plain dictionaries by column name. Values go in by column name too, so that no caller writes SQL.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        with self.transaction():
            if not self._one("SELECT 1 FROM sqlite_master WHERE name = 'settings'"):
                for statement in _SCHEMA:
                    self._connection.execute(statement)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on disk when the block has ended."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _all(self, query: str, *values: object) -> list[Row]:
        return [dict(row) for row in self._connection.execute(query, values)]

    def _one(self, query: str, *values: object) -> Row | None:
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else dict(row)

    def _insert(self, table: str, row: Row, conflict: str = "") -> int:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) {conflict}",  # noqa: S608 - names are ours
            tuple(row.values()),
        )
        return int(cursor.lastrowid or 0)

    # --- settings ---------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        """Return a setting's value."""
        row = self._one("SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else str(row["value"])

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting."""
        conflict = "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._insert("settings", {"name": name, "value": value}, conflict)

    # --- stations ---------------------------------------------------------------------------------------------

    def add_code(self, code: str, station: str, now: int) -> None:
        """Keep a new enrolment code."""
        self._insert("codes", {"code": code, "station": station, "created_at": now})

    def code(self, code: str) -> Row | None:
        """Return a code's row."""
        return self._one("SELECT * FROM codes WHERE code = ?", code)

    def codes(self) -> list[Row]:
        """Return the codes that nobody has used, oldest first."""
        return self._all("SELECT * FROM codes WHERE enrolment IS NULL ORDER BY created_at, code")

    def spend_code(self, code: str, enrolment: int, request: str) -> None:
        """Tie a code to the enrolment that it made and the digest of the request that spent it."""
        self._connection.execute(
            "UPDATE codes SET enrolment = ?, request = ? WHERE code = ?", (enrolment, request, code)
        )

    def add_enrolment(self, row: Row) -> int:
        """Keep an enrolment; returns its number."""
        return self._insert("enrolments", row)

    def enrolment(self, station: str) -> Row | None:
        """Return a station's newest enrolment."""
        return self._one("SELECT * FROM enrolments WHERE station = ? ORDER BY enrolment DESC LIMIT 1", station)

    def stations(self) -> list[str]:
        """Return all stations that were ever enrolled."""
        return [r["station"] for r in self._all("SELECT DISTINCT station FROM enrolments ORDER BY station")]

    def set_sealing_key(self, enrolment: int, key: str) -> None:
        """Replace the key that jobs are sealed to."""
        self._connection.execute("UPDATE enrolments SET sealing_key = ? WHERE enrolment = ?", (key, enrolment))

    def add_certificate(self, serial: str, enrolment: int, now: int) -> None:
        """Keep whose a certificate is."""
        self._insert("certificates", {"serial": serial, "enrolment": enrolment, "at": now})

    def certificate_enrolment(self, serial: str) -> int | None:
        """Return the enrolment that a certificate was issued in."""
        row = self._one("SELECT enrolment FROM certificates WHERE serial = ?", serial)
        return None if row is None else int(row["enrolment"])

    def add_policy(self, row: Row) -> None:
        """Keep a policy's version."""
        self._insert("policies", row)

    def policy(self, station: str, at: int | None = None) -> Row | None:
        """Return a station's newest policy, or the newest that is valid at a time."""
        query = "SELECT * FROM policies WHERE station = ? AND valid_from <= ? ORDER BY version DESC LIMIT 1"
        return self._one(query, station, 2**62 if at is None else at)

    # --- jobs -------------------------------------------------------------------------------------------------

    def add_job(self, row: Row) -> None:
        """Keep a new job."""
        self._insert("jobs", row)

    def job(self, job_id: str) -> Row | None:
        """Return a job by the registry's own id."""
        return self._one("SELECT * FROM jobs WHERE job_id = ?", job_id)

    def jobs(self, station: str | None = None) -> list[Row]:
        """Return jobs in the order in which they came, without their content."""
        return self._all(
            """SELECT job_id, sent_as, station, citizen_ref, state, cause, since, revoked, issue_no, epoch,
                      start_before, defect FROM jobs WHERE ? IS NULL OR station = ? ORDER BY number""",
            station,
            station,
        )

    def job_count(self) -> int:
        """Return how many jobs there ever were."""
        row = self._one("SELECT COALESCE(MAX(number), 0) AS count FROM jobs")
        assert row is not None  # noqa: S101 - an aggregate has a row
        return int(row["count"])

    def citizen_jobs(self, *, citizen_ref: str | None = None, nik: str | None = None) -> list[Row]:
        """Return a citizen's jobs, oldest first; those with a defect are nobody's."""
        column, value = ("citizen_ref", citizen_ref) if nik is None else ("nik", nik)
        return self._all(
            f"SELECT * FROM jobs WHERE {column} = ? AND defect IS NULL ORDER BY number",  # noqa: S608 - one of two
            value,
        )

    def queued(self, station: str, limit: int) -> list[Row]:
        """Return a station's jobs that wait to be leased, oldest first."""
        query = "SELECT * FROM jobs WHERE station = ? AND state = 'queued' AND revoked = 0 ORDER BY number LIMIT ?"
        return self._all(query, station, limit)

    def set_job(self, job_id: str, **columns: object) -> None:
        """Change some columns of a job."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._connection.execute(
            f"UPDATE jobs SET {assignments} WHERE job_id = ?",  # noqa: S608 - names are ours
            (*columns.values(), job_id),
        )

    # --- leases -----------------------------------------------------------------------------------------------

    def newest_epoch(self, station: str | None = None) -> int:
        """Return the highest epoch granted, to one station or at all; 0 if none."""
        query = "SELECT COALESCE(MAX(epoch), 0) AS epoch FROM leases WHERE ? IS NULL OR station = ?"
        row = self._one(query, station, station)
        assert row is not None  # noqa: S101 - an aggregate has a row
        return int(row["epoch"])

    def add_lease(self, row: Row) -> None:
        """Keep a lease."""
        self._insert("leases", row)

    def lease(self, job_id: str, epoch: int | None = None) -> Row | None:
        """Return one lease of a job, the newest unless an epoch is named."""
        query = "SELECT * FROM leases WHERE job_id = ? AND (? IS NULL OR epoch = ?) ORDER BY epoch DESC LIMIT 1"
        return self._one(query, job_id, epoch, epoch)

    def lapsed(self, station: str, before: int) -> list[Row]:
        """Return a station's jobs that nobody started and whose `start_before` lies before a time."""
        query = """SELECT * FROM jobs WHERE station = ? AND state IN ('leased', 'arrived', 'held')
                   AND start_before < ? AND revoked = 0 AND defect IS NULL ORDER BY number"""
        return self._all(query, station, before)

    def unheard_of(self, station: str, enrolment: int) -> list[Row]:
        """Return the jobs leased to this enrolment of a station that its book does not mention yet."""
        query = """SELECT jobs.* FROM jobs JOIN leases USING (job_id, epoch)
                   WHERE jobs.station = ? AND jobs.state = 'leased' AND jobs.revoked = 0 AND leases.enrolment = ?
                   ORDER BY number"""
        return self._all(query, station, enrolment)

    def add_grant(self, station: str, key: str, jobs: Iterable[tuple[str, int]]) -> None:
        """Keep which (job, epoch) pairs answered a lease request."""
        for position, (job_id, epoch) in enumerate(jobs):
            row = {"station": station, "idempotency_key": key, "job_id": job_id, "epoch": epoch, "position": position}
            self._insert("grants", row)

    def grant(self, station: str, key: str) -> list[Row]:
        """Return what answered a lease request; empty if it is new."""
        query = "SELECT job_id, epoch FROM grants WHERE station = ? AND idempotency_key = ? ORDER BY position"
        return self._all(query, station, key)

    def add_sending(self, digest: str, job_id: str) -> None:
        """Remember that a sealed text with this digest was this job."""
        self._insert("sendings", {"digest": digest, "job_id": job_id})

    def sending(self, digest: str) -> str | None:
        """Return the job that a sealed text was."""
        row = self._one("SELECT job_id FROM sendings WHERE digest = ?", digest)
        return None if row is None else str(row["job_id"])

    # --- books ------------------------------------------------------------------------------------------------

    def book(self, station: str, incarnation: str | None = None) -> Row | None:
        """Return a book, the newest unless its incarnation is named."""
        query = """SELECT * FROM books WHERE station = ? AND (? IS NULL OR incarnation = ?)
                   ORDER BY book DESC LIMIT 1"""
        return self._one(query, station, incarnation, incarnation)

    def set_book(self, row: Row) -> None:
        """Keep how far a book reaches; its key stays that of its first event."""
        conflict = """ON CONFLICT (station, incarnation) DO UPDATE SET
                      have = excluded.have, head = excluded.head, countersignature = excluded.countersignature"""
        self._insert("books", row, conflict)

    def add_event(self, row: Row) -> None:
        """Keep an event byte for byte."""
        self._insert("events", row)

    def events(self, station: str, incarnation: str, first: int, limit: int) -> list[Row]:
        """Return events from a number on."""
        query = "SELECT * FROM events WHERE station = ? AND incarnation = ? AND seq >= ? ORDER BY seq LIMIT ?"
        return self._all(query, station, incarnation, first, limit)

    def incarnations(self, station: str) -> list[Row]:
        """Return a station's books, oldest first."""
        query = "SELECT incarnation, have, head FROM books WHERE station = ? ORDER BY book"
        return self._all(query, station)

    def add_attempt(self, row: Row) -> None:
        """Keep which job an attempt is for; what was said first counts."""
        self._insert("attempts", row, "ON CONFLICT (station, attempt_id) DO NOTHING")

    def attempt_job(self, station: str, attempt_id: str | None) -> str | None:
        """Return the job of a station's attempt."""
        row = self._one("SELECT job_id FROM attempts WHERE station = ? AND attempt_id = ?", station, attempt_id)
        return None if row is None else str(row["job_id"])

    def add_void_chip(self, row: Row) -> None:
        """Keep a chip's identity as void; what was said first counts."""
        self._insert("void_chips", row, "ON CONFLICT (identity) DO NOTHING")

    def void_chips(self, identity: str | None = None, job_id: str | None = None) -> list[Row]:
        """Return the void chips, or one of them, or those of a job, oldest first."""
        query = """SELECT * FROM void_chips WHERE (? IS NULL OR identity = ?) AND (? IS NULL OR job_id = ?)
                   ORDER BY at, identity"""
        return self._all(query, identity, identity, job_id, job_id)

    # --- kits and partners ------------------------------------------------------------------------------------

    def add_half(self, row: Row) -> None:
        """Keep one half of an allotment; what a station said first counts."""
        self._insert("allotment_halves", row, "ON CONFLICT (allotment_id, leg, role, station) DO NOTHING")

    def halves(self, allotment_id: str) -> list[Row]:
        """Return the halves of an allotment of both ways, whoever sent them, first to last."""
        return self._all("SELECT * FROM allotment_halves WHERE allotment_id = ? ORDER BY rowid", allotment_id)

    def keep_names(self, row: Row) -> None:
        """Keep what a kit sealed for its office; the last counts."""
        self._insert("home_names", row, "ON CONFLICT DO UPDATE SET sealed = excluded.sealed")

    def names_for(self, office: str, allotment_id: str) -> list[Row]:
        """Return what kits sealed for an office about an allotment."""
        return self._all("SELECT * FROM home_names WHERE (office, allotment_id) = (?, ?)", office, allotment_id)

    def allotments(self, station: str | None = None) -> list[Row]:
        """Return each way of each allotment of which a station has a half; of all stations if none is named."""
        query = """SELECT DISTINCT allotment_id, leg FROM allotment_halves WHERE ? IS NULL OR station = ?
                   ORDER BY allotment_id, leg DESC"""
        return self._all(query, station, station)

    def add_homecoming(self, row: Row) -> None:
        """Keep at which office a kit's finished card was taken in."""
        self._insert("homecomings", row, "ON CONFLICT (job_id) DO NOTHING")

    def homecoming(self, job_id: str) -> Row | None:
        """Return where and when a kit's finished card was taken in."""
        return self._one("SELECT * FROM homecomings WHERE job_id = ?", job_id)

    def add_list(self, row: Row, rows: Iterable[Row]) -> None:
        """Keep a partner's list and its rows."""
        self._insert("partner_lists", row)
        for each in rows:
            self._insert("partner_rows", {"station": row["station"], "list_id": row["list_id"], **each})

    def partner_list(self, station: str, list_id: str) -> Row | None:
        """Return a partner's list."""
        return self._one("SELECT * FROM partner_lists WHERE (station, list_id) = (?, ?)", station, list_id)

    def partner_rows(self, station: str, list_id: str) -> list[Row]:
        """Return the rows of a partner's list, in their order."""
        query = "SELECT * FROM partner_rows WHERE (station, list_id) = (?, ?) ORDER BY row"
        return self._all(query, station, list_id)

    def decide_row(self, station: str, list_id: str, row: int, **columns: object) -> None:
        """Change what became of a row."""
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self._connection.execute(
            f"UPDATE partner_rows SET {assignments} WHERE (station, list_id, row) = (?, ?, ?)",  # noqa: S608 - ours
            (*columns.values(), station, list_id, row),
        )

    # --- the rest ---------------------------------------------------------------------------------------------

    def set_notice(self, row: Row) -> None:
        """Keep the state of a notice."""
        conflict = """ON CONFLICT (job_id, number) DO UPDATE SET
                      at = excluded.at, channel = excluded.channel, delivery = excluded.delivery"""
        self._insert("notices", row, conflict)

    def notices(self, job_id: str) -> list[Row]:
        """Return the notices about a card."""
        return self._all("SELECT number, at, channel, delivery FROM notices WHERE job_id = ? ORDER BY number", job_id)

    def add_report(self, row: Row) -> None:
        """Keep a report."""
        self._insert("reports", row)

    def report(self, station: str, report_id: str) -> Row | None:
        """Return one report."""
        return self._one("SELECT * FROM reports WHERE station = ? AND report_id = ?", station, report_id)

    def reports(self, station: str) -> list[Row]:
        """Return a station's reports in the order of their arrival."""
        return self._all("SELECT * FROM reports WHERE station = ? ORDER BY received_at, report_id", station)

    def add_incident(self, now: int, station: str, kind: str, subject: str) -> None:
        """Keep something that must not happen."""
        self._insert("incidents", {"at": now, "station": station, "kind": kind, "subject": subject})

    def incidents(self) -> list[Row]:
        """Return what must not have happened."""
        return self._all("SELECT at, station, kind, subject FROM incidents ORDER BY incident")
