"""The part of the api's client that is about production lines: what they say, trials, cleaning."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import msgspec

from stationd.client.blanks import BlankCalls

TRIAL: Final = 2400.0
"""Seconds to wait for a trial: a card goes through the machine in it, put there by a person at some machines, and over
the slowest cable its picture alone is on its way for nearly half an hour."""

CLEANING: Final = 360.0
"""Seconds to wait for a cleaning."""


class ReportedView(msgspec.Struct, frozen=True):
    """Something that a printer reports; members as in `stationd.press.notice.Reported`."""

    reason: str = ""
    code: str = ""
    text: str = ""


class CleaningsView(msgspec.Struct, frozen=True):
    """What a printer counts of its cleaning; members as in `stationd.press.notice.CleaningsTold`."""

    done: int = 0
    since: int | None = None
    every: int | None = None
    due: bool = False


class LineView(msgspec.Struct, frozen=True):
    """A production line; members as in `stationd.press.line.LineStatus`."""

    name: str
    state: str = ""
    cause: str = ""
    detail: str = ""
    printer: str = ""
    firmware: str = ""
    job_id: str = ""
    conditions: tuple[ReportedView, ...] = ()
    cleanings: CleaningsView | None = None


class TrialView(msgspec.Struct, frozen=True):
    """What came of a trial: its outcome, why it failed, and where the card is now."""

    outcome: str
    cause: str
    place: str


class CleaningGuideView(msgspec.Struct, frozen=True):
    """What a person does before a cleaning; members as in `stationd.station.trying.CleaningGuide`."""

    printer: str = ""
    preparations: tuple[str, ...] = ()
    cleanings: CleaningsView = CleaningsView()


class CleaningDoneView(msgspec.Struct, frozen=True):
    """What came of a cleaning; members as in `stationd.station.trying.CleaningDone`."""

    outcome: str
    cause: str = ""
    detail: str = ""
    cleanings: CleaningsView | None = None


class LineCalls(BlankCalls):
    """What can be asked of lines."""

    def resume_line(self, line: str) -> None:
        """Let a line go on that stopped after spoiled blanks."""
        self.post(f"/v1/lines/{_part(line)}/resume")

    def continue_line(self, line: str) -> None:
        """Say that what a line asked the person at the desk for is done."""
        self.post(f"/v1/lines/{_part(line)}/continue")

    def test_print(self, line: str, *, back: bool = False) -> TrialView:
        """Print the test pattern on a blank of a line, on its back if told so; answers when the card has come out."""
        return self._tried(f"/v1/lines/{_part(line)}/test-print", {"side": "back"} if back else None)

    def prove(self, line: str) -> TrialView:
        """Find out whether a line's film and chip run side by side; answers when the blank has come out."""
        return self._tried(f"/v1/lines/{_part(line)}/proof")

    def release_blank(self, line: str) -> None:
        """Give one blank of a line's hopper for a trial."""
        self.post(f"/v1/lines/{_part(line)}/trial-blank")

    def cleaning_guide(self, line: str) -> CleaningGuideView:
        """Ask what is done at a line's printer before it is cleaned."""
        return self.get(f"/v1/lines/{_part(line)}/cleaning", CleaningGuideView)

    def clean(self, line: str) -> CleaningDoneView:
        """Draw the cleaning card through that lies ready; answers when that is over."""
        return msgspec.convert(self.post(f"/v1/lines/{_part(line)}/cleaning", timeout=CLEANING), CleaningDoneView)

    def _tried(self, path: str, body: object = None) -> TrialView:
        return msgspec.convert(self.post(path, body, timeout=TRIAL), TrialView)


def _part(text: str) -> str:
    """Make one part of a path of whatever was typed."""
    return quote(text, safe="")
