"""Commands that find out what is wrong: `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.settings_file import settings_option
from stationd.cli.spoken import SpokenCommand
from stationd.client.problems import StationAbsent

PATIENCE: Final = 60.0
"""Seconds that the station may take to look at itself; its probes are bounded below that."""

STATUS: Final = {"well": 0, "soon": 1, "stops": 2}
"""Exit statuses by the worst that was found."""


class FindingView(msgspec.Struct, frozen=True):
    """One thing found; members as in `stationd.doctor.finding.Finding`."""

    probe: str
    level: str
    code: str
    subject: str = ""
    detail: str = ""


class ReportView(msgspec.Struct, frozen=True):
    """All that was found; members as in `stationd.doctor.finding.Report`."""

    findings: tuple[FindingView, ...] = ()
    running: bool = False
    seconds: float = 0.0


def raw_report(console: Console, settings: Path) -> Any:
    """Have the station look at itself, or look at it from here if none runs; as plain data."""
    try:
        return console.client.get("/v1/doctor", Any, timeout=PATIENCE)
    except StationAbsent as absent:
        if absent.cause != "station-absent":
            raise
    from stationd.cli import premises  # noqa: PLC0415 - drivers and the store, which no other command needs

    return premises.doctor_here(settings)


@click.command(cls=SpokenCommand, help="doctor")
@click.option("--all", "everything", is_flag=True, help="doctor-all")
@settings_option
@click.pass_context
def doctor(context: click.Context, settings: Path, *, everything: bool) -> None:
    """Look at everything. The exit status says how bad it is."""
    console: Console = context.obj
    raw = raw_report(console, settings)
    report = msgspec.convert(raw, ReportView)
    if console.as_json:
        console.data(raw)
    else:
        show(console, report, everything=everything)
    context.exit(max((STATUS.get(finding.level, 1) for finding in report.findings), default=0))


def show(console: Console, report: ReportView, *, everything: bool) -> None:
    """Say what was found, the worst first."""
    say = console.words.say
    console.say("doctor-says.asked-station" if report.running else "doctor-says.asked-here", seconds=report.seconds)
    for level in ("stops", "soon"):
        found = [finding for finding in report.findings if finding.level == level]
        if found:
            console.print()
            console.say(f"doctor-says.{level}", count=len(found))
        for finding in found:
            explained = console.words.cause(finding.code, finding.subject, group="doctor")
            console.print()
            about = "" if finding.subject in explained.what else finding.subject
            console.print(text.paragraph(explained.what, "  ", about))
            console.print(text.paragraph(explained.do, "    ", say("error.do")))
            if explained.command:
                console.print(f"    {say('error.command')}: {explained.command}")
            if finding.detail:
                console.print(text.paragraph(finding.detail, "    ", say("error.detail")))
    fine = [finding for finding in report.findings if finding.level == "well"]
    console.print()
    console.say("doctor-says.well", count=len(fine))
    if everything:
        for finding in fine:
            explained = console.words.cause(finding.code, finding.subject, group="doctor")
            console.print(text.paragraph(f"{explained.what} {finding.detail}".rstrip(), "  "))


COMMANDS = (doctor,)
