"""A campaign can be repeated, leaves nothing out, and what people ask and are asked is held against the truth."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.campaigns.ledger import Ledger
from tests.campaigns.plan import EDGES, KINDS, STEPS, draw, read, write

POINTS = {f"{edge} {step}" for edge in EDGES for step in STEPS} | {"random"}


def test_a_seed_draws_one_plan_and_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = draw("a", 40)
    write(plan, tmp_path / "plan.json")
    assert read(tmp_path / "plan.json") == plan == draw("a", 40)
    assert draw("b", 40).pulls != plan.pulls


def test_every_kind_meets_every_point_before_any_comes_again() -> None:
    pulls = draw("a", len(KINDS) * (len(EDGES) * len(STEPS) + 4)).pulls
    assert {(pull.kind, pull.point) for pull in pulls} == {(kind, point) for kind in KINDS for point in POINTS}


@pytest.fixture
def book(tmp_path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(tmp_path / "book.db")
    db.execute("CREATE TABLE book (seq INTEGER, text TEXT)")
    return db


def put(db: sqlite3.Connection, seq: int, **entry: object) -> None:
    db.execute("INSERT INTO book VALUES (?, ?)", (seq, json.dumps({"seq": seq, "prev": "0" * 64, **entry})))
    db.commit()


def test_a_discrepancy_that_nobody_counted_is_a_violation(book: sqlite3.Connection, tmp_path: Path) -> None:
    put(book, 1, type="discrepancy-found", origin="counters", subject="A1", expected=3, found=2)
    book.close()
    ledger = Ledger(tmp_path)
    ledger.read()
    assert ledger.wrong == ["the book has a discrepancy that nothing explains: counters of A1: expected 3, found 2"]


def test_an_entry_that_was_there_and_is_not_is_a_violation(book: sqlite3.Connection, tmp_path: Path) -> None:
    put(book, 1, type="station-started")
    ledger = Ledger(tmp_path)
    ledger.read()
    assert ledger.wrong == []
    book.execute("DELETE FROM book")
    book.commit()
    book.close()
    ledger.read()
    assert ledger.wrong == ["committed entries are lost: entry 1 is not what it was"]
