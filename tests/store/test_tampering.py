"""Random tampering: whatever is done to the rows of a countersigned book is found, with the first number concerned."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationd.store import chronicle
from stationd.store.chronicle import Head
from stationd.store.verify import Report, verify
from tests.store.books import INCARNATION, STATION, Registry, open_store, tamper, write
from tests.store.memory_keys import MemoryKeys

Row = tuple[str, str]
"""An entry's text and the digest beside it; its number is its place."""


@dataclass(repr=False)
class Original:
    """A closed book with its rows, and who signed where."""

    folder: Path
    keys: MemoryKeys
    registry: Registry
    rows: list[Row]
    commits: list[int]
    countersigned: list[int]

    def rewritten(self, copy: Path, rows: dict[int, Row], script: str = "") -> Report:
        """Verify a copy of the book with other rows."""
        path = copy / "book.db"
        copy.mkdir()
        shutil.copy(self.folder / "book.db", path)
        tamper(path, f"DELETE FROM book; {script}")  # noqa: S608 - tests' own words
        raw = sqlite3.connect(path)
        raw.executemany("INSERT INTO book VALUES (?, ?, ?)", [(seq, *row) for seq, row in rows.items()])
        raw.commit()
        raw.close()
        return verify(path, self.keys, self.registry.key)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """31 entries, countersigned at 10 and 20."""
    folder, keys, registry = tmp_path_factory.mktemp("book"), MemoryKeys(), Registry()
    store = open_store(folder, keys)
    countersigned = []
    for entries in (6, 7):
        write(store, entries)
        countersigned.append(registry.countersign(store).seq)
    write(store, 8)
    store.close()
    raw = sqlite3.connect(store.path)
    rows = raw.execute("SELECT text, digest FROM book ORDER BY seq").fetchall()
    commits = [seq for (seq,) in raw.execute("SELECT seq FROM commits ORDER BY seq")]
    raw.close()
    return Original(folder, keys, registry, rows, commits, countersigned)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("copies")
    return (folder / str(number) for number in itertools.count())


def numbered(rows: list[Row]) -> dict[int, Row]:
    return dict(enumerate(rows, 1))


def first_difference(original: list[Row], rows: dict[int, Row]) -> int | None:
    """The first number under which something else, or nothing, stands."""
    kept = numbered(original)
    return min((seq for seq in kept.keys() | rows.keys() if kept.get(seq) != rows.get(seq)), default=None)


@st.composite
def tampered(draw: st.DrawFn, rows: list[Row], last: int) -> dict[int, Row]:
    """Do something at or below a number."""
    at = draw(st.integers(1, last))
    kept = list(rows)
    what = draw(st.sampled_from(["text", "digest", "remove", "leave out", "insert", "exchange", "cut", "shuffle"]))
    text, digest = kept[at - 1]
    match what:
        case "text":
            place = draw(st.integers(0, len(text) - 1))
            kept[at - 1] = (text[:place] + draw(st.characters(codec="utf-8")) + text[place + 1 :], digest)
        case "digest":
            kept[at - 1] = (text, draw(st.text("0123456789abcdef", min_size=64, max_size=64)))
        case "remove":
            del kept[at - 1 : at - 1 + draw(st.integers(1, 5))]
        case "leave out":
            return {seq: row for seq, row in numbered(kept).items() if seq != at}
        case "insert":
            kept.insert(at - 1, draw(st.sampled_from(rows)))
        case "exchange":
            other = draw(st.integers(1, len(kept)))
            kept[at - 1], kept[other - 1] = kept[other - 1], kept[at - 1]
        case "cut":
            del kept[at - 1 :]
        case _:
            tail = draw(st.permutations(kept[at - 1 :]))
            kept[at - 1 :] = tail
    return numbered(kept)


@given(st.data())
def test_whatever_is_done_below_the_countersigned_head_is_found_at_its_first_number(
    original: Original, copies: Iterator[Path], data: st.DataObject
) -> None:
    rows = data.draw(tampered(original.rows, original.countersigned[-1]))
    found = original.rewritten(next(copies), rows)
    assert found.broken_at == first_difference(original.rows, rows)
    assert found.passed is (found.broken_at is None)


@given(st.data())
def test_a_cut_that_takes_the_stations_own_signatures_along_is_found(
    original: Original, copies: Iterator[Path], data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, original.countersigned[-1]))
    script = f"DELETE FROM commits WHERE seq >= {at}; DELETE FROM checkpoints"  # noqa: S608 - a number
    kept = dict(itertools.islice(numbered(original.rows).items(), at - 1))
    report = original.rewritten(next(copies), kept, script)
    assert report.broken_at == at


def forged(rows: list[Row], at: int) -> list[Row]:
    """Another story from a number on, every hash in order."""
    told = list(rows[: at - 1])
    for seq, (text, _) in enumerate(rows[at - 1 :], at):
        fields = json.loads(text) | {"prev": told[-1][1] if told else "0" * 64}
        if seq == at:
            fields["actor"] = "somebody else"
        changed = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        told.append((changed, hashlib.sha256(changed.encode()).hexdigest()))
    return told


@given(st.data())
def test_a_forger_without_the_key_is_found_in_the_commit_that_was_touched(
    original: Original, copies: Iterator[Path], data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(original.rows)))
    report = original.rewritten(next(copies), numbered(forged(original.rows, at)))
    assert report.broken_at == original.commits[bisect_left(original.commits, at)]


@given(st.data())
def test_a_forger_with_the_stations_key_is_found_at_the_next_countersigned_head(
    original: Original, copies: Iterator[Path], data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, original.countersigned[-1]))
    rows = forged(original.rows, at)
    signed = ""
    for seq in original.commits:
        head = Head(seq, rows[seq - 1][1])
        signature = original.keys.sign(chronicle.statement(STATION, INCARNATION, head))
        said = f"head = '{head.digest}', signature = x'{signature.hex()}'"
        signed += f"UPDATE commits SET {said} WHERE seq = {seq};"  # noqa: S608 - as above
    report = original.rewritten(next(copies), numbered(rows), signed)
    assert report.broken_at == original.countersigned[bisect_left(original.countersigned, at)]


def test_of_two_faults_the_first_is_named_whichever_check_finds_it(original: Original, copies: Iterator[Path]) -> None:
    rows = numbered(original.rows)
    rows[25] = ("{}", rows[25][1])
    script = f"UPDATE commits SET signature = zeroblob(64) WHERE seq = {original.commits[4]};"  # noqa: S608 - as above
    assert original.rewritten(next(copies), rows, script).broken_at == original.commits[4]
