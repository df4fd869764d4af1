"""Names and numbers of those who wait for cards: opened into memory when somebody asks, then dropped.

That is a while after the last question, and at once when nobody is signed in any more who may ask (`stationd.names`).
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from stationd.model.job import Label
from stationd.model.nik import Nik
from stationd.model.shelf_record import ShelfRecord, decode
from stationd.store.store import Store

KEPT: Final = 300.0
"""Seconds after the last question for which what was opened stays open."""

_LEAST_DIGITS: Final = 4
"""Digits from which on a text is taken as a part of a NIK."""


def plain(text: str) -> str:
    """Return a name as it is compared: without case, accents, titles' full stops or doubled blanks."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join(kept.split())


def matches(record: ShelfRecord, wanted: str) -> bool:
    """Say whether a record is meant by what somebody typed: the beginning of a NIK, or parts of the name, any order."""
    digits = wanted.replace(" ", "")
    if digits.isascii() and digits.isdigit():
        return len(digits) >= _LEAST_DIGITS and record.nik.digits.startswith(digits)
    name = f" {plain(record.name)}"
    return all(f" {word}" in name for word in plain(wanted).split())


class ShelfIndex:
    """What was opened of records and labels. Calls may come from any thread.

    Args:
        store: where they are kept sealed.
        label: opens a job's label; None if it cannot be opened.
        uptime: seconds on a clock that only goes forward.
    """

    def __init__(self, store: Store, label: Callable[[str], Label | None], uptime: Callable[[], float]) -> None:
        self._store = store
        self._label = label
        self._uptime = uptime
        self._lock = threading.Lock()
        self._asked = 0.0
        self._records: dict[str, ShelfRecord | None] = {}
        self._labels: dict[str, Nik | None] = {}

    def records(self, job_ids: Iterable[str]) -> Mapping[str, ShelfRecord]:
        """Return the records of these jobs, as far as there are any."""
        wanted = list(job_ids)
        with self._lock:
            self._asked = self._uptime()
            missing = [job_id for job_id in wanted if job_id not in self._records]
            sealed = self._store.records(missing)
            for job_id in missing:
                if job_id in sealed:  # one that is not there yet is looked for again
                    self._records[job_id] = decode(sealed[job_id])
            return {job_id: found for job_id in wanted if (found := self._records.get(job_id)) is not None}

    def job_of(self, nik: Nik, job_ids: Iterable[str]) -> list[str]:
        """Return which of these waiting jobs are this citizen's, by their labels."""
        wanted = list(job_ids)
        with self._lock:
            self._asked = self._uptime()
            for job_id in wanted:
                if job_id not in self._labels:
                    label = self._label(job_id)
                    self._labels[job_id] = None if label is None else label.nik
            return [job_id for job_id in wanted if self._labels[job_id] == nik]

    def drop(self, job_id: str) -> None:
        """Forget one card's owner."""
        with self._lock:
            self._records.pop(job_id, None)

    def forget(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._records.clear()
            self._labels.clear()

    def expire(self) -> bool:
        """Forget everybody if nobody has asked for a while; returns whether it did."""
        if self._uptime() - self._asked < KEPT:
            return False
        held = bool(self._records or self._labels)
        self.forget()
        return held
