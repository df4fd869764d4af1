"""Questions the rest of the house asks of the database."""

from __future__ import annotations

import msgspec

from stationd.model.events import IncarnationBegan, StepIntended
from stationd.model.issuance import Attempt
from stationd.store import chronicle, projections
from stationd.store.field_view import FieldView
from stationd.store.mobile_view import MobileView
from stationd.store.paper_view import PaperView
from stationd.store.rows import OVER, JobRow, JobState, Question, Refusal
from stationd.store.rule_view import RuleView
from stationd.store.shelf_view import ShelfView
from stationd.store.stock_view import StockView


class View(StockView, RuleView, PaperView, FieldView, ShelfView, MobileView):
    """A consistent look at the database through one connection; inside a transaction it sees what was just written."""

    def head(self) -> chronicle.Head:
        """Return the head of the book."""
        return chronicle.head(self._db)

    def job(self, job_id: str) -> JobRow | None:
        """Return one job."""
        return next(iter(self._rows(JobRow, "jobs WHERE job_id = ?", job_id)), None)

    def jobs(self, *states: JobState) -> list[JobRow]:
        """Return the jobs in these states (all of them if none is named), in the order of their arrival."""
        wanted = states or tuple(JobState)
        marks = ", ".join("?" * len(wanted))
        return self._rows(JobRow, f"jobs WHERE state IN ({marks}) ORDER BY arrived", *wanted)

    def job_counts(self) -> dict[str, int]:
        """Return how many jobs are in each state that any is in."""
        return dict(self._db.execute("SELECT state, jobs FROM job_tally ORDER BY state"))

    def jobs_in_sight(self, finished: int) -> list[JobRow]:
        """Return every job that is not finished, and so many of those that finished last, in order of arrival."""
        going_on = [state for state in JobState if state not in OVER]
        marks = ", ".join("?" * len(OVER))
        # The plus keeps SQLite from sorting all finished jobs of all years by the other index.
        last = self._rows(JobRow, f"jobs WHERE +state IN ({marks}) ORDER BY arrived DESC LIMIT ?", *OVER, finished)
        return sorted([*self.jobs(*going_on), *last], key=lambda job: job.arrived)

    def next_ordered(self) -> list[JobRow]:
        """Return the jobs that an officer ordered, first pressed first."""
        return self._rows(JobRow, "jobs WHERE state = ? ORDER BY ordered", JobState.ORDERED)

    def refusals(self, last: int = -1) -> list[Refusal]:
        """Return what was refused at intake, oldest first; only so many of the last if a number is given."""
        return self._rows(Refusal, "refusals ORDER BY seq DESC LIMIT ?", last)[::-1]

    def beginning(self) -> IncarnationBegan:
        """Return the event by which this book was begun."""
        first = next(chronicle.texts(self._db, 0, 1), "{}")  # a book without a beginning is broken, and known as such
        return msgspec.json.decode(first, type=IncarnationBegan)

    def doubts(self) -> dict[str, int]:
        """Return what makes this book one that no card may be made on, each with the first number in doubt."""
        return dict(self._db.execute("SELECT cause, seq FROM doubts ORDER BY seq"))

    def profiles_used(self) -> dict[str, int]:
        """Return the newest version of each chip profile that this station has worked with."""
        return dict(self._db.execute("SELECT profile, version FROM profiles ORDER BY profile"))

    def kept_profile(self, digest: str) -> str | None:
        """Return what a chip profile said by which a card was begun here, as canonical JSON; None if there was none."""
        row = self._db.execute("SELECT content FROM kept_profiles WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else str(row[0])

    def kept_profiles(self) -> list[tuple[str, str]]:
        """Return the digest and the text of each chip profile by which a card was begun here, first to last."""
        return list(self._db.execute("SELECT digest, content FROM kept_profiles ORDER BY rowid"))

    def was_refused(self, sealed_digest: str) -> bool:
        """Say whether a sealed text was refused before."""
        row = self._db.execute("SELECT 1 FROM refusals WHERE sealed_digest = ?", (sealed_digest,)).fetchone()
        return row is not None

    def attempt(self, attempt_id: str) -> Attempt:
        """Return one attempt's state."""
        return projections.attempt_of(self._db, attempt_id)

    def attempts(self, job_id: str) -> list[Attempt]:
        """Return a job's attempts, first to last."""
        rows = self._db.execute("SELECT state FROM attempts WHERE job_id = ? ORDER BY rowid", (job_id,))
        return [msgspec.json.decode(state, type=Attempt) for (state,) in rows]

    def attempt_of_chip(self, identity: str) -> Attempt | None:
        """Return the attempt that wrote this identity (hex), if this station did."""
        query = "SELECT state FROM attempts WHERE identity = ? AND identity <> ''"
        row = self._db.execute(query, (identity,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Attempt)

    def known_before(self, attempt_id: str, step: str) -> dict[str, str | int]:
        """Return what was known just before a step was last begun; empty if it never was. Searches the whole book."""
        query = "SELECT text FROM book WHERE instr(text, ?) AND instr(text, ?) AND instr(text, ?) ORDER BY seq DESC"
        members = (f'"attempt_id":"{attempt_id}"', f'"step":"{step}"', '"type":"step-intended"')
        row = self._db.execute(f"{query} LIMIT 1", members).fetchone()
        entry = None if row is None else chronicle.parse(row[0]).event
        return entry.evidence if isinstance(entry, StepIntended) else {}

    def attempts_delivered(self) -> list[Attempt]:
        """Return the attempts whose card has come out and waits to be looked at, first begun first."""
        delivered = "jobs JOIN attempts USING (attempt_id) WHERE jobs.state = ? ORDER BY attempts.rowid"
        query = f"SELECT attempts.state FROM {delivered}"  # noqa: S608 - our own words
        rows = self._db.execute(query, (JobState.DELIVERED,))
        return [msgspec.json.decode(state, type=Attempt) for (state,) in rows]

    def attempts_inside(self) -> list[Attempt]:
        """Return the attempts whose card has not left its line: after a start, each is an open question."""
        rows = self._db.execute(
            "SELECT state FROM attempts INDEXED BY one_card_inside_a_line WHERE inside ORDER BY rowid"
        )
        return [msgspec.json.decode(state, type=Attempt) for (state,) in rows]

    def open_questions(self) -> list[Question]:
        """Return the questions nobody has answered."""
        return self._rows(Question, "questions INDEXED BY questions_open WHERE answer IS NULL ORDER BY rowid")

    def question(self, question_id: str) -> Question | None:
        """Return one question, answered or not."""
        return next(iter(self._rows(Question, "questions WHERE question_id = ?", question_id)), None)

    def answers_given(self) -> dict[str, frozenset[str]]:
        """Return what people have said of the cards that they were asked about, by attempt."""
        found: dict[str, frozenset[str]] = {}
        for attempt_id, answer in self._db.execute("SELECT attempt_id, coalesce(answer, '') FROM questions"):
            found[attempt_id] = found.get(attempt_id, frozenset()) | {answer}
        return found

    def acknowledged(self) -> int:
        """Return the number up to which the registry has countersigned the book."""
        (seq,) = self._db.execute("SELECT max(seq) FROM countersignatures").fetchone()
        return int(seq or 0)

    def countersignature(self) -> str | None:
        """Return the registry's signature over the highest acknowledged head."""
        row = self._db.execute("SELECT jws FROM countersignatures ORDER BY seq DESC LIMIT 1").fetchone()
        return str(row[0]) if row else None

    def pin(self, officer: str) -> str | None:
        """Return what is kept of an officer's PIN; None if they have none."""
        row = self._db.execute("SELECT hash FROM pins WHERE officer = ?", (officer,)).fetchone()
        return None if row is None else str(row[0])

    def failed_sign_ins(self) -> dict[str, int]:
        """Return how many sign-ins failed in a row, by what stands for the name under which they were tried."""
        return dict(self._db.execute("SELECT name, failures FROM failed_sign_ins"))

    def answered(self, key: str) -> tuple[str, str] | None:
        """Return what was asked for under a client's key, and what was answered; None if nothing was."""
        row = self._db.execute("SELECT act, answer FROM answered WHERE key = ?", (key,)).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def is_spent(self, code_digest: str) -> bool:
        """Say whether a one-time code was used."""
        return self._db.execute("SELECT 1 FROM spent_pin_codes WHERE digest = ?", (code_digest,)).fetchone() is not None

    def texts(self, after: int, limit: int) -> list[str]:
        """Return the exact texts of the book's entries after a number."""
        return list(chronicle.texts(self._db, after, limit))

    def erasable(self) -> list[str]:
        """Return the jobs whose payload is still here though they are settled and the registry knows it.

        Those are the accepted ones whose acceptance is acknowledged, handed over or not, and those that are over
        otherwise.
        """
        over = [state for state in OVER if state not in {JobState.ACCEPTED, JobState.HANDED_OVER}]
        marks = ", ".join("?" * len(over))
        query = (
            "SELECT job_id FROM jobs LEFT JOIN shelf USING (job_id)"  # noqa: S608 - marks only
            " LEFT JOIN shelf_past USING (job_id)"
            f" WHERE payload AND (coalesce(shelf.seq, shelf_past.seq) <= ? OR state IN ({marks})) ORDER BY arrived"
        )
        rows = self._db.execute(query, (self.acknowledged(), *over))
        return [job_id for (job_id,) in rows]
