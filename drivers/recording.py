"""A device's wire on record: what passed, when, without citizens; and what it says, read again.

A family says by its mask which bytes of a passage may be kept. What no mask lets through is a length, without a digest:
a digest of a face would still tell whose it is to whoever has the face. A trace is JSON lines: one that says of what it
is (`trace`), and one for each passage: `t` in seconds from its beginning, `dir`, `pipe`, `hex`, `hidden` (how many
bytes were left out), `error`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from drivers.printer import Condition, Reason
from drivers.wiretap import Direction, listening

VERSION: Final = 1

MOST: Final = 50_000
"""Passages that one recording holds; a card takes some thousands."""

Mask = Callable[[Direction, str, bytes], tuple[bytes, int]]
"""Takes a passage's direction, pipe and bytes; returns the bytes that may be kept and how many were left out."""

_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"\xff\x4f\xff\x51", b"jP  ")  # JPEG, PNG, JPEG 2000
_SIXTEEN_DIGITS: Final = re.compile(rb"(?<![0-9])[0-9]{16}(?![0-9])")  # a NIK or a family card number
_TOGETHER: Final = 0.05  # seconds between bytes of one answer on a serial port


class NotATrace(ValueError):
    """Something that is no trace, or of a newer program."""


@dataclass(frozen=True, slots=True)
class Record:
    """One passage.

    Attributes:
        at: seconds since the recording began.
        direction: out of this computer, or into it.
        pipe: which of the device's pipes.
        data: what may be kept of it.
        hidden: how many bytes were left out.
        error: the kind of error that ended it.
    """

    at: float
    direction: Direction
    pipe: str
    data: bytes
    hidden: int = 0
    error: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as it stands in a trace."""
        told: dict[str, Any] = {"t": self.at, "dir": str(self.direction), "pipe": self.pipe, "hex": self.data.hex()}
        if self.hidden:
            told["hidden"] = self.hidden
        if self.error:
            told["error"] = self.error
        return told


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Something that a machine reported, when it was first seen."""

    at: float
    condition: Condition


Replay = Callable[[Iterable[Record]], list[Diagnosis]]
"""Reads a trace with a family's own protocol and returns what the machine reported, in order."""


class Recorder:
    """Keeps what passes over one device's wire.

    Attributes:
        records: what has passed so far.
        full: more passed than is kept.
    """

    def __init__(self, mask: Mask, most: int = MOST) -> None:
        self.records: list[Record] = []
        self.full = False
        self._mask = mask
        self._most = most
        self._began = time.monotonic()
        self._last = 0.0

    @contextmanager
    def on(self, devices: Iterable[str]) -> Iterator[None]:
        """Record those devices while the block runs. Raises `AlreadyTapped`."""
        with listening(devices, self.note):
            self._began = time.monotonic()
            yield

    def note(self, direction: Direction, pipe: str, data: bytes, error: str = "") -> None:
        """Keep what may be kept of a passage."""
        at = time.monotonic() - self._began
        try:
            kept, hidden = self._mask(direction, pipe, data)
        except Exception:  # a mask that does not understand something lets nothing of it through
            kept, hidden = b"", len(data)
        record = Record(round(at, 4), direction, pipe, kept, hidden, error)
        close = at - self._last < _TOGETHER
        self._last = at
        if close and self.records and _goes_on(self.records[-1], record):
            before = self.records.pop()
            record = Record(before.at, direction, pipe, before.data + kept)
        if tells_too_much(record.data):
            record = Record(record.at, direction, pipe, b"", hidden + len(record.data), error)
        if len(self.records) < self._most:
            self.records.append(record)
        else:
            self.full = True


def _goes_on(before: Record, record: Record) -> bool:
    """Say whether a byte belongs to the answer before it, on a wire that brings them one by one."""
    plain = not (before.hidden or before.error or record.hidden or record.error)
    return plain and (before.direction, before.pipe) == (record.direction, record.pipe) == (Direction.IN, "serial")


def tells_too_much(data: bytes) -> bool:
    """Say whether bytes that a mask let through look like a picture or hold what could be a NIK."""
    return any(mark in data for mark in _PICTURES) or _SIXTEEN_DIGITS.search(data) is not None


def lines(header: dict[str, Any], records: Iterable[Record]) -> Iterator[str]:
    """Write a trace."""
    yield json.dumps({"trace": VERSION, **header}, sort_keys=True)
    for record in records:
        yield json.dumps(record.plain(), sort_keys=True)


def read(text: Iterable[str]) -> list[Record]:
    """Read a trace's passages.

    Raises:
        NotATrace: for anything else.
    """
    found = list(text)
    try:
        header = json.loads(found[0]) if found else {}
        if not isinstance(header, dict) or header.get("trace") != VERSION:
            raise NotATrace("the first line does not say that this is a trace")
        return [record(told) for line in found[1:] if line.strip() and "pipe" in (told := json.loads(line))]
    except (KeyError, TypeError, ValueError) as error:
        raise NotATrace(str(error)) from None


def record(told: dict[str, Any]) -> Record:
    """Read one passage. Raises `KeyError`, `TypeError` or `ValueError` if it is none."""
    return Record(
        at=float(told["t"]),
        direction=Direction(told["dir"]),
        pipe=str(told["pipe"]),
        data=bytes.fromhex(told["hex"]),
        hidden=int(told.get("hidden", 0)),
        error=str(told.get("error", "")),
    )


class Chart:
    """Writes down what a machine reports, each thing once for as long as it lasts."""

    def __init__(self) -> None:
        self.diagnoses: list[Diagnosis] = []
        self._now: dict[str, Condition | None] = {}

    def note(self, at: float, source: str, condition: Condition | None) -> None:
        """Take what one source (a sense code, a sensor) says; None: nothing is wrong. Being busy is nothing wrong."""
        if condition is not None and condition.reason is Reason.BUSY:
            return
        if condition is not None and self._now.get(source) != condition:
            self.diagnoses.append(Diagnosis(at, condition))
        self._now[source] = condition
