"""The book as a stranger reads it: line after line from the file, added up without a word of the daemon's code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig import truth

Entry = dict[str, Any]


@dataclass
class Attempt:
    """What the book says of one attempt.

    Attributes:
        place: where its blank was last moved to.
        tags: what its chip was to carry, and what it was seen to carry.
        ended: the type of the event that ended it; empty while it goes on.
        by_person: it was ended by what a person said.
    """

    attempt_id: str
    job: str
    place: str = "hopper"
    tags: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    ended: str = ""
    by_person: bool = False

    @property
    def may_be_live(self) -> bool:
        """Its activation was declared, and nothing was seen that undoes this."""
        return "activate" in self.open | self.done


_ENDS = {
    "attempt-spoiled",
    "attempt-released",
    "attempt-given-up",
    "attempt-unknown",
    "question-answered",
    "card-accepted",
}
_OF_MACHINES = {"counters", "counters-backwards", "observation"}
"""Discrepancies that nobody counted. Here no printer is swapped, and nobody makes test cards."""

_MACHINERY = {"press", "stationd", "registry", "retention"}


class Ledger:
    """All of one book, read as it grows.

    Attributes:
        entries: with their digests.
        balances: by place.
        attempts, jobs: by id; a job is (citizen, issue number).
        wrong: what cannot be in a sound book.
    """

    def __init__(self, data: Path) -> None:
        self.entries: list[Entry] = []
        self.balances: Counter[str] = Counter()
        self.attempts: dict[str, Attempt] = {}
        self.jobs: dict[str, tuple[str, int]] = {}
        self.arrived: set[str] = set()
        self.wrong: list[str] = []
        self._owner: dict[str, str] = {}
        self._data = data

    def read(self) -> None:
        """Read what was added; note if anything that was there before has gone or changed."""
        known = len(self.entries)
        texts = truth.rows(self._data, f"SELECT text FROM book WHERE seq >= {known} ORDER BY seq")  # noqa: S608 - a number
        entries = [json.loads(text) | {"_digest": hashlib.sha256(text.encode()).hexdigest()} for (text,) in texts]
        if known:
            if not entries or entries[0]["_digest"] != self.entries[-1]["_digest"]:
                self.wrong.append(f"committed entries are lost: entry {known} is not what it was")
                return
            entries = entries[1:]
        for entry in entries:
            self._take(entry)

    def of_tag(self, tag: str) -> Attempt | None:
        """Return the attempt whose chip carries a tag."""
        owner = self._owner.get(tag)
        return None if owner is None else self.attempts[owner]

    def _take(self, entry: Entry) -> None:
        before = self.entries[-1]["_digest"] if self.entries else "0" * 64
        if entry["seq"] != len(self.entries) + 1 or entry["prev"] != before:
            self.wrong.append(f"the chain breaks at entry {entry['seq']}")
        self.entries.append(entry)
        for move in entry.get("moves", ()):
            self.balances[move["source"]["place"]] -= move["count"]
            self.balances[move["target"]["place"]] += move["count"]
        kind = entry["type"]
        if kind == "discrepancy-found" and entry["origin"] in _OF_MACHINES:
            said = f"{entry['subject']}: expected {entry['expected']}, found {entry['found']}"
            self.wrong.append(f"the book has a discrepancy that nothing explains: {entry['origin']} of {said}")
        if kind == "job-arrived":
            self.jobs[entry["job_id"]] = (entry["citizen_ref"], entry["issue_no"])
        elif kind == "attempt-reserved":
            self.attempts[entry["attempt_id"]] = Attempt(entry["attempt_id"], entry["job_id"])
        elif entry.get("attempt_id") in self.attempts:
            self._follow(entry, self.attempts[entry["attempt_id"]])

    def _follow(self, entry: Entry, attempt: Attempt) -> None:
        kind = entry["type"]
        for move in entry.get("moves", ()):
            attempt.place = move["target"]["place"]
        if kind == "step-intended":
            attempt.open.add(entry["step"])
        elif kind in {"step-observed", "step-declined", "step-failed"}:
            attempt.open.discard(entry["step"])
        if kind == "step-observed":
            attempt.done.add(entry["step"])
        for tag in (entry.get("evidence", {}).get("tag"), entry.get("identity")):
            if tag:
                self._claim(str(tag), entry["attempt_id"], attempt)
        if kind in _ENDS:
            attempt.ended = kind
            attempt.by_person = entry["actor"] not in _MACHINERY

    def _claim(self, tag: str, attempt_id: str, attempt: Attempt) -> None:
        attempt.tags.add(tag)
        if self._owner.setdefault(tag, attempt_id) != attempt_id:
            self.wrong.append(f"chip {tag} belongs to two attempts: {self._owner[tag]} and {attempt_id}")
