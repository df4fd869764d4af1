"""Commands for a disk that was lost, damaged or restored: `incarnation begin`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stationd.cli import text
from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand, SpokenGroup

if TYPE_CHECKING:
    from stationd.cli.succeeding import Begun


@click.group(cls=SpokenGroup, help="incarnation")
def incarnation() -> None:
    """Hold the commands below."""


@incarnation.command(cls=SpokenCommand, help="incarnation-begin")
@click.option("--settings", type=click.Path(path_type=Path), required=True, metavar="FILE", help="enrol-settings")
@click.option("--registry-code", "code", metavar="CODE", help="incarnation-code")
@click.option("--ca", type=click.Path(path_type=Path), metavar="FILE", help="enrol-ca")
@click.option("--count", "counts", multiple=True, metavar="ACCOUNT=N", help="incarnation-count")
@click.option("--last-paper", "papers", multiple=True, metavar="DOCUMENT", help="incarnation-last-paper")
@click.pass_obj
def begin(
    console: Console,
    *,
    settings: Path,
    code: str | None,
    ca: Path | None,
    counts: tuple[str, ...],
    papers: tuple[str, ...],
) -> None:
    """Begin a new book from what the registry holds; without all counts, say only what there is to count."""
    from stationd.cli import succeeding  # noqa: PLC0415 - TLS, the store and the registry's contract

    begun = succeeding.begin(settings, None if code is None else code.strip(), ca, counts, papers)
    if console.as_json:
        console.data(begun.report)
    else:
        _show(console, begun)
    if not begun.incarnation:
        raise Trouble("not-counted", "", ", ".join(begun.report["uncounted"]))


def _show(console: Console, begun: Begun) -> None:
    say = console.words.say
    report: dict[str, Any] = begun.report
    if report["follows"]:
        console.print(text.paragraph(say("incarnation.follows", entries=report["entries"], head=report["head"][:16])))
    else:
        console.print(text.paragraph(say("incarnation.follows-none")))
    console.print(text.paragraph(say("incarnation.leases", count=len(report["leases"]))))
    for lease in report["leases"]:
        console.print(f"  {lease['job_id']}   {console.words.name('job-state', lease['was'])}")
    if report["trip"]:
        console.print(text.paragraph(say("incarnation.trip", id=report["trip"])))
    if report["allotments"]:
        console.print(text.paragraph(say("incarnation.allotments", ids=", ".join(report["allotments"]))))
    if report["papers"]:
        console.print(text.paragraph(say("incarnation.papers", ids=", ".join(report["papers"]))))
    console.say("incarnation.accounts")
    for account in report["accounts"]:
        found = "?" if account["counted"] is None else account["counted"]
        told = say("incarnation.account", account=account["account"], book=account["book"], counted=found)
        console.print(f"  {told}")
    if begun.incarnation:
        console.print(text.paragraph(say("incarnation.begun", incarnation=begun.incarnation)))
        for path in report["aside"]:
            console.print(f"  {path}")


COMMANDS = (incarnation,)
