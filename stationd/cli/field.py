"""Commands about citizens: `report`."""

from __future__ import annotations

import click
import msgspec

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand
from stationd.client_field import ReportedJobsView
from stationd.model.field_events import ReportKind


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


COMMANDS = (report,)
