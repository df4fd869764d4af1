"""Commands about citizens and the office: `report`, `readiness`."""

from __future__ import annotations

from typing import Final

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.looking import show_explanation
from stationd.cli.spoken import SpokenCommand
from stationd.client.field import ReadyView, ReportedJobsView
from stationd.model.field_events import ReportKind

READINESS: Final = "/v1/readiness"


@click.command(cls=SpokenCommand, help="report")
@click.argument("job", metavar="[JOB]", required=False)
@click.option("--citizen", metavar="REF", help="report-citizen")
@click.option("--kind", type=click.Choice([kind.value for kind in ReportKind]), required=True, help="report-kind")
@click.pass_obj
def report(console: Console, job: str | None, citizen: str | None, kind: str) -> None:
    """Report what was heard of a citizen."""
    if (job is None) == (citizen is None):
        raise click.UsageError(console.words.say("usage.jobs-or", option="--citizen"))
    client = console.client
    told = client.report(job, kind) if job is not None else client.report_citizen(citizen or "", kind)
    if console.as_json:
        console.data(msgspec.to_builtins(told))
    else:
        _show(console, kind, told)


def _show(console: Console, kind: str, told: ReportedJobsView) -> None:
    words = console.words
    said = words.say("report.done", number=told.report, kind=words.name("report-kind", kind))
    console.print(text.paragraph(said))
    for job in told.held:
        console.print(text.paragraph(words.say("report.held", job=job), "  "))
    for job in told.under_way:
        console.print(text.paragraph(words.say("report.under-way", job=job), "  "))


@click.command(cls=SpokenCommand, help="readiness")
@click.option("--record", is_flag=True, help="readiness-record")
@click.pass_obj
def readiness(console: Console, *, record: bool) -> None:
    """Say whether the station is ready to print; record it, signed."""
    if not record:
        console.show(READINESS, ReadyView, lambda ready: _show_ready(console, ready))
        return
    ready = console.client.record_readiness()
    if console.as_json:
        console.data(msgspec.to_builtins(ready))
    else:
        _show_ready(console, ready)


def _show_ready(console: Console, ready: ReadyView) -> None:
    words = console.words
    console.say("readiness.link-on" if ready.seen.link else "readiness.link-off")
    for line in ready.seen.lines:
        state = words.name("line-state", line.state)
        console.say("readiness.line", line=line.line, printer=line.printer or "-", state=state, card=line.test_card)
    for officer in ready.seen.officers:
        console.say("readiness.officer", officer=officer.id, sk=officer.sk)
    for lack in ready.lacks:
        show_explanation(console, words.cause(lack.cause, lack.line), "", "  ")
    if ready.digest:
        console.print(text.paragraph(words.say("readiness.recorded", file=ready.file)))
        console.print(f"  {ready.digest}")
    elif not ready.lacks:
        console.print(text.paragraph(words.say("readiness.ready")))
    if ready.cited:
        known = "readiness.cited" if ready.cited_here else "readiness.cited-elsewhere"
        console.print(text.paragraph(words.say(known, digest=ready.cited)))


COMMANDS = (report, readiness)
