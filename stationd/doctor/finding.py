"""What a probe finds: what it is about, how bad that is, and a word of the catalogue that says what to do."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from drivers.errors import DeviceError
from stationd.press.trouble import cause_of


class Level(StrEnum):
    """How bad a finding is."""

    WELL = "well"
    SOON = "soon"
    STOPS = "stops"


class Finding(msgspec.Struct, frozen=True):
    """One thing found.

    Attributes:
        probe: which probe found it.
        level: how bad it is.
        code: a word of the catalogue, among `doctor.` or `cause.`.
        subject: the line, device, file or driver it is about.
        detail: the evidence.
    """

    probe: str
    level: Level
    code: str
    subject: str = ""
    detail: str = ""


class Report(msgspec.Struct, frozen=True):
    """All that was found.

    Attributes:
        running: whether the daemon looked at itself, or nobody was there to ask.
        seconds: that it took.
    """

    findings: tuple[Finding, ...]
    running: bool = False
    seconds: float = 0.0

    @property
    def level(self) -> Level:
        """The worst of it."""
        levels = {finding.level for finding in self.findings}
        return next((level for level in (Level.STOPS, Level.SOON) if level in levels), Level.WELL)


def well(code: str, subject: str = "", detail: str = "") -> Finding:
    """Say that something is as it should be."""
    return Finding("", Level.WELL, code, subject, detail)


def soon(code: str, subject: str = "", detail: str = "") -> Finding:
    """Say that there is something to do, though cards can be made."""
    return Finding("", Level.SOON, code, subject, detail)


def stops(code: str, subject: str = "", detail: str = "") -> Finding:
    """Say that something keeps cards from being made."""
    return Finding("", Level.STOPS, code, subject, detail)


def stopped_by(error: DeviceError, subject: str) -> Finding:
    """Say that a device cannot be worked with, in the words that a line has for it."""
    cause = cause_of(error)
    return stops(cause.word, subject, cause.detail)
