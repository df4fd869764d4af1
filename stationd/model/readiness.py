"""Whether a station is ready to print, as it says itself before it is licensed to: a record that can be signed. Pure.

The kabupaten grants printing to an office that has a link, equipment and trained staff, and has made one test card.
What is found here goes into the book, and the policy that grants printing cites it by its digest.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

import msgspec

FRESH: Final = 90 * 86_400.0
"""Seconds for which a test card says something of a printer."""


WORKS: Final = frozenset({"ready", "working"})
"""States of a line that works."""


class Lack(StrEnum):
    """What a station is not ready without."""

    LINK = "readiness-no-link"
    LINE = "readiness-no-line"
    LINE_NOT_READY = "readiness-line-not-ready"
    OFFICER = "readiness-no-officer"
    TEST_CARD = "readiness-no-test-card"


class LineSeen(msgspec.Struct, frozen=True):
    """A production line. `printer` is model and serial number; `test_card` the entry of its last one, 0 if none."""

    line: str
    state: str
    printer: str
    test_card: int = 0
    tested_at: float = 0.0


class OfficerSeen(msgspec.Struct, frozen=True):
    """An officer who may print here once the station may: the decree's number and its end, no name."""

    id: str
    sk: str
    roles: tuple[str, ...]
    valid_until: int


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        station, kecamatan: which office.
        time, trust: when it was looked, seconds since the epoch, and how far that is to be relied on.
        incarnation, book, head: up to where the book went then.
        link: the registry answers.
        last_contact: when it did last, seconds since the epoch; None if never.
        lines: the production lines.
        officers: those with a decree and training for this place.
        policy_version: of the policy by which they are.
    """

    station: str
    kecamatan: str
    time: float
    trust: str
    incarnation: str
    book: int
    head: str
    link: bool
    last_contact: float | None
    lines: tuple[LineSeen, ...]
    officers: tuple[OfficerSeen, ...]
    policy_version: int


def lacks(seen: Readiness) -> list[tuple[Lack, str]]:
    """Return what a station is not ready without, each with the line that it is about, if it is about one."""
    found: list[tuple[Lack, str]] = []
    if not seen.link:
        found.append((Lack.LINK, ""))
    if not seen.lines:
        found.append((Lack.LINE, ""))
    found += [(Lack.LINE_NOT_READY, line.line) for line in seen.lines if line.state not in WORKS or not line.printer]
    if not seen.officers:
        found.append((Lack.OFFICER, ""))
    tested = (line for line in seen.lines if line.test_card and line.tested_at > seen.time - FRESH)
    untested = {line.line for line in seen.lines} - {line.line for line in tested}
    found += [(Lack.TEST_CARD, line.line) for line in seen.lines if line.line in untested]
    return found


def written(seen: Readiness) -> tuple[str, str]:
    """Return a record as text, canonical JSON, and its SHA-256, lower-case hex."""
    raw = msgspec.json.encode(seen, order="sorted")
    return raw.decode(), hashlib.sha256(raw).hexdigest()


def statement(station: str, digest: str) -> bytes:
    """Return what a station signs with its book key to vouch for a record."""
    return f"stationd readiness\n{station}\n{digest}".encode()
