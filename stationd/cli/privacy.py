"""The command `privacy`: whose data is and was on this station's disk, and who opened it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import click

from stationd.cli import text
from stationd.cli.console import Console
from stationd.cli.spoken import SpokenCommand
from stationd.client.field import ConcernedView, KeptView, ProcessedView

KEPT: Final = "/v1/privacy"
COLUMNS: Final = ("kind", "job", "citizen", "since", "until", "why")
LOG_COLUMNS: Final = ("at", "actor", "job", "act", "purpose")


@click.command(cls=SpokenCommand, help="privacy")
@click.option("--all", "gone", is_flag=True, help="privacy-all")
@click.option("--log", is_flag=True, help="privacy-log")
@click.option("--job", metavar="JOB", help="privacy-job")
@click.option("--breach", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"]), help="privacy-breach")
@click.pass_obj
def privacy(console: Console, *, gone: bool, log: bool, job: str | None, breach: datetime.datetime | None) -> None:
    """Show whose data is and was here, who opened it, and whom a breach concerns."""
    if breach is not None:
        path = f"{KEPT}/breach?since={breach.timestamp()}"
        console.show(path, ConcernedView, lambda found: _show_concerned(console, found))
    elif log or job is not None:
        path = f"{KEPT}/log" + (f"?job={quote(job, safe='')}" if job is not None else "")
        console.show(path, list[ProcessedView], lambda found: _show_log(console, found))
    else:
        console.show(f"{KEPT}?gone={int(gone)}", list[KeptView], lambda found: _show_kept(console, found))


def _show_kept(console: Console, kept: Sequence[KeptView]) -> None:
    words = console.words
    if not kept:
        console.say("privacy.nothing")
        return
    here = words.say("privacy.here")
    rows = [
        (
            words.name("privacy-kind", each.kind),
            each.job_id,
            each.citizen_ref or "-",
            text.when(each.since),
            here if each.until is None else text.when(each.until),
            words.name("reason", words.name("privacy-why", each.why)),
        )
        for each in kept
    ]
    console.print(text.table(rows, [words.say(f"privacy.{column}") for column in COLUMNS]))


def _show_log(console: Console, log: Sequence[ProcessedView]) -> None:
    words = console.words
    if not log:
        console.say("privacy.no-log")
        return
    rows = [
        (
            text.when(each.at),
            words.name("actor", each.actor),
            each.job_id,
            words.name("privacy-act", each.act),
            words.name("privacy-purpose", each.purpose),
        )
        for each in log
    ]
    console.print(text.table(rows, [words.say(f"privacy.{column}") for column in LOG_COLUMNS]))


def _show_concerned(console: Console, found: ConcernedView) -> None:
    words = console.words
    span = {"since": text.when(found.since), "until": text.when(found.until)}
    console.print(text.paragraph(words.say("privacy.breach", citizens=len(found.citizens), **span)))
    console.print(text.paragraph(words.say("privacy.tell", before=text.when(found.tell_before))))
    for citizen in found.citizens:
        console.print(f"  {citizen}")
    console.print()
    _show_kept(console, found.keepings)
    console.print()
    _show_log(console, found.processings)


COMMANDS = (privacy,)
